// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
import System
import TestSupport
import Testing

@testable import Viewer

/// What a link is, whoever owns it.
@Suite("A guest's link")
struct GuestLinkTests {
    private let missing = SourceError(.unavailable, "scripted: nobody is there: start it")

    /// A link whose openings a test decides, and what its delegate hears.
    private final class Owner: GuestLinkDelegate {
        let loop: EventLoop
        let link: GuestLink
        private let attempts: Attempts
        /// The events, each with the link's state at that moment.
        var heard: [String] = []
        /// What to do about a failure.
        var onFailure: (GuestLink, SourceError) -> Void = { _, _ in }

        final class Attempts {
            var all: [ScriptedOpening] = []
        }

        init(isDelegate: Bool = true) throws {
            loop = try EventLoop()
            let attempts = Attempts()
            self.attempts = attempts
            link = GuestLink(loop: loop) { done in
                attempts.all.append(ScriptedOpening(done))
                return attempts.all.last!
            }
            if isDelegate { link.delegate = self }
        }

        var openings: [ScriptedOpening] { attempts.all }

        private var state: String {
            switch link.state {
            case .absent: "absent"
            case .opening: "opening"
            case .attached: "attached"
            case .lost: "lost"
            }
        }

        func link(_ link: GuestLink, didOpen guests: [Guest], in search: GuestLink.Search?) { heard.append("open, \(state)") }

        func link(_ link: GuestLink, didFail error: SourceError, in search: GuestLink.Search?) {
            heard.append("failure, \(state)")
            onFailure(link, error)
        }

        func link(_ link: GuestLink, didGiveUp error: SourceError) { heard.append("gives up, \(state)") }
    }

    @Test("it is absent when its owner hears of a failure, and attached when it hears of the guest; it opens once at a time")
    func states() throws {
        let owner = try Owner()
        owner.link.open()
        owner.link.open()
        #expect(owner.openings.count == 1)
        owner.openings[0].fail(missing)
        owner.link.open()
        let guest = ScriptedSource()
        owner.openings[1].answer(Guest(planes: guest))
        #expect(owner.heard == ["failure, absent", "open, attached"])
        owner.link.cut()
        #expect(guest.isClosed)
    }

    @Test("a guest that may have come is tried at once, and the pauses begin anew; nothing else is hurried")
    func hurries() throws {
        let owner = try Owner()
        owner.onFailure = { $0.wait(after: $1, limit: nil) }
        owner.link.hurry()
        #expect(owner.openings.isEmpty)
        owner.link.open()
        owner.link.hurry()
        #expect(owner.openings.count == 1)
        owner.openings[0].fail(missing)
        var following = owner.link.pause
        #expect(following.next() == 2 * RetryPause.shortest)
        owner.link.hurry()
        #expect(owner.openings.count == 2)
        following = owner.link.pause
        #expect(following.next() == RetryPause.shortest)
        owner.openings[1].answer(Guest(planes: ScriptedSource()))
        owner.link.hurry()
        #expect(owner.heard == ["failure, absent", "open, attached"] && owner.openings.count == 2)
    }

    @Test("it is absent when it gives up, and the attempt that was under way is cancelled")
    func givesUp() throws {
        let owner = try Owner()
        owner.onFailure = { $0.wait(after: $1, limit: 500_000_000) }
        owner.link.open()
        owner.openings[0].fail(missing)
        #expect(try owner.loop.runUntil { owner.heard.count == 2 })
        #expect(owner.heard == ["failure, absent", "gives up, absent"])
        // A machine that is busy for half a second makes no second attempt.
        #expect(owner.openings.dropFirst().allSatisfy { $0.isCancelled })
    }

    @Test("the limit of a wait is over with it")
    func limit() throws {
        let owner = try Owner()
        owner.onFailure = { $0.wait(after: $1, limit: 300_000_000) }
        owner.link.open()
        owner.openings[0].fail(missing)
        owner.link.cut()
        owner.onFailure = { $0.wait(after: $1, limit: nil) }
        owner.link.open()
        owner.openings[1].fail(missing)
        try owner.loop.run(for: 0.4)
        #expect(owner.heard == ["failure, absent", "failure, absent"])
    }

    @Test("guests that nobody takes are closed, all of them")
    func nobody() throws {
        let owner = try Owner(isDelegate: false)
        owner.link.open()
        let guests = [ScriptedSource(), ScriptedSource()]
        owner.openings[0].answer(Guest(planes: guests[0]), Guest(planes: guests[1]))
        #expect(guests.allSatisfy { $0.isClosed })
        owner.link.open()
        #expect(owner.openings.count == 2)
    }
}
