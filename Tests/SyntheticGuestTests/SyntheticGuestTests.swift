// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import PlaneImage
import Planes
import Testing

@testable import SyntheticGuest
import TestSupport

extension SyntheticGuest {
    fileprivate func shown(_ kind: PlaneKind = .primary) throws -> PlaneInfo {
        guard case .showing(let info) = try query(kind) else { throw PlaneError.off }
        return info
    }

    fileprivate func picture(_ info: PlaneInfo) throws -> RGBAImage {
        try RGBAImage(copying: buffer(for: .primary, generation: info.generation), isOpaque: true)
    }

    /// Shows a picture as a compositor does that copies it at once.
    fileprivate func present(_ info: PlaneInfo) {
        committed(.primary, generation: info.generation)
        released(.primary, info.identity)
    }
}

extension RGBAImage {
    fileprivate var counter: UInt32? { FrameCounter.read(bytes: bytes, bytesPerRow: bytesPerRow) }
}

@Suite("The synthetic guest")
struct SyntheticGuestTests {
    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    /// A guest that is stepped.
    private func still(_ query: String = "") throws -> SyntheticGuest {
        try SyntheticGuest(options: GuestOptions(query: "size=320x200&rate=0&memory=memfd&" + query), loop: loop)
    }

    @Test("draws the generation that it publishes", arguments: GuestOptions.Pattern.allCases)
    func counters(pattern: GuestOptions.Pattern) throws {
        let guest = try still("pattern=\(pattern.rawValue)")
        for expected in 1...40 as ClosedRange<UInt64> {
            let info = try guest.shown()
            #expect(info.generation == Generation(expected))
            #expect(try guest.picture(info).counter == UInt32(expected))
            guest.present(info)
            try guest.step()
        }
    }

    @Test("draws the same picture into a used buffer as into a fresh one", arguments: GuestOptions.Pattern.allCases)
    func independence(pattern: GuestOptions.Pattern) throws {
        let used = try still("pattern=\(pattern.rawValue)"), fresh = try still("pattern=\(pattern.rawValue)")
        // The one is looked at all the time and reuses its buffers in turn; the other is not.
        for _ in 0..<29 {
            guestLooks(used)
            try used.step()
            try fresh.step()
        }
        #expect(try used.picture(used.shown()) == fresh.picture(fresh.shown()))
    }

    @Test(
        "draws the same picture band by band as in one piece", arguments: GuestOptions.Pattern.allCases, [1, 7, 50, 144] as [Int])
    func bands(pattern: GuestOptions.Pattern, height: Int) throws {
        let size = PixelSize(width: 250, height: 144)
        let claim = LayoutClaim(kind: .primary, width: 250, height: 144, fourcc: PixelFormat.xrgb8888.fourcc, stride: 1024)
        let layout = try claim.validated(length: 1024 * 144)
        let artist = PatternArtist(pattern, size: size)
        let untouched: UInt32 = 0x1234_5678
        // The moving part at an edge and away from it.
        for generation in [Generation(1), Generation(41)] {
            var whole = [UInt32](repeating: untouched, count: 256 * 144), banded: [UInt32] = []
            whole.withUnsafeMutableBufferPointer { artist.draw(generation, over: nil, on: Canvas(base: $0.baseAddress!, layout)) }
            for top in stride(from: 0, to: 144, by: height) {
                let rows = top..<min(top + height, 144)
                // With a row above and one below that aren't its.
                var band = [UInt32](repeating: untouched, count: 256 * (rows.count + 2))
                band.withUnsafeMutableBufferPointer {
                    artist.draw(generation, over: nil, on: Canvas(base: $0.baseAddress! + 256, layout, rows: rows))
                }
                #expect((band.prefix(256) + band.suffix(256)).allSatisfy { $0 == untouched })
                banded += band.dropFirst(256).dropLast(256)
            }
            #expect(whole == banded)
        }
    }

    private func guestLooks(_ guest: SyntheticGuest) {
        guard let info = try? guest.shown() else { return }
        guest.present(info)
    }

    @Test("changes nothing outside the damage that it tells", arguments: GuestOptions.Pattern.allCases, [1, 3, 15, 20])
    func damage(pattern: GuestOptions.Pattern, steps: Int) throws {
        let guest = try still("pattern=\(pattern.rawValue)")
        let before = try guest.shown(), old = try guest.picture(before)
        guest.committed(.primary, generation: before.generation)
        for _ in 0..<steps { try guest.step() }
        let after = try guest.shown(), new = try guest.picture(after)
        guard case .rectangle(let area) = after.damage else { return #expect(steps > 16) }
        #expect(area == area.clipped(to: before.identity.layout.size))
        for y in 0..<200 {
            for x in 0..<320 where old.pixel(x: x, y: y) != new.pixel(x: x, y: y) {
                let pixel = PixelRectangle(x: Int32(x), y: Int32(y), width: 1, height: 1)
                guard area.union(pixel) == area else { return #expect(area.union(pixel) == area) }
            }
        }
    }

    @Test("keeps pictures from their commit to their release, whatever it draws")
    func keeps() throws {
        let guest = try still()
        let first = try guest.shown()
        let firstBuffer = try guest.buffer(for: .primary, generation: first.generation)
        guest.committed(.primary, generation: first.generation)
        try guest.step()
        let second = try guest.shown()
        let secondBuffer = try guest.buffer(for: .primary, generation: second.generation)
        guest.committed(.primary, generation: second.generation)
        for _ in 0..<20 {
            try guest.step()
            #expect(try RGBAImage(copying: firstBuffer).counter == 1)
            #expect(try RGBAImage(copying: secondBuffer).counter == 2)
            #expect(try guest.picture(second).counter == 2)
        }
        #expect(try guest.shown().generation == Generation(22))
        #expect(first.identity != second.identity)
        guest.released(.primary, first.identity)
        for _ in 0..<3 { try guest.step() }
        #expect(try RGBAImage(copying: firstBuffer).counter != 1)
        #expect(try RGBAImage(copying: secondBuffer).counter == 2)
    }

    @Test("uses a handful of buffers again and again")
    func reuses() throws {
        let guest = try still()
        var identities: Set<BufferIdentity> = [], onScreen: PlaneInfo?
        for _ in 0..<30 {
            let info = try guest.shown()
            identities.insert(info.identity)
            guest.committed(.primary, generation: info.generation)
            if let onScreen { guest.released(.primary, onScreen.identity) }
            onScreen = info
            try guest.step()
        }
        #expect(identities.count == 2)
    }

    @Test("leaves pictures out while every buffer is kept, and moves the cursor all the same")
    func leavesOut() throws {
        let guest = try still("cursor=moving")
        var kept: [PlaneInfo] = []
        for _ in 0..<BufferRing.most {
            let info = try guest.shown()
            guest.committed(.primary, generation: info.generation)
            kept.append(info)
            try guest.step()
        }
        let cursor = try guest.shown(.cursor)
        for _ in 0..<5 { try guest.step() }
        #expect(try guest.shown().generation == kept.last?.generation)
        let moved = try guest.shown(.cursor)
        #expect(moved.position != cursor.position && moved.generation == cursor.generation)
        for info in kept { #expect(try guest.picture(info).counter == UInt32(info.generation.rawValue)) }
        guest.released(.primary, kept[2].identity)
        try guest.step()
        let next = try guest.shown()
        #expect(next.generation == kept.last?.generation.next && next.identity == kept[2].identity)
    }

    @Test("a query changes nothing that another would see")
    func queryIsPure() throws {
        let guest = try still()
        let first = try guest.shown()
        try guest.step()
        for _ in 0..<3 { #expect(try guest.shown().generation == Generation(2)) }
        // The first picture was queried, and isn't held: the guest draws over it.
        try guest.step()
        #expect(throws: PlaneError.self) { _ = try guest.buffer(for: .primary, generation: first.generation) }
        #expect(!guest.hold(.primary, HeldGenerations([first.generation]), for: 0))
        let held = try guest.shown()
        #expect(guest.hold(.primary, HeldGenerations([held.generation]), for: 0))
        for _ in 0..<20 {
            try guest.step()
            #expect(try guest.picture(held).counter == UInt32(held.generation.rawValue))
        }
        // Damage counts from a commit, and not from a query.
        #expect(try guest.shown().damage == .everything)
    }

    @Test("says stale for a picture that is gone, and for one that never was")
    func stale() throws {
        let guest = try still()
        let first = try guest.shown().generation
        try guest.step()
        _ = try guest.shown()
        for generation in [first, Generation(99), .none] {
            do {
                _ = try guest.buffer(for: .primary, generation: generation)
                Issue.record("\(generation) was there")
            } catch {
                guard case .stale(generation, Generation(2)) = error else { throw error }
            }
        }
    }

    @Test("offers memory with rows for scanout, sealed and long enough")
    func memory() throws {
        let guest = try still("cursor=still")
        let info = try guest.shown()
        let buffer = try guest.buffer(for: .primary, generation: info.generation)
        #expect(buffer.memory == .memfd)
        #expect(buffer.offer == .dmabuf)
        #expect(buffer.identity == info.identity)
        #expect(buffer.layout.strides[0] % 256 == 0)
        #expect(buffer.layout.format == .xrgb8888)
        #expect(guest.memory == .memfd)
        #expect(guest.memoryReason == "memfd")
    }

    @Test("switches between two modes with new buffers, and begins with a whole picture in each")
    func modes() throws {
        let guest = try still("modeswitch=0")
        let first = try guest.shown()
        guest.committed(.primary, generation: first.generation)
        try guest.switchMode()
        let second = try guest.shown()
        #expect(second.generation == first.generation.next)
        #expect(second.identity.layout.size == PixelSize(width: 240, height: 150))
        #expect(second.identity.inode != first.identity.inode)
        #expect(second.damage == .everything)
        #expect(try guest.picture(second).counter == 2)
        // What was committed or released of the other mode says nothing of this one's buffers.
        guest.committed(.primary, generation: first.generation)
        guest.released(.primary, first.identity)
        #expect(try guest.shown().damage == .everything)
        #expect(throws: PlaneError.self) { _ = try guest.buffer(for: .primary, generation: first.generation) }
        try guest.step()
        try guest.switchMode()
        let third = try guest.shown()
        #expect(third.identity.layout.size == PixelSize(width: 320, height: 200))
        #expect(try guest.picture(third).counter == 4)
    }

    @Test("tells its delegate once a turn, in the loop and not in the call")
    func delegate() throws {
        let guest = try still(), listener = ChangeListener { Issue.record("\($0)") }
        guest.delegate = listener
        try loop.turn(waitingAtMost: 0)
        #expect(listener.changes == 1)
        try guest.step()
        try guest.step()
        #expect(listener.changes == 1)
        try loop.turn(waitingAtMost: 0)
        try loop.turn(waitingAtMost: 0)
        #expect(listener.changes == 2)
    }

    @Test("runs by itself with growing generations, each whole when it is looked at", arguments: GuestOptions.Pattern.allCases)
    func runs(pattern: GuestOptions.Pattern) throws {
        let options = try GuestOptions(query: "size=320x200&rate=500&memory=memfd&modeswitch=0.05&pattern=\(pattern.rawValue)")
        let guest = try SyntheticGuest(options: options, loop: loop), listener = ChangeListener { Issue.record("\($0)") }
        guest.delegate = listener
        var seen: [Generation] = [], sizes: Set<PixelSize> = []
        listener.onChange = { [unowned guest] in
            do {
                let info = try guest.shown()
                guard guest.hold(.primary, HeldGenerations([info.generation]), for: 0) else { return }
                let picture = try guest.picture(info)
                guest.present(info)
                #expect(picture.counter == UInt32(info.generation.rawValue))
                if info.generation != seen.last { seen.append(info.generation) }
                sizes.insert(info.identity.layout.size)
            } catch PlaneError.stale {
                // The mode changed between the two calls.
            } catch {
                Issue.record(error)
            }
        }
        #expect(try loop.runUntil { seen.count >= 50 && sizes.count == 2 }, "\(seen.count) \(sizes)")
        #expect(seen == seen.sorted())
        guest.close()
    }

    @Test("may be closed by its delegate, and then says nothing but that it has ended")
    func closedByDelegate() throws {
        let guest = try SyntheticGuest(options: GuestOptions(query: "rate=500&size=320x200&memory=memfd"), loop: loop)
        let listener = ChangeListener { Issue.record("\($0)") }
        guest.delegate = listener
        listener.onChange = { [unowned guest] in guest.close() }
        #expect(try loop.runUntil { listener.changes > 0 })
        try loop.runForAMoment()
        #expect(listener.changes == 1)
        #expect(throws: PlaneError.self) { _ = try guest.query(.primary) }
        #expect(throws: PlaneError.self) { _ = try guest.buffer(for: .cursor, generation: Generation(1)) }
        guest.committed(.primary, generation: Generation(1))
        guest.close()
    }

    @Test("takes the best memory there is and says why not a better one")
    func automatic() throws {
        let guest = try SyntheticGuest(options: GuestOptions(query: "rate=0"), loop: loop)
        #expect(guest.memory != .auto)
        #expect(guest.memoryReason.hasPrefix(guest.memory.rawValue))
        #expect(guest.memoryReason.contains("/dev/udmabuf: ") == (guest.memory != .udmabuf))
        #expect(guest.memoryReason.contains("/dev/dma_heap/system: ") == (guest.memory == .memfd))
        let buffer = try guest.buffer(for: .primary, generation: guest.shown().generation)
        #expect(buffer.memory == (guest.memory == .memfd ? .memfd : .dmabuf))
    }

    @Test("names the memory that isn't there, and the remedy", arguments: [GuestOptions.Memory.udmabuf, .heap])
    func missingMemory(kind: GuestOptions.Memory) throws {
        do {
            let guest = try SyntheticGuest(options: GuestOptions(query: "rate=0&memory=\(kind.rawValue)"), loop: loop)
            #expect(guest.memory == kind)
            #expect(try guest.picture(guest.shown()).counter == 1)
        } catch let error as SourceError {
            #expect(error.reason == .unavailable || error.reason == .notPermitted)
            #expect(error.message.hasPrefix("demo:?memory=\(kind.rawValue): /dev/"))
            #expect(error.message.hasSuffix("or use memory=auto"))
        }
    }
}
