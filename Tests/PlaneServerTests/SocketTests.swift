// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import EventLoop
import Foundation
import Logging
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("The socket")
struct SocketTests {
    private let loop: EventLoop
    private let directory: TemporaryDirectory

    init() throws {
        loop = try EventLoop()
        directory = try TemporaryDirectory()
    }

    private func server(_ name: String = "guest.sock", allowing users: Set<UInt32> = []) throws -> PlaneServer {
        var options = PlaneServer.Options()
        options.allowedUsers = users
        return try PlaneServer(
            path: directory.file(name), source: ScriptedSource(), options: options, loop: loop, logger: .quiet)
    }

    private func mode(_ name: String = "guest.sock") -> UInt32? {
        var status = stat()
        return lstat(directory.file(name), &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    @Test("is its user's alone, and gone with the server")
    func mode() throws {
        let server = try server()
        #expect(mode() == 0o600)
        server.close()
        #expect(mode() == nil)
    }

    /// The folder is watched: the mode that the file is born with is the one it has.
    @Test("is its user's alone from the first moment, whatever the umask")
    func modeAtBirth() async {
        await #expect(processExitsWith: .success) {
            umask(0)
            let directory = try TemporaryDirectory()
            let path = directory.file("s")
            let socket = try LocalSocket.make(.packets)
            fchmod(socket.rawValue, 0o600)
            try LocalSocket.bind(socket, to: path)
            var status = stat()
            lstat(path, &status)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test("is open to all where other users are allowed: the kernel's word decides then")
    func shared() throws {
        let server = try server(allowing: [1])
        #expect(mode() == 0o666)
        server.close()
    }

    @Test("of a dead server is replaced; a living one's isn't")
    func replaced() throws {
        let path = directory.file("guest.sock")
        do {
            // A server that dies leaves its socket.
            let dead = try LocalSocket.make(.packets)
            try LocalSocket.bind(dead, to: path)
        }
        #expect(mode() != nil)
        let server = try server()
        _ = try RawPeer.connect(to: path)
        do {
            _ = try self.server()
            Issue.record("a second server took it")
        } catch let error as SourceError {
            #expect(error.message.contains("another server is running"))
        }
        #expect(mode() == 0o600)
        server.close()
        #expect(mode() == nil)
    }

    @Test("is made at once where another program has the folder locked; a dead server's is left there then")
    func lockedFolder() throws {
        let folder = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        try #require(flock(folder, LOCK_EX) == 0)
        let server = try server()
        #expect(mode() == 0o600)
        do {
            let dead = try LocalSocket.make(.packets)
            try LocalSocket.bind(dead, to: directory.file("dead"))
        }
        do {
            _ = try self.server("dead")
            Issue.record("a dead server's socket was taken without the lock")
        } catch let error as SourceError {
            guard case .unavailable = error.reason else { throw error }
            #expect(error.message.hasSuffix("another program has its folder locked: remove the socket"))
        }
        #expect(mode("dead") != nil)
        try #require(flock(folder, LOCK_UN) == 0)
        try self.server("dead").close()
        server.close()
    }

    @Test("that somebody has replaced isn't removed")
    func notOurs() throws {
        let server = try server()
        unlink(directory.file("guest.sock"))
        let other = try LocalSocket.make(.packets)
        try LocalSocket.bind(other, to: directory.file("guest.sock"))
        server.close()
        #expect(mode() != nil)
    }

    @Test("can't be made over a file, nowhere, or with a path that is too long")
    func wrongPlaces() throws {
        _ = FileManager.default.createFile(atPath: directory.file("file"), contents: Data("x".utf8))
        let long = String(repeating: "x", count: 120)
        for (name, word) in [("file", "isn't a socket"), ("no/where", "no such folder"), (long, "107 bytes")] {
            do {
                _ = try server(name)
                Issue.record("a socket at \(name)")
            } catch let error as SourceError {
                #expect(error.message.contains(word), "\(error.message)")
            }
        }
        #expect(try Data(contentsOf: URL(filePath: directory.file("file"))) == Data("x".utf8))
        #expect(throws: SourceError.self) {
            _ = try PlaneServer(path: "relative", source: ScriptedSource(), loop: loop, logger: .quiet)
        }
    }

    /// A peer in another language, made from the document alone: what it prints is the reason and the text of the goodbye.
    private static let perlPeer = """
        use Socket; socket(my $s, AF_UNIX, 5, 0) or die "socket $!";
        connect($s, pack_sockaddr_un($ARGV[0])) or die "connect $!";
        my $hello = pack("V V a8 V V Q< a96", 128, 1, "ORIELPLN", 1, 1, 1, "perl");
        send($s, $hello, 0x4000);
        for (1..2) { my $answer; last if defined(recv($s, $answer, 1024, 0)) && length($answer) && do {
        my ($size, $type, $rest) = unpack("V V a*", $answer);
        if ($type == 0x108) { my ($reason, $detail, $text) = unpack("V V Z112", $rest); print "bye $reason $text\\n"; }
        else { my ($magic, $version, $low, $features, $name) = unpack("a8 V V Q< Z96", $rest); print "welcome $magic $version $features $name\\n"; } 1 } }
        """

    @Test(
        "lets nobody of another user in, who is told; and those who are allowed", .enabled(if: geteuid() == 0),
        arguments: [
            (allowed: 12345 as UInt32, said: "bye 1 user 65534 may not look at this guest"),
            (allowed: 65534, said: "welcome ORIELPLN 1 1 scripted guest"),
        ])
    func otherUser(allowed: UInt32, said: String) throws {
        chmod(directory.path, 0o755)
        let server = try server(allowing: [allowed])
        defer { server.close() }
        let nobody = try ChildProcess(
            ["setpriv", "--reuid=65534", "--clear-groups", "perl", "-e", Self.perlPeer, directory.file("guest.sock")],
            log: directory.file("perl.log"))
        _ = try loop.runUntil { !nobody.isRunning }
        #expect(nobody.output.contains(said), "\(nobody.output)")
    }

    @Test("of mode 0600 isn't even connected to by another user", .enabled(if: geteuid() == 0))
    func noConnection() throws {
        chmod(directory.path, 0o755)
        let server = try server()
        defer { server.close() }
        let nobody = try ChildProcess(
            ["setpriv", "--reuid=65534", "--clear-groups", "perl", "-e", Self.perlPeer, directory.file("guest.sock")],
            log: directory.file("perl.log"))
        _ = try loop.runUntil { !nobody.isRunning }
        #expect(nobody.output.contains("Permission denied"), "\(nobody.output)")
        #expect(server.viewerCount == 0)
    }
}

@Suite("A planes: URL")
struct PlanesAddressTests {
    @Test("is a path with or without an option")
    func good() throws {
        #expect(try PlanesAddress(url: "planes:/run/a.sock") == PlanesAddress(path: "/run/a.sock"))
        #expect(try PlanesAddress(url: "planes:/a%20b?any-user") == PlanesAddress(path: "/a b", allowsAnyUser: true))
    }

    @Test(
        "that is wrong is a usage error with a remedy",
        arguments: [
            "planes:", "planes:a.sock", "planes:/a?", "planes:/a?user=1", "planes:/a?any-user&any-user", "planes:/a%2",
            "planes:/a%00",
            "planes:/" + String(repeating: "a", count: 107), "plane:/a",
        ])
    func bad(url: String) {
        do {
            _ = try PlanesAddress(url: url)
            Issue.record("\(url) is taken")
        } catch {
            guard case .usage = error.reason else { return #expect(Bool(false)) }
            #expect(error.message.contains(": use "))
        }
    }

    @Test("of something else is one line that says what it is")
    func somethingElse() throws {
        let directory = try TemporaryDirectory(), loop = try EventLoop()
        _ = FileManager.default.createFile(atPath: directory.file("file"), contents: nil)
        let stream = try TestSupport.UnixSocket.listen(at: directory.file("stream"))
        defer { close(stream) }
        do {
            let dead = try LocalSocket.make(.packets)
            try LocalSocket.bind(dead, to: directory.file("dead"))
        }
        let mute = try ListeningSocket(at: directory.file("mute"), .packets, isShared: false)
        for (name, word) in [
            ("none", "no such socket"), ("file", "isn't a socket"), ("stream", "of another kind"), ("dead", "nobody listens"),
            ("mute", "doesn't speak the plane protocol"),
        ] {
            do {
                _ = try PlaneClient.opened(directory.file(name), patience: 200_000_000, loop: loop)
                Issue.record("\(name) opened")
            } catch let error as SourceError {
                #expect(error.message.contains(word), "\(error.message)")
                guard case .unavailable = error.reason else { return #expect(Bool(false)) }
            }
        }
        withExtendedLifetime(mute) {}
    }
}
