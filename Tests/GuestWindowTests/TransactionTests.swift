// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import TestCompositor
import Testing
import Wayland

@testable import Surfaces

/// Transactions alone, over a connection without a window.
@Suite("The one commit of a turn")
struct TransactionTests {
    /// Composes nothing, and notes what it is told.
    private final class Scribe: Composer {
        let name: String
        let transaction: Transaction
        private let surface: PlaneSurface
        private let journal: Journal
        var needsCommit = true
        /// Called by the next composition, by the next flush, or at the connection's end.
        var onCompose: (() -> Void)?
        var onFlush: (() -> Void)?
        var onEnd: (() -> Void)?

        init(_ name: String, in world: World, _ journal: Journal) throws {
            self.name = name
            self.journal = journal
            surface = PlaneSurface(world.compositor.surfaces)
            transaction = Transaction(surface, over: world.compositor)
            try transaction.begin(for: self, on: world.loop)
        }

        deinit { transaction.close() }

        func compose(_ changes: Transaction.Changes) -> Bool {
            journal.lines.append("\(name) composes \(changes.rawValue)")
            onCompose.take()?()
            return needsCommit
        }

        func commitWasFlushed() {
            journal.lines.append("\(name) is flushed")
            onFlush.take()?()
        }

        func connectionDidEnd(_ error: WaylandError) {
            journal.lines.append("\(name) ends")
            onEnd.take()?()
        }
    }

    private final class Journal {
        var lines: [String] = []

        func take() -> [String] {
            defer { lines = [] }
            return lines
        }
    }

    private let journal = Journal()

    /// How many commits have come since the last call.
    private func commits(_ world: World) throws -> Int {
        try world.requests().count { $0.hasSuffix(".commit()") }
    }

    @Test("what is marked in a turn is composed and committed once, and what its composition marks goes out in the next turn")
    func once() throws {
        let world = try World()
        let scribe = try Scribe("a", in: world, journal)
        #expect(try commits(world) == 0 && journal.take() == [])
        scribe.transaction.mark(.notice)
        scribe.transaction.mark(.planes)
        scribe.transaction.mark(.planes)
        scribe.onCompose = { [unowned scribe] in scribe.transaction.mark(.blank) }
        #expect(try commits(world) == 2)
        #expect(journal.take() == ["a composes 10", "a is flushed", "a composes 4", "a is flushed"])
    }

    @Test("where the composition finds nothing for the root, it isn't committed; the flush is told, for the children's sake")
    func nothing() throws {
        let world = try World()
        let scribe = try Scribe("a", in: world, journal)
        scribe.needsCommit = false
        scribe.transaction.mark(.planes)
        #expect(try commits(world) == 0)
        // The role is committed all the same: the compositor's first configure waits for it.
        scribe.transaction.mark(.role)
        #expect(try commits(world) == 1)
        #expect(journal.take() == ["a composes 2", "a is flushed", "a composes 1", "a is flushed"])
    }

    @Test("all that is marked in a turn goes out in its one flush, and each hears of its own commit alone, once")
    func several() throws {
        let world = try World()
        let scribes = try ["a", "b", "c"].map { try Scribe($0, in: world, journal) }
        scribes[0].transaction.mark(.planes)
        scribes[2].transaction.mark(.planes)
        #expect(try commits(world) == 2)
        #expect(journal.take() == ["a composes 2", "c composes 2", "a is flushed", "c is flushed"])
        scribes[1].transaction.mark(.planes)
        #expect(try commits(world) == 1)
        #expect(journal.take() == ["b composes 2", "b is flushed"])
    }

    @Test("one that is closed while another is composed, or hears of its flush, commits and hears nothing any more")
    func closed() throws {
        let world = try World()
        let scribes = try ["a", "b", "c"].map { try Scribe($0, in: world, journal) }
        for scribe in scribes { scribe.transaction.mark(.role) }
        scribes[0].onCompose = { scribes[1].transaction.close() }
        scribes[0].onFlush = { scribes[2].transaction.close() }
        // The role's and the composition's, of the first and of the last.
        #expect(try commits(world) == 4)
        #expect(journal.take() == ["a composes 1", "c composes 1", "a is flushed"])
        scribes[1].transaction.mark(.planes)
        scribes[2].transaction.mark(.planes)
        scribes[0].transaction.mark(.planes)
        #expect(try commits(world) == 1)
        #expect(journal.take() == ["a composes 2", "a is flushed"])
    }

    @Test("the connection is on the loop from the first to the last, whichever goes first, and again when another comes")
    func connection() throws {
        let world = try World()
        #expect(world.compositor.connection.loop == nil)
        let scribes = try ["a", "b"].map { try Scribe($0, in: world, journal) }
        scribes[0].transaction.close()
        #expect(world.compositor.connection.loop === world.loop)
        scribes[1].transaction.mark(.planes)
        #expect(try commits(world) == 1)
        scribes[1].transaction.close()
        #expect(world.compositor.connection.loop == nil)
        let next = try Scribe("c", in: world, journal)
        next.transaction.mark(.planes)
        #expect(try commits(world) == 1)
        #expect(journal.take() == ["b composes 2", "b is flushed", "c composes 2", "c is flushed"])
    }

    @Test("the connection's end is told to each once; whom the first one closes hears nothing")
    func end() throws {
        let world = try World()
        let scribes = try ["a", "b", "c"].map { try Scribe($0, in: world, journal) }
        scribes[0].onEnd = { scribes[1].transaction.close() }
        world.server.hangUp()
        try world.settle()
        #expect(journal.take() == ["a ends", "c ends"])
    }
}
