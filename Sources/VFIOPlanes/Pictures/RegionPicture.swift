// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// A copy of a region's picture in a memfd of ours, mapped to be compared with the next one.
final class RegionPicture {
    let buffer: HeldBuffer
    /// Where pixels are put; as long as the layout's rows, the padding of the last one included.
    var pixels: UnsafeMutableRawBufferPointer { mapping.bytes }
    private let mapping: Mapping
    /// The memfd, owned by `buffer`.
    let file: CInt
    private let layout: PlaneLayout

    init(_ layout: PlaneLayout) throws(ReadFault) {
        let length = Int(layout.linearLength)
        let memory: OwnedDescriptor
        do throws(Errno) {
            memory = try OwnedDescriptor.memoryFile("oriel-region", length: length)
        } catch {
            throw .call("memfd_create", errno: error.code)
        }
        do throws(Errno) { mapping = try Mapping(memory.rawValue, length: length, for: .writing) } catch {
            throw .call("mmap", errno: error.code)
        }
        guard let place = memory.fileIdentity() else { throw .call("fstat", errno: errno) }
        file = memory.rawValue
        self.layout = layout
        buffer = HeldBuffer(
            memory, identity: BufferIdentity(device: place.device, inode: place.inode, layout: layout), memory: .region,
            offer: .sharedMemory)
    }

    /// The rows that differ from the other's, from the first to the last; nil where all are alike. What lies between a row's
    /// pixels and the next row doesn't count.
    func rowsChanged(since other: RegionPicture) -> ClosedRange<Int>? {
        precondition(other.layout == layout)
        let stride = Int(layout.strides[0]), rows = Int(layout.size.height)
        let width = Int(layout.size.width * layout.format.bytesPerPixel())
        let mine = pixels.baseAddress!, theirs = other.pixels.baseAddress!
        func differs(_ row: Int) -> Bool { memcmp(mine + row * stride, theirs + row * stride, width) != 0 }
        var first = 0
        while first < rows, !differs(first) { first += 1 }
        guard first < rows else { return nil }
        var last = rows - 1
        while last > first, !differs(last) { last -= 1 }
        return first...last
    }
}

/// The copies that take turns: one to be written, those that the compositor may be reading, and the newest to compare with.
struct PictureRing {
    let shape: PlaneClaim.Shape
    let layout: PlaneLayout
    /// The newest whole picture.
    var newest: RegionPicture?
    private var pictures: [RegionPicture] = []
    /// The last two committed: a compositor may hold the one before for a refresh longer (seen with weston 14).
    private var taken: (last: RegionPicture?, before: RegionPicture?)

    init(_ claim: PlaneClaim, of kind: PlaneKind) throws(ReadFault) {
        layout = try claim.layout(of: kind)
        // A vendor's tiles can't be looked at row by row, and wl_shm doesn't know them.
        guard layout.modifier == .linear else { throw .invalid(.notLinear(modifier: layout.modifier)) }
        shape = claim.memory.shape
    }

    /// One that nobody reads. There are never more than four: the newest needn't be one of the last two taken.
    mutating func spare() throws(ReadFault) -> RegionPicture {
        for picture in pictures where picture !== newest && picture !== taken.last && picture !== taken.before { return picture }
        let picture = try RegionPicture(layout)
        pictures.append(picture)
        return picture
    }

    mutating func newestWasTaken() {
        guard newest !== taken.last else { return }
        taken = (newest, taken.last)
    }
}
