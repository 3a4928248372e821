// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import GuestWindow
import Glibc
import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@testable import GuestView

/// The records of a window's frames.
@Suite("What is recorded of frames")
struct RecordTests {
    private let pictures = [ScriptedSource.Memory(width: 320, height: 240), ScriptedSource.Memory(width: 320, height: 240)]
    private let recorder = FrameRecorder()

    private func world(_ behave: (inout Behaviour) -> Void = { _ in }) throws -> World {
        try World.showing(pictures[0]) {
            behave(&$0)
        } choose: {
            $0.view.recorder = recorder
        }
    }

    private func frames() -> [FrameRecord] {
        var frames: [FrameRecord] = []
        recorder.take(committedBefore: .max) { frames.append($0) }
        return frames
    }

    @Test("a frame's times, memory and damage, and what the compositor says of it")
    func whole() throws {
        var stamps: [UInt64] = []
        let before = EventLoop.now()
        let world = try world {
            $0.reports = .presented([.vsync, .hwClock, .zeroCopy])
            $0.sequence = (1 << 32) + 7
            $0.now = {
                stamps.append(EventLoop.now() + 4_000_000)
                return stamps.last!
            }
        }
        let damage = Damage.rectangle(PixelRectangle(x: 1, y: 2, width: 30, height: 4))
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        _ = try world.after { world.guest.show(.primary, pictures[0], damage: damage) }
        let frames = frames()
        #expect(frames.map(\.generation) == [1, 2, 3] && frames.map(\.isImport) == [true, true, false])
        #expect(frames.map(\.presentedAt) == stamps && frames.map(\.sequence) == [7, 8, 9].map { (1 << 32) + $0 })
        #expect(frames.map(\.damagedPixels) == [320 * 240, 320 * 240, 120] && frames.allSatisfy { $0.path == .dmabuf })
        for frame in frames {
            #expect(frame.presentMode == .scannedOut && frame.flags == [.verticalSync, .hardwareClock, .zeroCopy])
            #expect(frame.isOnRealScreen && frame.clockError == 0 && frame.refreshInterval == 16_666_667)
            #expect(frame.queriedAt > before && frame.queriedAt <= frame.committedAt && frame.changedAt <= frame.queriedAt)
            #expect(frame.committedAt < frame.presentedAt)
        }
        // A buffer is let go when the next one replaces it.
        #expect(frames[0].releasedAt > frames[1].committedAt && frames[1].releasedAt > frames[2].committedAt)
        #expect(frames[2].releasedAt == 0)
    }

    @Test("generations that nobody saw are counted at the next frame")
    func passedOver() throws {
        let world = try world()
        world.server.behaviour.showsAtOnce = false
        for _ in 0..<5 { _ = try world.after { world.guest.show(.primary, pictures[0]) } }
        world.server.refresh()
        try world.settle()
        #expect(frames().map(\.passedOver) == [0, 0, 3])
    }

    @Test("a frame that the compositor never shows is superseded by a newer one, or else discarded")
    func discarded() throws {
        let world = try world { $0.reports = .discarded }
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(frames().map(\.presentMode) == [.discarded, .discarded])
        world.server.behaviour.showsAtOnce = false
        _ = try world.after { world.guest.show(.primary, pictures[0]) }
        // The callback alone, so that the next commit goes out before this one is reported.
        world.server.surface("picture")!.sendFrameCallbacks()
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        world.server.refresh()
        try world.settle()
        #expect(frames().map(\.presentMode) == [.superseded, .discarded])
    }

    @Test("without reports a frame is unreported, and nothing is made up")
    func unreported() throws {
        let world = try world { $0.missing = ["wp_presentation"] }
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        let frames = frames()
        #expect(frames.map(\.presentMode) == [.unreported, .unreported])
        #expect(frames.allSatisfy { $0.presentedAt == 0 && $0.sequence == 0 && $0.refreshInterval == 0 })
        withExtendedLifetime(world) {}
    }

    @Test(
        "a known delay is measured to within 0.1 ms on any clock",
        arguments: [CLOCK_MONOTONIC_RAW, CLOCK_REALTIME, CLOCK_BOOTTIME])
    func clocks(clock: CInt) throws {
        /// The clock's time and CLOCK_MONOTONIC's, read with nothing between them.
        func read() -> PresentationClock.Reading {
            while true {
                let reading = PresentationClock.read(clock)
                if reading.error < 10_000 { return reading }
            }
        }
        var shown: [UInt64] = []
        let world = try world {
            $0.clock = UInt32(clock)
            $0.now = {
                let reading = read()
                shown.append(reading.monotonic + 25_000_000)
                return reading.presentation + 25_000_000
            }
        }
        for turn in 0..<20 { _ = try world.after { world.guest.show(.primary, pictures[turn % 2]) } }
        let frames = frames()
        #expect(frames.count == 21)
        for (frame, time) in zip(frames, shown) {
            let error = max(frame.presentedAt, time) - min(frame.presentedAt, time)
            // A reading that was interrupted says so.
            #expect(error < 100_000 + UInt64(frame.clockError), "\(error) ns")
        }
        #expect(frames.count { $0.clockError < 100_000 } > 0)
    }
}
