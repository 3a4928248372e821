// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A buffer in the cache. What it is of the compositor's is its owner's business.
protocol CachedBuffer: AnyObject {
    var identity: BufferIdentity { get }
    /// Whether the compositor may still read it: from the commit that attaches it to its `release`. A flag and no counter,
    /// since attaching a buffer again gives no second release (seen with weston 14).
    var isBusy: Bool { get }
}

/// Imported buffers by identity, least recently used first. Few enough that looking through them beats hashing.
struct BufferCache<Buffer: CachedBuffer> {
    /// A guest that flips among more buffers than this pays an import a frame; no known one does.
    static var capacity: Int { 16 }
    /// Where even busy ones number this many the compositor has stopped releasing: then nothing more is imported.
    static var limit: Int { 64 }

    private(set) var buffers: [Buffer] = []

    /// The buffer of this identity, now the most recently used.
    mutating func find(_ identity: BufferIdentity) -> Buffer? {
        guard let index = buffers.lastIndex(where: { $0.identity == identity }) else { return nil }
        let buffer = buffers[index]
        if index != buffers.count - 1 {
            buffers.remove(at: index)
            buffers.append(buffer)
        }
        return buffer
    }

    var isFull: Bool { buffers.count >= Self.limit }

    /// Adds one. Returns what had to go for it: idle ones only, the least recently used first.
    mutating func insert(_ buffer: Buffer) -> [Buffer] {
        buffers.append(buffer)
        var evicted: [Buffer] = []
        while buffers.count > Self.capacity,
            let index = buffers.dropLast().firstIndex(where: { !$0.isBusy })
        {
            evicted.append(buffers.remove(at: index))
        }
        return evicted
    }

    /// After a mode switch: every idle buffer of another size goes at once; busy ones go when they are released.
    mutating func flush(keeping size: PixelSize) -> [Buffer] {
        remove { $0.identity.layout.size != size && !$0.isBusy }
    }

    /// Everything, at the end.
    mutating func removeAll() -> [Buffer] { remove { _ in true } }

    private mutating func remove(where condition: (Buffer) -> Bool) -> [Buffer] {
        let removed = buffers.filter(condition)
        buffers.removeAll(where: condition)
        return removed
    }
}
