// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import System
import Testing

@testable import VFIOPlanes

@Suite("The store of a device's dma-bufs")
struct BufferStoreTests {
    private func memory(_ id: UInt32) -> PlaneClaim.Memory {
        PlaneClaim.Memory(
            handle: id, shape: PlaneClaim.Shape(width: 64, height: 32, stride: 256, fourcc: 0x3432_5258, modifier: 0))
    }

    private func buffer() -> DeviceBuffer {
        let memory = Memory()
        let layout = try! LayoutClaim(
            kind: .primary, width: 64, height: 32, fourcc: PixelFormat.xrgb8888.fourcc, stride: 256
        ).validated(length: nil)
        return DeviceBuffer(
            PlaneBuffer(
                identity: BufferIdentity(device: 0, inode: memory.inode, layout: layout), memory: .memfd,
                descriptor: OwnedDescriptor(adopting: dup(memory.descriptor))))
    }

    /// mbochs gives out a second descriptor of an open dma-buf without counting it.
    @Test("keeps what somebody else has open beyond its capacity, and not beyond its limit")
    func held() {
        var store = BufferStore { _ in true }
        for id in 0..<200 as Range<UInt32> { store.insert(buffer(), as: memory(id)) }
        #expect(store.count == BufferStore.limit)
        #expect(store.find(memory(0)) == nil && store.find(memory(199)) != nil)
    }

    @Test("lets go of the least recently found that nobody else has open")
    func leastRecent() {
        var open: Set<UInt64> = []
        var store = BufferStore { open.contains($0.identity.inode) }
        for id in 0..<16 as Range<UInt32> {
            let buffer = buffer()
            if id == 1 { open.insert(buffer.identity.inode) }
            store.insert(buffer, as: memory(id))
        }
        _ = store.find(memory(0))
        store.insert(buffer(), as: memory(16))
        store.insert(buffer(), as: memory(17))
        #expect(store.count == 16)
        #expect((0...17 as ClosedRange<UInt32>).filter { store.find(memory($0)) == nil } == [2, 3])
    }

    @Test("never lets go of what a plane shows")
    func shown() {
        var store = BufferStore()
        let shown = buffer()
        store.insert(shown, as: memory(0))
        for id in 1..<50 as Range<UInt32> { store.insert(buffer(), as: memory(id)) }
        #expect(store.find(memory(0)) === shown && store.count == BufferStore.capacity)
    }
}
