// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO

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
