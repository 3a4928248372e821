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
            #expect(frame.committedAt < frame.presentedAt && frame.committedAt <= frame.answeredAt)
        }
        #expect(frames[0].answeredAt < frames[1].committedAt && frames[1].answeredAt < frames[2].committedAt)
        // A buffer is let go when the next one replaces it.
        #expect(frames[0].releasedAt > frames[1].committedAt && frames[1].releasedAt > frames[2].committedAt)
        #expect(frames[2].releasedAt == 0)
    }

    @Test("the guest's memory is free when the commit of a copy has been sent, whenever the compositor lets go of the copy")
    func copies() throws {
        let world = try World.showing(
            pictures[0],
            choose: {
                $0.view.recorder = recorder
                $0.view.forcedPath = .copy
            })
        for _ in 0..<5 { _ = try world.after { world.guest.show(.primary, pictures[0]) } }
        let frames = frames()
        #expect(
            frames.count == 6 && frames.allSatisfy { $0.path == .copy && $0.releasedAt > 0 && $0.releasedAt == $0.answeredAt })
    }

    @Test("the cursor's commits: new ones, other places, and where it is hidden or beyond the picture")
    func cursorCommits() throws {
        let shapes = (0..<2).map { _ in ScriptedSource.Memory(width: 16, height: 16, format: .argb8888) }
        let world = try World.showing(pictures[0], cursor: shapes[0]) { _ in
        } choose: {
            $0.view.recorder = recorder
        }
        func commits(_ change: () -> Void) throws -> [String] {
            _ = try world.after(change)
            var commits: [String] = []
            recorder.takeCursors { commits.append("\($0.change) \($0.generation)") }
            return commits
        }
        #expect(try commits {} == ["shape 1"])
        #expect(try commits { world.guest.move(.cursor, shapes[0], to: PixelPoint(x: 50, y: 60)) } == ["place 1"])
        #expect(try commits { world.guest.show(.primary, pictures[1]) } == [])
        #expect(try commits { world.guest.show(.cursor, shapes[1]) } == ["shape 2"])
        #expect(try commits { world.guest.show(.cursor, shapes[0], at: PixelPoint(x: 5000, y: 0)) } == ["hidden 0"])
        #expect(try commits { world.guest.show(.cursor, shapes[1]) } == ["shape 4"])
        #expect(try commits { world.guest.turnOff(.cursor) } == ["hidden 0"])
    }

    // MARK: Why it wasn't scanned out

    /// The names of what kept the last frame of a full-screen window from being scanned out. The screen has the picture's size.
    private func obstacles(
        as memory: PlaneMemory = .dmabuf, size: (width: UInt32, height: UInt32) = (320, 240), isFlipped: Bool = false,
        _ behave: (inout Behaviour) -> Void = { _ in }, choose: (inout WindowOptions) -> Void = { _ in }
    ) throws -> [String] {
        let picture = ScriptedSource.Memory(width: size.width, height: size.height, as: memory)
        let world = try World {
            $0.screens = [.init(mode: (320, 240, 60_000))]
            ($0.width, $0.height, $0.states) = (320, 240, [.fullscreen])
            behave(&$0)
        } choose: {
            $0.view.recorder = recorder
            choose(&$0)
        }
        world.guest.show(.primary, picture, isFlipped: isFlipped)
        try world.open()
        try world.settle()
        // The compositor's word on the formats comes after the first one.
        world.guest.show(.primary, picture, isFlipped: isFlipped)
        world.guest.announce()
        try world.settle()
        return try #require(frames().last).obstacles.names
    }

    @Test("a full-screen picture of the screen's size has no obstacle that a protocol tells, with a feedback or without")
    func noObstacle() throws {
        #expect(try obstacles { $0.scanoutFormats = [0] } == [])
        #expect(try obstacles { $0.dmabufVersion = 3 } == [])
    }

    @Test("what the window, the picture and the memory have against it is named")
    func obstacleNames() throws {
        #expect(try obstacles { $0.states = [] } == ["not-fullscreen", "no-scanout-formats"])
        let decorated = try obstacles({ $0.states = [] }, choose: { $0.decorations = .client })
        #expect(decorated.contains("decoration") && decorated.first == "not-fullscreen", "\(decorated)")
        // In full screen there is no title bar.
        #expect(try obstacles({ $0.scanoutFormats = [0] }, choose: { $0.decorations = .client }) == [])
        #expect(try obstacles(as: .memfd) { $0.scanoutFormats = [0] } == ["memfd"])
        #expect(try obstacles { $0.imports = .failed } == ["shared-memory"])
        #expect(try obstacles(isFlipped: true) { $0.scanoutFormats = [0] } == ["flipped"])
        #expect(try obstacles({ $0.scanoutFormats = [0] }, choose: { $0.view.rotation = .half }) == ["turned"])
        #expect(try obstacles(size: (160, 120)) { $0.scanoutFormats = [0] } == ["other-size"])
        #expect(try obstacles(size: (160, 240)) { $0.scanoutFormats = [0] } == ["other-size", "bars"])
        #expect(
            try obstacles(size: (640, 240), { $0.scanoutFormats = [0] }, choose: { $0.scale = .native })
                == ["other-size", "cropped"])
        #expect(
            try obstacles(
                {
                    $0.scanoutFormats = [0]
                    $0.screens[0].transform = ._180
                }, choose: { $0.view.rotation = .half }) == [])
    }

    @Test("the format counts as the surface's own feedback has it, which may change")
    func formats() throws {
        #expect(try obstacles { $0.scanoutFormats = [1] } == ["format"])
        let elsewhere = try obstacles {
            $0.scanoutFormats = [0]
            $0.scansOutElsewhere = true
        }
        #expect(elsewhere == ["other-device"])
        let world = try World.showing(pictures[0]) {
            $0.scanoutFormats = [0]
        } choose: {
            $0.view.recorder = recorder
        }
        func next() throws -> [String] {
            _ = try world.after { world.guest.show(.primary, pictures[0]) }
            return try #require(frames().last).obstacles.names.filter { $0.contains("format") }
        }
        _ = frames()
        #expect(try next() == [])
        world.server.behaviour.scanoutFormats = [1]
        world.server.resendFeedback(withTable: false)
        try world.settle()
        #expect(try next() == ["format"])
        world.server.behaviour.scanoutFormats = nil
        world.server.resendFeedback(withTable: true)
        try world.settle()
        #expect(try next() == ["no-scanout-formats"])
    }

    @Test("a cursor over the picture is one while it is seen")
    func cursor() throws {
        let shape = ScriptedSource.Memory(width: 16, height: 16, format: .argb8888)
        let world = try World.showing(pictures[0], cursor: shape) { _ in
        } choose: {
            $0.view.recorder = recorder
        }
        func next() throws -> Bool {
            _ = try world.after { world.guest.show(.primary, pictures[0]) }
            return try #require(frames().last).obstacles.contains(.cursor)
        }
        #expect(try next())
        world.guest.turnOff(.cursor)
        _ = try next()
        #expect(try !next())
    }

    @Test("a notice over the picture is one")
    func notice() throws {
        let world = try world()
        world.owner.window.say("hello")
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        _ = try world.after { world.guest.show(.primary, pictures[0]) }
        #expect(try #require(frames().last).obstacles.contains(.notice))
    }

    // MARK: What the compositor says

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
