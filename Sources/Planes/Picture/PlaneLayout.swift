// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The validated layout of a picture in memory. Code that receives one need not check it again.
///
/// It has up to four memory planes. Offsets and strides are in bytes and stored inline, so that copying a layout allocates
/// nothing.
public struct PlaneLayout: Hashable, Sendable {
    public let size: PixelSize
    public let format: PixelFormat
    public let modifier: Modifier
    /// The number of memory planes in use, 1…4.
    public let planeCount: Int
    /// The distance in bytes from the start of each memory plane's descriptor to its first row.
    public let offsets: SIMD4<UInt32>
    /// The distance in bytes from one row to the next, for each memory plane.
    public let strides: SIMD4<UInt32>

    init(claim: LayoutClaim, format: PixelFormat) {
        size = PixelSize(width: claim.width, height: claim.height)
        self.format = format
        modifier = Modifier(rawValue: claim.modifier)
        planeCount = claim.planeCount
        offsets = claim.offsets
        strides = claim.strides
    }

    /// The number of bytes from the start of the first memory plane's descriptor to the end of its last row. Only meaningful for
    /// linear memory.
    public var linearLength: UInt64 {
        UInt64(offsets[0]) + UInt64(strides[0]) * UInt64(size.height)
    }
}

/// An unvalidated layout, as a guest or peer described it.
public struct LayoutClaim: Sendable {
    public var kind: PlaneKind
    public var width: UInt32
    public var height: UInt32
    public var fourcc: UInt32
    public var modifier: UInt64
    /// Bit i is set if memory plane i is described. A gap is a fault.
    public var describedPlanes: UInt8
    public var offsets: SIMD4<UInt32>
    public var strides: SIMD4<UInt32>
    /// The hot spot in the picture's pixels; nil if the peer gave none.
    public var hotSpot: (x: UInt32, y: UInt32)?

    /// Describes a packed picture in one memory plane.
    public init(
        kind: PlaneKind, width: UInt32, height: UInt32, fourcc: UInt32, modifier: UInt64 = 0,
        offset: UInt32 = 0, stride: UInt32, hotSpot: (x: UInt32, y: UInt32)? = nil
    ) {
        self.init(
            kind: kind, width: width, height: height, fourcc: fourcc, modifier: modifier, describedPlanes: 1,
            offsets: [offset, 0, 0, 0], strides: [stride, 0, 0, 0], hotSpot: hotSpot)
    }

    /// Describes any picture with up to four memory planes.
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
