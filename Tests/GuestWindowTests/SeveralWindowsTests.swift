// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing

@Suite("Several windows over one connection")
struct SeveralWindowsTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let other = ScriptedSource.Memory(width: 640, height: 480)

    /// A second window beside a world's own, and what became of it.
    private final class Second {
        let guest = ScriptedSource()
        let owner: WindowOwner

        init(in world: World, showing memory: ScriptedSource.Memory) throws {
            guest.show(.primary, memory)
            owner = try world.openAnother(guest)
        }

        var window: GuestWindow { owner.window }
        var endings: [WindowOwner.End] { owner.endings }
    }

    @Test("one that is closed ends alone: the other goes on as before, and a new one can come")
    func oneCloses() throws {
        let world = try World.showing(picture)
        let second = try Second(in: world, showing: other)
        try world.settle()
        #expect(second.window.statistics.frames.committed == 1)
        world.server.closeWindow()
        try world.settle()
        #expect(second.endings.count == 1 && second.guest.isClosed)
        #expect(world.endings.isEmpty && !world.guest.isClosed)
        #expect(other.descriptorsGivenAway == 0)
        _ = try world.requests()
        #expect(try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1"))
        let third = try Second(in: world, showing: other)
        try world.settle()
        #expect(third.window.statistics.frames.committed == 1 && third.endings.isEmpty)
        third.owner.close()
        world.owner.close()
    }

    @Test("two that open in one turn of the loop each show their guest")
    func openTogether() throws {
        let world = try World()
        world.guest.show(.primary, picture)
        try world.open()
        let second = try Second(in: world, showing: other)
        try world.settle()
        #expect(world.statistics.frames.committed == 1 && second.window.statistics.frames.committed == 1)
        second.owner.close()
        world.owner.close()
    }

    @Test("the first that is closed takes nothing from the second")
    func firstCloses() throws {
        let world = try World.showing(picture)
        let second = try Second(in: world, showing: other)
        try world.settle()
        world.owner.close()
        try world.settle()
        second.guest.show(.primary, other)
        second.guest.announce()
        try world.settle()
        #expect(second.window.statistics.frames.committed == 2 && second.endings.isEmpty)
        second.owner.close()
        #expect(second.endings.count == 1)
    }

    @Test("one that has closed makes nothing of where the compositor says that its surface is")
    func movesAfterClosing() throws {
        let world = try World.showing(picture) { $0.screens = [Behaviour.Screen(mode: (1920, 1080, 60_000))] }
        world.owner.close()
        // Its surface is there as long as the window is.
        world.server.enter(screen: 0)
        world.server.leave(screen: 0)
        world.server.preferScale(180)
        let second = try Second(in: world, showing: other)
        try world.settle()
        #expect(second.window.statistics.frames.committed == 1 && second.endings.isEmpty)
    }

    @Test("the compositor's end is the end of all, each told once")
    func compositorGoes() throws {
        let world = try World.showing(picture)
        let second = try Second(in: world, showing: other)
        try world.settle()
        world.server.hangUp()
        try world.settle()
        for endings in [world.endings, second.endings] {
            #expect(endings.count == 1)
            guard case .compositor? = endings.first else {
                Issue.record("\(endings)")
                continue
            }
        }
        #expect(world.guest.isClosed && second.guest.isClosed)
    }
}
