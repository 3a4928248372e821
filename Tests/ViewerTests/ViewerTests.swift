// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Measurement
import PlaneImage
import Planes
import GuestView
import GuestWindow
import Surfaces
import SyntheticGuest
import TestSupport
import Testing

@Suite("The synthetic guest on a real Weston", .serialized)
struct ViewerTests {
    @Test(
        "the screen shows the guest's pixels with the cursor over them", .timeLimit(.minutes(5)),
        arguments: ["bars", "checker", "text"])
    func pixels(pattern: String) throws {
        let world = try ViewerWorld(
            "demo:?size=640x480&rate=0&cursor=still&memory=memfd&pattern=\(pattern)", width: 640, height: 480)
        try world.run(untilPresented: 1)
        #expect(try world.showsPicture())
        #expect(world.window.statistics.path == .dmabuf)
        world.window.close()
    }

    @Test("the generation on screen is the last commit's, frame by frame", .timeLimit(.minutes(5)))
    func generations() throws {
        let world = try ViewerWorld("demo:?size=640x480&rate=0&cursor=none&memory=memfd", width: 640, height: 480)
        for frame: UInt64 in 1...4 {
            if frame > 1 { try world.guest.step() }
            try world.run(untilPresented: frame)
            guard case .showing(let info) = try world.guest.query(.primary) else { return }
            let screen = try world.screen { generation(in: $0) == info.generation.rawValue }
            #expect(generation(in: screen) == info.generation.rawValue)
            #expect(world.window.statistics.frames.committed == frame)
        }
        world.window.close()
    }

    @Test("a mode switch puts the new mode's pixels on screen, scaled to the window", .timeLimit(.minutes(5)))
    func modeSwitch() throws {
        let world = try ViewerWorld(
            "demo:?size=640x480&rate=0&cursor=still&memory=memfd", width: 640, height: 480)
        try world.run(untilPresented: 1)
        try world.guest.switchMode()
        try world.run(untilPresented: 2)
        guard case .showing(let info) = try world.guest.query(.primary) else { return }
        let size = info.identity.layout.size
        #expect(size != PixelSize(width: 640, height: 480))
        let isShown = { generation(in: $0, scale: 640 / Double(size.width)) == info.generation.rawValue }
        #expect(isShown(try world.screen(when: isShown)))
        try world.guest.switchMode()
        try world.run(untilPresented: 3)
        #expect(try world.showsPicture())
        world.window.close()
    }

    @Test("a guest of another shape is letterboxed in its proportions", .timeLimit(.minutes(5)))
    func letterbox() throws {
        let world = try ViewerWorld("demo:?size=320x120&rate=0&cursor=none&memory=memfd", width: 640, height: 480)
        try world.run(untilPresented: 1)
        guard case .showing(let info) = try world.guest.query(.primary) else { return }
        let isShown = { generation(in: $0, scale: 2, origin: (0, 120)) == info.generation.rawValue }
        let screen = try world.screen(when: isShown)
        #expect(isShown(screen))
        #expect(screen.pixel(x: 320, y: 60).map { [$0.x, $0.y, $0.z] } == [0, 0, 0])
        #expect(screen.pixel(x: 320, y: 420).map { [$0.x, $0.y, $0.z] } == [0, 0, 0])
        world.window.close()
    }
}
