// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Brings pictures out of a device: one for each of the two types that a driver may offer, of which it has one.
protocol PictureReader: AnyObject {
    /// VFIO_GFX_PLANE_TYPE_*, the one type bit of a query.
    var type: UInt32 { get }
    /// Bytes of pixels copied so far.
    var bytesCopied: UInt64 { get }

    /// Brings the record up to what the device has just claimed. Where it throws, the record is as it was.
    func read(_ claim: PlaneClaim, of kind: PlaneKind, into record: inout PlaneRecord, at now: UInt64) throws(ReadFault)

    /// The primary plane's newest picture was committed.
    func newestWasTaken()
}
