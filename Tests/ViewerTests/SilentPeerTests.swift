// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import EventLoop
import Foundation
import Planes
import TestSupport
import Testing

@testable import PlaneServer
@testable import Viewer

/// The process of a source that greets as far as a test wants, and then says nothing more. It lives on the test's own thread: it can't
/// say a word while something waits for it there.
private final class SilentPeer {
    /// A greeting, and how much of it is said.
    enum Greeting: String, CaseIterable, Sendable {
        case planesUnaccepted, planesAccepted, planesWelcomed
        case busUnaccepted, busAccepted, busAuthenticated
        case monitorUnaccepted, monitorAccepted, monitorGreeted, monitorReady, monitorGivenSocket
        case deviceUnaccepted, deviceAccepted
    }

    private let greeting: Greeting
    private let listening: CInt
    private var connection: CInt = -1
    private var heard = ""
    private var answered = 0
    private var given: [CInt] = []
    let url: String

    init(_ greeting: Greeting, in directory: TemporaryDirectory) throws {
        self.greeting = greeting
        let path = directory.file("peer")
        switch greeting {
        case .planesUnaccepted, .planesAccepted, .planesWelcomed:
            listening = try UnixSocket.listen(at: path, for: .packets)
            url = "planes:\(path)"
        case .busUnaccepted, .busAccepted, .busAuthenticated:
            listening = try UnixSocket.listen(at: path)
            url = "qemu:unix:path=\(path)"
        case .monitorUnaccepted, .monitorAccepted, .monitorGreeted, .monitorReady, .monitorGivenSocket:
            listening = try UnixSocket.listen(at: path)
            url = "qemu:qmp=\(path)"
        case .deviceUnaccepted, .deviceAccepted:
            listening = try UnixSocket.listen(at: path)
            url = "vfio:unix=\(path)"
        }
        _ = fcntl(listening, F_SETFL, O_NONBLOCK)
    }

    deinit {
        for descriptor in given + [connection, listening] where descriptor >= 0 { close(descriptor) }
    }

    /// Whether all that was to be said has been said.
    private(set) var isSilent = false

    /// Says what is due.
    func turn() {
        switch greeting {
        case .planesUnaccepted, .busUnaccepted, .monitorUnaccepted, .deviceUnaccepted: isSilent = true
        case .planesAccepted, .busAccepted, .monitorAccepted, .deviceAccepted:
            if accept() { isSilent = true }
        case .planesWelcomed:
            if accept() {
                let welcome = plane_hello(PLANE_WELCOME, version: PLANE_VERSION, features: PLANE_FEATURE_PUSH, name: "silent")
                withUnsafeBytes(of: welcome) { _ = write(connection, $0.baseAddress, $0.count) }
                isSilent = true
            }
        case .busAuthenticated:
            if accept() || connection >= 0, listen().contains("BEGIN"), !isSilent {
                say("DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n")
                isSilent = true
            }
        case .monitorGreeted:
            if accept() {
                say(#"{"QMP": {"version": {"qemu": {"major": 10}}, "capabilities": []}}"# + "\r\n")
                isSilent = true
            }
        case .monitorReady: answerCommands(1)
        case .monitorGivenSocket: answerCommands(3)
        }
    }

    /// Greets as a monitor and answers so many commands.
    private func answerCommands(_ count: Int) {
        if accept() { say(#"{"QMP": {"version": {"qemu": {"major": 10}}, "capabilities": []}}"# + "\r\n") }
        guard connection >= 0 else { return }
        let numbers = listen().matches(of: #/"id": ?(\d+)/#).map(\.1)
        while answered < min(count, numbers.count) {
            say("{\"return\": {}, \"id\": \(numbers[answered])}\r\n")
            answered += 1
        }
        if answered == count { isSilent = true }
    }

    /// Whether the first client has come just now.
    private func accept() -> Bool {
        guard connection < 0 else { return false }
        connection = Glibc.accept(listening, nil, nil)
        guard connection >= 0 else { return false }
        _ = fcntl(connection, F_SETFL, O_NONBLOCK)
        return true
    }

    private func say(_ text: String) { _ = write(connection, text, text.utf8.count) }

    /// All that the client has said. A descriptor that came with it stays open.
    private func listen() -> String {
        while true {
            var bytes = [UInt8](repeating: 0, count: 4096)
            // A cmsghdr on 64 bits: length, level and type, then the descriptor.
            var control = [UInt64](repeating: 0, count: 8)
            let count = bytes.withUnsafeMutableBytes { bytes in
                control.withUnsafeMutableBytes { control in
                    var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                    return withUnsafeMutablePointer(to: &part) { part in
                        var message = msghdr()
                        message.msg_iov = part
                        message.msg_iovlen = 1
                        message.msg_control = control.baseAddress
                        message.msg_controllen = control.count
                        return recvmsg(connection, &message, 0)
                    }
                }
            }
            if control[0] == 20 { given.append(CInt(truncatingIfNeeded: control[2])) }
            guard count > 0 else { return heard }
            heard += String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}

/// Nothing on the loop's thread waits for a peer once there is a window.
@Suite("Peers that fall silent", .timeLimit(.minutes(5)))
struct SilentPeerTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    /// Frames are the test's clock: a peer's silence lasts for so many of them.
    private static let silence = 60

    /// Shows one more frame, and fails where it doesn't reach the compositor at once.
    private func showFrame(_ guest: ScriptedSource, in world: SessionWorld) throws {
        guest.show(.primary, picture)
        guest.announce()
        #expect(try world.frames() == 1)
    }

    @Test(
        "while a source of any kind is being opened, however far its greeting went, another window shows each of its frames",
        arguments: SilentPeer.Greeting.allCases)
    private func opening(_ greeting: SilentPeer.Greeting) throws {
        let directory = try TemporaryDirectory()
        let peer = try SilentPeer(greeting, in: directory)
        let guest = ScriptedSource()
        guest.show(.primary, picture)
        let world = try SessionWorld.showing(guest)
        _ = try world.frames()
        var result: Result<[Guest], SourceError>?
        let opening = try SourceAddress(peer.url).open(on: world.loop, log: world.log.logger) { result = $0 }
        // An opening that waits on this thread hears nothing, and gives up before there are so many frames.
        var frames = 0
        while frames < Self.silence, result == nil {
            peer.turn()
            try showFrame(guest, in: world)
            if peer.isSilent { frames += 1 }
        }
        #expect(frames == Self.silence && result == nil, "\(String(describing: result))")
        opening.cancel()
        try showFrame(guest, in: world)
        #expect(result == nil)
        world.session.close()
    }

    @Test("a QEMU that hangs, on a bus that doesn't: another window shows each of its frames")
    func hangingQEMU() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let machine = try VirtualMachine(name: "hanging", display: .bus(address: bus.address), in: directory)
        let guest = ScriptedSource()
        guest.show(.primary, picture)
        let world = try SessionWorld.showing(guest)
        let url = "qemu:unix:path=\(bus.path)"
        // It is there, and on the bus.
        var isThere = false
        while !isThere {
            var result: Result<[Guest], SourceError>?
            let opening = try SourceAddress(url).open(on: world.loop, log: world.log.logger) { result = $0 }
            #expect(try world.run { result != nil })
            withExtendedLifetime(opening) {}
            if case .success(let guests)? = result {
                isThere = true
                for guest in guests { guest.planes.close() }
            }
        }
        machine.process.signal(SIGSTOP)
        _ = try world.frames()
        var result: Result<[Guest], SourceError>?
        let opening = try SourceAddress(url).open(on: world.loop, log: world.log.logger) { result = $0 }
        var frames = 0
        while frames < Self.silence, result == nil {
            try showFrame(guest, in: world)
            frames += 1
        }
        #expect(frames == Self.silence && result == nil, "\(String(describing: result))")
        opening.cancel()
        world.session.close()
        machine.process.signal(SIGCONT)
    }
}
