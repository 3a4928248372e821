// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

/// What `oriel list` and `oriel doctor` tell of real devices.
extension MachineTests {
    @Test(
        "the list has free devices with what they show, and says of one that is open elsewhere who has it",
        .enabled(if: Results.has("34-told")))
    func listed() throws {
        let (mbochs, mdpy) = try toldDevices()
        func rows(_ file: String) -> [[Substring]] { Results.lines("34-told/\(file)").map { $0.split(separator: " ") } }
        #expect(rows("free-list.txt").contains(["vfio:\(mbochs)", "mbochs-medium", "-", "off", "-"]))
        #expect(rows("free-list.txt").contains(["vfio:\(mdpy)", "mdpy-vga", "-", "640x480", "XR24"]))
        #expect(!rows("owned-list.txt").contains { $0[0] == "vfio:\(mbochs)" })
        let problem = Results.lines("34-told/owned-list-problems.txt").first { $0.hasPrefix("oriel: vfio:\(mbochs): ") }
        #expect(problem?.contains("is open in device-owner (process ") == true)
    }

    @Test(
        "the doctor finds a free device good, and says how to be handed one that is open elsewhere",
        .enabled(if: Results.has("34-told")))
    func examined() throws {
        let (mbochs, mdpy) = try toldDevices()
        let free = Results.lines("34-told/free-doctor.txt")
        #expect(free.contains("ok         opening: vfio:\(mbochs) is open"))
        #expect(free.contains("ok         display: its planes are dma-bufs"))
        let region = Results.lines("34-told/region-doctor.txt")
        #expect(region.contains("ok         opening: vfio:\(mdpy) is open"))
        #expect(region.contains("missing    display: its planes are in a region"))
        #expect(region.contains("ok         picture: 640x480 XR24 LINEAR, 2560 bytes a row"))
        let owned = Results.lines("34-told/owned-doctor.txt")
        let opening = try #require(owned.firstIndex { $0.hasPrefix("missing    opening: /dev/vfio/") })
        #expect(owned[opening].contains(" is open in device-owner (process "))
        #expect(
            owned[opening...].prefix(3).last
                == "             remedy: have that VMM hand its descriptor over: vfio:fd=N or vfio:unix=/SOCKET")
    }

    private func toldDevices() throws -> (mbochs: String, mdpy: String) {
        let names = Results.lines("34-told/uuids")
        try #require(names.count == 2)
        return (names[0], names[1])
    }
}
