// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

/// GNOME's compositor.
extension MachineTests {
    @Test(
        "mutter takes each frame's dma-buf, and says that it was presented; none was copied",
        .enabled(if: Results.has("80-mutter")), arguments: ["window", "fullscreen", "planes"])
    func taken(run: String) throws {
        let statistics = try Results.statistics("80-mutter", run)
        #expect(statistics.path == "dmabuf")
        #expect(statistics.memory == "dmabuf")
        #expect(statistics.frames.committed == 10)
        #expect(statistics.frames.presented == 10)
        #expect(statistics.frames.discarded == 0)
        #expect(statistics.buffers.importFailures == 0)
        #expect(statistics.pixels.bytesCopied == 0)
    }

    @Test(
        "a window to which mutter gives its whole screen has the guest's picture as large as fits, in its proportions",
        .enabled(if: Results.has("80-mutter")))
    func enlarged() {
        let log = Results.lines("80-mutter/fullscreen.log")
        #expect(log.contains { $0.contains(#/xdg_toplevel#\d+\.configure\(1280, 720, /#) })
        // Of 320x240.
        #expect(log.contains { $0.contains(#/-> wp_viewport#\d+\.set_destination\(960, 720\)/#) })
    }

    @Test("the doctor says what mutter has and lacks", .enabled(if: Results.has("80-mutter")))
    func examinedMutter() {
        let doctor = Results.lines("80-mutter/doctor.txt")
        #expect(doctor.contains { $0.hasPrefix("ok         zwp_linux_dmabuf_v1: version ") })
        #expect(doctor.contains("ok         wp_fractional_scale_manager_v1: version 1"))
        #expect(doctor.contains("missing    zxdg_decoration_manager_v1: not offered"))
        #expect(doctor.contains("ok         zwp_keyboard_shortcuts_inhibit_manager_v1: version 1"))
        #expect(doctor.contains("missing    wp_tearing_control_manager_v1: not offered"))
        #expect(doctor.contains("output Meta-0: 1280x720 at 60.0 Hz, scale 1.0"))
    }
}
