// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import PlaneImage
import Planes
import TestSupport
import Testing

/// From the size of a window through the built program and a real QEMU to the guest's screen.
@Suite("A real guest that follows its window's size")
struct SizeDeskTests {
    @Test(
        "at each scale a virtio-gpu guest takes the window's size in device pixels, and sway's screen has its picture pixel for pixel",
        .timeLimit(.minutes(8)))
    func following() throws {
        // A pointer at rest would be on the picture: sway draws it itself where it has no hardware.
        let world = try DeskWorld(.mouse, with: .follow, configuration: ["seat * hide_cursor 100"])
        for (scale, width, height) in [("1", 1024, 640), ("1.25", 1000, 750), ("1.5", 1200, 780), ("2", 1280, 720)] {
            try world.sway.command("output HEADLESS-1 mode --custom \(width)x\(height)@60Hz scale \(scale)")
            let size = "\(width)x\(height)"
            #expect(waitUntil { world.guest.screens.last == size }, "\(scale): \(world.guest.screens)")
            let whole = PixelRectangle(x: 0, y: 0, width: Int32(width), height: Int32(height))
            var wrong = -1
            _ = waitUntil {
                wrong = (try? PNG.read(world.sway.screenshot()).wrongPixels(in: whole, InputGuest.picture)) ?? -1
                return wrong == 0
            }
            #expect(wrong == 0, "\(size) at \(scale)")
        }
    }
}
