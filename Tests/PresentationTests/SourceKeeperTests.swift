// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import Presentation

@Suite("Looking for a source")
struct SourceKeeperTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let missing = SourceError(.unavailable, "scripted: nobody is there: start it")

    /// A keeper whose tries fail with what stands at the front of `answers`, and then succeed.
    private final class Search {
        var answers: [SourceError]
        var patience: [UInt64] = []
        var at: [UInt64] = []
        var sources: [ScriptedSource] = []
        var keeper: SourceKeeper!

        init(_ world: World, _ answers: [SourceError], _ picture: ScriptedSource.Memory) throws {
            self.answers = answers
            keeper = try SourceKeeper(
                of: world.window, loop: world.loop, log: Logger(label: "test") { [log = world.log] _ in log }
            ) {
                [unowned self] patience throws(SourceError) in
                self.patience.append(patience)
                at.append(EventLoop.now())
                if !self.answers.isEmpty { throw self.answers.removeFirst() }
                let source = ScriptedSource()
                source.show(.primary, picture)
                sources.append(source)
                try world.window.attach(source, input: nil)
            }
        }
    }

    private func run(_ world: World, until condition: () -> Bool) throws -> Bool {
        try world.loop.runUntil {
            _ = world.server.turn()
            return condition()
        }
    }

    @Test(
        "a lost source is looked for with growing pauses, a quarter of which each try may take; a line each tells loss and return"
    )
    func growing() throws {
        let world = try World.showing(picture)
        let search = try Search(world, Array(repeating: missing, count: 3), picture)
        search.keeper.reconnects = true
        let start = EventLoop.now()
        world.guest.end(SourceError(.unavailable, "scripted guest has gone: start it anew"))
        #expect(try run(world) { !search.sources.isEmpty })
        #expect(search.patience == [100_000_000, 125_000_000, 250_000_000, 500_000_000])
        let pauses = zip(search.at, [start] + search.at).map { $0 - $1 }
        for (pause, least) in zip(pauses, [250, 500, 1000, 2000] as [UInt64]) { #expect(pause >= least * 1_000_000) }
        #expect(world.log.warnings == ["scripted guest has gone: start it anew (waiting for its return)"])
        #expect(world.log.lines.contains { $0.hasPrefix("scripted guest: back after ") })
        #expect(world.statistics.reconnects == 1 && world.endings.isEmpty)
        // Hardly there and gone again: the pauses go on growing.
        let again = EventLoop.now()
        search.sources[0].end(missing)
        #expect(try run(world) { search.sources.count == 2 })
        #expect(search.at.last! - again >= 4_000_000_000)
    }

    @Test("without being asked to keep it, the window ends with its source")
    func unasked() throws {
        let world = try World.showing(picture)
        let search = try Search(world, [], picture)
        search.keeper.reconnects = true
        search.keeper.reconnects = false
        world.guest.end(missing)
        try world.settle()
        #expect(world.endings.count == 1 && search.at.isEmpty)
    }

    @Test("waiting has an end where it is given a limit: the last reason is the window's")
    func limit() throws {
        let world = try World()
        try world.open(isAwaited: true)
        let last = SourceError(.unavailable, "scripted: still nobody: start it")
        let search = try Search(world, Array(repeating: last, count: 50), picture)
        search.keeper.wait(after: missing, limit: 1_000_000_000)
        #expect(try run(world) { !world.endings.isEmpty })
        guard case .source(let error)? = world.endings.first else { return #expect(Bool(false)) }
        #expect(error.message == last.message && search.at.count >= 1)
        // The window says why it waits: as the last try has it.
        guard case .awaited(let told?) = world.window.presence else { return #expect(Bool(false)) }
        #expect(told.message == last.message)
        #expect(world.log.lines.contains("\(missing.message) (waiting for it)"))
    }

    @Test("the limit is for the wait alone: a source that came in time has the window for good")
    func inTime() throws {
        let world = try World()
        try world.open(isAwaited: true)
        let search = try Search(world, [], picture)
        search.keeper.wait(after: missing, limit: 1_000_000_000)
        #expect(try run(world) { !search.sources.isEmpty })
        let later = EventLoop.now() + 1_200_000_000
        #expect(try run(world) { EventLoop.now() > later })
        #expect(world.endings.isEmpty)
    }

    @Test(
        "what only the user can change ends a wait; a device that comes back may take a while to be ours",
        arguments: [
            (SourceError.Reason.usage, false, true), (.usage, true, true), (.notPermitted, false, true),
            (.notPermitted, true, false),
            (.fault, true, false), (.unavailable, false, false),
        ])
    func hopeless(_ reason: SourceError.Reason, _ isReturn: Bool, _ ends: Bool) throws {
        let world = try World()
        if isReturn { world.guest.show(.primary, picture) }
        try world.open(isAwaited: !isReturn)
        try world.settle()
        let search = try Search(world, [SourceError(reason, "scripted: no")], picture)
        search.keeper.reconnects = true
        if isReturn { world.guest.end(missing) } else { search.keeper.wait(after: missing, limit: nil) }
        #expect(try run(world) { !world.endings.isEmpty || !search.sources.isEmpty })
        #expect(world.endings.isEmpty != ends && search.sources.isEmpty == ends)
    }
}
