// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The arguments of ScanoutDMABUF2: a part of a buffer of up to four memory planes.
struct ScanoutPart {
    var x: UInt32
    var y: UInt32
    var width: UInt32
    var height: UInt32
    var offsets: [UInt32]
    var strides: [UInt32]
    var planes: UInt32
    var fourcc: UInt32
    var backing: PixelSize
    var modifier: UInt64
    var isFlipped: Bool
    /// The number of descriptors in the call.
    var descriptors: Int

    /// The part as a picture of its own. In a linear buffer it may begin further on. In a tiled one it must begin at the top left,
    /// since no offset in bytes names a place inside of tiles.
    func claim() throws(ListenerFault) -> LayoutClaim {
        let count = Int(clamping: planes)
        guard (1...4).contains(count), offsets.count == count, strides.count == count, descriptors >= 1, descriptors <= count
        else {
            throw .planeArrays(descriptors: descriptors, offsets: offsets.count, strides: strides.count, planes: planes)
        }
        var claim = LayoutClaim(
            kind: .primary, width: width, height: height, fourcc: fourcc, modifier: modifier,
            describedPlanes: UInt8((1 << count) - 1), offsets: .zero, strides: .zero)
        for plane in 0..<count {
            claim.offsets[plane] = offsets[plane]
            claim.strides[plane] = strides[plane]
        }
        guard UInt64(x) + UInt64(width) <= UInt64(backing.width), UInt64(y) + UInt64(height) <= UInt64(backing.height) else {
            throw .outsideBacking
        }
        guard x != 0 || y != 0 else { return claim }
        guard claim.modifier == Modifier.linear.rawValue, count == 1, let format = PixelFormat(fourcc: fourcc),
            format.planeCount == 1
        else { throw .partOfTiled }
        let start = UInt64(offsets[0]) + UInt64(y) * UInt64(strides[0]) + UInt64(x) * UInt64(format.bytesPerPixel())
        guard let offset = UInt32(exactly: start) else { throw .plane(.overflow(plane: 0)) }
        claim.offsets[0] = offset
        return claim
    }
}

extension ScanoutPart {
    /// Reads the arguments after the descriptors.
    init(reading message: borrowing BusMessage, descriptors: Int) throws(BusError) {
        self.descriptors = descriptors
        x = try message.readUInt32()
        y = try message.readUInt32()
        width = try message.readUInt32()
        height = try message.readUInt32()
        offsets = try message.readWords()
        strides = try message.readWords()
        planes = try message.readUInt32()
        fourcc = try message.readUInt32()
        backing = PixelSize(width: try message.readUInt32(), height: try message.readUInt32())
        modifier = try message.readUInt64()
        isFlipped = try message.readBool()
    }
}
