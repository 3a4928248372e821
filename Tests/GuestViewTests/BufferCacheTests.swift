// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import GuestView
@testable import Surfaces
import Testing

@Suite("The buffer cache")
struct BufferCacheTests {
    final class Buffer: CachedBuffer {
        let identity: BufferIdentity
        var isBusy = false

        init(inode: UInt64, width: UInt32 = 64) {
            let claim = LayoutClaim(
                kind: .primary, width: width, height: 64, fourcc: PixelFormat.xrgb8888.fourcc, stride: width * 4)
            identity = BufferIdentity(device: 1, inode: inode, layout: try! claim.validated(length: nil))
        }
    }

    @Test("a buffer is found by memory and layout, not by memory alone")
    func identity() {
        var cache = BufferCache<Buffer>()
        _ = cache.insert(Buffer(inode: 1))
        #expect(cache.find(Buffer(inode: 1).identity) != nil)
        #expect(cache.find(Buffer(inode: 1, width: 32).identity) == nil)
        #expect(cache.find(Buffer(inode: 2).identity) == nil)
    }

    @Test("the least recently used idle buffer goes first")
    func leastRecentlyUsed() {
        var cache = BufferCache<Buffer>()
        for inode in 0..<UInt64(BufferCache<Buffer>.capacity) { _ = cache.insert(Buffer(inode: inode)) }
        _ = cache.find(Buffer(inode: 0).identity)
        let evicted = cache.insert(Buffer(inode: 100))
        #expect(evicted.map(\.identity.inode) == [1])
    }

    @Test("a busy buffer is never evicted, so the cache grows to its limit and no further")
    func busy() {
        var cache = BufferCache<Buffer>()
        for inode in 0..<UInt64(BufferCache<Buffer>.limit) {
            #expect(!cache.isFull)
            let buffer = Buffer(inode: inode)
            buffer.isBusy = true
            #expect(cache.insert(buffer).isEmpty)
        }
        #expect(cache.isFull)
        cache.buffers[5].isBusy = false
        #expect(!cache.isFull)
        let last = Buffer(inode: 1000)
        last.isBusy = true
        #expect(cache.insert(last).map(\.identity.inode) == [5])
        #expect(cache.isFull)
    }

    @Test("a mode switch drops idle buffers of the old size and keeps what the compositor holds")
    func flush() {
        var cache = BufferCache<Buffer>()
        let held = Buffer(inode: 1)
        held.isBusy = true
        for buffer in [held, Buffer(inode: 2), Buffer(inode: 3, width: 128)] { _ = cache.insert(buffer) }
        #expect(cache.flush(keeping: PixelSize(width: 128, height: 64)).map(\.identity.inode) == [2])
        held.isBusy = false
        #expect(cache.flush(keeping: PixelSize(width: 128, height: 64)).map(\.identity.inode) == [1])
        #expect(cache.removeAll().map(\.identity.inode) == [3])
    }
}
