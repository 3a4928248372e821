// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
@testable import Kiosk
import Planes
import TestSupport
import Testing
import Viewer

@Suite("A screen's supply of sources", .timeLimit(.minutes(2)))
struct SourceChooserTests {
    /// A chooser over sources whose openings a test decides, by their URL.
    private final class World: SourceChooserDelegate {
        let loop = try! EventLoop()
        let log = CountingLog()
        let chooser: SourceChooser
        private let openings: Openings
        /// What the delegate has heard: the URL of what is shown, or "nothing".
        var heard: [String] = []

        final class Opening: GuestOpening {
            let done: (Result<[Guest], SourceError>) -> Void
            var isCancelled = false

            init(_ done: @escaping (Result<[Guest], SourceError>) -> Void) { self.done = done }

            func cancel() { isCancelled = true }
        }

        private final class Openings {
            var all: [String: [Opening]] = [:]
        }

        init(_ sources: [String], preferAfter: Double = 0.05, hold: Double = 0.05) throws {
            let list = sources.map { "\"\($0)\"" }.joined(separator: ", ")
            let text = "[[screen]]\nsources = [\(list)]\nprefer-after = \(preferAfter)\nhold = \(hold)"
            let screen = try KioskConfiguration(Array(text.utf8), file: "k.toml").screens[0]
            let openings = Openings()
            self.openings = openings
            var texts = sources.makeIterator()
            chooser = SourceChooser(for: screen, loop: loop, log: log.logger) { _ in
                let text = texts.next()!
                return { done in
                    let opening = Opening(done)
                    openings.all[text, default: []].append(opening)
                    return opening
                }
            }
            chooser.delegate = self
            chooser.takeUp()
            chooser.start()
        }

        func attempts(_ source: String) -> Int { openings.all[source]?.count ?? 0 }
        func isCancelled(_ source: String) -> Bool { openings.all[source]!.last!.isCancelled }

        func answer(_ source: String) -> ScriptedSource {
            let guest = ScriptedSource()
            openings.all[source]!.last!.done(.success([Guest(planes: guest)]))
            return guest
        }

        func fail(_ source: String, _ message: String = "nobody is there") {
            openings.all[source]!.last!.done(.failure(SourceError(.unavailable, message)))
        }

        func chooser(_ chooser: SourceChooser, shows guest: Guest, from source: String) { heard.append(source) }
        func chooserHasNothing(_ chooser: SourceChooser) { heard.append("nothing") }
    }

    @Test("all sources are looked for at once, and the losers of the choice are closed, or looked for no more")
    func choice() throws {
        let world = try World(["qemu:a", "qemu:b", "qemu:c"])
        #expect(["qemu:a", "qemu:b", "qemu:c"].map(world.attempts) == [1, 1, 1])
        let second = world.answer("qemu:b")
        #expect(world.heard == [])
        _ = world.answer("qemu:a")
        #expect(world.heard == ["qemu:a"])
        #expect(second.isClosed && world.isCancelled("qemu:c"))
    }

    @Test("a better source that comes is open unseen for its time, and its guest isn't kept waiting meanwhile")
    func standby() throws {
        let world = try World(["qemu:a", "qemu:b"])
        world.fail("qemu:a")
        let worse = world.answer("qemu:b")
        #expect(world.heard == ["qemu:b"])
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 2 })
        let better = world.answer("qemu:a")
        #expect(world.heard == ["qemu:b"])
        better.show(.primary, ScriptedSource.Memory(width: 8, height: 8))
        better.announce()
        #expect(better.skipped.map(\.kind) == [.primary])
        try #require(try world.loop.runUntil { world.heard.count == 2 })
        #expect(world.heard == ["qemu:b", "qemu:a"] && worse.isClosed && !better.isClosed)
    }

    @Test("a guest that ends unseen is looked for again, and what is shown stays")
    func standbyEnds() throws {
        let world = try World(["qemu:a", "qemu:b"], preferAfter: 3600)
        world.fail("qemu:a")
        _ = world.answer("qemu:b")
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 2 })
        let better = world.answer("qemu:a")
        better.end(SourceError(.unavailable, "gone"))
        #expect(better.isClosed && world.heard == ["qemu:b"])
        #expect(world.chooser.errors.map(\.message) == ["gone"])
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 3 })
    }

    @Test("the source that is shown ends: its return is shown, or nothing after a while, or another one")
    func shownEnds() throws {
        let world = try World(["qemu:a", "qemu:b"])
        var guest = world.answer("qemu:a")
        world.chooser.shownGuestDidEnd(SourceError(.unavailable, "gone"))
        #expect(guest.isClosed && world.attempts("qemu:b") == 2 && world.heard == ["qemu:a"])
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 2 })
        try #require(try world.loop.runUntil { world.heard.last == "nothing" })
        guest = world.answer("qemu:a")
        #expect(world.heard == ["qemu:a", "nothing", "qemu:a"])
        world.chooser.shownGuestDidEnd(SourceError(.unavailable, "gone again"))
        _ = world.answer("qemu:b")
        #expect(world.heard.count == 3)
        try #require(try world.loop.runUntil { world.heard.last == "qemu:b" })
        #expect(guest.isClosed)
    }

    @Test("a source whose file appears is tried at once, whatever its pauses have grown to")
    func file() throws {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/socket", source = "planes:\(path)"
        let world = try World([source])
        // The next pause is two seconds long, or a little less.
        for attempt in 1...4 {
            world.fail(source)
            if attempt < 4 { try #require(try world.loop.runUntil { world.attempts(source) == attempt + 1 }) }
        }
        close(open(path, O_CREAT | O_CLOEXEC, 0o600))
        // The kernel has told of the file by now, and no pause is over before these turns are.
        for _ in 0..<100 where world.attempts(source) == 4 { try world.loop.turn(waitingAtMost: 0) }
        try #require(world.attempts(source) == 5)
        _ = world.answer(source)
        #expect(world.heard.last == source)
    }

    @Test("a guest that nobody can show for a while stays open, isn't kept waiting, and is told again")
    func aside() throws {
        let world = try World(["qemu:a"], hold: 0)
        let guest = world.answer("qemu:a")
        guest.delegate = nil
        // A picture that the window has taken and never committed is answered at once, and later ones as they come.
        guest.show(.primary, ScriptedSource.Memory(width: 8, height: 8))
        world.chooser.setAside()
        #expect(guest.skipped.map(\.kind) == [.primary] && !guest.isClosed)
        guest.show(.primary, ScriptedSource.Memory(width: 8, height: 8))
        guest.announce()
        #expect(guest.skipped.count == 2)
        world.chooser.takeUp()
        world.chooser.takeUp()
        #expect(world.heard == ["qemu:a", "qemu:a"])
        guest.show(.primary, ScriptedSource.Memory(width: 8, height: 8))
        guest.announce()
        #expect(guest.skipped.count == 2)
        // It ends while nobody shows it, another one comes meanwhile, and the third one after that.
        world.chooser.setAside()
        guest.end(SourceError(.unavailable, "gone"))
        #expect(guest.isClosed && world.chooser.losses == 1)
        try #require(try world.loop.runUntil { world.heard.last == "nothing" })
        world.chooser.takeUp()
        #expect(world.heard.suffix(2) == ["nothing", "nothing"])
        world.chooser.setAside()
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 2 })
        let second = world.answer("qemu:a")
        second.show(.primary, ScriptedSource.Memory(width: 8, height: 8))
        second.announce()
        #expect(second.skipped.count == 1 && world.heard.last == "qemu:a")
    }

    @Test("a reason is logged when it changes, and not with each attempt")
    func log() throws {
        let world = try World(["qemu:a"])
        world.fail("qemu:a", "one")
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 2 })
        world.fail("qemu:a", "one")
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 3 })
        world.fail("qemu:a", "two")
        #expect(world.log.messages == ["one", "two"])
    }

    @Test("closing it closes what is open, cancels what is under way, and nothing is told any more")
    func closes() throws {
        let world = try World(["qemu:a", "qemu:b", "qemu:c"], preferAfter: 0, hold: 0)
        world.fail("qemu:a")
        let guest = world.answer("qemu:b")
        try #require(try world.loop.runUntil { world.attempts("qemu:a") == 2 })
        world.chooser.close()
        #expect(guest.isClosed && world.isCancelled("qemu:a"))
        _ = world.answer("qemu:a")
        try world.loop.runForAMoment()
        #expect(world.heard == ["qemu:b"] && world.attempts("qemu:a") == 2)
    }
}
