// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Glibc
import PlaneImage
import Planes
import QMP
import SyntheticGuest
import System
import TestSupport
import Testing

/// `oriel kiosk` in a process of its own on a real Weston, whose screen is as large as the guest's.
@Suite("A kiosk on a real Weston", .serialized, .timeLimit(.minutes(8)))
struct KioskProcessTests {
    private let weston: Weston
    private let control: String
    private let notifications: NotifySocket

    init() throws {
        weston = try Weston(width: 640, height: 480)
        control = weston.directory.file("control.sock")
        notifications = try NotifySocket(in: weston.directory)
    }

    private var guestSocket: String { weston.directory.file("guest.sock") }
    private var configuration: String { weston.directory.file("kiosk.toml") }

    private func configure(_ screen: String, _ kiosk: String = "") throws {
        try "control = \"\(control)\"\n\(kiosk)\n[[screen]]\n\(screen)\n"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    private func kiosk(_ environment: [String: String] = [:]) throws -> ChildProcess {
        try .oriel(
            ["kiosk", "--config", configuration],
            weston.environment.merging(["NOTIFY_SOCKET": notifications.path]) { $1 }.merging(environment) { $1 },
            in: weston.directory)
    }

    private func guest(pattern: String = "bars") throws -> ChildProcess {
        let process = try weston.oriel([
            "guest", guestSocket, "--memory", "memfd", "--size", "640x480", "--rate", "20", "--pattern", pattern, "--cursor",
            "none",
        ])
        #expect(waitUntil { process.output.contains("serving") }, "\(process.output)")
        return process
    }

    private func ask(_ command: String) throws -> JSONValue {
        let process = try weston.oriel([command, "--control", control] + (command == "status" ? ["--json"] : []))
        #expect(process.waitForEnd() == 0, "\(process.output)")
        return try #require(JSONValue(parsing: process.output.isEmpty ? "{}".utf8 : process.output.utf8))
    }

    private func screen() throws -> JSONValue { try #require(try ask("status")["screens"]?.elements?.first) }

    /// The generation of the guest's that is on Weston's screen; nil for another picture.
    private func generation() throws -> UInt32? {
        let image = try PNG.read(try weston.screenshot())
        return FrameCounter.read { x, y in
            x < image.size.width && y < image.size.height ? image.bytes[(y * Int(image.size.width) + x) * 4 + 1] : nil
        }
    }

    /// Whether the guest's pictures move on the screen.
    private func moves() throws -> Bool {
        var first: UInt32?
        return try waitUntil {
            guard let shown = try generation() else { return false }
            defer { first = first ?? shown }
            return first.map { shown > $0 } ?? false
        }
    }

    @Test("guest, compositor and the guest again are killed and started: each time the guest's newest pictures are on the screen")
    func comesBack() throws {
        try configure("sources = [\"planes:\(guestSocket)\"]\nhold = 0.5\nidle-text = \"back soon\"")
        let kiosk = try kiosk()
        // Nothing is there but the text.
        #expect(waitUntil { notifications.all.contains("READY=1") }, "\(kiosk.output)")
        #expect(try generation() == nil && screen()["source"]?.isNull == true)
        let first = try guest()
        #expect(try moves(), "\(kiosk.output)")
        first.signal(SIGKILL)
        #expect(try waitUntil { try screen()["source"]?.isNull == true && generation() == nil }, "\(kiosk.output)")
        let second = try guest()
        #expect(try moves(), "\(kiosk.output)")
        for _ in 0..<2 {
            weston.kill()
            #expect(try waitUntil { try ask("status")["compositor"]?["isConnected"]?.boolean == false }, "\(kiosk.output)")
            #expect(try screen()["source"]?.text == "planes:\(guestSocket)")
            try weston.restart()
            #expect(try moves(), "\(kiosk.output)")
        }
        let status = try ask("status")
        #expect(status["compositor"]?["returns"]?.integer == 2)
        #expect(try screen()["losses"]?.integer == 1)
        // One connection of the kiosk's has been enough.
        #expect(second.isRunning && !second.output.contains("gone"), "\(second.output)")
        #expect(notifications.all.filter { $0 == "READY=1" }.count == 1)
        kiosk.signal(SIGTERM)
        #expect(kiosk.waitForEnd() == 0 && notifications.all.contains("STOPPING=1"))
        #expect(!FileManager.default.fileExists(atPath: control))
    }

    @Test("a kiosk that is started before its compositor awaits it, and isn't ready meanwhile")
    func before() throws {
        try configure("sources = [\"demo:?size=640x480&rate=20&cursor=none\"]")
        weston.kill()
        _ = weston.process.waitForEnd()
        let kiosk = try kiosk()
        #expect(waitUntil { kiosk.output.contains("no Wayland compositor at") }, "\(kiosk.output)")
        #expect(try ask("status")["compositor"]?["isConnected"]?.boolean == false)
        #expect(!notifications.all.contains("READY=1"))
        try weston.restart()
        #expect(try moves(), "\(kiosk.output)")
        #expect(waitUntil { notifications.all.contains("READY=1") }, "\(kiosk.output)")
        // It was never there before.
        #expect(try ask("status")["compositor"]?["returns"]?.integer == 0)
    }

    @Test("a configuration that changes is taken, a screen that doesn't goes on, and one with a mistake changes nothing")
    func reload() throws {
        let server = try guest()
        try configure("sources = [\"planes:\(guestSocket)\"]")
        let kiosk = try kiosk()
        #expect(try moves(), "\(kiosk.output)")
        // Another key of the kiosk's: the screen keeps its window.
        try configure("sources = [\"planes:\(guestSocket)\"]", "metrics = \"unix:\(weston.directory.file("metrics.sock"))\"")
        _ = try ask("reload")
        // A window that is opened tells its path.
        #expect(kiosk.output.split(separator: "\n").filter { $0.contains("path dmabuf") }.count == 1, "\(kiosk.output)")
        #expect(FileManager.default.fileExists(atPath: weston.directory.file("metrics.sock")))
        #expect(!server.output.contains("gone"))
        // A mistake.
        try configure("sources = [\"planes:\(guestSocket)\"]\nhold = \"long\"")
        let refused = try weston.oriel(["reload", "--control", control])
        #expect(refused.waitForEnd() == 64)
        let lines = refused.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("kiosk.toml:5:8: 'hold' takes"), "\(refused.output)")
        #expect(lines.last == "oriel: the configuration stays as it was")
        kiosk.signal(SIGHUP)
        #expect(waitUntil { kiosk.output.contains("error: the configuration stays as it was") }, "\(kiosk.output)")
        #expect(try moves() && ask("status")["reloads"]?.integer == 1)
        // Another source.
        try configure("sources = [\"demo:?size=640x480&rate=20&cursor=none\"]")
        kiosk.signal(SIGHUP)
        #expect(try waitUntil { try screen()["source"]?.text?.hasPrefix("demo:") == true }, "\(kiosk.output)")
        #expect(try moves() && ask("status")["reloads"]?.integer == 2)
        #expect(!FileManager.default.fileExists(atPath: weston.directory.file("metrics.sock")))
        #expect(notifications.all.contains { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") })
    }

    @Test("a guest that stands still is reported, and the command is run without a shell, with its names in the environment")
    func stall() throws {
        let server = try weston.oriel(["guest", guestSocket, "--memory", "memfd", "--size", "640x480", "--rate", "0"])
        #expect(waitUntil { server.output.contains("serving") })
        let script = weston.directory.file("stalled.sh"), said = weston.directory.file("said")
        try "#!/bin/sh\nprintf '%s|%s|%s' \"$ORIEL_SCREEN\" \"$ORIEL_SOURCE\" \"$1\" > \(said)\nexit 4\n"
            .write(toFile: script, atomically: true, encoding: .utf8)
        chmod(script, 0o755)
        try configure(
            "name = \"left; wall\"\nsources = [\"planes:\(guestSocket)\"]\nstall-after = 1\nstall-command = [\"\(script)\", \"$HOME\"]"
        )
        let kiosk = try kiosk()
        #expect(
            waitUntil { kiosk.output.contains("screen left; wall: the stall-command has failed (exited(4))") }, "\(kiosk.output)")
        #expect(kiosk.output.contains("screen left; wall: the picture of planes:\(guestSocket) hasn't changed for 1 s or more"))
        #expect(try String(contentsOfFile: said, encoding: .utf8) == "left; wall|planes:\(guestSocket)|$HOME")
        #expect(try screen()["stalls"]?.integer == 1)
    }

    @Test("sockets move with the configuration, and stay where they are with one whose sockets can't be had")
    func sockets() throws {
        let metrics = weston.directory.file("metrics.sock"), moved = weston.directory.file("moved.sock")
        func write(control: String, metrics: String) throws {
            try "control = \"\(control)\"\nmetrics = \"unix:\(metrics)\"\n[[screen]]\nsources = [\"demo:?rate=0\"]\n"
                .write(toFile: configuration, atomically: true, encoding: .utf8)
        }
        func reload(at path: String) throws -> (code: CInt?, output: String) {
            let process = try weston.oriel(["reload", "--control", path])
            return (process.waitForEnd(), process.output)
        }
        try write(control: control, metrics: metrics)
        let kiosk = try kiosk()
        #expect(waitUntil { access(metrics, F_OK) == 0 }, "\(kiosk.output)")
        try write(control: moved, metrics: "/nowhere/metrics.sock")
        #expect(try reload(at: control).output.contains("/nowhere/metrics.sock: there is no such folder"))
        #expect(access(metrics, F_OK) == 0 && access(control, F_OK) == 0 && access(moved, F_OK) != 0)
        try write(control: moved, metrics: metrics)
        #expect(try reload(at: control).code == 0, "\(kiosk.output)")
        #expect(access(moved, F_OK) == 0 && waitUntil { access(control, F_OK) != 0 })
        #expect(try reload(at: moved).code == 0 && kiosk.isRunning)
    }

    @Test("the control socket is its user's, and who asks for nothing known is told so")
    func controlSocket() throws {
        try configure("sources = [\"demo:?rate=0\"]")
        let kiosk = try kiosk()
        #expect(waitUntil { FileManager.default.fileExists(atPath: control) }, "\(kiosk.output)")
        var status = stat()
        #expect(lstat(control, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let socket = try UnixSocket.connect(to: control)
        defer { close(socket) }
        _ = write(socket, "oriel-kiosk 2 status\n", 21)
        var bytes = [UInt8](repeating: 0, count: 1000)
        let count = read(socket, &bytes, bytes.count)
        let answer = JSONValue(parsing: bytes[..<max(count, 0)])
        #expect(answer?["error"]?.text == "this kiosk speaks version 1 of the protocol, not 2")
        // Another kiosk of the same user's.
        let second = try self.kiosk()
        #expect(second.waitForEnd() == 69 && second.output.contains("another server is running there"), "\(second.output)")
    }

    @Test("the watchdog is fed while the compositor answers or isn't there, and not while it hangs")
    func watchdog() throws {
        try configure("sources = [\"demo:?size=640x480&rate=0\"]")
        let kiosk = try kiosk(["WATCHDOG_USEC": "20000"])
        func feedings() -> Int { notifications.all.filter { $0 == "WATCHDOG=1" }.count }
        #expect(waitUntil { feedings() >= 3 }, "\(kiosk.output)")
        weston.process.signal(SIGSTOP)
        // It rests when all that was answered is heard.
        var before = -1
        #expect(
            waitUntil {
                defer { before = feedings() }
                waitForAMoment()
                return feedings() == before
            })
        for _ in 0..<5 { waitForAMoment() }
        #expect(feedings() <= before + 1)
        weston.process.signal(SIGCONT)
        #expect(waitUntil { feedings() > before + 4 })
        weston.kill()
        #expect(try waitUntil { try ask("status")["compositor"]?["isConnected"]?.boolean == false })
        let gone = feedings()
        #expect(waitUntil { feedings() > gone + 2 })
        _ = kiosk
    }
}

/// The service manager's end of sd_notify(3), which a thread reads: whoever notifies waits while the socket is full.
private final class NotifySocket: @unchecked Sendable {
    let path: String
    private let socket: OwnedDescriptor
    private let lock = NSLock()
    private var heard: [String] = []

    init(in directory: TemporaryDirectory) throws {
        path = directory.file("notify.sock")
        socket = OwnedDescriptor(
            adopting: Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        try LocalSocket.bind(socket, to: path)
        let number = socket.rawValue
        Thread.detachNewThread { [weak self] in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while case let length = recv(number, &bytes, bytes.count, 0), length > 0, let self {
                lock.withLock { heard.append(String(decoding: bytes[..<length], as: UTF8.self)) }
            }
        }
    }

    deinit { shutdown(socket.rawValue, CInt(SHUT_RDWR)) }

    /// All that was said so far.
    var all: [String] { lock.withLock { heard } }
}
