// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import PlaneImage
import Planes
import SyntheticGuest
import System
import TestSupport
import Testing

@testable import Recording

extension RGBAImage {
    fileprivate var counter: UInt32? { FrameCounter.read(bytes: bytes, bytesPerRow: bytesPerRow) }
}

@Suite("A replay")
struct ReplayTests {
    private let world: RecordingWorld

    init() throws { world = try RecordingWorld() }

    /// A guest that is stepped.
    private func guest(_ query: String) throws -> SyntheticGuest {
        try SyntheticGuest(options: GuestOptions(query: "size=320x200&rate=0&memory=memfd&" + query), loop: world.loop)
    }

    /// Records a guest while it is stepped.
    ///
    /// - Parameter seen: called after each look.
    private func record(
        _ guest: SyntheticGuest, hasPixels: Bool = false, steps: Int, seen: (Int) throws -> Void = { _ in }
    ) throws {
        let writer = try world.writer(hasPixels: hasPixels)
        let recorder = GuestRecorder(of: guest, to: writer, hasPixels: hasPixels, startedAt: EventLoop.now())
        for step in 0..<steps {
            if step % 7 == 6 { try guest.switchMode() } else if step > 0 { try guest.step() }
            #expect(try recorder.look() == .recorded)
            try seen(step)
        }
        try writer.finish(.asked, at: recorder.time)
    }

    @Test("shows the layouts, generations, damage and places of the recorded guest, in order")
    func sameEvents() throws {
        let guest = try guest("cursor=moving&modeswitch=0"), twin = try self.guest("cursor=moving&modeswitch=0")
        let witness = Witness(twin)
        try record(guest, steps: 30) { step in
            if step % 7 == 6 { try twin.switchMode() } else if step > 0 { try twin.step() }
            try witness.look()
            // The recorder takes a copy at once.
            if case .showing(let info) = try twin.query(.primary) { twin.released(.primary, info.identity) }
        }
        #expect(witness.sights.count == 60)
        let replay = try world.replay(), other = Witness(replay)
        while try replay.step() { try other.look() }
        #expect(other.sights.map(\.kind) == witness.sights.map(\.kind))
        #expect(other.sights.map(\.sight) == witness.sights.map(\.sight))
        #expect(try replay.picture().counter == 30)
        #expect(replay.name == "a guest (recorded)")
        // It holds the last picture.
        #expect(try !replay.step())
        #expect(try Sight(replay.query(.primary))?.generation == 30)
    }

    @Test("has as many buffers as the recorded guest, and the same one for the same")
    func buffers() throws {
        let guest = try guest("cursor=still")
        try record(guest, steps: 6)
        let replay = try world.replay()
        var identities: [BufferIdentity] = []
        while try replay.step() {
            guard case .showing(let info) = try replay.query(.primary), identities.last != info.identity else { continue }
            identities.append(info.identity)
            #expect(try replay.picture().counter == UInt32(info.generation.rawValue))
        }
        #expect(identities.count == 6 && Set(identities).count == 2)
        #expect(identities[0] == identities[2] && identities[1] == identities[3])
    }

    @Test("shows recorded pixels in every picture, from whichever buffer", arguments: GuestOptions.Pattern.allCases)
    func pixels(pattern: GuestOptions.Pattern) throws {
        let guest = try guest("pattern=\(pattern.rawValue)&cursor=still&modeswitch=0")
        var pictures: [UInt64: RGBAImage] = [:]
        try record(guest, hasPixels: true, steps: 18) { step in pictures[UInt64(step + 1)] = try guest.picture() }
        let cursor = try guest.picture(.cursor), replay = try world.replay()
        var seen: Set<UInt64> = []
        while try replay.step() {
            guard case .showing(let info) = try replay.query(.primary), seen.insert(info.generation.rawValue).inserted else {
                continue
            }
            #expect(try replay.picture() == pictures[info.generation.rawValue], "\(info.generation)")
        }
        #expect(try seen.count == 18 && replay.picture(.cursor) == cursor)
        // Only what has changed is recorded again.
        let size = try world.bytes.count
        #expect(pattern == .text || size < 18 * 320 * 200 * 4 * 3 / 4, "\(size)")
    }

    @Test("goes on when another listens")
    func otherDelegates() throws {
        let layout = try layout()
        try world.write([
            RecordedEvent(.buffer(.primary, described(0, layout)), at: 0),
            RecordedEvent(.picture(.primary, shown(0, 1)), at: 100_000_000),
        ])
        let replay = try world.replay()
        var isShown = false
        #expect(
            try world.loop.runUntil {
                let listener = ChangeListener { Issue.record("\($0)") }
                replay.delegate = listener
                isShown = try Sight(replay.query(.primary)) != nil
                return isShown
            })
    }

    @Test("keeps the recording's time, and begins when somebody listens")
    func timing() throws {
        let layout = try layout()
        try world.write([
            RecordedEvent(.buffer(.primary, described(0, layout)), at: 0), RecordedEvent(.picture(.primary, shown(0, 1)), at: 0),
            RecordedEvent(.picture(.primary, shown(0, 2)), at: 300_000_000),
        ])
        let replay = try world.replay(), listener = ChangeListener { Issue.record("\($0)") }
        try world.loop.runForAMoment()
        #expect(try Sight(replay.query(.primary)) == nil)
        var times: [UInt64] = []
        listener.onChange = { times.append(EventLoop.now()) }
        let start = EventLoop.now()
        replay.delegate = listener
        #expect(listener.changes == 0)
        #expect(try world.loop.runUntil { listener.changes == 2 })
        #expect(times[1] - start >= 300_000_000)
        #expect(try Sight(replay.query(.primary))?.generation == 2)
        try world.loop.runForAMoment()
        #expect(listener.changes == 2)
        // A new delegate hears of what is there, and the replay's time goes on.
        let next = ChangeListener { Issue.record("\($0)") }
        replay.delegate = next
        #expect(try world.loop.runUntil { next.changes == 1 })
    }

    @Test("with ?loop begins anew, with newer generations in the same memory")
    func loops() throws {
        let layout = try layout()
        try world.write([
            RecordedEvent(.off(.cursor), at: 0), RecordedEvent(.buffer(.primary, described(0, layout)), at: 0),
            RecordedEvent(.picture(.primary, shown(0, 5)), at: 1000), RecordedEvent(.picture(.primary, shown(0, 8)), at: 2000),
        ])
        let replay = try world.replay("?loop")
        var generations: [UInt64] = [], identities: Set<BufferIdentity> = []
        while generations.count < 6 {
            try #require(try replay.step())
            guard case .showing(let info) = try replay.query(.primary), info.generation.rawValue != generations.last else {
                continue
            }
            generations.append(info.generation.rawValue)
            identities.insert(info.identity)
        }
        #expect(generations == [5, 8, 13, 16, 21, 24] && identities.count == 1)
        // In the loop, too: three rounds.
        let listener = ChangeListener { Issue.record("\($0)") }, other = try world.replay("?loop")
        other.delegate = listener
        #expect(try world.loop.runUntil { try Sight(other.query(.primary))?.generation ?? 0 > 16 })
        other.close()
        let count = listener.changes
        try world.loop.runForAMoment()
        #expect(listener.changes == count)
        #expect(throws: PlaneError.self) { try other.query(.primary) }
    }

    @Test("may be closed by its delegate, and has given everything back then")
    func closedByDelegate() throws {
        try world.write([
            RecordedEvent(.buffer(.primary, described(0, try layout())), at: 0),
            RecordedEvent(.picture(.primary, shown(0, 1)), at: 0),
        ])
        let replay = try world.replay("?loop"), listener = ChangeListener { Issue.record("\($0)") }
        var left: Int?
        listener.onChange = {
            guard case .showing(let info)? = try? replay.query(.primary) else { return }
            let count = { openDescriptors(device: info.identity.device, inode: info.identity.inode) }
            #expect(count() == 1)
            replay.close()
            left = count()
        }
        replay.delegate = listener
        #expect(try world.loop.runUntil { left != nil })
        #expect(left == 0)
        try world.loop.runForAMoment()
        #expect(listener.changes == 1)
    }

    @Test("without anything in it stays dark, also in a loop")
    func empty() throws {
        try world.write([])
        let replay = try world.replay("?loop"), listener = ChangeListener { Issue.record("\($0)") }
        replay.delegate = listener
        try world.loop.runForAMoment()
        #expect(try listener.changes == 1 && Sight(replay.query(.primary)) == nil)
    }

    @Test("plays what is whole of a damaged recording, and says so once")
    func damaged() throws {
        try world.write(sampleEvents())
        try world.write(bytes: world.bytes.dropLast(30))
        let replay = try world.replay("?loop"), listener = ChangeListener { Issue.record("\($0)") }
        replay.delegate = listener
        var offs = 0
        listener.onChange = { if Sight(try! replay.query(.cursor))?.position.x == .max { offs += 1 } }
        #expect(try world.loop.runUntil { offs > 3 })
        #expect(world.log.messages.count == 1, "\(world.log.messages)")
        #expect(world.log.messages[0].contains("it is cut off after ") && world.log.messages[0].hasSuffix(" is played"))
    }

    @Test("tells generations apart without pixels, upright also in flipped pictures, and in cursors")
    func drawn() throws {
        let narrow = try layout(.cursor, 16, 16, .argb8888), rows = PixelRectangle(x: 0, y: 190, width: 5, height: 5)
        try world.write([
            RecordedEvent(.buffer(.primary, described(0, try layout())), at: 0),
            RecordedEvent(.buffer(.cursor, described(0, narrow)), at: 0),
            RecordedEvent(.picture(.primary, shown(0, 0xABCD)), at: 0),
            RecordedEvent(.picture(.cursor, shown(0, 1)), at: 0),
            RecordedEvent(.picture(.primary, shown(0, 0xABCE, .rectangle(rows), isFlipped: true)), at: 0),
            RecordedEvent(.picture(.cursor, shown(0, 2)), at: 0),
        ])
        let replay = try world.replay()
        for _ in 0..<4 { _ = try replay.step() }
        let cursor = try replay.picture(.cursor)
        #expect(try replay.picture().counter == 0xABCD)
        replay.committed(.primary, generation: Generation(0xABCD))
        for _ in 0..<2 { _ = try replay.step() }
        #expect(try replay.picture().counter == 0xABCE)
        // The damage has what was drawn, too: the counter is at the bottom of the memory.
        let damage = try #require(Sight(try replay.query(.primary))).damage
        #expect(damage == .rectangle(PixelRectangle(x: 0, y: 168, width: 136, height: 27)))
        #expect(try replay.picture(.cursor) != cursor)
        #expect(throws: PlaneError.self) { _ = try replay.buffer(for: .primary, generation: Generation(0xABCD)) }
    }

    @Test("has linear memory for every format in every layout")
    func layouts() throws {
        for format in PixelFormat.all {
            for (width, height) in [(1, 1), (7, 5), (300, 200), (16384, 16384)] as [(UInt32, UInt32)] {
                for modifier in [Modifier.implicit.rawValue, 1 << 56 | 1] as [UInt64] {
                    let described = UInt8(1 << format.planeCount - 1)
                    let recorded = try LayoutClaim(
                        kind: .primary, width: width, height: height, fourcc: format.fourcc, modifier: modifier,
                        describedPlanes: described, offsets: SIMD4(0, 4, 8, 12), strides: SIMD4(repeating: 64)
                    ).validated(length: nil)
                    let layout = recorded.replayed(as: .primary)
                    #expect(layout.modifier == .linear && layout.size == recorded.size && layout.format == format)
                }
            }
        }
        let wide = try LayoutClaim(
            kind: .primary, width: 10, height: 10, fourcc: PixelFormat.xrgb8888.fourcc, modifier: Modifier.implicit.rawValue,
            describedPlanes: 1, offsets: SIMD4(4, 0, 0, 0), strides: SIMD4(52, 0, 0, 0)
        ).validated(length: nil)
        #expect(wide.replayed(as: .primary).strides[0] == 52)
    }

    @Test("is named by a URL, whose mistakes are one line")
    func urls() throws {
        #expect(try ReplayAddress(url: "replay:/a%20b%3f").path == "/a b?")
        #expect(try ReplayAddress(url: "replay:a.rec?loop").isLoop)
        for url in ["replay:", "replay:?loop", "replay:a?loop=1", "replay:a?", "replay:a?loop&loop", "replay:%2", "replays:a"] {
            let error = #expect(throws: SourceError.self, "\(url)") { try ReplayAddress(url: url) }
            #expect(error?.reason == .usage && error?.message.contains("\n") == false)
        }
    }
}
