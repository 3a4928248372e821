// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import Planes
import SyntheticGuest
import System
import Testing

@testable import PlaneServer

/// A guest's ring, a server's bookkeeping and random viewers, whose messages are on their way for as long as chance wants.
private struct RandomWorld {
    /// A compositor and the viewer before it, with both directions of its connection.
    struct Viewer {
        enum Message {
            case seen(UInt64)
            case committed(Generation, UInt64, released: [UInt64])
            case skipped(Generation, UInt64)
            case released(UInt64)
        }
        // The server's side.
        var holds = PlaneHolds()
        var window = StateWindow(size: UInt64(PLANE_STATE_WINDOW))
        var told = Generation.none
        // On the way.
        var states: [(sequence: UInt64, picture: ToldPicture)] = []
        var messages: [Message] = []
        // The viewer's side.
        var newest: (sequence: UInt64, picture: ToldPicture)?
        /// What its compositor has.
        var onScreen: [ToldPicture] = []
        var pending: [UInt64] = []
    }

    var ring = BufferRing()
    var generation = Generation.none
    var plane = ServedPlane()
    var names = BufferNames()
    var viewers: [Viewer]
    var leftOut = 0
    var commits = 0
    /// The same chances in each run, so that a round that fails can be looked at.
    var random: SplitMix64

    init(viewers: Int, round: Int) {
        self.viewers = Array(repeating: Viewer(), count: viewers)
        random = SplitMix64(seed: UInt64(round))
    }

    private func identity(_ slot: Int) -> BufferIdentity { .scripted(UInt64(slot + 1)) }

    mutating func draw() {
        var slot = ring.beginDrawing()
        if slot == nil, ring.canGrow { slot = ring.grow() }
        while slot == nil, ring.dropSlowest() { slot = ring.beginDrawing() }
        guard let slot else { return leftOut += 1 }
        generation = generation.next
        ring.publish(slot, generation)
    }

    /// As `PlaneServer.pump`.
    mutating func pump() {
        guard let slot = ring.newestSlot else { return }
        #expect(ring.hold(HeldGenerations([ring.current]), for: 0) == true)
        _ = plane.found(.showing(PlaneInfo(generation: ring.current, identity: identity(slot), changedAt: 0)), names: &names)
        for index in viewers.indices { tell(index) }
    }

    private mutating func tell(_ index: Int) {
        guard let picture = plane.picture, viewers[index].told != picture.generation, viewers[index].window.isOpen else { return }
        let sequence = viewers[index].window.send()
        viewers[index].told = picture.generation
        viewers[index].holds.tell(picture, in: sequence)
        keep(index)
        viewers[index].states.append((sequence, picture))
    }

    private mutating func keep(_ index: Int) { _ = ring.hold(viewers[index].holds.generations, for: index + 1) }

    /// The server handles the oldest message of a viewer.
    mutating func hear(_ index: Int) throws {
        guard !viewers[index].messages.isEmpty else { return }
        switch viewers[index].messages.removeFirst() {
        case .seen(let sequence): try acknowledge(index, sequence)
        case .released(let buffer): viewers[index].holds.release(buffer)
        case .skipped(let generation, let sequence):
            viewers[index].holds.skip(generation)
            try acknowledge(index, sequence)
        case .committed(let generation, let sequence, let released):
            for buffer in released { viewers[index].holds.release(buffer) }
            if let picture = viewers[index].holds.commit(generation), plane.commit(picture) { ring.commit(generation) }
            try acknowledge(index, sequence)
        }
        keep(index)
        tell(index)
        let viewers = viewers
        while let identity = plane.takeReleased(unless: { picture in viewers.contains { $0.holds.contains(picture.generation) } })
        {
            ring.release(Int(identity.inode) - 1)
        }
    }

    private mutating func acknowledge(_ index: Int, _ sequence: UInt64) throws {
        try viewers[index].window.acknowledge(sequence)
        viewers[index].holds.acknowledge(sequence)
    }

    /// The viewer reads a state.
    mutating func read(_ index: Int) {
        guard !viewers[index].states.isEmpty else { return }
        viewers[index].newest = viewers[index].states.removeFirst()
    }

    mutating func commit(_ index: Int) {
        guard let (sequence, picture) = viewers[index].newest else { return }
        viewers[index].onScreen.removeAll { $0.buffer == picture.buffer }
        viewers[index].onScreen.append(picture)
        viewers[index].messages.append(.committed(picture.generation, sequence, released: viewers[index].pending))
        viewers[index].pending = []
        commits += 1
    }

    mutating func report(_ index: Int) {
        guard let (sequence, picture) = viewers[index].newest else { return }
        // A viewer that holds nothing doesn't count as one of several: then the guest may wait for another.
        if viewers.count > 1 || Bool.random(using: &random) {
            viewers[index].messages.append(.seen(sequence))
        } else {
            viewers[index].messages.append(.skipped(picture.generation, sequence))
            viewers[index].newest = nil
        }
    }

    /// The compositor gives back any of its buffers but the one on screen.
    mutating func release(_ index: Int) {
        guard let place = viewers[index].onScreen.indices.dropLast().randomElement(using: &random) else { return }
        let buffer = viewers[index].onScreen.remove(at: place).buffer
        if Bool.random(using: &random) {
            viewers[index].pending.append(buffer)
        } else {
            viewers[index].messages.append(.released(buffer))
        }
    }

    /// The pictures that a compositor has, or that a viewer is about to commit.
    var needed: [Generation] { needed(by: viewers.indices) }
    func needed(by range: Range<Int>) -> [Generation] {
        viewers[range].flatMap { $0.onScreen + [$0.newest?.picture].compactMap { $0 } }.map(\.generation)
    }
}

@Suite("A guest that waits for release, a server and random viewers")
struct HoldsPropertyTests {
    @Test("the only viewer's compositor never has a buffer that is overwritten", arguments: 0..<20)
    func only(round: Int) throws {
        var world = RandomWorld(viewers: 1, round: round)
        for _ in 0..<1500 {
            switch UInt8.random(in: 0..<12, using: &world.random) {
            case 0...3:
                world.draw()
                if Bool.random(using: &world.random) { world.pump() }
            case 4, 5: world.read(0)
            case 6, 7: world.commit(0)
            case 8, 9: try world.hear(0)
            case 10: world.release(0)
            default: if UInt8.random(in: 0..<4, using: &world.random) == 0 { world.report(0) }
            }
            for generation in world.needed { try #require(world.ring.slot(of: generation) != nil) }
        }
        #expect(world.ring.drops == 0)
        #expect(world.commits > 50 && world.generation.rawValue > 50)
    }

    @Test("with several viewers neither, as long as the buffers last; and the guest always goes on", arguments: 0..<20)
    func several(round: Int) throws {
        var world = RandomWorld(viewers: 3, round: round)
        for _ in 0..<3000 {
            let index = Int.random(in: 0..<3, using: &world.random)
            switch UInt8.random(in: 0..<12, using: &world.random) {
            case 0, 1:
                world.draw()
                world.pump()
            case 2...4: world.read(index)
            case 5, 6: world.commit(index)
            case 7...9: try world.hear(index)
            case 10: for _ in 0..<2 { world.release(index) }
            default: if UInt8.random(in: 0..<4, using: &world.random) == 0 { world.report(index) }
            }
            if world.ring.drops > 0 { continue }
            for generation in world.needed { try #require(world.ring.slot(of: generation) != nil) }
        }
        #expect(world.leftOut == 0)
        #expect(world.commits > 50 && world.generation.rawValue > 50)
    }

    @Test("two viewers that keep up lose nothing to five that stop reading one after the other", arguments: 0..<20)
    func mute(round: Int) throws {
        var world = RandomWorld(viewers: 7, round: round)
        for step in 0..<3000 {
            let index = Int.random(in: 0..<max(2, 7 - step / 100), using: &world.random)
            switch UInt8.random(in: 0..<10, using: &world.random) {
            case 0...3:
                world.draw()
                world.pump()
            case 4, 5: world.read(index)
            case 6, 7:
                while !world.viewers[index].messages.isEmpty { try world.hear(index) }
                world.commit(index)
                while world.viewers[index].onScreen.count > 2 { world.release(index) }
            default: try world.hear(index)
            }
            guard step > 1000 else { continue }
            for generation in world.needed(by: 0..<2) { try #require(world.ring.slot(of: generation) != nil) }
        }
        #expect(world.leftOut == 0 && world.ring.drops > 0)
        #expect(world.commits > 50 && world.generation.rawValue > 50)
    }
}
