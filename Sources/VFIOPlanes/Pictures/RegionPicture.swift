// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// A copy of a region's picture in a memfd of ours, mapped to be compared with the next one.
final class RegionPicture {
    let buffer: DeviceBuffer
    /// The pixels: as long as the layout's rows, with the padding of the last one.
    var pixels: UnsafeMutableRawBufferPointer { mapping.bytes }
    private let mapping: Mapping
    /// The memfd, owned by `buffer`.
    let file: CInt
    private let layout: PlaneLayout
    /// The generation that the plane shows or showed from here; `.none` while it is written.
    var generation = Generation.none
    /// Whether a compositor may be reading it: from the commit to the release.
    var isCommitted = false

    init(_ layout: PlaneLayout) throws(ReadFault) {
        let length = Int(layout.linearLength)
        do throws(Errno) {
            let memory = try OwnedDescriptor.memoryFile("oriel-region", length: length)
            mapping = try Mapping(memory.rawValue, length: length, for: .writing)
            guard let place = memory.fileIdentity() else { throw .last }
            file = memory.rawValue
            self.layout = layout
            buffer = DeviceBuffer(
                PlaneBuffer(
                    identity: BufferIdentity(device: place.device, inode: place.inode, layout: layout), memory: .region,
                    offer: .sharedMemory, descriptor: memory))
        } catch {
            throw .call("memfd_create", errno: error.code)
        }
    }

    /// The rows that differ from the other picture's, from the first to the last; nil if there are none. The padding between rows
    /// doesn't count.
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

/// The copies of a region that take turns: one to write the next picture into, those that the compositor may be reading, and the
/// newest, which the next one is compared with.
struct PictureRing {
    /// The largest number of copies. A compositor that keeps up holds two or three.
    static let most = 8

    let shape: PlaneClaim.Shape
    let layout: PlaneLayout
    /// The newest complete picture.
    private(set) var newest: RegionPicture?
    private var pictures: [RegionPicture] = []

    init(_ claim: PlaneClaim, of kind: PlaneKind) throws(ReadFault) {
        layout = try claim.layout(of: kind)
        // A vendor's tiles can't be compared row by row, and wl_shm doesn't know them.
        guard layout.modifier == .linear else { throw .invalid(.notLinear(modifier: layout.modifier)) }
        shape = claim.memory.shape
    }

    /// A copy to write into: the oldest that is neither the newest picture nor committed and not yet released. nil if every copy
    /// is kept and no more are allowed.
    mutating func spare() throws(ReadFault) -> RegionPicture? {
        var chosen: RegionPicture?
        for picture in pictures where picture !== newest && !picture.isCommitted {
            if let chosen, chosen.generation <= picture.generation { continue }
            chosen = picture
        }
        if let chosen {
            chosen.generation = .none
            return chosen
        }
        guard pictures.count < Self.most else { return nil }
        let picture = try RegionPicture(layout)
        pictures.append(picture)
        return picture
    }

    /// The newest picture, or the copy just written, is what the plane shows as this generation.
    mutating func show(_ picture: RegionPicture, as generation: Generation) {
        newest = picture
        picture.generation = generation
    }

    func commit(_ generation: Generation) {
        guard generation != .none else { return }
        pictures.first { $0.generation == generation }?.isCommitted = true
    }

    func release(_ identity: BufferIdentity) { pictures.first { $0.buffer.identity == identity }?.isCommitted = false }
}
