// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import PlaneImage
import Planes
import Testing

/// A real QEMU with `gl=on`, its firmware as the guest.
extension MachineTests {
    @Test(
        "QEMU's own dma-bufs are on the screen pixel for pixel, before and after the guest's change of mode, and none was copied",
        .enabled(if: Results.has("70-qemu-gl")))
    func drawnByQEMU() throws {
        for (shot, size) in [
            ("placeholder", PixelSize(width: 640, height: 480)), ("text", PixelSize(width: 720, height: 400)),
        ] {
            let guest = try Results.picture("70-qemu-gl", "\(shot)-guest")
            #expect(guest.size == size)
            #expect(guest.pixelsDiffering(from: .black(width: Int(size.width), height: Int(size.height))) > 0)
            let screen = try Results.picture("70-qemu-gl", "\(shot)-screen")
            #expect(screen.pixelsDiffering(from: guest.centred(onWidth: 1024, height: 768)) == 0, "\(shot)")
        }
        let statistics = try Results.statistics("70-qemu-gl", "gl")
        #expect(statistics.path == "dmabuf")
        #expect(statistics.memory == "dmabuf")
        #expect(statistics.pixels.bytesCopied == 0)
        #expect(statistics.buffers.importFailures == 0)
        // QEMU draws into one buffer a mode.
        #expect(statistics.buffers.imports == 2)
    }

    @Test(
        "UpdateDMABUF is answered when its frame is taken: the guest waits for a compositor that takes none, and never a whole second",
        .enabled(if: Results.has("70-qemu-gl")))
    func heldBack() throws {
        let flowing = try pauses("flowing"), held = try pauses("held"), resumed = try pauses("resumed")
        // The viewer answers after 0.9 s at the latest; then QEMU looks again within 30 ms. A busy machine adds to that.
        #expect(held.count >= 3)
        #expect(held.allSatisfy { (0.88...1.5).contains($0) }, "\(held)")
        for pauses in [flowing, resumed] {
            #expect(pauses.sorted()[pauses.count / 2] < 0.45, "\(pauses)")
        }
        // QEMU tells of each reply that didn't come within a second, and of those that the viewer's end left without one.
        let failures = Results.lines("70-qemu-gl/qemu.log").filter { $0.contains("Failed to call update") }
        #expect(failures.filter { !$0.hasSuffix("The connection is closed") } == [])
    }

    /// The seconds between QEMU's updates by its trace, whose lines begin with PID@SECONDS. The first of them still answers to what
    /// was before.
    private func pauses(_ file: String) throws -> [Double] {
        let times = try Results.lines("70-qemu-gl/\(file)").dropFirst().map {
            try #require(Double($0.drop { $0 != "@" }.dropFirst().prefix { $0 != ":" }))
        }
        try #require(times.count > 1)
        return zip(times.dropFirst(), times).map { $0 - $1 }
    }
}
