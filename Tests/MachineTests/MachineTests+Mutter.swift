// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import PlaneImage
import Planes
import Testing

/// GNOME's compositor, at scale 1.5: its screen of 1200x720 pixels is 800x480 in logical units, and a guest of 480x360 is 320x240.
extension MachineTests {
    @Test(
        "mutter takes each frame's dma-buf, and says what became of it; none was copied",
        .enabled(if: Results.has("80-mutter")), arguments: [("rescaled", 1), ("window", 10), ("planes", 10)])
    func taken(run: String, frames: Int) throws {
        let statistics = try Results.statistics("80-mutter", run)
        #expect(statistics.path == "dmabuf")
        #expect(statistics.memory == "dmabuf")
        #expect(statistics.frames.committed == frames)
        // After a configure the viewer waits three seconds for a frame callback, and mutter's software renderer may take longer: the
        // next frame then replaces one that wasn't drawn yet.
        #expect(statistics.frames.presented + statistics.frames.discarded == frames)
        #expect(statistics.frames.discarded <= 1)
        #expect(statistics.buffers.importFailures == 0)
        #expect(statistics.pixels.bytesCopied == 0)
    }

    @Test(
        "when mutter's scale changes under a full screen, the screen's new logical size is taken, and the picture keeps its device pixels",
        .enabled(if: Results.has("80-mutter")))
    func rescaled() {
        #expect(said("rescaled", #/wp_fractional_scale_v1#\d+\.preferred_scale\((.*)\)/#) == ["120", "180"])
        // The black behind the picture and the picture, before the change and after it.
        #expect(
            said("rescaled", #/-> wp_viewport#\d+\.set_destination\((.*)\)/#) == [
                "1200, 720", "480, 360", "800, 480", "320, 240",
            ])
        #expect(said("rescaled", #/-> xdg_surface#\d+\.set_window_geometry\((.*)\)/#) == ["0, 0, 1200, 720", "0, 0, 800, 480"])
    }

    @Test(
        "a fractional scale blurs nothing: mutter's screen has each of the guest's pixels as it is",
        .enabled(if: Results.has("80-mutter")))
    func sharp() throws {
        let guest = try Results.picture("80-mutter", "guest")
        #expect(guest.size == PixelSize(width: 480, height: 360))
        #expect(guest.pixelsDiffering(from: .black(width: 480, height: 360)) > 0)
        let screen = try Results.picture("80-mutter", "screen")
        #expect(screen.pixelsDiffering(from: guest.centred(onWidth: 1200, height: 720)) == 0)
    }

    @Test("in a window at a fractional scale a guest's pixel is one of the screen", .enabled(if: Results.has("80-mutter")))
    func exact() {
        #expect(said("window", #/wp_fractional_scale_v1#\d+\.preferred_scale\((.*)\)/#) == ["180"])
        #expect(said("window", #/-> wp_viewport#\d+\.set_destination\((.*)\)/#).contains("320, 240"))
        // The title bar and the borders are around it, on surfaces of their own.
        #expect(said("window", #/-> xdg_surface#\d+\.set_window_geometry\((.*)\)/#) == ["-4, -28, 328, 272"])
    }

    @Test(
        "a full screen at a fractional scale has the guest's picture as large as fits, in its proportions",
        .enabled(if: Results.has("80-mutter")))
    func enlarged() {
        #expect(said("planes", #/wp_fractional_scale_v1#\d+\.preferred_scale\((.*)\)/#) == ["180"])
        #expect(said("planes", #/-> wp_viewport#\d+\.set_destination\((.*)\)/#) == ["800, 480", "640, 480"])
    }

    @Test("the doctor says what mutter has and lacks", .enabled(if: Results.has("80-mutter")))
    func examinedMutter() {
        let doctor = Results.lines("80-mutter/doctor.txt")
        #expect(doctor.contains { $0.hasPrefix("ok         zwp_linux_dmabuf_v1: version ") })
        #expect(doctor.contains("ok         wp_fractional_scale_manager_v1: version 1"))
        #expect(doctor.contains("missing    zxdg_decoration_manager_v1: not offered"))
        #expect(doctor.contains("ok         zwp_keyboard_shortcuts_inhibit_manager_v1: version 1"))
        #expect(doctor.contains("missing    wp_tearing_control_manager_v1: not offered"))
        #expect(
            doctor.contains {
                $0.hasPrefix("output Meta-0: 1200x720 at 60.0 Hz, scale 1.5, make \"MetaVendor\", model \"MetaVirtualMonitor\"")
            })
    }

    /// What was said in all messages of a kind, in their order, by the run's protocol log.
    private func said(_ run: String, _ message: Regex<(Substring, Substring)>) -> [String] {
        Results.lines("80-mutter/\(run).log").compactMap { $0.firstMatch(of: message).map { String($0.output.1) } }
    }
}
