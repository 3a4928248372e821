// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// A buffer in the cache, which knows nothing about wl_buffer.
protocol CachedBuffer: AnyObject {
    var identity: BufferIdentity { get }
    /// Whether the compositor may still read it: from the commit that attaches it to its `release`. A flag rather than a
    /// counter, because attaching a buffer again gives no second release (seen with weston 14).
    var isBusy: Bool { get }
}

/// Imported buffers by identity.
struct BufferCache<Buffer: CachedBuffer> {
    /// A guest that flips among more buffers than this pays an import a frame; no known one does.
    static var capacity: Int { 16 }
    /// When the compositor holds this many buffers, it has stopped releasing them, and nothing more is imported.
    static var limit: Int { 64 }

    private var store = RecentStore<BufferIdentity, Buffer>(capacity: Self.capacity)

    /// Least recently used first.
    var buffers: [Buffer] { store.values }
    /// Whether the compositor holds as many buffers as it may.
    var isFull: Bool { store.count >= Self.limit && store.values.count(where: \.isBusy) >= Self.limit }

    /// The buffer of this identity, now the most recently used.
    mutating func find(_ identity: BufferIdentity) -> Buffer? { store.find(identity) }

    /// Adds a buffer. Returns the idle ones that had to go for it, the least recently used first.
    mutating func insert(_ buffer: Buffer) -> [Buffer] {
        store.insert(buffer, as: buffer.identity) { buffer, _ in buffer.isBusy }
    }

    /// Drops every idle buffer of another size after a mode switch; busy ones go when they are released.
    mutating func flush(keeping size: PixelSize) -> [Buffer] {
        store.remove { $0.identity.layout.size != size && !$0.isBusy }
    }

    /// Drops everything, at the end.
    mutating func removeAll() -> [Buffer] { store.remove { _ in true } }
}
