// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CVFIO
import Testing

@Suite("The kernel's structs")
struct LayoutTests {
    typealias Plane = vfio_device_gfx_plane_info

    @Test("are laid out as the reader believes")
    func planeInfo() {
        #expect(MemoryLayout<Plane>.size == 64)
        #expect(MemoryLayout<Plane>.offset(of: \.argsz) == 0)
        #expect(MemoryLayout<Plane>.offset(of: \.flags) == 4)
        #expect(MemoryLayout<Plane>.offset(of: \.drm_plane_type) == 8)
        #expect(MemoryLayout<Plane>.offset(of: \.drm_format) == 12)
        #expect(MemoryLayout<Plane>.offset(of: \.drm_format_mod) == 16)
        #expect(MemoryLayout<Plane>.offset(of: \.width) == 24)
        #expect(MemoryLayout<Plane>.offset(of: \.height) == 28)
        #expect(MemoryLayout<Plane>.offset(of: \.stride) == 32)
        #expect(MemoryLayout<Plane>.offset(of: \.size) == 36)
        #expect(MemoryLayout<Plane>.offset(of: \.x_pos) == 40)
        #expect(MemoryLayout<Plane>.offset(of: \.y_pos) == 44)
        #expect(MemoryLayout<Plane>.offset(of: \.x_hot) == 48)
        #expect(MemoryLayout<Plane>.offset(of: \.y_hot) == 52)
    }

    @Test("have the union at 56: one word that is a region's index or a buffer's id")
    func union() {
        var plane = Plane()
        plane.dmabuf_id = 0x0102_0304
        #expect(plane.region_index == 0x0102_0304)
        let word = withUnsafeBytes(of: plane) { $0.loadUnaligned(fromByteOffset: 56, as: UInt32.self) }
        #expect(word == 0x0102_0304)
    }

    @Test("are asked for by the numbers of the facts")
    func numbers() {
        #expect(ORIEL_VFIO_DEVICE_QUERY_GFX_PLANE == 0x3B72)
        #expect(ORIEL_VFIO_DEVICE_GET_GFX_DMABUF == 0x3B73)
        // Linux 6.6's, which older headers lack.
        #expect(ORIEL_VFIO_DEVICE_BIND_IOMMUFD == 0x3B76)
        #expect(MemoryLayout<vfio_device_bind_iommufd>.size == 16)
        #expect(MemoryLayout<vfio_device_bind_iommufd>.offset(of: \.iommufd) == 8)
    }
}
