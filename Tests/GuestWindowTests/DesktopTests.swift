// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("Idle screens, hints and activation")
struct DesktopTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    private func inhibiting(_ requests: [String]) -> [String] { requests.filter { $0.contains("inhibit") } }
    private let inhibited = "idle_inhibit_manager.create_inhibitor(new idle_inhibitor, picture)"
    private let over = "idle_inhibitor.destroy()"

    @Test("the screen is kept lit exactly while the window is full screen and shows a picture")
    func fullscreen() throws {
        let world = try World.showing(picture)
        world.server.configure(width: 320, height: 240, states: [.fullscreen])
        #expect(
            try world.requests() == [
                inhibited, "xdg_surface.ack_configure(2)", "picture.frame(new callback)", "picture.commit()",
            ])
        #expect(try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1"))
        // Off for a while, and on again.
        world.guest.turnOff(.primary)
        world.guest.announce()
        try world.wait(nanoseconds: 600_000_000)
        #expect(inhibiting(try world.requests()) == [over])
        #expect(inhibiting(try world.after { world.guest.show(.primary, picture) }) == [inhibited])
        world.server.configure(width: 320, height: 240)
        #expect(inhibiting(try world.requests()) == [over])
        world.server.configure(width: 320, height: 240, states: [.fullscreen])
        #expect(inhibiting(try world.requests()) == [inhibited])
    }

    @Test("a window may do so always, from its first picture on, or never")
    func choices() throws {
        for (choice, isInhibited) in [(IdleInhibition.always, true), (.fullscreen, false), (.never, false)] {
            let world = try World { _ in
            } choose: {
                $0.idleInhibition = choice
            }
            try world.open()
            #expect(inhibiting(try world.requests()) == [])
            #expect(inhibiting(try world.after { world.guest.show(.primary, picture) }) == (isInhibited ? [inhibited] : []))
            world.server.configure(width: 320, height: 240, states: [.fullscreen])
            #expect(inhibiting(try world.requests()) == (choice == .fullscreen ? [inhibited] : []))
        }
    }

    @Test("what the guest shows and that it may tear is part of the first commit, on the picture's surface beside bars too")
    func hints() throws {
        let world = try World {
            $0.width = 640
            $0.height = 240
        } choose: {
            $0.view.hints.content = .video
            $0.view.hints.mayTear = true
        }
        world.guest.show(.primary, picture)
        try world.open()
        let requests = try world.requests()
        func said(_ surface: String) -> [String] {
            [
                "content_type_manager.get_surface_content_type(new content_type, \(surface))", "content_type.set_content_type(2)",
                "tearing_control_manager.get_tearing_control(new tearing_control, \(surface))",
                "tearing_control.set_presentation_hint(1)",
            ]
        }
        #expect(requests.filter { $0.contains("content_type") || $0.contains("tearing") } == said("picture") + said("inset"))
        #expect(requests.prefix(6).suffix(4) == said("picture")[...])
    }

    @Test("a compositor that knows none of it is told of once each, and only of what was asked for")
    func missing() throws {
        func warnings(_ choose: (inout WindowOptions) -> Void) throws -> [String] {
            let world = try World.showing(picture) {
                $0.missing = [
                    "zwp_idle_inhibit_manager_v1", "wp_content_type_manager_v1", "wp_tearing_control_manager_v1",
                    "xdg_activation_v1",
                ]
            } choose: {
                choose(&$0)
            }
            world.server.configure(width: 320, height: 240, states: [.fullscreen])
            try world.settle()
            #expect(world.endings.isEmpty)
            return world.log.warnings
        }
        #expect(try warnings { $0.activationToken = "token" } == [])
        let all = try warnings {
            $0.view.hints.content = .game
            $0.view.hints.mayTear = true
            $0.idleInhibition = .always
        }
        #expect(
            all == [
                "the compositor has no wp_content_type_manager_v1: it isn't told that this is a game",
                "the compositor has no wp_tearing_control_manager_v1: pictures wait for the screen's refresh",
                "the compositor has no zwp_idle_inhibit_manager_v1: the screen may go dark",
            ])
    }

    @Test("whoever started it for the user is named once, and nobody otherwise")
    func activation() throws {
        for token in ["token-1", nil] {
            let world = try World { _ in
            } choose: {
                $0.activationToken = token
            }
            world.guest.show(.primary, picture)
            try world.open()
            let requests = try world.requests().filter { $0.hasPrefix("activation.") }
            #expect(requests == (token == nil ? [] : ["activation.activate(\"token-1\", picture)"]))
        }
    }
}
