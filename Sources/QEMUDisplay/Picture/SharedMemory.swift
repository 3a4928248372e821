// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// A memfd of our own, mapped: where pixels that came as bytes are put, once, for the compositor to read.
final class SharedMemory {
    private let file: OwnedDescriptor
    private let mapping: Mapping

    init(length: Int) throws(ListenerFault) {
        do throws(Errno) {
            let memory = try OwnedDescriptor.memoryFile("oriel-qemu", length: length)
            mapping = try Mapping(memory.rawValue, length: length, for: .writing)
            file = memory
        } catch {
            throw .system(errno: error.code)
        }
    }

    /// Copies rows of `width` bytes. The caller has checked both sides.
    func copyRows(
        _ count: Int, of width: Int, from source: UnsafeRawBufferPointer, at start: Int, stride: Int,
        to target: Int, stride targetStride: Int
    ) {
        precondition(count > 0 && width > 0 && start >= 0 && target >= 0)
        precondition(start + stride * (count - 1) + width <= source.count)
        precondition(target + targetStride * (count - 1) + width <= mapping.count)
        let from = source.baseAddress! + start, to = mapping.start + target
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
