// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import PlaneImage
import Planes
import Testing

/// A Linux guest in a real QEMU without a GPU, whose own framebuffer QEMU gives on as a dma-buf (udmabuf).
extension MachineTests {
    @Test(
        "the display reads a Linux guest's own framebuffer: of a guest that shows buffers in turn, and of one that draws in place",
        .enabled(if: Results.has("75-blob")), arguments: [("flipped", 2), ("drawn", 3)])
    func ownFramebuffer(name: String, page: Int) throws {
        let shown = try #require(Results.lines("75-blob/\(name)-checksum").first)
        #expect(UInt32(shown.dropFirst(2), radix: 16) == RGBAImage.page(page, width: 1024, height: 768).vkmsChecksum)
    }

    @Test("nobody has copied a pixel of it, and every frame was scanned out", .enabled(if: Results.has("75-blob")))
    func nothingCopied() throws {
        let statistics = try Results.statistics("75-blob", "blob")
        #expect(statistics.path == "dmabuf" && statistics.memory == "dmabuf" && statistics.pixels.bytesCopied == 0)
        // The guest shows three buffers; QEMU loses flips, and whoever saw the wrong page was told so.
        let attempts = try #require(Results.lines("75-blob/facts").first?.split(separator: " ").first.flatMap { Int($0) })
        #expect(attempts == 1 || statistics.frames.lost > 0)
        #expect(statistics.buffers.imports <= 3 && statistics.buffers.importFailures == 0)
        let frames = statistics.frames
        // The last frames' reports may be on their way at the end.
        #expect(frames.presented > 20 && frames.zeroCopy == frames.presented && frames.committed - frames.presented <= 2)
    }
}
