// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import PlaneImage
import Planes
import TestSupport
import Testing

@testable import SyntheticGuest

@Suite("A synthetic guest that reacts to input")
struct ReactionTests {
    private let loop: EventLoop
    private let screen = PixelSize(width: 320, height: 200)

    init() throws { loop = try EventLoop() }

    private func guest(_ query: String) throws -> SyntheticGuest {
        try SyntheticGuest(options: GuestOptions(query: "size=320x200&memory=memfd&" + query), loop: loop)
    }

    private func shown(_ guest: SyntheticGuest) throws -> PlaneInfo? {
        guard case .showing(let info) = try guest.query(.primary) else { return nil }
        return info
    }

    /// What is shown once it is at least this generation.
    private func shown(_ guest: SyntheticGuest, from generation: UInt64) throws -> PlaneInfo {
        var info: PlaneInfo?
        let isThere = try loop.runUntil {
            info = try shown(guest)
            return info.map { $0.generation.rawValue >= generation } ?? false
        }
        try #require(isThere)
        return info!
    }

    /// The colour in the middle of what is shown.
    private func block(_ guest: SyntheticGuest, _ info: PlaneInfo) throws -> UInt8 {
        let image = try RGBAImage(copying: guest.buffer(for: .primary, generation: info.generation), isOpaque: true)
        return try #require(image.pixel(x: 160, y: 100)).x
    }

    @Test(
        "each key and button that goes down, and each motion, makes one picture whose block is the other colour; releases make none"
    )
    func events() throws {
        let guest = try guest("react=0")
        let input = try #require(guest.input)
        #expect(input.abilities.keyboard && input.abilities.absolutePointer && input.abilities.touchSlots == 0)
        let events: [() -> Void] = [
            { input.press(KeyCode(rawValue: 30), isDown: true) }, { input.movePointer(to: .zero, screen: screen) },
            { input.movePointer(byX: 1, y: 0) }, { input.press(.left, isDown: true) },
        ]
        var colors = [try block(guest, shown(guest, from: 1))]
        for (number, event) in events.enumerated() {
            let before = EventLoop.now()
            event()
            input.press(KeyCode(rawValue: 30), isDown: false)
            input.press(.left, isDown: false)
            let info = try shown(guest, from: UInt64(number) + 2)
            #expect(info.generation.rawValue == UInt64(number) + 2 && info.changedAt >= before)
            colors.append(try block(guest, info))
        }
        #expect(colors == [0, 255, 0, 255, 0])
        waitForAMoment()
        #expect(try shown(guest)?.generation.rawValue == 5, "it is still otherwise")
    }

    @Test("makes a picture also where only the cursor moves otherwise")
    func withCursorAlone() throws {
        let guest = try guest("react=0&rate=100&cursor=only")
        let start = try shown(guest, from: 1).generation
        waitForAMoment()
        #expect(try shown(guest)?.generation == start)
        guest.input?.press(KeyCode(rawValue: 30), isDown: true)
        #expect(try shown(guest, from: 2).generation.rawValue == 2)
    }

    @Test("the picture comes no earlier than was asked for, and each event has its own", arguments: [20, 150] as [UInt64])
    func delayed(milliseconds: UInt64) throws {
        let guest = try guest("react=\(milliseconds)")
        _ = try shown(guest, from: 1)
        let before = EventLoop.now()
        for _ in 0..<3 { guest.input?.press(KeyCode(rawValue: 30), isDown: true) }
        let after = EventLoop.now()
        let info = try shown(guest, from: 4)
        #expect(info.changedAt >= before + milliseconds * 1_000_000)
        #expect(info.generation.rawValue == 4)
        // Generous: a busy machine may take its time.
        #expect(info.changedAt < after + milliseconds * 1_000_000 + 10_000_000_000)
    }

    @Test("it also changes by itself where a rate is given, with the pattern that is given")
    func moving() throws {
        let guest = try guest("react=0&rate=100&pattern=bars")
        _ = try shown(guest, from: 20)
        #expect(guest.input != nil)
    }

    @Test("more events than it remembers are lost, and it ends at once while pictures are still due")
    func bounded() throws {
        let guest = try guest("react=10000")
        _ = try shown(guest, from: 1)
        for _ in 0..<100_000 { guest.input?.press(KeyCode(rawValue: 30), isDown: true) }
        let orders = try PainterOrders()
        for time in 0..<1000 as Range<UInt64> { orders.react(at: time) }
        #expect((0..<1000).count { _ in orders.takeReaction(dueBy: 2000) } == PainterOrders.mostReactions)
        let input = guest.input
        guest.close()
        input?.press(KeyCode(rawValue: 30), isDown: true)
        #expect(throws: PlaneError.self) { _ = try guest.query(.primary) }
    }

    @Test("reactions are taken in order, when they are due and not before")
    func due() throws {
        let orders = try PainterOrders()
        #expect(orders.nextReaction == nil && !orders.takeReaction(dueBy: .max) && !orders.isOver)
        orders.react(at: 10)
        orders.react(at: 20)
        #expect(orders.wait(atMost: 0) && !orders.wait(atMost: 0), "told once")
        #expect(orders.nextReaction == 10 && !orders.takeReaction(dueBy: 9) && orders.takeReaction(dueBy: 10))
        #expect(orders.nextReaction == 20 && !orders.takeReaction(dueBy: 19))
        orders.end()
        #expect(orders.wait(atMost: 0) && orders.isOver)
    }

    @Test("a guest that wasn't asked to takes no input")
    func deaf() throws { #expect(try guest("rate=0").input == nil && guest("pattern=block").input == nil) }
}
