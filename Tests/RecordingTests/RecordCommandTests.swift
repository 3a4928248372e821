// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Planes
import TestSupport
import Testing

@testable import Recording

@Suite("oriel record, and oriel view replay:", .serialized)
struct RecordCommandTests {
    private let world: RecordingWorld
    private static let noCompositor = ["WAYLAND_DISPLAY": "none"]

    init() throws { world = try RecordingWorld() }

    private func oriel(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess.oriel(arguments, Self.noCompositor, in: world.directory)
    }

    private var end: RecordingEnd? {
        guard let (events, _) = try? world.events(), case .end(let reason)? = events.last?.content else { return nil }
        return reason
    }

    private func pictures() throws -> Int {
        try world.events().events.count { if case .picture(.primary, _) = $0.content { true } else { false } }
    }

    @Test("Ctrl-C ends it with the file whole; an existing file is replaced only with --force", .timeLimit(.minutes(5)))
    func interrupted() throws {
        let program = try oriel(["record", "demo:?size=320x200&memory=memfd", world.path])
        // It is written once a second.
        #expect(waitUntil { (try? pictures()) ?? 0 > 0 }, "\(program.output)")
        program.signal(SIGINT)
        #expect(program.waitForEnd() == 0, "\(program.output)")
        #expect(end == .asked && program.output.contains(" pictures "), "\(program.output)")
        let size = try world.bytes.count
        let again = try oriel(["record", "demo:?rate=0", world.path, "--duration", "0.1"])
        #expect(again.waitForEnd() == 64 && again.output.contains("--force"), "\(again.output)")
        #expect(try world.bytes.count == size)
        let forced = try oriel(["record", "demo:?rate=0", world.path, "--duration", "0.1", "--force"])
        #expect(forced.waitForEnd() == 0, "\(forced.output)")
        #expect(try end == .asked && world.bytes.count < size)
    }

    @Test("killed, it leaves what was written, which is played", .timeLimit(.minutes(5)))
    func killed() throws {
        let program = try oriel(["record", "demo:?size=320x200&memory=memfd", world.path])
        #expect(waitUntil { (try? pictures()) ?? 0 > 0 }, "\(program.output)")
        program.signal(SIGKILL)
        _ = program.waitForEnd()
        #expect(end == nil)
        let copy = world.directory.file("b.rec")
        let player = try oriel(["record", "replay:\(world.path)", copy, "--duration", "2"])
        #expect(player.waitForEnd() == 0)
        #expect(player.output.contains("oriel: warning: replay:\(world.path): it is cut off after "), "\(player.output)")
    }

    @Test("says when it ends at its limit", .timeLimit(.minutes(5)))
    func limited() throws {
        let program = try oriel(["record", "demo:?size=320x200&memory=memfd", world.path, "--pixels", "--limit", "1"])
        #expect(program.waitForEnd() == 0, "\(program.output)")
        #expect(program.output.contains("it has reached 1 MiB: allow more with --limit"), "\(program.output)")
        let size = try world.bytes.count
        #expect(end == .limit && size <= 1 << 20 && size > 3 << 18)
        #expect(program.output.contains("of the cursor   0.\((size * 10) >> 20) MiB"), "\(program.output)")
    }

    @Test("a full disk is one line and exit code 70", .timeLimit(.minutes(5)))
    func full() throws {
        let program = try oriel(["record", "demo:?size=320x200&memory=memfd", "/dev/full", "--force", "--duration", "0.2"])
        #expect(program.waitForEnd() == 70, "\(program.output)")
        #expect(program.output.contains("oriel: /dev/full: can't be written (No space left on device): "), "\(program.output)")
    }

    @Test("ends with its source, whose line it says", .timeLimit(.minutes(5)))
    func sourceEnds() throws {
        let socket = world.directory.file("guest.sock")
        let guest = try oriel(["guest", socket, "--size", "320x200", "--memory", "memfd"])
        #expect(waitUntil { access(socket, F_OK) == 0 }, "\(guest.output)")
        let program = try oriel(["record", "planes:\(socket)", world.path])
        #expect(waitUntil { (try? pictures()) ?? 0 > 0 }, "\(program.output)")
        guest.end()
        #expect(program.waitForEnd() == 69, "\(program.output)")
        #expect(end == .source && program.output.contains("oriel: planes:\(socket): "), "\(program.output)")
    }

    @Test("a recording is shown in a window like any other source", .timeLimit(.minutes(5)))
    func viewed() throws {
        let program = try oriel(["record", "demo:?size=320x200&memory=memfd", world.path, "--duration", "1.5"])
        #expect(program.waitForEnd() == 0, "\(program.output)")
        let weston = try Weston()
        let file = weston.directory.file("stats.json")
        let viewer = try weston.oriel(["view", "replay:\(world.path)?loop", "--frames", "30", "--stats", file])
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        let statistics = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(statistics["path"] as? String == "dmabuf", "\(viewer.output)")
        let frames = try #require(statistics["frames"] as? [String: Any])
        #expect(frames["committed"] as? Int == 30 && frames["stale"] as? Int == 0)
        #expect((statistics["buffers"] as? [String: Any])?["imports"] as? Int ?? 99 <= 6)
    }
}
