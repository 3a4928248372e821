// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import Measurement
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("What the compositor reports of frames")
struct ReportTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    @Test("frames whose buffer was scanned out are counted from the report's flags")
    func zeroCopy() throws {
        let world = try World.showing(picture) { $0.reports = .presented([.vsync]) }
        #expect(world.statistics.frames.presented == 1)
        #expect(world.statistics.frames.zeroCopy == 0)
        world.server.behaviour.reports = .presented([.vsync, .hwClock, .zeroCopy])
        _ = try world.after { world.guest.show(.primary, picture) }
        #expect(world.statistics.frames.presented == 2)
        #expect(world.statistics.frames.zeroCopy == 1)
    }

    @Test("discarded frames are no presented ones and have no latency")
    func discarded() throws {
        let world = try World.showing(picture) { $0.reports = .discarded }
        #expect(world.statistics.frames.discarded == 1)
        #expect(world.statistics.frames.presented == 0)
        #expect(world.statistics.commitToPresent.count == 0)
    }

    @Test("times are measured on the clock that the compositor announced")
    func otherClock() throws {
        let world = try World.showing(picture) {
            $0.clock = UInt32(CLOCK_REALTIME)
            // 5 s after the commit, on a clock that is decades from CLOCK_MONOTONIC.
            $0.now = { UInt64((Date().timeIntervalSince1970 + 5) * 1e9) }
        }
        let measured = world.statistics.commitToPresent.max
        #expect(measured > 4_900_000_000 && measured < 30_000_000_000)
    }

    @Test("a refresh that began before the commit took no time, and one that is a lifetime away takes that")
    func farAway() throws {
        let world = try World.showing(picture) { $0.now = { EventLoop.now() - 1_000_000_000 } }
        #expect(world.statistics.commitToPresent.count == 1 && world.statistics.commitToPresent.max <= 1)
        // More seconds than 32 bits hold.
        world.server.behaviour.now = { (1 << 32) * 1_000_000_000 }
        _ = try world.after { world.guest.show(.primary, picture) }
        #expect(world.statistics.commitToPresent.max > 1_000_000_000)
    }

    @Test("the time from a change to the screen has its wait for the commit in it")
    func wait() throws {
        let world = try World.showing(picture)
        world.server.behaviour.showsAtOnce = false
        // The second waits for the first one's frame callback.
        for _ in 0..<2 { _ = try world.after { world.guest.show(.primary, picture) } }
        for _ in 0..<2 {
            try world.wait(nanoseconds: 30_000_000)
            world.server.refresh()
            try world.settle()
        }
        #expect(world.statistics.frames.presented == 3)
        // The third frame's change waited for as long as the second was on its way, and then as long again.
        #expect(world.statistics.changeToPresent.max >= 59_000_000)
    }

    @Test("a compositor that never reports is asked no more than 64 times")
    func never() throws {
        let world = try World.showing(picture) { $0.reports = .never }
        var asked = 0
        for _ in 0..<100 {
            asked += try world.after { world.guest.show(.primary, picture) }.count { $0.hasPrefix("presentation.") }
        }
        #expect(asked == 63)
        #expect(world.statistics.frames.committed == 101)
    }
}

@Suite("A guest that moves on, lies or fails")
struct DifficultGuestTests {
    private let pictures = (0..<2).map { _ in ScriptedSource.Memory(width: 320, height: 240) }
    private let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888)

    @Test("stale once or twice: the picture is asked for again at once", arguments: [1, 2])
    func stale(times: Int) throws {
        let world = try World.showing(pictures[0])
        world.guest.staleAnswers = times
        let requests = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(requests.suffix(5) == FramePathTests.frame("buffer2"))
        #expect(world.guest.handedOut == 2)
    }

    @Test("stale again and again: nothing is sent, nobody spins, and the next change serves")
    func alwaysStale() throws {
        let world = try World.showing(pictures[0])
        world.guest.staleAnswers = .max
        let queries = world.guest.queries
        #expect(try world.after { world.guest.show(.primary, pictures[1]) } == [])
        #expect(world.guest.queries == queries + 4)
        world.guest.staleAnswers = 0
        #expect(try world.after {}.suffix(5) == FramePathTests.frame("buffer2"))
    }

    @Test("a cursor that can't be had doesn't hold up the picture, whose memory is known or new")
    func badCursor() throws {
        let world = try World.showing(pictures[0], cursor: cursor)
        world.guest.queryErrors[.cursor] = .invalid(.emptySize(width: 0, height: 64))
        #expect(try world.after { world.guest.show(.primary, pictures[0]) } == FramePathTests.frame("buffer1"))
        #expect(try world.after { world.guest.show(.primary, pictures[1]) }.suffix(5) == FramePathTests.frame("buffer3"))
        #expect(world.log.warnings.count == 1)
    }

    @Test("a picture that can't be had is held while the cursor moves on")
    func badPicture() throws {
        let world = try World.showing(pictures[0], cursor: cursor)
        world.guest.queryErrors[.primary] = .temporary(errno: ENOMEM)
        let requests = try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: 1, y: 2)) }
        #expect(
            requests == ["cursor.subsurface.set_position(1, 2)", "picture.frame(new callback)", "picture.commit()"])
        world.guest.queryErrors = [:]
        #expect(try world.after { world.guest.show(.primary, pictures[0]) } == FramePathTests.frame("buffer1"))
    }
}
