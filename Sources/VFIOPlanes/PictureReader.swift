// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Reads pictures from a device. There is a reader for each of the two types of planes; a driver offers one of them.
protocol PictureReader: AnyObject {
    /// The type bit of a query: VFIO_GFX_PLANE_TYPE_*.
    var type: UInt32 { get }
    /// The number of bytes of pixels copied so far.
    var bytesCopied: UInt64 { get }

    /// Brings the record up to what the device has just claimed. If it throws, the record is as it was.
    func read(_ claim: PlaneClaim, of kind: PlaneKind, into record: inout PlaneRecord, at now: UInt64) throws(ReadFault)

    /// This generation of the primary plane was committed.
    func committed(_ generation: Generation)

    /// The compositor no longer uses this memory of the primary plane.
    func released(_ identity: BufferIdentity)
}
