// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import CVFIO
package import System

/// The kernel's calls on an open VFIO device, one per method, nothing interpreted. Tests script them, since no real driver makes
/// every mistake.
package protocol DeviceCalls: AnyObject {
    /// VFIO_DEVICE_QUERY_GFX_PLANE.
    func queryPlane(_ plane: inout vfio_device_gfx_plane_info) throws(Errno)
    /// VFIO_DEVICE_GET_GFX_DMABUF. The descriptor is closed on exec.
    func buffer(id: UInt32) throws(Errno) -> OwnedDescriptor
    /// The number of regions (VFIO_DEVICE_GET_INFO).
    func regionCount() throws(Errno) -> UInt32
    /// VFIO_DEVICE_GET_REGION_INFO with its chain of capabilities.
    func region(_ index: UInt32) throws(Errno) -> DeviceRegion
    /// Maps `length` bytes at `offset` of the device's descriptor for reading (mmap(2)).
    func map(offset: UInt64, length: Int) throws(Errno) -> Mapping
    /// Reads all of it (pread(2)).
    func read(_ length: Int, at offset: UInt64) throws(Errno) -> [UInt8]
    /// Reads into the caller's memory: every frame of a region that can't be mapped comes this way, without an array.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno)
    /// Writes all of it (pwrite(2)).
    func write(_ bytes: [UInt8], at offset: UInt64) throws(Errno)
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

/// The bytes of an answer to VFIO_DEVICE_GET_REGION_INFO: `struct vfio_region_info` and, behind it, the chain of capabilities.
///
/// The chain is untrusted: a driver, or a VMM that stands in for one, may have it point anywhere.
struct RegionInfo {
    /// The largest answer accepted, in bytes. Real chains take less than a hundred, sparse maps with many areas some thousands.
    static let longest = 65536

    private let bytes: [UInt8]

    /// `bytes` is at least as long as the struct.
    init(_ bytes: [UInt8]) {
        precondition(bytes.count >= MemoryLayout<vfio_region_info>.size)
        self.bytes = bytes
    }

    private var fields: vfio_region_info { bytes.withUnsafeBytes { $0.loadUnaligned(as: vfio_region_info.self) } }

    /// The length of the kernel's whole answer, in bytes.
    var wantedLength: Int { Int(fields.argsz) }

    var region: DeviceRegion {
        DeviceRegion(flags: fields.flags, offset: fields.offset, size: fields.size, capabilities: capabilities)
    }

    /// Each entry lies behind the one before it, as the kernel lays them out. The first entry that doesn't, or that lies outside,
    /// ends the chain; so every chain has an end.
    private var capabilities: [DeviceRegion.Capability] {
        guard fields.flags & UInt32(VFIO_REGION_INFO_FLAG_CAPS) != 0 else { return [] }
        let headerSize = MemoryLayout<vfio_info_cap_header>.size
        var found: [DeviceRegion.Capability] = []
        var start = Int(fields.cap_offset)
        var earliest = MemoryLayout<vfio_region_info>.size
        while start >= earliest, start <= bytes.count - headerSize {
            let header = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: vfio_info_cap_header.self) }
            let body = start + headerSize, next = Int(header.next)
            let end = next >= body && next <= bytes.count ? next : bytes.count
            found.append(DeviceRegion.Capability(id: header.id, version: header.version, body: Array(bytes[body..<end])))
            start = next
            earliest = body
        }
        return found
    }
}

// The 32-bit words of a device's regions and of the kernel's structs, which VFIO stores in little-endian order.

extension Array<UInt8> {
    /// The word at this offset. Four bytes must be there.
    func word(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << (8 * UInt32($1)) }
    }

    init(word: UInt32) { self = (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
}
