// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Logging
import Planes
import QEMUDisplay
import TestSupport
import Testing

@Suite("Opening what isn't a VM", .serialized, .timeLimit(.minutes(5)))
struct OpeningTests {
    private func failure(_ address: QEMUAddress) throws -> SourceError {
        let loop = try EventLoop()
        do {
            _ = try QEMUDisplay.opened(address, loop: loop)
        } catch let error as SourceError {
            #expect(!error.message.contains("\n") && error.message.hasPrefix("\(address): "))
            return error
        }
        throw TestSupportError("it opened")
    }

    @Test("a socket that isn't there, and one that nobody listens on any more")
    func missing() throws {
        let directory = try TemporaryDirectory()
        let missing = try failure(QEMUAddress(endpoint: .socket(path: directory.file("missing"))))
        #expect(missing.message.contains("there is no such socket"))
        let path = directory.file("dead")
        close(try UnixSocket.listen(at: path))
        #expect(try failure(QEMUAddress(endpoint: .socket(path: path))).message.contains("nobody listens"))
    }

    @Test("a path with characters that D-Bus addresses escape")
    func escaped() throws {
        let directory = try TemporaryDirectory()
        let error = try failure(QEMUAddress(endpoint: .socket(path: directory.file("a,b=c;d%20 ü"))))
        #expect(error.message.contains("there is no such socket"))
    }

    @Test("a socket of something that isn't D-Bus fails within a few seconds")
    func silent() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("silent")
        let socket = try UnixSocket.listen(at: path)
        defer { close(socket) }
        let error = try failure(QEMUAddress(endpoint: .socket(path: path)))
        #expect(error.message.contains("doesn't answer as D-Bus does"))
    }

    @Test("a socket that answers with nonsense fails at once")
    func nonsense() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("nonsense")
        let process = try ChildProcess(
            [
                "perl", "-MIO::Socket::UNIX", "-e",
                "$l = IO::Socket::UNIX->new(Local => '\(path)', Listen => 1); while ($c = $l->accept) { push @all, $c; syswrite $c, qq(220 mail\\r\\n500 what\\r\\n500 what\\r\\n) }",
            ],
            log: directory.file("log"))
        // At first nobody may listen on the socket yet, or be slow to answer.
        var message = ""
        #expect(
            waitUntil {
                message = (try? failure(QEMUAddress(endpoint: .socket(path: path))).message) ?? ""
                return message.contains("it isn't D-Bus")
            }, "\(message)")
        process.end()
    }

    @Test("a bus without a QEMU")
    func empty() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let error = try failure(QEMUAddress(endpoint: .socket(path: bus.path)))
        #expect(error.message == "qemu:unix:path=\(bus.path): no QEMU shows its display there: start it with -display dbus")
    }
}
