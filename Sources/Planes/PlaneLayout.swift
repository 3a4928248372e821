// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// How a picture lies in its memory, validated: whoever holds one need not look again.
///
/// Up to four memory planes; offsets and strides are in bytes and kept inline, so that copying a layout allocates nothing.
public struct PlaneLayout: Hashable, Sendable {
    public let size: PixelSize
    public let format: PixelFormat
    public let modifier: Modifier
    /// Memory planes in use, 1…4.
    public let planeCount: Int
    /// Bytes from the start of a plane's descriptor.
    public let offsets: SIMD4<UInt32>
    /// Bytes from one row to the next.
    public let strides: SIMD4<UInt32>

    init(claim: LayoutClaim, format: PixelFormat) {
        size = PixelSize(width: claim.width, height: claim.height)
        self.format = format
        modifier = Modifier(rawValue: claim.modifier)
        planeCount = claim.planeCount
        offsets = claim.offsets
        strides = claim.strides
    }

    /// Bytes from the start of the first plane's descriptor to the end of its last row. Only meaningful where linear.
    public var linearLength: UInt64 {
        UInt64(offsets[0]) + UInt64(strides[0]) * UInt64(size.height)
    }
}

/// What a guest or peer says of a plane before anyone believes it.
public struct LayoutClaim: Sendable {
    public var kind: PlaneKind
    public var width: UInt32
    public var height: UInt32
    public var fourcc: UInt32
    public var modifier: UInt64
    /// Bit i is set where memory plane i is described; a gap is a fault.
    public var describedPlanes: UInt8
    public var offsets: SIMD4<UInt32>
    public var strides: SIMD4<UInt32>
    /// Inside the picture, or nil where the peer gave none.
    public var hotSpot: (x: UInt32, y: UInt32)?

    /// A packed picture in one memory plane.
    public init(
        kind: PlaneKind, width: UInt32, height: UInt32, fourcc: UInt32, modifier: UInt64 = 0,
        offset: UInt32 = 0, stride: UInt32, hotSpot: (x: UInt32, y: UInt32)? = nil
    ) {
        self.init(
            kind: kind, width: width, height: height, fourcc: fourcc, modifier: modifier, describedPlanes: 1,
            offsets: [offset, 0, 0, 0], strides: [stride, 0, 0, 0], hotSpot: hotSpot)
    }

    /// Any picture of up to four memory planes.
    public init(
        kind: PlaneKind, width: UInt32, height: UInt32, fourcc: UInt32, modifier: UInt64, describedPlanes: UInt8,
        offsets: SIMD4<UInt32>, strides: SIMD4<UInt32>, hotSpot: (x: UInt32, y: UInt32)? = nil
    ) {
        self.kind = kind
        self.width = width
        self.height = height
        self.fourcc = fourcc
        self.modifier = modifier
        self.describedPlanes = describedPlanes
        self.offsets = offsets
        self.strides = strides
        self.hotSpot = hotSpot
    }

    var planeCount: Int { describedPlanes.nonzeroBitCount }
}
