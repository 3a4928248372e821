// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import GuestInput
import Measurement
import Planes
import GuestView
import GuestWindow
import Surfaces
import TestCompositor
import TestSupport
import Testing
import Wayland

@testable import Viewer

/// One attempt at a source, whose answer a test decides.
final class ScriptedOpening: GuestOpening {
    private let done: (Result<[Guest], SourceError>) -> Void
    private(set) var isCancelled = false
    private(set) var isAnswered = false

    init(_ done: @escaping (Result<[Guest], SourceError>) -> Void) { self.done = done }

    func cancel() { isCancelled = true }

    /// Neither answered nor cancelled.
    var isPending: Bool { !isAnswered && !isCancelled }

    func answer(_ guests: Guest...) { tell(.success(guests)) }
    func fail(_ error: SourceError) { tell(.failure(error)) }

    private func tell(_ result: Result<[Guest], SourceError>) {
        isAnswered = true
        done(result)
    }
}

/// A session over a source whose openings a test decides, with a compositor in the test's own process.
final class SessionWorld {
    let server = TestCompositor()
    let loop: EventLoop
    let log = CountingLog()
    let compositor: Compositor
    let link: GuestLink
    let session: Session
    private let attempts: Attempts

    private final class Attempts {
        var all: [ScriptedOpening] = []
    }

    init(_ choose: (inout SessionOptions) -> Void = { _ in }) throws {
        loop = try EventLoop()
        let attempts = Attempts()
        self.attempts = attempts
        link = GuestLink(loop: loop) { done in
            attempts.all.append(ScriptedOpening(done))
            return attempts.all.last!
        }
        let socket = server.connect()
        compositor = try server.serve { try Compositor(Connection(adopting: socket)) }
        var window = WindowOptions(title: "")
        window.decorations = .none
        // Tests step their guests faster than any screen refreshes.
        window.view.latency = .low
        var options = SessionOptions(source: "scripted:", window: window)
        choose(&options)
        session = try Session(link, on: Desktop(compositor), options, loop: loop, log: log.logger)
        link.open()
    }

    var openings: [ScriptedOpening] { attempts.all }

    /// A session whose window shows a guest.
    static func showing(
        _ guest: ScriptedSource, _ choose: (inout SessionOptions) -> Void = { _ in }
    ) throws -> SessionWorld {
        let world = try SessionWorld(choose)
        world.openings[0].answer(Guest(planes: guest))
        try world.settle()
        return world
    }

    /// Lets both sides act until neither has anything to do.
    func settle() throws {
        var quiet = 0
        while quiet < 3 {
            let acted = try loop.turn(waitingAtMost: 0)
            quiet = server.turn() || acted ? 0 : quiet + 1
        }
    }

    /// Turns both sides until something is so. Returns false where that takes too long for any machine.
    func run(until condition: () -> Bool) throws -> Bool {
        try loop.runUntil {
            _ = server.turn()
            return condition()
        }
    }

    /// Lets a short time pass in which something mustn't happen.
    func pass(_ seconds: Double) throws {
        let end = EventLoop.now() + UInt64(seconds * 1e9)
        while EventLoop.now() < end {
            _ = server.turn()
            try loop.turn(waitingAtMost: 5_000_000)
        }
        try settle()
    }

    /// Frames that the compositor has been given for the guest's picture since the last call.
    func frames() throws -> Int {
        try settle()
        return server.takeRequests().count { $0.hasPrefix("picture.attach(buffer") }
    }

    /// The titles that windows have been given since the last call.
    func titles() throws -> [String] {
        try settle()
        return server.takeRequests().filter { $0.hasPrefix("toplevel.set_title") }
    }

    /// Whether an attempt is neither answered nor cancelled.
    var isOpeningAnything: Bool { openings.contains { $0.isPending } }
    var isAbsent: Bool { if case .absent = link.state { true } else { false } }
    var isOpening: Bool { if case .opening = link.state { true } else { false } }

    /// Why the session ended, or «none».
    var end: String {
        switch session.end {
        case nil: "none"
        case .closed?: "closed"
        case .compositor?: "compositor"
        case .source(let error)?: error.message
        }
    }

    /// One member of the statistics.
    func statistic(_ name: String) throws -> Int? {
        let data = Data(session.statistics(asList: false).text.utf8)
        return (try JSONSerialization.jsonObject(with: data) as? [String: Any])?[name] as? Int
    }
}
