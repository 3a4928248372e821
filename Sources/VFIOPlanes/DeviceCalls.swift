// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import CVFIO
package import System

/// A call to the kernel that was refused.
package struct DeviceError: Error, Equatable {
    package let errno: CInt

    package init(errno: CInt) { self.errno = errno }
}

/// The kernel's calls on an open VFIO device, one per method, nothing interpreted. Tests script them, since no real driver makes
/// every mistake.
package protocol DeviceCalls: AnyObject {
    /// VFIO_DEVICE_QUERY_GFX_PLANE.
    func queryPlane(_ plane: inout vfio_device_gfx_plane_info) throws(DeviceError)
    /// VFIO_DEVICE_GET_GFX_DMABUF. The descriptor is closed on exec.
    func buffer(id: UInt32) throws(DeviceError) -> OwnedDescriptor
    /// The number of regions (VFIO_DEVICE_GET_INFO).
    func regionCount() throws(DeviceError) -> UInt32
    /// VFIO_DEVICE_GET_REGION_INFO with its chain of capabilities.
    func region(_ index: UInt32) throws(DeviceError) -> DeviceRegion
    /// Maps `length` bytes at `offset` of the device's descriptor for reading (mmap(2)).
    func map(offset: UInt64, length: Int) throws(DeviceError) -> Mapping
    /// Reads all of it (pread(2)).
    func read(_ length: Int, at offset: UInt64) throws(DeviceError) -> [UInt8]
    /// Reads into the caller's memory: every frame of a region that can't be mapped comes this way, without an array.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DeviceError)
    /// Writes all of it (pwrite(2)).
    func write(_ bytes: [UInt8], at offset: UInt64) throws(DeviceError)
}

extension DeviceCalls {
    package func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DeviceError) {
        let bytes = try read(target.count, at: offset)
        target.copyBytes(from: bytes.prefix(target.count))
    }
}

/// The kernel's answer to VFIO_DEVICE_GET_REGION_INFO.
package struct DeviceRegion: Equatable {
    /// One entry of the capability chain: `struct vfio_info_cap_header` and the bytes up to the next one.
    package struct Capability: Equatable {
        package let id: UInt16
        package let version: UInt16
        package let body: [UInt8]

        package init(id: UInt16, version: UInt16, body: [UInt8]) {
            self.id = id
            self.version = version
            self.body = body
        }
    }

    /// VFIO_REGION_INFO_FLAG_*.
    package let flags: UInt32
    /// The region's start on the device's descriptor, in bytes.
    package let offset: UInt64
    /// Bytes.
    package let size: UInt64
    package let capabilities: [Capability]

    package init(flags: UInt32, offset: UInt64, size: UInt64, capabilities: [Capability] = []) {
        self.flags = flags
        self.offset = offset
        self.size = size
        self.capabilities = capabilities
    }
}
