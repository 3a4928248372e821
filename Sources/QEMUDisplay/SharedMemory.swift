// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

/// A memfd of our own, mapped: where pixels that came as bytes are put, once, for the compositor to read.
final class SharedMemory {
    private let base: UnsafeMutableRawPointer
    let length: Int
    private let file: OwnedDescriptor

    init(length: Int) throws(ListenerFault) {
        let number = oriel_memfd_create("oriel-qemu", true)
        guard number >= 0 else { throw .system(errno: -number) }
        let file = OwnedDescriptor(adopting: number)
        guard ftruncate(number, length) == 0 else { throw .system(errno: errno) }
        // A compositor may then leave out its guard against shrinking.
        _ = oriel_seal_shrink(number)
        guard let base = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0), base != MAP_FAILED else {
            throw .system(errno: errno)
        }
        self.base = base
        self.length = length
        self.file = file
    }

    deinit { munmap(base, length) }

    /// Copies rows of `width` bytes. The caller has checked both sides.
    func copyRows(
        _ count: Int, of width: Int, from source: UnsafeRawBufferPointer, at start: Int, stride: Int,
        to target: Int, stride targetStride: Int
    ) {
        precondition(count > 0 && width > 0 && start >= 0 && target >= 0)
        precondition(start + stride * (count - 1) + width <= source.count)
        precondition(target + targetStride * (count - 1) + width <= length)
        let from = source.baseAddress! + start, to = base + target
        if stride == targetStride && stride == width {
            to.copyMemory(from: from, byteCount: width * count)
        } else {
            for row in 0..<count { (to + row * targetStride).copyMemory(from: from + row * stride, byteCount: width) }
        }
    }

    /// A buffer of it, with a descriptor of its own.
    func makeBuffer(_ layout: PlaneLayout) throws(ListenerFault) -> PlaneBuffer {
        guard let copy = file.duplicate(), let place = file.fileIdentity() else { throw .system(errno: errno) }
        return PlaneBuffer(
            identity: BufferIdentity(device: place.device, inode: place.inode, layout: layout),
            memory: .bytes, offer: .sharedMemory, descriptor: copy)
    }
}
