// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import CVFIO
import Glibc
import Planes
import System
import TestSupport
import Testing
import VFIOPlanes

/// A VFIO driver that says what a test wants, mistakes included.
final class ScriptedDevice: DeviceCalls {
    enum Answer {
        case plane(Plane)
        /// 0, with nothing written: i915's plane that is off.
        case untouched
        case refused(CInt)
    }

    struct Plane {
        /// Or the region's index.
        var id: UInt32 = 1
        var width: UInt32 = 64
        var height: UInt32 = 32
        var stride: UInt32?
        var fourcc = PixelFormat.xrgb8888.fourcc
        var modifier: UInt64 = 0
        var size: UInt32?
        var x: UInt32 = 0
        var y: UInt32 = 0
        var hotX: UInt32 = .max
        var hotY: UInt32 = .max
    }

    struct Region {
        let memory: Memory
        var flags = UInt32(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_MMAP)
        var size: UInt64?
        var mapError: CInt?
        var readError: CInt?
    }

    var types: Set<UInt32> = [UInt32(VFIO_GFX_PLANE_TYPE_DMABUF)]
    var hasCursor = true
    var probeError = EINVAL
    /// What `buffer(id:)` gives out.
    var buffers: [UInt32: Memory] = [:]
    /// Each is the answer to one `buffer(id:)`, before any buffer.
    var bufferErrors: [CInt] = []
    var regions: [UInt32: Region] = [:]
    /// Makes what `buffer(id:)` gives out, in place of `buffers`.
    var makeBuffer: (() -> CInt)?
    /// Runs at each `buffer(id:)`: what happens between query and get.
    var onGet: (() -> Void)?

    private var scripts: [PlaneKind: [Answer]] = [:]
    private(set) var queries: [PlaneKind: Int] = [.primary: 0, .cursor: 0]
    private(set) var gets: [UInt32] = []
    private(set) var regionLooks: [UInt32] = []
    private(set) var maps = 0
    private(set) var reads = 0

    /// What queries of the plane answer, one after another; the last one again and again.
    func script(_ kind: PlaneKind = .primary, _ answers: Answer...) { scripts[kind] = answers }

    func show(_ plane: Plane, as kind: PlaneKind = .primary) { scripts[kind] = [.plane(plane)] }

    func queryPlane(_ plane: inout vfio_device_gfx_plane_info) throws(Errno) {
        guard let kind = PlaneKind(rawValue: plane.drm_plane_type) else { throw Errno(code: EINVAL) }
        expectZeroed(plane)
        let probe = UInt32(VFIO_GFX_PLANE_TYPE_PROBE)
        if plane.flags & probe != 0 {
            guard types.contains(plane.flags & ~probe), kind == .primary || hasCursor else {
                throw Errno(code: probeError)
            }
            return
        }
        // Exactly one type bit, and the device's.
        guard types.contains(plane.flags) else { throw Errno(code: EINVAL) }
        queries[kind]! += 1
        guard let answer = scripts[kind]?.first else { return }
        if scripts[kind]!.count > 1 { scripts[kind]!.removeFirst() }
        switch answer {
        case .untouched: return
        case .refused(let code): throw Errno(code: code)
        case .plane(let said): said.write(to: &plane)
        }
    }

    private func expectZeroed(_ plane: vfio_device_gfx_plane_info) {
        withUnsafeBytes(of: plane) { bytes in
            #expect(bytes[12...].allSatisfy { $0 == 0 }, "a query starts with zeros behind the plane's type")
        }
        #expect(plane.argsz == 64)
    }

    func buffer(id: UInt32) throws(Errno) -> OwnedDescriptor {
        gets.append(id)
        onGet?()
        if !bufferErrors.isEmpty { throw Errno(code: bufferErrors.removeFirst()) }
        if let makeBuffer { return OwnedDescriptor(adopting: makeBuffer()) }
        guard let memory = buffers[id] else { throw Errno(code: ENOENT) }
        return OwnedDescriptor(adopting: fcntl(memory.descriptor, F_DUPFD_CLOEXEC, 3))
    }

    func regionCount() throws(Errno) -> UInt32 { UInt32(regions.count) }

    func region(_ index: UInt32) throws(Errno) -> DeviceRegion {
        regionLooks.append(index)
        guard let region = regions[index] else { throw Errno(code: EINVAL) }
        return DeviceRegion(
            flags: region.flags, offset: UInt64(index) << 40, size: region.size ?? UInt64(region.memory.length))
    }

    func map(offset: UInt64, length: Int) throws(Errno) -> Mapping {
        maps += 1
        let region = regions[UInt32(offset >> 40)]!
        if let code = region.mapError { throw Errno(code: code) }
        do throws(Errno) {
            return try Mapping(region.memory.descriptor, length: length, for: .reading)
        } catch {
            throw Errno(code: error.code)
        }
    }

    func read(_ length: Int, at offset: UInt64) throws(Errno) -> [UInt8] {
        reads += 1
        let region = regions[UInt32(offset >> 40)]!
        if let code = region.readError { throw Errno(code: code) }
        var bytes = [UInt8](repeating: 0, count: length)
        guard pread(region.memory.descriptor, &bytes, length, 0) == length else { throw Errno(code: EIO) }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(Errno) { throw Errno(code: EINVAL) }
}

extension ScriptedDevice.Plane {
    fileprivate func write(to plane: inout vfio_device_gfx_plane_info) {
        let stride = stride ?? width &* 4
        plane.drm_format = fourcc
        plane.drm_format_mod = modifier
        plane.width = width
        plane.height = height
        plane.stride = stride
        plane.size = size ?? stride &* height
        plane.x_pos = x
        plane.y_pos = y
        plane.x_hot = hotX
        plane.y_hot = hotY
        plane.dmabuf_id = id
    }
}

/// A memfd in place of a dma-buf or of a device's memory.
final class Memory {
    let descriptor: CInt
    private(set) var length: Int

    init(_ length: Int = 64 * 4 * 32) {
        descriptor = oriel_memfd_create("scripted")
        self.length = length
        ftruncate(descriptor, length)
    }

    deinit { close(descriptor) }

    func resize(to length: Int) {
        self.length = length
        ftruncate(descriptor, length)
    }

    /// Fills one row of a picture that is 64 pixels wide.
    func fill(row: Int, with byte: UInt8, from column: Int = 0) {
        let bytes = [UInt8](repeating: byte, count: (64 - column) * 4)
        pwrite(descriptor, bytes, bytes.count, off_t(row * 256 + column * 4))
    }

    private var status: stat {
        var status = stat()
        fstat(descriptor, &status)
        return status
    }

    var inode: UInt64 { UInt64(status.st_ino) }

    /// Descriptors of this process that lead to it, its own left out.
    var descriptorsGivenAway: Int { openDescriptors(device: UInt64(status.st_dev), inode: inode) - 1 }
}

extension DeviceCalls {
    /// For scripted devices, which answer with arrays.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) {
        let bytes = try read(target.count, at: offset)
        target.copyBytes(from: bytes.prefix(target.count))
    }
}
