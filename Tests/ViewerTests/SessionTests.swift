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

@Suite("A session")
struct SessionTests {
    let picture = ScriptedSource.Memory(width: 320, height: 240)
    let missing = SourceError(.unavailable, "scripted: nobody is there: start it")
    let gone = SourceError(.unavailable, "scripted: the guest has gone: start it anew")

    func guest() -> ScriptedSource {
        let guest = ScriptedSource()
        guest.show(.primary, picture)
        return guest
    }

    // MARK: The first attempt

    @Test("a window opens with the guest, has its name, and shows it; until then there is none")
    func opens() throws {
        let world = try SessionWorld()
        #expect(try world.titles() == [] && world.isOpening)
        let guest = guest()
        world.openings[0].answer(Guest(planes: guest))
        #expect(try world.titles() == ["toplevel.set_title(\"scripted guest\")"])
        #expect(guest.committed.count == 1 && world.end == "none")
        world.session.close()
        #expect(world.end == "closed" && guest.isClosed && picture.descriptorsGivenAway == 0)
    }

    @Test("a title of the user's stays, whatever the guest is called")
    func title() throws {
        let world = try SessionWorld { $0.title = "mine" }
        world.openings[0].answer(Guest(planes: guest()))
        #expect(try world.titles() == ["toplevel.set_title(\"mine\")"])
        world.session.close()
    }

    @Test("the launcher's token is used for the first window alone")
    func token() throws {
        let world = try SessionWorld { $0.window.activationToken = "token-1" }
        world.openings[0].answer(Guest(planes: guest()), Guest(planes: guest()))
        try world.settle()
        let requests = world.server.takeRequests()
        #expect(requests.count { $0.hasSuffix(".get_toplevel(new toplevel)") } == 2, "\(requests)")
        #expect(requests.count { $0.hasPrefix("activation.activate") } == 1, "\(requests)")
        world.session.close()
    }

    @Test("a source that isn't there is the session's end: no window opens")
    func absent() throws {
        let world = try SessionWorld()
        world.openings[0].fail(missing)
        #expect(try world.titles() == [])
        #expect(world.end == missing.message && world.isAbsent)
    }

    @Test("a session that is ended while the source is being opened cancels that; an answer that comes all the same is closed")
    func closedWhileOpening() throws {
        let world = try SessionWorld { $0.waits = true }
        world.session.close()
        #expect(world.end == "closed" && world.openings[0].isCancelled && world.isAbsent)
        let late = guest()
        world.openings[0].answer(Guest(planes: late))
        #expect(try world.titles() == [])
        #expect(late.isClosed && world.isAbsent)
        // Statistics that were asked for are there.
        #expect(try world.statistic("reconnects") == 0)
    }

    @Test("a session that is dropped while the source is being opened cancels that")
    func dropped() throws {
        let opening: ScriptedOpening
        do {
            let world = try SessionWorld()
            opening = world.openings[0]
        }
        #expect(opening.isCancelled)
    }

    // MARK: Waiting

    @Test("where it is to wait, a window says so, and the source is shown when it comes")
    func waits() throws {
        let world = try SessionWorld { $0.waits = true }
        world.openings[0].fail(missing)
        #expect(try world.titles() == ["toplevel.set_title(\"scripted:\")"])
        #expect(world.log.messages.contains("\(missing.message) (waiting for it)") && !world.isAbsent)
        #expect(try world.run { world.openings.count == 2 })
        let guest = guest()
        world.openings[1].answer(Guest(planes: guest))
        #expect(try world.titles() == ["toplevel.set_title(\"scripted guest\")"])
        #expect(guest.committed.count == 1 && world.log.messages.contains { $0.hasPrefix("scripted guest: there after ") })
        #expect(try world.statistic("reconnects") == 0)
        // It was waited for, not kept.
        guest.end(gone)
        try world.settle()
        #expect(world.end == gone.message && guest.isClosed)
    }

    @Test("the user closes a window that waits: nothing is opened any more", arguments: [false, true])
    func closedWhileWaiting(isOpening: Bool) throws {
        let world = try SessionWorld { $0.waits = true }
        world.openings[0].fail(missing)
        try world.settle()
        if isOpening { #expect(try world.run { world.openings.count == 2 }) }
        world.server.closeWindow()
        try world.settle()
        let attempts = world.openings.count
        #expect(world.end == "closed" && world.isAbsent && !world.isOpeningAnything)
        try world.pass(0.4)
        #expect(world.openings.count == attempts)
    }

    @Test("a limit ends the wait with the last attempt's reason, also while an attempt isn't answered", arguments: [false, true])
    func limit(isAnswered: Bool) throws {
        let world = try SessionWorld {
            $0.waits = true
            $0.waitLimit = 2_000_000_000
        }
        world.openings[0].fail(missing)
        #expect(try world.run { world.openings.count == 2 || world.end != "none" })
        // A machine that took longer than the limit has shown nothing.
        guard world.end == "none" else { return }
        let last = SourceError(.unavailable, "scripted: still nobody: start it")
        if isAnswered { world.openings[1].fail(last) }
        #expect(try world.run { world.end != "none" })
        #expect(world.end == (isAnswered ? last : missing).message && world.isAbsent)
        #expect(world.openings[1].isCancelled != isAnswered)
    }

    @Test("the limit is for the wait alone: a source that came in time has its window for good")
    func inTime() throws {
        let world = try SessionWorld {
            $0.waits = true
            $0.waitLimit = 700_000_000
        }
        world.openings[0].fail(missing)
        #expect(try world.run { world.openings.count == 2 || world.end != "none" })
        // A machine that took longer than the limit has shown nothing.
        guard world.end == "none" else { return }
        world.openings[1].answer(Guest(planes: guest()))
        try world.pass(0.8)
        #expect(world.end == "none")
        world.session.close()
    }

    @Test("the limit of the wait is none for the return of a guest that came in time")
    func inTimeAndLost() throws {
        let world = try SessionWorld {
            $0.waits = true
            $0.reconnects = true
            $0.waitLimit = 1_500_000_000
        }
        world.openings[0].fail(missing)
        #expect(try world.run { world.openings.count == 2 || world.end != "none" })
        // A machine that took longer than the limit has shown nothing.
        guard world.end == "none" else { return }
        let guest = guest()
        world.openings[1].answer(Guest(planes: guest))
        try world.settle()
        guest.end(gone)
        try world.pass(1.6)
        #expect(world.end == "none" && !world.isAbsent)
        world.session.close()
    }

    @Test(
        "what only the user can change ends a search; a device that comes back may take a while to be ours",
        arguments: [
            (SourceError.Reason.usage, false, true), (.usage, true, true), (.notPermitted, false, true),
            (.notPermitted, true, false), (.fault, true, false), (.unavailable, false, false),
        ])
    func hopeless(_ reason: SourceError.Reason, _ isReturn: Bool, _ ends: Bool) throws {
        let world = try SessionWorld {
            $0.waits = true
            $0.reconnects = true
        }
        if isReturn {
            let guest = guest()
            world.openings[0].answer(Guest(planes: guest))
            try world.settle()
            guest.end(gone)
        } else {
            world.openings[0].fail(missing)
        }
        #expect(try world.run { world.openings.count == 2 })
        world.openings[1].fail(SourceError(reason, "scripted: no"))
        try world.settle()
        #expect(world.end == (ends ? "scripted: no" : "none") && world.isAbsent == ends)
    }

    @Test("only a source that isn't there is waited for", arguments: [SourceError.Reason.usage, .notPermitted, .fault])
    func notAwaited(_ reason: SourceError.Reason) throws {
        let world = try SessionWorld { $0.waits = true }
        world.openings[0].fail(SourceError(reason, "scripted: no"))
        #expect(try world.titles() == [])
        #expect(world.end == "scripted: no" && world.isAbsent)
    }

    // MARK: Several windows

    @Test("of several windows one may lose its guest: the others go on, and the last one's end is the session's")
    func several() throws {
        let world = try SessionWorld()
        let one = guest(), other = guest()
        world.openings[0].answer(Guest(planes: one), Guest(planes: other))
        try world.settle()
        #expect(other.committed.count == 1)
        one.end(gone)
        try world.settle()
        #expect(one.isClosed && !other.isClosed && world.end == "none")
        other.show(.primary, picture)
        other.announce()
        try world.settle()
        #expect(other.committed.count == 2)
        other.end(missing)
        try world.settle()
        // The first failure is the session's.
        #expect(world.end == gone.message && other.isClosed && picture.descriptorsGivenAway == 0)
    }

    @Test("a guest that can't be opened by itself isn't looked for: its window ends with it, and others may wait")
    func notByItself() throws {
        let world = try SessionWorld { $0.reconnects = true }
        let one = guest(), other = guest()
        world.openings[0].answer(Guest(planes: one), Guest(planes: other))
        try world.settle()
        other.end(gone)
        try world.settle()
        #expect(other.isClosed && !world.log.messages.contains { $0.contains("waiting for its return") })
        one.end(missing)
        try world.settle()
        #expect(world.log.messages.contains { $0.contains("waiting for its return") } && world.end == "none")
        world.session.close()
    }

    @Test("the first window's end leaves the second its guest")
    func firstCloses() throws {
        let world = try SessionWorld()
        let one = guest(), other = guest()
        world.openings[0].answer(Guest(planes: one), Guest(planes: other))
        try world.settle()
        other.end(gone)
        try world.settle()
        #expect(other.isClosed && !one.isClosed && world.end == "none")
        world.session.close()
    }

    // MARK: The compositor, limits, input

    @Test("the compositor's end is that of all windows; nothing is looked for any more", arguments: [false, true])
    func compositor(isLost: Bool) throws {
        let guest = guest()
        let world = try SessionWorld.showing(guest) { $0.reconnects = true }
        if isLost { guest.end(gone) }
        try world.settle()
        world.server.hangUp()
        #expect(try world.run { world.end != "none" })
        let attempts = world.openings.count
        #expect(world.end == "compositor" && guest.isClosed && world.isAbsent && picture.descriptorsGivenAway == 0)
        #expect(!world.isOpeningAnything)
        try world.pass(0.4)
        #expect(world.openings.count == attempts)
    }

    @Test("a duration ends the session, whatever it is doing", arguments: [false, true])
    func duration(isShowing: Bool) throws {
        let world = try SessionWorld { $0.duration = 100_000_000 }
        if isShowing { world.openings[0].answer(Guest(planes: guest())) }
        #expect(try world.run { world.end != "none" })
        #expect(world.end == "closed" && world.isAbsent && world.openings[0].isCancelled != isShowing)
    }

    @Test("frames end it too, as the user would")
    func frameLimit() throws {
        let guest = guest()
        let world = try SessionWorld.showing(guest) { $0.window.view.frameLimit = 1 }
        #expect(try world.run { world.end != "none" })
        #expect(world.end == "closed" && guest.isClosed)
    }

    @Test("a guest without input is refused where its input is asked for")
    func noInput() throws {
        let world = try SessionWorld { $0.input = .guestAlways }
        let mute = guest()
        world.openings[0].answer(Guest(planes: mute))
        try world.settle()
        #expect(world.end.contains("this source takes no input") && mute.isClosed)
        let willing = try SessionWorld { $0.input = .guestAlways }
        willing.openings[0].answer(Guest(planes: guest(), input: ScriptedSink()))
        try willing.settle()
        #expect(willing.end == "none")
        willing.session.close()
    }

    @Test("the guest's clipboard is shared while the guest is there, and the next one's after it")
    func clipboard() throws {
        let first = guest()
        let world = try SessionWorld {
            $0.reconnects = true
            $0.clipboardLimit = 1 << 20
        }
        let clipboards = [ScriptedClipboard(), ScriptedClipboard()]
        world.openings[0].answer(Guest(planes: first, clipboard: clipboards[0]))
        try world.settle()
        #expect(clipboards[0].take() == ["open"])
        first.end(gone)
        #expect(try world.run { world.openings.count == 2 })
        #expect(clipboards[0].take() == ["close"])
        world.openings[1].answer(Guest(planes: guest(), clipboard: clipboards[1]))
        try world.settle()
        #expect(clipboards[1].take() == ["open"])
        world.session.close()
        #expect(clipboards[1].take() == ["close"])
    }
}
