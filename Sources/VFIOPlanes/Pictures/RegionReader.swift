// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Planes
internal import System

/// A primary plane that lies in a region of the device: it is copied at every query, and compared with the copy before it.
///
/// The copy goes straight into the memory that the compositor will read. Copying only the rows that changed would need another copy
/// of all of them first, since they must be read safely to be compared: see `Mapping.copy`.
final class RegionReader: PictureReader {
    let type = UInt32(VFIO_GFX_PLANE_TYPE_REGION)
    private(set) var bytesCopied: UInt64 = 0
    private let calls: any DeviceCalls
    private var region: OpenRegion?
    private var ring: PictureRing?

    init(_ calls: any DeviceCalls) { self.calls = calls }

    func read(_ claim: PlaneClaim, of kind: PlaneKind, into record: inout PlaneRecord, at now: UInt64) throws(ReadFault) {
        if ring?.shape != claim.memory.shape {
            // The old ring stays until the new one has a complete picture. A new ring has room for one.
            var ring = try PictureRing(claim, of: kind)
            let picture = try copy(claim, &ring)!
            record.show(picture.buffer, claim, at: now)
            ring.show(picture, as: record.changes.generation)
            self.ring = ring
            return
        }
        // There is a ring, as the shape is its own, and its first picture has come.
        let picture = try copy(claim, &ring!), newest = ring!.newest!
        // While the compositor keeps every copy, the newest picture stays.
        guard let picture, let rows = picture.rowsChanged(since: newest) else {
            guard !record.isShowing else { return record.keep(claim) }
            record.show(newest.buffer, claim, at: now)
            return ring!.show(newest, as: record.changes.generation)
        }
        if record.isShowing {
            let area = PixelRectangle(
                x: 0, y: Int32(rows.lowerBound), width: Int32(claim.memory.shape.width), height: Int32(rows.count))
            record.change(area, picture.buffer, claim, at: now)
        } else {
            record.show(picture.buffer, claim, at: now)
        }
        ring!.show(picture, as: record.changes.generation)
    }

    func committed(_ generation: Generation) { ring?.commit(generation) }

    func released(_ identity: BufferIdentity) { ring?.release(identity) }

    /// Returns nil if every copy is kept.
    private func copy(_ claim: PlaneClaim, _ ring: inout PictureRing) throws(ReadFault) -> RegionPicture? {
        let length = Int(ring.layout.linearLength)
        if region?.index != claim.memory.handle || region!.length < length {
            region = nil
            region = try OpenRegion(calls, index: claim.memory.handle, layout: ring.layout)
        }
        guard let picture = try ring.spare() else { return nil }
        do throws(ReadFault) { try region!.copy(length, into: picture) } catch {
            // The region is looked up again next time: it may have moved, shrunk or gone.
            region = nil
            throw error
        }
        bytesCopied += UInt64(length)
        return picture
    }
}

/// A region opened for reading: by a mapping if the driver has one, otherwise by pread(2).
private final class OpenRegion {
    let index: UInt32
    /// The number of bytes that can be read.
    let length: Int
    private let calls: any DeviceCalls
    private let offset: UInt64
    /// nil if it is read by pread(2).
    private var mapping: Mapping?

    /// Looks up the region and maps what the layout needs.
    init(_ calls: any DeviceCalls, index: UInt32, layout: PlaneLayout) throws(ReadFault) {
        let region: DeviceRegion
        do throws(Errno) { region = try calls.region(index) } catch {
            throw .call("VFIO_DEVICE_GET_REGION_INFO", errno: error.code)
        }
        do throws(PlaneFault) { try layout.checkLength(region.size) } catch { throw .invalid(error) }
        self.calls = calls
        self.index = index
        offset = region.offset
        length = Int(layout.linearLength)
        // A driver may offer a mapping and refuse it. Then pread(2) tells whether there is anything to read.
        if region.flags & UInt32(VFIO_REGION_INFO_FLAG_MMAP) != 0 {
            mapping = try? calls.map(offset: region.offset, length: length)
        }
    }

    func copy(_ length: Int, into picture: RegionPicture) throws(ReadFault) {
        if mapping != nil {
            if (try? mapping!.copy(length, to: picture.file)) != nil { return }
            // A fault only says that the memory isn't there. The device's own answer says why, or has the bytes.
            mapping = nil
        }
        do throws(Errno) {
            try calls.read(into: UnsafeMutableRawBufferPointer(rebasing: picture.pixels[..<length]), at: offset)
        } catch {
            throw .call("pread", errno: error.code)
        }
    }
}
