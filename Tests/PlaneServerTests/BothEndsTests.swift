// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import EventLoop
import Foundation
import Planes
import SyntheticGuest
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("Both ends, over a real socket", .serialized)
struct BothEndsTests {
    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    /// As fast as it can.
    private static let fast = "size=144x48&rate=100000&memory=memfd&cursor=moving"

    @Test(
        "a guest that flips as fast as it can is never shown wrongly, nor drawn over before its release", .timeLimit(.minutes(5)),
        arguments: [1, 2, 3, 5])
    func fastGuest(depth: Int) throws {
        let served = try ServedGuest(Self.fast)
        defer { served.stop() }
        let watcher = PixelWatcher(try served.client(on: loop))
        watcher.depth = depth
        #expect(try loop.runUntil { watcher.pictures > 150 })
        #expect(watcher.wrong == [])
        #expect(watcher.end == nil)
        watcher.client.close()
    }

    @Test(
        "a compositor that gives nothing back has nothing drawn over: the guest leaves pictures out until a buffer is released",
        .timeLimit(.minutes(5)))
    func holdsAll() throws {
        let served = try ServedGuest(Self.fast)
        defer { served.stop() }
        let watcher = PixelWatcher(try served.client(on: loop))
        watcher.depth = .max
        func generation() -> UInt64 { served.on { _, guest in (try? guest.query(.primary))?.generation?.rawValue ?? 0 } }
        func position() -> PixelPoint? { served.on { _, guest in guest.shown(.cursor)?.position } }
        // As many as the guest may have buffers: then it stands still, but for its cursor.
        #expect(try loop.runUntil { watcher.pictures == BufferRing.mostRemote })
        #expect(try loop.runUntil { watcher.kept.last?.info.generation.rawValue == generation() })
        let last = generation(), place = position()
        #expect(try loop.runUntil { position() != place })
        watcher.check()
        #expect(generation() == last && watcher.pictures == BufferRing.mostRemote && watcher.wrong == [])
        // One that is given back is drawn into, and no other.
        for count in 1...20 {
            let freed = watcher.kept[0].info.identity
            watcher.releaseOldest()
            #expect(try loop.runUntil { watcher.pictures == BufferRing.mostRemote + count })
            #expect(watcher.kept.last?.info.identity == freed)
        }
        watcher.check()
        #expect(watcher.wrong == [] && watcher.end == nil)
        watcher.client.close()
        // A viewer that goes gives everything back.
        let before = generation()
        #expect(try loop.runUntil { generation() > before + 20 })
    }

    @Test(
        "across mode switches, too; what came too late is refused as stale, counted, and leaves nothing", .timeLimit(.minutes(5)))
    func fastModes() throws {
        let served = try ServedGuest("size=320x200&rate=20000&memory=memfd&cursor=none&modeswitch=0.01")
        defer { served.stop() }
        let before = try descriptors()
        do {
            let watcher = PixelWatcher(try served.client(on: loop))
            let naive = try RawPeer.connect(to: served.path)
            naive.hello()
            // A viewer that goes past each state before it asks for the first one's memory.
            var asked = 0
            _ = try loop.runUntil {
                naive.receive()
                for state in naive.states {
                    naive.seen(state.sequence)
                    naive.get(1)
                    asked += 1
                }
                naive.clear()
                return watcher.pictures > 200 && watcher.sizes.count == 2 && asked > 100
            }
            #expect(watcher.wrong.isEmpty, "\(watcher.wrong.prefix(3))")
            #expect(watcher.pictures > 20 && watcher.sizes.count == 2)
            #expect(asked > 20)
            let stale = served.on { server, _ in server.staleAnswers }
            #expect(stale >= UInt64(asked) - 20 + watcher.client.counts.staleAnswers)
            watcher.client.close()
        }
        #expect(waitUntil { (try? descriptors()) ?? 0 <= before })
    }

    /// Of memory files in this process, which only the guest and its viewers have.
    private func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.contains("oriel-guest") == true
        }
    }

    @Test(
        "viewers at different speeds each see their own pictures whole, and one that never reads stops nobody",
        .timeLimit(.minutes(5)))
    func speeds() throws {
        let served = try ServedGuest(Self.fast) { $0.readPatience = 60_000_000_000 }
        defer { served.stop() }
        let mute = try RawPeer.connect(to: served.path)
        mute.hello()
        let dead = try RawPeer.connect(to: served.path)
        dead.hello()
        let quick = PixelWatcher(try served.client(on: loop)), slow = PixelWatcher(try served.client(on: loop))
        slow.stride = 37
        func generation() -> UInt64 {
            served.on { _, guest in (try? guest.query(.primary))?.generation?.rawValue ?? 0 }
        }
        #expect(try loop.runUntil { quick.pictures > 50 })
        let before = generation()
        #expect(try loop.runUntil { quick.pictures > 400 && slow.pictures > 5 })
        #expect(generation() > before + 100)
        #expect(quick.wrong + slow.wrong == [])
        mute.receive()
        #expect(mute.states.count == Int(PLANE_STATE_WINDOW))
    }

    @Test("a client that is closed is forgotten, and its end is nobody else's")
    func leaves() throws {
        let served = try ServedGuest("size=144x48&rate=200&memory=memfd")
        defer { served.stop() }
        let staying = PixelWatcher(try served.client(on: loop))
        for _ in 0..<10 {
            let client = try served.client(on: loop)
            try loop.runForAMoment()
            client.close()
        }
        #expect(waitUntil { served.on { server, _ in server.viewerCount } == 1 })
        let pictures = staying.pictures
        #expect(try loop.runUntil { staying.pictures > pictures } && staying.end == nil)
    }

    @Test("the server's end is told with its reason")
    func serverEnds() throws {
        let served = try ServedGuest("size=144x48&rate=200&memory=memfd")
        let watcher = PixelWatcher(try served.client(on: loop))
        try loop.runForAMoment()
        served.stop()
        #expect(try loop.runUntil { watcher.end != nil })
        #expect(watcher.end?.message.contains("the server has ended") == true)
        #expect(!FileManager.default.fileExists(atPath: served.path))
    }

    /// In a process of its own: the other tests open descriptors, too.
    @Test("neither end leaves a descriptor, whatever it did before")
    func leavesNothing() async {
        await #expect(processExitsWith: .success) {
            let loop = try EventLoop()
            try loop.turn(waitingAtMost: 1_000_000)
            func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
            var descriptors = 0
            for round in 0..<4 {
                let served = try ServedGuest("size=320x200&rate=500&memory=memfd&modeswitch=0.02")
                let watcher = PixelWatcher(try served.client(on: loop)), other = try RawPeer.connect(to: served.path)
                other.hello()
                #expect(try loop.runUntil { watcher.pictures > 10 })
                // The second round leaves it to deinit.
                if round != 1 { watcher.client.close() }
                served.stop()
                if round == 0 { descriptors = try count() + 2 }
            }
            // Two for what the test library itself may have open at a moment; a leak of one a round would be three.
            #expect(waitUntil { (try? count()) ?? .max <= descriptors })
        }
    }

    @Test("a list finds the servers in a folder, and nothing else")
    func list() throws {
        let served = try ServedGuest("size=320x200&rate=10&memory=memfd")
        defer { served.stop() }
        let folder = served.directory
        _ = FileManager.default.createFile(atPath: folder.file("file"), contents: nil)
        let found = PlaneSockets.servers(
            in: folder.path, patience: Patience.nanoseconds, loop: loop)
        #expect(found.map(\.path) == [served.path])
        #expect(found.first?.size == PixelSize(width: 320, height: 200) && found.first?.format == .xrgb8888)
        #expect(found.first?.name.hasPrefix("demo:?size=320x200") == true)
        #expect(PlaneSockets.servers(in: "/nowhere", loop: loop).isEmpty)
        // What says nothing isn't waited for beyond the patience.
        let silent = try TestSupport.UnixSocket.listen(at: folder.file("a-stream"))
        defer { close(silent) }
        let mute = try ListeningSocket(at: folder.file("mute"), .packets, isShared: false)
        let later = PlaneSockets.servers(in: folder.path, patience: 300_000_000, loop: loop)
        #expect(Set(later.map(\.path)).isSubset(of: [served.path]))
        withExtendedLifetime(mute) {}
    }
}

extension PlaneState {
    fileprivate var generation: Generation? { if case .showing(let info) = self { info.generation } else { nil } }
}
