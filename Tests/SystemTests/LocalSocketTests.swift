// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import System
import Testing

@Suite("Unix sockets and error numbers")
struct LocalSocketTests {
    /// A path in a new folder, which is removed again.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/oriel-socket-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(folder) }
        try body(folder)
    }

    private func option(_ option: CInt, of socket: CInt) -> CInt {
        var value: CInt = -1
        var length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : -1
    }

    @Test("the longest path is connected to as it is, and a longer one is refused rather than cut")
    func longest() throws {
        #expect(LocalSocket.longestPath == 107)
        try withFolder { folder in
            let path = folder + "/" + String(repeating: "x", count: LocalSocket.longestPath - folder.utf8.count - 1)
            let listener = try LocalSocket.make(.packets), caller = try LocalSocket.make(.packets)
            try LocalSocket.bind(listener, to: path)
            defer { unlink(path) }
            var status = stat()
            #expect(lstat(path, &status) == 0)
            let listening = listen(listener.rawValue, 1)
            #expect(listening == 0)
            let early = try LocalSocket.accept(listener) == nil
            #expect(early)
            do throws(Errno) {
                try LocalSocket.connect(caller, to: path + "y")
                Issue.record("a path too long was cut")
            } catch {
                #expect(error == Errno(code: ENAMETOOLONG))
            }
            try LocalSocket.connect(caller, to: path)
            guard let accepted = try LocalSocket.accept(listener) else {
                Issue.record("nothing to accept")
                return
            }
            let peer = try LocalSocket.peer(of: accepted.rawValue)
            #expect(peer.user == geteuid() && peer.process == getpid())
        }
    }

    @Test("no path names another socket than its own", arguments: [("", EINVAL), ("/tmp/a\0b", EINVAL), ("/no/where", ENOENT)])
    func paths(path: String, code: CInt) throws {
        let socket = try LocalSocket.make(.stream)
        do throws(Errno) {
            try LocalSocket.connect(socket, to: path)
            Issue.record("connected")
        } catch {
            #expect(error == Errno(code: code))
        }
    }

    @Test("sockets are of their kind, closed on exec, and wait only where that is asked", arguments: [false, true])
    func kinds(isWaiting: Bool) throws {
        for (kind, type) in [(LocalSocket.Kind.stream, SOCK_STREAM), (.packets, SOCK_SEQPACKET)] {
            let pair = try LocalSocket.pair(kind, isWaiting: isWaiting)
            for number in [pair.ours.rawValue, pair.theirs.rawValue] {
                #expect(option(SO_TYPE, of: number) == CInt(type.rawValue))
                #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
                #expect((fcntl(number, F_GETFL) & O_NONBLOCK == 0) == isWaiting)
            }
        }
        let socket = try LocalSocket.make(.packets)
        let kind = option(SO_TYPE, of: socket.rawValue), flags = fcntl(socket.rawValue, F_GETFL)
        #expect(kind == CInt(SOCK_SEQPACKET.rawValue) && flags & O_NONBLOCK != 0)
    }

    @Test("results of both kinds of call become values or errors with words")
    func errors() throws {
        #expect(try Errno.checked(3) == 3)
        #expect(try Errno.checkedNegative(0) == 0)
        #expect(throws: Errno(code: ENOENT)) { _ = try Errno.checkedNegative(-ENOENT) }
        #expect(throws: Errno(code: EBADF)) { _ = try Errno.checked(fcntl(-1, F_GETFD)) }
        #expect(Errno(code: ENOENT).text == "No such file or directory")
        #expect([EACCES, EPERM, ENOENT].map { Errno(code: $0).isPermission } == [true, true, false])
    }
}
