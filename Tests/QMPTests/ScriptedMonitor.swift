// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import System
import TestSupport
import Testing

@testable import QMP

/// A monitor's end of its socket, as far as a test wants it, and the loop of whoever talks to it.
final class ScriptedMonitor {
    static let greeting = #"{"QMP": {"version": {"qemu": {"major": 10}}, "capabilities": []}}"# + "\r\n"

    let directory: TemporaryDirectory
    let loop: EventLoop
    let path: String
    private var listening: CInt
    private var connection: CInt = -1
    private var received = ""
    /// The number of the last command that ``commands(_:)`` has handed on.
    private(set) var lastID = 0

    init() throws {
        directory = try TemporaryDirectory()
        loop = try EventLoop()
        path = directory.file("qmp")
        listening = try UnixSocket.listen(at: path)
    }

    deinit {
        hangUp()
        close(listening)
    }

    var address: MonitorAddress { MonitorAddress(path: path)! }

    /// Takes the next client.
    func accept() {
        connection = Glibc.accept(listening, nil, nil)
        _ = fcntl(connection, F_SETFL, O_NONBLOCK)
    }

    func say(_ text: String) { _ = write(connection, text, text.utf8.count) }

    /// Whether the client has closed its end.
    var isAbandoned: Bool { UnixSocket.waitForHangUp(of: connection) }

    /// Connects until nobody else can. The caller closes the sockets.
    func fillQueue() throws -> [CInt] {
        var others: [CInt] = []
        while true {
            let other = try LocalSocket.make(.stream)
            do throws(Errno) { try LocalSocket.connect(other, to: path) } catch { return others }
            others.append(other.release())
        }
    }

    func hangUp() {
        if connection >= 0 { close(connection) }
        connection = -1
    }

    /// Nobody is here from now on, until ``listen()``.
    func leave() {
        hangUp()
        close(listening)
        listening = -1
        unlink(path)
    }

    func listen() throws { listening = try UnixSocket.listen(at: path) }

    /// Lets the client act until it has sent this many lines more, and returns them without their numbers.
    func commands(_ count: Int) throws -> [String] {
        var lines: [String] = []
        _ = try loop.runUntil {
            lines += nextLines(count - lines.count)
            return lines.count >= count
        }
        return lines
    }

    /// Lets the client act for a moment, and returns what it has sent, without numbers.
    func commandsOfAMoment() throws -> [String] {
        try loop.runForAMoment()
        return nextLines(.max)
    }

    private func nextLines(_ most: Int) -> [String] {
        read()
        var lines: [String] = []
        while lines.count < most, let end = received.firstIndex(of: "\n") {
            lines.append(withoutNumber(String(received[..<end])))
            received.removeSubrange(...end)
        }
        return lines
    }

    private func read() {
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(connection, &block, block.count)
            guard count > 0 else { return }
            received += String(decoding: block[..<count], as: UTF8.self)
        }
    }

    private func withoutNumber(_ line: String) -> String {
        guard let comma = line.lastIndex(of: ","), let id = Int(line[comma...].filter(\.isNumber)) else { return line }
        lastID = id
        return line[..<comma] + "}"
    }

    /// Greets the next client and lets it negotiate.
    func welcome() throws {
        accept()
        say(Self.greeting)
        #expect(try commands(1) == [#"{"execute":"qmp_capabilities"}"#])
        answer()
    }

    /// Answers the last command.
    func answer(_ value: String = "{}") { say("{\"return\": \(value), \"id\": \(lastID)}\r\n") }

    func refuse(_ reason: String) {
        say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"\(reason)\"}, \"id\": \(lastID)}\r\n")
    }
}
