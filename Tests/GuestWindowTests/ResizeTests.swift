// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("A guest that is asked to take the window's size")
struct ResizeTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    private func world(asks: Bool = true, _ behave: (inout Behaviour) -> Void = { _ in }) throws -> World {
        let world = try World(resizesGuest: asks) { behaviour in
            behaviour.screens = [
                .init(millimetres: (300, 200), mode: (3000, 2000, 59_940)),
                .init(millimetres: (0, 0), mode: (1920, 1080, 0)),
            ]
            behave(&behaviour)
        }
        world.guest.isResizable = true
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        return world
    }

    /// Longer than the window waits for the user's hand to rest.
    private func rest(_ world: World) throws { try world.wait(nanoseconds: 400_000_000) }

    @Test("a window of the guest's own making asks for nothing")
    func natural() throws {
        let world = try world()
        try rest(world)
        #expect(world.guest.requested == [])
    }

    /// Drags the window's edge in fifty steps. Returns the longest time between two of them in nanoseconds: on a busy machine the
    /// hand may have rested.
    private func dragged(_ world: World) throws -> UInt64 {
        var longest: UInt64 = 0, last = EventLoop.now()
        for step in 1...50 {
            world.server.configure(width: Int32(320 + 10 * step), height: 240, states: [.resizing])
            try world.wait(nanoseconds: 5_000_000)
            let now = EventLoop.now()
            (longest, last) = (max(longest, now - last), now)
        }
        return longest
    }

    @Test("while the user drags nothing is asked; then the last size, once, as large on the screen as it is")
    func drag() throws {
        var world = try world()
        while try dragged(world) > 200_000_000 { world = try self.world() }
        #expect(world.guest.requested == [])
        try rest(world)
        #expect(
            world.guest.requested == [
                DisplayMode(
                    size: PixelSize(width: 820, height: 240), millimetres: PixelSize(width: 82, height: 24),
                    refreshMillihertz: 59_940)
            ])
        world.server.configure(width: 820, height: 240)
        try rest(world)
        #expect(world.guest.requested.count == 1)
    }

    @Test("a size that the guest had is asked for again when it was asked for another since")
    func backAgain() throws {
        let world = try world()
        for (width, height) in [(640, 480), (320, 240)] as [(Int32, Int32)] {
            world.server.configure(width: width, height: height)
            try rest(world)
        }
        #expect(world.guest.requested.map(\.size) == [PixelSize(width: 640, height: 480), PixelSize(width: 320, height: 240)])
    }

    @Test("a screen that tells neither its size nor its rate is one of 60 Hz without millimetres")
    func unknownScreen() throws {
        let world = try world()
        world.server.enter(screen: 1)
        world.server.configure(width: 640, height: 480)
        try rest(world)
        #expect(world.guest.requested == [DisplayMode(size: PixelSize(width: 640, height: 480))])
    }

    @Test("a user who wants it so keeps the guest's size")
    func kept() throws {
        let world = try world(asks: false)
        world.server.configure(width: 640, height: 480)
        try rest(world)
        #expect(world.guest.requested == [])
    }

    @Test("a source that has learnt that its guest can't follow isn't asked again, and the picture is scaled")
    func refused() throws {
        let world = try world()
        world.server.configure(width: 640, height: 480)
        try rest(world)
        #expect(world.guest.requested.map(\.size) == [PixelSize(width: 640, height: 480)])
        world.guest.isResizable = false
        world.server.configure(width: 800, height: 600)
        try rest(world)
        #expect(world.guest.requested.count == 1)
    }

    @Test(
        "a size and its millimetres are those of the screen's own pixels at every scale",
        arguments: [
            (UInt32(120), DisplayMode(size: PixelSize(width: 640, height: 480), millimetres: PixelSize(width: 64, height: 48))),
            (150, DisplayMode(size: PixelSize(width: 800, height: 600), millimetres: PixelSize(width: 80, height: 60))),
            (180, DisplayMode(size: PixelSize(width: 960, height: 720), millimetres: PixelSize(width: 96, height: 72))),
            (240, DisplayMode(size: PixelSize(width: 1280, height: 960), millimetres: PixelSize(width: 128, height: 96))),
        ] as [(UInt32, DisplayMode)])
    func modes(numerator: UInt32, mode: DisplayMode) throws {
        let world = try world { behaviour in
            behaviour.hasFractionalScale = true
            behaviour.screens = [.init(millimetres: (300, 200), mode: (3000, 2000, 60_000))]
        }
        world.server.preferScale(numerator)
        world.server.configure(width: 640, height: 480)
        try rest(world)
        #expect(world.guest.requested == [mode])
    }
}
