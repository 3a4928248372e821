// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import Logging
import Measurement
import PlaneImage
import PlaneServer
import Planes
import GuestView
import GuestWindow
import Surfaces
import TestSupport
import Testing
import Viewer

/// A source handed through, with what was committed written down.
private final class Recorder: PlaneSource, PlaneSourceDelegate {
    private let source: any PlaneSource
    weak var delegate: (any PlaneSourceDelegate)?
    private(set) var committed: [UInt64] = []

    init(_ source: any PlaneSource) {
        self.source = source
        source.delegate = self
    }

    var name: String { source.name }
    var counts: SourceCounts { source.counts }
    func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState { try source.query(kind) }
    func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        try source.buffer(for: kind, generation: generation)
    }
    func committed(_ kind: PlaneKind, generation: Generation) {
        source.committed(kind, generation: generation)
        if kind == .primary { committed.append(generation.rawValue) }
    }
    func skipped(_ kind: PlaneKind, generation: Generation) { source.skipped(kind, generation: generation) }
    func released(_ kind: PlaneKind, _ identity: BufferIdentity) { source.released(kind, identity) }
    func close() { source.close() }
    func planeSourceDidChange(_ source: any PlaneSource) { delegate?.planeSourceDidChange(self) }
    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { delegate?.planeSource(self, didEnd: error) }
}

/// A guest in a process of its own, by way of its socket, on a real Weston.
@Suite("A plane server on a real Weston", .serialized)
struct PlanesViewerTests {
    private func guest(_ weston: Weston, _ arguments: [String]) throws -> (process: ChildProcess, path: String) {
        let path = weston.directory.file("guest.sock")
        let process = try weston.oriel(["guest", path, "--memory", "memfd"] + arguments)
        #expect(waitUntil { process.output.contains("serving") }, "\(process.output)")
        return (process, path)
    }

    @Test(
        "ten seconds or more of a guest that flips as fast as it can: every screenshot shows a generation that was committed, whole",
        .timeLimit(.minutes(5)))
    func fast() throws {
        let weston = try Weston(width: 320, height: 200)
        let (guest, path) = try guest(
            weston, ["--size", "320x200", "--rate", "100000", "--cursor", "none", "--modeswitch", "2.5"])
        let loop = try EventLoop(), log = Logger(label: "test")
        let client = try SourceAddress("planes:\(path)").opened(on: loop, log: log)[0].planes
        let recorder = Recorder(client)
        var options = WindowOptions(title: "test")
        options.isFullscreen = true
        let window = try GuestWindow(
            on: Desktop(Compositor(display: weston.display)), options: options, loop: loop, log: log)
        let owner = WindowOwner(window)
        owner.attach(recorder)
        let start = EventLoop.now()
        var shots = 0
        while EventLoop.now() < start + 10_000_000_000 || shots <= 4 || recorder.committed.count <= 50 {
            try #require(EventLoop.now() < start + Patience.nanoseconds)
            try loop.run(for: 0.4)
            #expect(owner.endings.isEmpty)
            // The window stands still meanwhile, and the guest goes on.
            let screen = try PNG.read(try weston.screenshot())
            let shown = [1.0, 4.0 / 3].lazy.compactMap { generation(in: screen, scale: $0) }.first
            #expect(
                shown.map { recorder.committed.suffix(2).contains($0) } == true, "\(shown ?? 0) \(recorder.committed.suffix(2))")
            shots += 1
        }
        #expect(recorder.committed == recorder.committed.sorted())
        #expect(recorder.committed.last! > UInt64(recorder.committed.count) * 2)
        window.finishStatistics()
        #expect(window.statistics.bytesCopied == 0 && window.statistics.buffers.importFailures == 0)
        #expect(window.statistics.path == .dmabuf && window.statistics.memory == "memfd")
        // The server's end is the window's, with a line.
        guest.signal(SIGTERM)
        #expect(try loop.runUntil { !owner.endings.isEmpty })
        guard case .source(let error)? = owner.endings.first else { return #expect(Bool(false), "\(owner.endings)") }
        #expect(error.message.contains("the server has ended"))
        #expect(guest.waitForEnd() == 0, "\(guest.output)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("the command shows it with the memory that it has, and ends with it: exit code 69, one line", .timeLimit(.minutes(5)))
    func command() throws {
        let weston = try Weston(width: 320, height: 200)
        let (guest, path) = try guest(weston, ["--size", "320x200", "--rate", "60"])
        var descriptors: [Int] = []
        for frames in ["5", "200"] {
            let file = weston.directory.file("stats-\(frames).json")
            let viewer = try weston.oriel(["view", "planes:\(path)", "--frames", frames, "--stats", file])
            #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
            let statistics = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))) as? [String: Any])
            #expect(statistics["memory"] as? String == "memfd" && statistics["path"] as? String == "dmabuf")
            #expect((statistics["pixels"] as? [String: Int])?["bytesCopied"] == 0)
            #expect((statistics["frames"] as? [String: Int])?["stale"] != nil)
            descriptors.append(((statistics["process"] as? [String: Any])?["openDescriptors"] as? Int) ?? 0)
        }
        // A buffer or two may be known later, never more than the guest has.
        #expect(descriptors[1] - descriptors[0] <= 8)
        let viewer = try weston.oriel(["view", "planes:\(path)"])
        #expect(waitUntil { viewer.output.contains("path") })
        guest.signal(SIGKILL)
        #expect(viewer.waitForEnd() == 69, "\(viewer.output)")
        #expect(viewer.output.split(separator: "\n").filter { !$0.contains(": path ") }.count == 1, "\(viewer.output)")
        // The dead one's socket is left, and is no obstacle.
        #expect(FileManager.default.fileExists(atPath: path))
        let next = try weston.oriel(["guest", path, "--memory", "memfd", "--size", "320x200", "--duration", "3"])
        #expect(waitUntil { next.output.contains("serving") }, "\(next.output)")
        let second = try weston.oriel(["guest", path, "--memory", "memfd"])
        #expect(second.waitForEnd() == 69 && second.output.contains("another server is running"), "\(second.output)")
        #expect(next.waitForEnd() == 0 && !FileManager.default.fileExists(atPath: path))
    }
}
