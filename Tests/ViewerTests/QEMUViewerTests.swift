// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import PlaneImage
import Planes
import TestSupport
import Testing

/// The whole of it: a real QEMU's screen, through the built program, on a real Weston.
@Suite("A real QEMU on a real Weston", .serialized)
struct QEMUViewerTests {
    /// VGA's text mode.
    private static let textMode = (width: 720, height: 400)

    @Test(
        "its text is on screen by way of its shared memory, nothing copied, and its end is one line and exit code 69",
        .timeLimit(.minutes(5)))
    func text() throws {
        let weston = try Weston(width: Self.textMode.width, height: Self.textMode.height)
        let bus = try DBusDaemon(in: weston.directory)
        // Without a kernel the firmware stops at «No bootable device», a still picture.
        let machine = try VirtualMachine(name: "still", display: .bus(address: bus.address), in: weston.directory)
        let file = weston.directory.file("stats.json")
        let viewer = try weston.oriel(["view", "qemu:unix:path=\(bus.path)", "--fullscreen", "--stats", file])

        var screen: RGBAImage?
        let isShown = waitUntil(every: 0.5) {
            guard let image = try? PNG.read(try weston.screenshot()) else { return false }
            screen = image
            return Self.lit(image) > 2000
        }
        #expect(isShown, "\(viewer.output)")
        // What the firmware still writes, and its blinking cursor, may come between the two pictures.
        let reference = weston.directory.file("reference.png")
        var picture: RGBAImage?
        let isAlike = try waitUntil(every: 0.5) {
            screen = try PNG.read(try weston.screenshot())
            let shooter = try weston.oriel(["screenshot", "qemu:unix:path=\(bus.path)", reference])
            #expect(shooter.waitForEnd() == 0, "\(shooter.output)")
            picture = try PNG.read(reference)
            return Self.differing(try #require(screen), try #require(picture)) < 400
        }
        #expect(isAlike)
        #expect(picture?.size == PixelSize(width: UInt32(Self.textMode.width), height: UInt32(Self.textMode.height)))

        machine.process.signal(SIGKILL)
        #expect(viewer.waitForEnd() == 69, "\(viewer.output)")
        let complaints = viewer.output.split(separator: "\n").filter { !$0.contains("path ") }
        #expect(complaints.count == 1, "\(viewer.output)")
        let statistics = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))) as? [String: Any])
        #expect(statistics["path"] as? String == "shared-memory")
        #expect(statistics["memory"] as? String == "memfd")
        #expect((statistics["pixels"] as? [String: Int])?["bytesCopied"] == 0)
    }

    private static func lit(_ image: RGBAImage) -> Int {
        stride(from: 0, to: image.bytes.count, by: 4).count { image.bytes[$0] > 100 }
    }

    /// Pixels that aren't alike.
    private static func differing(_ left: RGBAImage, _ right: RGBAImage) -> Int {
        guard left.size == right.size else { return .max }
        return stride(from: 0, to: left.bytes.count, by: 4).count { at in
            (0..<3).contains { abs(Int(left.bytes[at + $0]) - Int(right.bytes[at + $0])) > 4 }
        }
    }
}
