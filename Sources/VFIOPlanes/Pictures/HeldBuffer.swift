// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

/// The memory of a picture, kept open, so that its identity stays true as long as this lives.
final class HeldBuffer {
    let identity: BufferIdentity
    private let memory: PlaneMemory
    private let offer: BufferOffer
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor, identity: BufferIdentity, memory: PlaneMemory, offer: BufferOffer) {
        self.descriptor = descriptor
        self.identity = identity
        self.memory = memory
        self.offer = offer
    }

    /// Makes another owner of the same memory, for the importer.
    func makeBuffer() throws(PlaneError) -> PlaneBuffer {
        guard let copy = descriptor.duplicate() else { throw .temporary(errno: errno) }
        return PlaneBuffer(identity: identity, memory: memory, offer: offer, descriptor: copy)
    }

    /// Whether a window, a compositor or a GPU has the dma-buf open, too. False where the kernel doesn't say.
    var isHeldElsewhere: Bool {
        // The `count` in a dma-buf's fdinfo is the number of its open files and imports (dma_buf_show_fdinfo,
        // drivers/dma-buf/dma-buf.c).
        guard memory == .dmabuf, let file = fopen("/proc/self/fdinfo/\(descriptor.rawValue)", "re") else { return false }
        defer { fclose(file) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { line in
            while fgets(line.baseAddress, CInt(line.count), file) != nil {
                let text = String(cString: line.baseAddress!)
                if text.hasPrefix("count:") { return (Int(text.dropFirst(6).filter(\.isNumber)) ?? 0) > 1 }
            }
            return false
        }
    }
}

extension HeldBuffer {
    /// Takes over the descriptor that a driver gave out for a plane. The kernel's own word on it counts, not the driver's.
    convenience init(
        _ descriptor: consuming OwnedDescriptor, claim: PlaneClaim, layout: PlaneLayout
    ) throws(ReadFault) {
        guard let place = descriptor.fileIdentity() else { throw .call("fstat", errno: errno) }
        let length = descriptor.length()
        let memory: PlaneMemory
        if oriel_is_dma_buf(descriptor.rawValue) {
            memory = .dmabuf
        } else if length != nil, oriel_is_memory_file(descriptor.rawValue) {
            memory = .memfd
        } else {
            throw .notMemory
        }
        do throws(PlaneFault) { try layout.checkLength(length ?? claim.plausibleLength(of: layout)) } catch {
            throw .invalid(error)
        }
        self.init(
            descriptor, identity: BufferIdentity(device: place.device, inode: place.inode, layout: layout), memory: memory,
            offer: .dmabuf)
    }
}
