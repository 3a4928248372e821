// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Planes
internal import System

/// A primary plane that lies in a region of the device: copied out at every query, and compared with the copy before it.
///
/// The copy goes straight into the memory that the compositor will read. Copying only the rows that changed would take a copy of
/// all of them before that, since what is compared must have been read once and safely: see `Mapping.copy`.
final class RegionReader: PictureReader {
    let type = UInt32(VFIO_GFX_PLANE_TYPE_REGION)
    private(set) var bytesCopied: UInt64 = 0
    private let calls: any DeviceCalls
    private var region: OpenRegion?
    private var ring: PictureRing?

    init(_ calls: any DeviceCalls) { self.calls = calls }

    func read(_ claim: PlaneClaim, of kind: PlaneKind, into record: inout PlaneRecord, at now: UInt64) throws(ReadFault) {
        if ring?.shape != claim.memory.shape {
            // The one before stays until there is a new one that is whole.
            var ring = try PictureRing(claim, of: kind)
            let picture = try copy(claim, &ring)
            ring.newest = picture
            self.ring = ring
            return record.show(picture.buffer, claim, at: now)
        }
        // Checked above: there is a ring, and its first picture has come.
        let picture = try copy(claim, &ring!)
        let newest = ring!.newest!
        let rows = picture.rowsChanged(since: newest)
        guard let rows else {
            return record.isShowing ? record.keep(claim) : record.show(newest.buffer, claim, at: now)
        }
        ring!.newest = picture
        guard record.isShowing else { return record.show(picture.buffer, claim, at: now) }
        let area = PixelRectangle(
            x: 0, y: Int32(rows.lowerBound), width: Int32(claim.memory.shape.width), height: Int32(rows.count))
        record.change(area, picture.buffer, claim, at: now)
    }

    func newestWasTaken() { ring?.newestWasTaken() }

    private func copy(_ claim: PlaneClaim, _ ring: inout PictureRing) throws(ReadFault) -> RegionPicture {
        let length = Int(ring.layout.linearLength)
        if region?.index != claim.memory.handle || region!.length < length {
            region = nil
            region = try OpenRegion(calls, index: claim.memory.handle, layout: ring.layout)
        }
        let picture = try ring.spare()
        do throws(ReadFault) { try region!.copy(length, into: picture) } catch {
            // It is looked at anew next time: it may have moved, shrunk or gone.
            region = nil
            throw error
        }
        bytesCopied += UInt64(length)
        return picture
    }
}

/// A region opened to be read: mapped where that can be, else by pread(2).
private final class OpenRegion {
    let index: UInt32
    /// Bytes that can be read of it.
    let length: Int
    private let calls: any DeviceCalls
    private let offset: UInt64
    /// nil where it is read by pread(2).
    private var mapping: Mapping?

    /// Looks it up and maps what the layout needs.
    init(_ calls: any DeviceCalls, index: UInt32, layout: PlaneLayout) throws(ReadFault) {
        let region: DeviceRegion
        do throws(DeviceError) { region = try calls.region(index) } catch {
            throw .call("VFIO_DEVICE_GET_REGION_INFO", errno: error.errno)
        }
        do throws(PlaneFault) { try layout.checkLength(region.size) } catch { throw .invalid(error) }
        self.calls = calls
        self.index = index
        offset = region.offset
        length = Int(layout.linearLength)
        // A driver may say that it maps and refuse: what pread(2) then says counts.
        if region.flags & UInt32(VFIO_REGION_INFO_FLAG_MMAP) != 0 {
            mapping = try? calls.map(offset: region.offset, length: length)
        }
    }

    func copy(_ length: Int, into picture: RegionPicture) throws(ReadFault) {
        if mapping != nil {
            if (try? mapping!.copy(length, to: picture.file)) != nil { return }
            // A fault says only that the memory isn't there; the device's own answer says why, or has the bytes.
            mapping = nil
        }
        do throws(DeviceError) {
            try calls.read(into: UnsafeMutableRawBufferPointer(rebasing: picture.pixels[..<length]), at: offset)
        } catch {
            throw .call("pread", errno: error.errno)
        }
    }
}
