// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import PlaneImage
import Planes
import SyntheticGuest
import TestSupport
import Testing

@Suite("On a real cage", .serialized, .timeLimit(.minutes(5)))
struct CageTests {
    @Test(
        "a guest smaller than the output is in its middle, and moves: one to one where the compositor can't scale, or else as large as fits",
        arguments: [["view", "--fullscreen"], ["kiosk"]])
    func middle(command: [String]) throws {
        let cage = try Cage()
        let viewer = try cage.oriel(command + ["demo:?size=640x480&rate=10&cursor=none&memory=memfd"])
        var image: RGBAImage?
        func brightness(_ x: Int, _ y: Int) -> UInt8? {
            guard let image, x < image.size.width, y < image.size.height else { return nil }
            return image.bytes[(y * Int(image.size.width) + x) * 4 + 1]
        }
        var first: UInt32?
        let moves = try waitUntil(every: 0.1) {
            image = try PNG.read(try cage.screenshot())
            let canScale = !viewer.output.contains("no wp_viewporter")
            let shown =
                canScale
                ? FrameCounter.read(scale: 1.5, origin: (160, 0), brightness: brightness)
                : FrameCounter.read(origin: (320, 120), brightness: brightness)
            defer { first = first ?? shown }
            return shown.map { shown in first.map { shown > $0 } ?? false } ?? false
        }
        #expect(moves, "\(viewer.output)")
        // Nothing of an earlier place is left.
        #expect([(5, 5), (1275, 715), (80, 360), (1200, 360)].allSatisfy { brightness($0.0, $0.1) == 0 })
    }
}
