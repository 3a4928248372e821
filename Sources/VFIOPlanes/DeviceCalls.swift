// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import CVFIO
package import System

/// A call to the kernel that was refused.
package struct DeviceError: Error, Equatable {
    package let errno: CInt

    package init(errno: CInt) { self.errno = errno }
}

/// What is read of a VFIO device: its calls as the kernel has them, one a method, nothing interpreted. A script plays them in
/// tests, since no real driver makes every mistake.
package protocol DeviceCalls: AnyObject {
    /// VFIO_DEVICE_QUERY_GFX_PLANE.
    func queryPlane(_ plane: inout vfio_device_gfx_plane_info) throws(DeviceError)
    /// VFIO_DEVICE_GET_GFX_DMABUF: a descriptor that is closed on exec.
    func buffer(id: UInt32) throws(DeviceError) -> OwnedDescriptor
    /// VFIO_DEVICE_GET_INFO: how many regions there are.
    func regionCount() throws(DeviceError) -> UInt32
    /// VFIO_DEVICE_GET_REGION_INFO, with its chain of capabilities.
    func region(_ index: UInt32) throws(DeviceError) -> DeviceRegion
    /// mmap(2) of `length` bytes at `offset` of the device's descriptor, to be read.
    func map(offset: UInt64, length: Int) throws(DeviceError) -> Mapping
    /// pread(2), all of it.
    func read(_ length: Int, at offset: UInt64) throws(DeviceError) -> [UInt8]
    /// The same into memory of the caller's: for every frame of a region that can't be mapped, so without an array.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DeviceError)
    /// pwrite(2), all of it.
    func write(_ bytes: [UInt8], at offset: UInt64) throws(DeviceError)
}

extension DeviceCalls {
    package func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DeviceError) {
        let bytes = try read(target.count, at: offset)
        target.copyBytes(from: bytes.prefix(target.count))
    }
}

/// A region as VFIO_DEVICE_GET_REGION_INFO tells it.
package struct DeviceRegion: Equatable {
    /// One entry of the capability chain: `struct vfio_info_cap_header` and what follows it up to the next.
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
    /// Where it begins on the device's descriptor.
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
