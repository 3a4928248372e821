// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Reads pictures from a device. There is a reader for each of the two types of planes, of which a device uses one.
protocol PictureReader: AnyObject {
    /// The type bit of a query, VFIO_GFX_PLANE_TYPE_*.
    var type: UInt32 { get }
    /// Bytes of pixels copied so far.
    var bytesCopied: UInt64 { get }

    /// Updates the record to the device's newest claim. Where this throws, the record is unchanged.
    func read(_ claim: PlaneClaim, of kind: PlaneKind, into record: inout PlaneRecord, at now: UInt64) throws(ReadFault)

    /// The primary plane's newest picture was committed.
    func newestWasTaken()
}
