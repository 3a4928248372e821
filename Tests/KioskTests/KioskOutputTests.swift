// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
@testable import Kiosk
import Measurement
import TestCompositor
import TestSupport
import Testing
import Wayland
import WaylandServer

@Suite("A kiosk's outputs as they come and go", .timeLimit(.minutes(2)))
struct KioskOutputTests {
    private let left = Behaviour.Screen(mode: (1920, 1080, 60_000), name: "DP-1")
    private let right = Behaviour.Screen(mode: (1280, 1024, 60_000), name: "DP-2")

    /// A kiosk and its compositor on one thread, turned by the test.
    private final class World {
        let server: TestCompositor
        let loop = try! EventLoop()
        let folder = try! TemporaryDirectory()
        private(set) var kiosk: KioskRun!
        var configuration: String

        init(
            _ outputs: [Behaviour.Screen], _ screens: [String], demo: String = "rate=0",
            behave: (inout Behaviour) -> Void = { _ in }
        ) throws {
            var behaviour = Behaviour()
            behave(&behaviour)
            behaviour.screens = outputs
            behaviour.states = [.fullscreen]
            (behaviour.width, behaviour.height) = (640, 480)
            server = TestCompositor(behaviour)
            configuration = Self.text(screens, demo, folder)
            var settings = KioskRun.Settings(version: "test") { [unowned self] () throws(KioskConfiguration.Faults) in
                try KioskConfiguration(Array(configuration.utf8), file: "k.toml")
            }
            settings.connect = { [server] () throws(WaylandError) in try Connection(adopting: server.connect()) }
            kiosk = try KioskRun(settings.read(), settings, loop: loop, log: CountingLog().logger)
            try settle()
        }

        private static func text(_ screens: [String], _ demo: String, _ folder: TemporaryDirectory) -> String {
            "control = \"\(folder.file("control"))\"\n"
                + screens.map { "[[screen]]\n\($0)\nsources = [\"demo:?size=160x64&\(demo)&memory=memfd\"]\n" }.joined()
        }

        /// The outputs of the screens, in their order.
        var outputs: [String?] { kiosk.status.screens.map(\.output) }
        var committed: [UInt64] { kiosk.status.screens.map(\.statistics.frames.committed) }

        /// Lets both sides act until the condition holds. The guests draw in threads of their own.
        func run(until condition: () -> Bool) throws -> Bool {
            try loop.runUntil {
                try settle()
                return condition()
            }
        }

        func settle() throws {
            var quiet = 0
            while quiet < 3 {
                let acted = try loop.turn(waitingAtMost: 0)
                quiet = server.turn() || acted ? 0 : quiet + 1
            }
        }
    }

    @Test("each screen is full screen on its output, and only there")
    func places() throws {
        let world = try World([left, right], ["output = \"DP-2\"", "output = \"*\""])
        try #require(try world.run { world.committed == [1, 1] })
        #expect(world.outputs == ["DP-2", "DP-1"])
        let requests = world.server.takeRequests().filter { $0.contains("set_fullscreen") }
        #expect(requests.map { String($0.suffix(9)) } == ["(output2)", "(output1)"])
    }

    @Test("an output that goes takes its screen's window, and nothing of the other's; back again, it is shown again")
    func unplugged() throws {
        let world = try World([left, right], ["output = \"DP-1\"", "output = \"DP-2\""])
        try #require(try world.run { world.committed == [1, 1] })
        world.server.unplug(1)
        try world.settle()
        #expect(world.outputs == ["DP-1", nil])
        _ = world.server.takeRequests()
        world.server.plug(right)
        try #require(try world.run { world.committed == [1, 2] })
        #expect(world.outputs == ["DP-1", "DP-2"])
        #expect(world.server.takeRequests().filter { $0.hasPrefix("toplevel.destroy") } == [])
        #expect(world.kiosk.status.screens.map(\.losses) == [0, 0])
    }

    @Test("all outputs go, and come back in another order")
    func allGone() throws {
        let world = try World([left, right], ["output = \"DP-1\"", "output = \"*\""])
        try #require(try world.run { world.committed == [1, 1] })
        world.server.unplug(0)
        world.server.unplug(1)
        try world.settle()
        #expect(world.outputs == [nil, nil] && world.kiosk.status.hasCompositor)
        world.server.plug(right)
        try #require(try world.run { world.committed == [1, 2] })
        #expect(world.outputs == [nil, "DP-2"])
        world.server.plug(left)
        try #require(try world.run { world.committed == [2, 2] })
        #expect(world.outputs == ["DP-1", "DP-2"])
    }

    @Test("a window that the compositor closes is opened again, and the other one isn't touched")
    func closed() throws {
        let world = try World([left, right], ["output = \"DP-1\"", "output = \"DP-2\""])
        try #require(try world.run { world.committed == [1, 1] })
        // The newest.
        world.server.closeWindow()
        try #require(try world.run { world.committed == [1, 2] })
        #expect(world.outputs == ["DP-1", "DP-2"])
    }

    @Test("however often the output goes, the guest has its memory back and goes on")
    func oftenGone() throws {
        let world = try World([left], ["output = \"*\"\nname = \"a\""], demo: "rate=200") { $0.releases = .whenReplaced }
        try #require(try world.run { world.committed[0] > 3 })
        for round in 0..<15 {
            world.server.unplug(round)
            try world.settle()
            let before = world.committed[0]
            world.server.plug(left)
            try #require(try world.run { world.committed[0] > before + 3 }, "round \(round)")
        }
        #expect(world.kiosk.status.screens[0].losses == 0)
    }

    @Test("a screen whose table changes is made anew, and the others keep their windows and their guests")
    func reload() throws {
        let world = try World([left, right], ["output = \"DP-1\"", "output = \"DP-2\""])
        try #require(try world.run { world.committed == [1, 1] })
        _ = world.server.takeRequests()
        world.configuration = world.configuration.replacing("output = \"DP-2\"", with: "output = \"DP-2\"\nscale = \"native\"")
        world.kiosk.reload()
        try #require(try world.run { world.committed == [1, 1] && world.kiosk.status.reloads == 1 })
        #expect(world.server.takeRequests().filter { $0.contains("set_fullscreen") }.count == 1)
        // A mistake changes nothing.
        world.configuration = "[[screen]]\nsources = 1"
        world.kiosk.reload()
        try world.settle()
        #expect(world.server.takeRequests().filter { $0.contains("fullscreen") || $0.contains("destroy") } == [])
        #expect(world.outputs == ["DP-1", "DP-2"] && world.kiosk.status.reloads == 1)
    }
}
