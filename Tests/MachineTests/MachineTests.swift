// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import PlaneImage
import Planes
import Testing

@Suite(
    "The viewer in a virtual machine, with real dma-bufs, VFIO devices and a display controller",
    .enabled(if: Results.folder != nil, "only 'make test-vm' boots the machine whose results are read here"))
struct MachineTests {
    @Test("every scenario came to its end")
    func verdicts() {
        let verdicts = Results.lines("verdicts")
        #expect(!verdicts.isEmpty)
        #expect(verdicts.filter { $0.hasPrefix("failed") } == [])
    }

    @Test("the machine's kernel found nothing wrong with its memory meanwhile")
    func kernel() {
        let scenarios = Results.lines("verdicts").compactMap { $0.split(separator: "|").dropFirst().first }
        let faults = scenarios.flatMap { Results.lines("\($0)/dmesg.txt") }
            .filter { $0.contains(#/BUG: Bad|Oops|general protection|refcount_t/#) }
        #expect(faults == [])
    }

    // Display hardware.

    @Test(
        "in full screen every frame is read by the display from the guest's own buffer",
        .enabled(if: Results.has("60-scanout")), arguments: ["udmabuf", "heap"])
    func scanout(memory: String) throws { try expectZeroCopy("60-scanout", memory, frames: 90, buffers: 5) }

    @Test(
        "what the display shows has the checksum of the guest's picture",
        .enabled(if: Results.has("60-scanout")), arguments: ["udmabuf", "heap"])
    func checksum(memory: String) throws {
        let shown = Results.lines("60-scanout/\(memory)-checksum").first
        let expected = try Results.picture("60-scanout", "\(memory)-guest").vkmsChecksum
        #expect(shown.flatMap { UInt32($0.dropFirst(2), radix: 16) } == expected)
        try expectZeroCopy("60-scanout", "\(memory)-still", frames: 1, buffers: 5)
    }

    @Test(
        "with overlay planes a cursor of its own costs no zero copy",
        .enabled(if: Results.has("61-scanout-cursor")), arguments: ["moving", "still"])
    func cursor(run: String) throws { try expectZeroCopy("61-scanout-cursor", run, frames: 90, buffers: 6) }

    @Test(
        "a cursor as the pointer's image costs no zero copy, with overlay planes and without",
        .enabled(if: Results.has("62-scanout-pointer")), arguments: ["pointer", "pointer-overlay"])
    func pointer(run: String) throws { try expectZeroCopy("62-scanout-pointer", run, frames: 90, buffers: 6) }

    @Test("a guest in another process is zero-copy all the same", .enabled(if: Results.has("63-scanout-planes")))
    func planes() throws { try expectZeroCopy("63-scanout-planes", "planes", frames: 90, buffers: 16) }

    @Test(
        "a foreign server's frames are all scanned out, with no cursor, and with one that has an overlay plane",
        .enabled(if: Results.has("64-scanout-dumb")), arguments: ["hidden", "overlay"])
    func foreignServer(run: String) throws { try expectZeroCopy("64-scanout-dumb", run, frames: 90, buffers: 4) }

    @Test(
        "a guest whose pictures are scanned out draws into released buffers only: none is overwritten while it is held",
        .enabled(if: Results.has("64-scanout-dumb")), arguments: ["hidden", "composed", "overlay"])
    func releasedBuffers(run: String) throws {
        let line = try #require(Results.lines("64-scanout-dumb/\(run)-server.log").last)
        let words = try #require(
            line.wholeMatch(of: /(\d+) pictures, (\d+) left out, (\d+) buffers released, none overwritten while held/), "\(line)")
        // All but the last three that were committed, which the viewer's end releases.
        let committed = try Results.statistics("64-scanout-dumb", run).frames.committed
        #expect(try #require(Int(words.3)) >= committed - 3)
    }

    @Test(
        "where the compositor must draw picture and cursor, every frame arrives all the same, and the viewer copies none",
        .enabled(if: Results.has("64-scanout-dumb")))
    func foreignServerComposed() throws {
        let statistics = try Results.statistics("64-scanout-dumb", "composed")
        #expect(statistics.path == "dmabuf")
        #expect(statistics.frames.committed == 8)
        // How many of these were scanned out the table tells. The last two commits may be on their way at the end.
        let underway = statistics.frames.committed - statistics.frames.presented - statistics.frames.discarded
        #expect((0...2).contains(underway))
        #expect(statistics.buffers.imports <= 4)
        #expect(statistics.buffers.importFailures == 0)
        #expect(statistics.pixels.bytesCopied == 0)
    }

    private func expectZeroCopy(_ scenario: String, _ run: String, frames: Int, buffers: Int) throws {
        let statistics = try Results.statistics(scenario, run)
        #expect(statistics.path == "dmabuf")
        #expect(statistics.memory == "dmabuf")
        #expect(statistics.frames.committed == frames)
        #expect(statistics.frames.presented == frames)
        #expect(statistics.frames.zeroCopy == frames)
        #expect(statistics.frames.discarded == 0)
        #expect(statistics.buffers.imports <= buffers)
        #expect(statistics.buffers.importFailures == 0)
        #expect(statistics.pixels.bytesCopied == 0)
    }

    // A compositor that draws.

    @Test(
        "a real dma-buf's pixels are on the screen, and the viewer copied none",
        .enabled(if: Results.has("20-composed")), arguments: ["udmabuf", "heap"])
    func composed(memory: String) throws {
        let screen = try Results.picture("20-composed", "\(memory)-screen")
        // Only the cursor's soft edges may be rounded differently.
        #expect(screen.pixelsDiffering(from: try Results.picture("20-composed", "\(memory)-guest"), by: 2) == 0)
        let statistics = try Results.statistics("20-composed", memory)
        #expect(statistics.path == "dmabuf")
        #expect(statistics.memory == "dmabuf")
        #expect(statistics.pixels.bytesCopied == 0)
    }

    // VFIO devices.

    @Test(
        "the devices give out what their owner painted, after the one refusal of each new mode",
        .enabled(if: Results.has("10-devices")))
    func devices() {
        let answers = (Results.lines("10-devices/mbochs.log") + Results.lines("10-devices/mdpy.log"))
            .filter { $0.contains(" query: ") && !$0.hasSuffix(": done") }
            .map { String($0.drop { $0 != " " }.dropFirst()) }
        #expect(
            answers == [
                "query: off",
                "query: XR24 640x480, stride 2560, size 1228800, dma-buf 1, ENOMEM 1 times, 0 wrong pixels",
                "query: XR24 640x480, stride 2560, size 1228800, dma-buf 2, ENOMEM 1 times, 0 wrong pixels",
                "query: XR24 640x480, stride 2560, size 1228800, dma-buf 3, ENOMEM 1 times, 0 wrong pixels",
                "query: off",
                "query: XR24 640x480, stride 2560, size 1228800, dma-buf 3, ENOMEM 0 times, 0 wrong pixels",
                "query: XR24 1024x768, stride 4096, size 3145728, dma-buf 4, ENOMEM 1 times, 0 wrong pixels",
                "query: XR24 640x480, stride 2560, size 2097152, region 16, ENOMEM 0 times, 0 wrong pixels",
            ])
    }

    @Test(
        "an inherited VFIO device's pages are on the screen, black with a notice where it is off, and none was copied",
        .enabled(if: Results.has("30-mbochs-inherited")))
    func inherited() throws {
        for (shot, page) in [("page0", 0), ("page2", 2), ("on", 2)] {
            let screen = try Results.picture("30-mbochs-inherited", shot)
            #expect(screen.pixelsDiffering(from: .page(page, width: 1024, height: 768)) == 0, "\(shot)")
        }
        let off = try Results.picture("30-mbochs-inherited", "off")
        // But for the notice in its middle.
        let black = RGBAImage.black(width: 1024, height: 768)
        #expect(off.pixelsDiffering(from: black) == 223 * 61)
        #expect(off.with(353..<414, of: black).pixelsDiffering(from: black) == 0)
        let statistics = try Results.statistics("30-mbochs-inherited", "inherited")
        #expect(statistics.path == "dmabuf")
        #expect(statistics.memory == "dmabuf")
        #expect(statistics.pixels.bytesCopied == 0)
        // 60 flips at 10 Hz, and what was shown before and after; a busy machine may miss a flip or two.
        #expect((50...70).contains(statistics.frames.changed))
        #expect(statistics.frames.committed + statistics.frames.superseded == statistics.frames.changed)
        #expect(statistics.buffers.imports <= 5)
    }

    @Test("a VFIO device handed over on a socket is on the screen", .enabled(if: Results.has("31-mbochs-socket")))
    func socket() throws {
        let screen = try Results.picture("31-mbochs-socket", "page1")
        #expect(screen.pixelsDiffering(from: .page(1, width: 640, height: 480)) == 0)
        #expect(try Results.statistics("31-mbochs-socket", "socket").pixels.bytesCopied == 0)
    }

    @Test(
        "a VFIO device that the viewer opens itself is on the screen, after a change of its mode too",
        .enabled(if: Results.has("32-mbochs-uuid")))
    func byUUID() throws {
        let screen = try Results.picture("32-mbochs-uuid", "page1")
        #expect(screen.pixelsDiffering(from: .page(1, width: 640, height: 480)) == 0)
        let statistics = try Results.statistics("32-mbochs-uuid", "uuid")
        #expect(statistics.path == "dmabuf")
        #expect(statistics.pixels.bytesCopied == 0)
    }

    @Test("when the device is removed the viewer says so in its last line", .enabled(if: Results.has("32-mbochs-uuid")))
    func removal() {
        let lines = Results.lines("32-mbochs-uuid/uuid.log")
        #expect(lines.last?.hasPrefix("oriel: vfio:") == true)
        #expect(lines.count { $0.contains("is being removed from this machine") } == 1)
        #expect(lines.last?.contains("is being removed from this machine") == true)
    }

    @Test("a VFIO device of the region type is on the screen, and its copies are counted", .enabled(if: Results.has("33-mdpy")))
    func region() throws {
        for (shot, page) in [("first", 0), ("second", 1)] {
            let screen = try Results.picture("33-mdpy", shot)
            #expect(screen.pixelsDiffering(from: .page(page, width: 640, height: 480)) == 0, "\(shot)")
        }
        let statistics = try Results.statistics("33-mdpy", "region")
        #expect(statistics.path == "copy")
        #expect(statistics.memory == "region")
        #expect(statistics.pixels.bytesCopied >= 2 * 640 * 480 * 4)
    }

    @Test("of a region only the rows are damaged that the guest drew", .enabled(if: Results.has("33-mdpy")))
    func rows() throws {
        func count(_ file: String) throws -> Int { try #require(Int(Results.lines("33-mdpy/\(file)").first ?? "")) }
        let log = Results.lines("33-mdpy/region.log")
        let first = try count("rows-from"), between = try count("rows-between")
        // A guest that is still drawing may be seen in the middle of it.
        #expect(damage(in: log[first..<between]) == .init(x: 0, y: 100, width: 640, height: 40))
        #expect(damage(in: log[between...]) == .init(x: 0, y: 479, width: 640, height: 1))
        let screen = try Results.picture("33-mdpy", "rows")
        let old = RGBAImage.page(0, width: 640, height: 480)
        let expected = RGBAImage.page(1, width: 640, height: 480).with(100..<140, of: old).with(479..<480, of: old)
        #expect(screen.pixelsDiffering(from: expected) == 0)
    }

    /// What all requests together damage.
    private func damage(in log: ArraySlice<String>) -> PixelRectangle {
        log.reduce(into: PixelRectangle(x: 0, y: 0, width: 0, height: 0)) { area, line in
            guard let match = line.firstMatch(of: #/wl_surface#\d+\.damage_buffer\((\d+), (\d+), (\d+), (\d+)\)/#),
                let x = Int32(match.1), let y = Int32(match.2), let width = Int32(match.3), let height = Int32(match.4)
            else { return }
            area = area.union(PixelRectangle(x: x, y: y, width: width, height: height))
        }
    }

    @Test("the EDID that the guest reads asks for the window's size", .enabled(if: Results.has("40-edid")))
    func edid() {
        let decoded = Results.lines("40-edid/edid.txt")
        #expect(decoded.contains { $0.contains("DTD 1:") && $0.contains("1280x720") })
        #expect(decoded.contains { $0.contains("EDID conformity: PASS") })
    }
}
