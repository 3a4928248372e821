// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import Planes
import GuestView
import GuestWindow
import System
import TestCompositor
import TestSupport
import Testing

@testable import Viewer

/// A session whose guest ends, and may come back.
extension SessionTests {
    @Test("a window ends with its guest where nothing else is asked for")
    func lost() throws {
        let guest = guest()
        let world = try SessionWorld.showing(guest)
        guest.end(gone)
        try world.settle()
        #expect(world.end == gone.message && guest.isClosed && world.isAbsent && picture.descriptorsGivenAway == 0)
    }

    @Test("a lost guest is closed, and looked for with growing pauses; its window lives, and shows the one that comes back")
    func returns() throws {
        let first = guest()
        let world = try SessionWorld.showing(first) { $0.reconnects = true }
        var at: [UInt64] = [EventLoop.now()]
        first.end(gone)
        try world.settle()
        #expect(first.isClosed && !world.isAbsent && world.end == "none")
        #expect(world.log.messages.contains("\(gone.message) (waiting for its return)"))
        for attempt in 1...4 {
            #expect(try world.run { world.openings.count == attempt + 1 })
            at.append(EventLoop.now())
            if attempt < 4 { world.openings[attempt].fail(missing) }
        }
        for (pause, least) in zip(zip(at.dropFirst(), at).map { $0 - $1 }, [250, 500, 1000, 2000] as [UInt64]) {
            // Each is up to a quarter shorter.
            #expect(pause >= least * 750_000)
        }
        let second = guest()
        let answered = EventLoop.now()
        world.openings[4].answer(Guest(planes: second))
        try world.settle()
        #expect(second.committed.count == 1 && world.log.messages.contains { $0.hasPrefix("scripted guest: back after ") })
        #expect(try world.statistic("reconnects") == 1)
        // Hardly there and gone again: the pauses go on growing. On a machine that is busy enough it was there for long.
        second.end(gone)
        try world.settle()
        let stay = EventLoop.now() - answered
        var following = world.link.pause
        #expect(following.next() == RetryPause.longest || stay > RetryPause.longest)
        #expect(second.isClosed)
        world.session.close()
        #expect(world.end == "closed" && world.isAbsent)
    }

    @Test("a guest that stayed for a while is looked for soon when it is lost")
    func stayed() throws {
        var grown = RetryPause()
        for _ in 0..<5 { _ = grown.next() }
        var afterLong = GuestLink.pause(grown, after: 10_000_000_000), afterShort = GuestLink.pause(grown, after: 1_000_000_000)
        #expect(afterLong.next() == RetryPause.shortest && afterShort.next() == RetryPause.longest)
        let first = guest(), second = guest()
        let world = try SessionWorld.showing(first) { $0.reconnects = true }
        first.end(gone)
        #expect(try world.run { world.openings.count == 2 })
        world.openings[1].answer(Guest(planes: second))
        try world.pass(Double(RetryPause.longest) / 1e9 + 0.1)
        second.end(gone)
        try world.settle()
        // The pause that goes on is the first one again.
        var following = world.link.pause
        #expect(following.next() == 2 * RetryPause.shortest)
        world.session.close()
    }

    @Test("a window that waits says why its guest isn't there now")
    func reason() throws {
        let world = try SessionWorld { $0.waits = true }
        world.openings[0].fail(missing)
        #expect(try world.run { world.openings.count == 2 })
        // The first reason is there after a moment.
        #expect(try world.run { world.server.takeRequests().contains { $0.contains(".attach(") } })
        try world.settle()
        _ = world.server.takeRequests()
        world.openings[1].fail(SourceError(.unavailable, "scripted: another reason: start it"))
        try world.settle()
        #expect(world.server.takeRequests().contains { $0.hasSuffix(".commit()") })
        world.session.close()
    }

    @Test("a window lets go of held keys before its guest is closed")
    func heldKey() throws {
        /// Notes whether its guest is still there when a key comes up.
        final class Sink: InputSink {
            weak var inputDelegate: (any InputSinkDelegate)?
            let abilities = InputAbilities(keyboard: true, absolutePointer: true, touchSlots: 0)
            let locks: LockKeys? = nil
            let isDelivered = true
            let guest: ScriptedSource
            var heard: [String] = []
            init(_ guest: ScriptedSource) { self.guest = guest }
            func press(_ key: KeyCode, isDown: Bool) {
                heard.append("\(isDown ? "down" : "up")\(guest.isClosed ? ", closed" : "")")
            }
            func movePointer(to point: PixelPoint, screen: PixelSize) {}
            func movePointer(byX x: Int32, y: Int32) {}
            func press(_ button: PointerButton, isDown: Bool) {}
            func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize) {}
        }
        let guest = guest(), sink = Sink(guest)
        let world = try SessionWorld()
        world.openings[0].answer(Guest(planes: guest, input: sink))
        try world.settle()
        world.server.enterKeyboard()
        world.server.press(KeyCode(rawValue: 30), isDown: true)  // KEY_A
        try world.settle()
        world.session.close()
        #expect(sink.heard == ["down", "up"] && guest.isClosed)
    }

    @Test("the user closes a window that has lost its guest: nothing is opened any more", arguments: [false, true])
    func closedWhileLost(isOpening: Bool) throws {
        let first = guest()
        let world = try SessionWorld.showing(first) { $0.reconnects = true }
        first.end(gone)
        try world.settle()
        if isOpening { #expect(try world.run { world.openings.count == 2 }) }
        world.server.closeWindow()
        try world.settle()
        let attempts = world.openings.count
        #expect(world.end == "closed" && world.isAbsent && picture.descriptorsGivenAway == 0)
        #expect(!world.isOpeningAnything)
        try world.pass(0.4)
        #expect(world.openings.count == attempts)
        let late = guest()
        world.openings.last!.answer(Guest(planes: late))
        #expect(late.isClosed)
    }

    @Test("the user closes a window that shows its guest: everything is given back, and nothing is opened any more")
    func closed() throws {
        let guest = guest()
        let world = try SessionWorld.showing(guest) { $0.reconnects = true }
        world.server.closeWindow()
        try world.settle()
        #expect(world.end == "closed" && guest.isClosed && world.isAbsent && picture.descriptorsGivenAway == 0)
        // A guest that doesn't know yet changes nothing.
        guest.end(gone)
        try world.pass(0.4)
        #expect(world.openings.count == 1 && world.end == "closed")
    }

    @Test("the answer to an attempt that was given up isn't taken for the next one's")
    func stale() throws {
        let first = guest()
        let world = try SessionWorld.showing(first) { $0.reconnects = true }
        first.end(gone)
        #expect(try world.run { world.openings.count == 2 })
        let late = guest()
        world.openings[0].answer(Guest(planes: late))
        try world.settle()
        #expect(late.isClosed && late.committed.isEmpty && world.isOpening && world.end == "none")
        world.session.close()
    }
}
