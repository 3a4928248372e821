// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// Memory that a server gave, as a viewer keeps it: asked for once, and then known by the server's number for it.
final class BufferEntry {
    /// The server's number; 0 for a region.
    let name: UInt64
    private let buffer: PlaneBuffer
    /// Bytes behind each memory plane's descriptor; the largest number where the kernel doesn't tell.
    private let lengths: SIMD4<UInt64>
    /// The layout last shown of it and what it was made of, so that a buffer that comes again is validated once.
    private var known: (layout: WireLayout, identity: BufferIdentity)

    /// Takes over the descriptors, also where it throws.
    init(
        _ name: UInt64, _ kind: PlaneKind, _ layout: WireLayout, adopting numbers: SIMD4<CInt>, count: Int
    ) throws(PlaneFault) {
        func closeAll() { for index in 0..<count { _ = OwnedDescriptor(adopting: numbers[index]) } }
        do throws(PlaneFault) {
            let valid = try layout.validated(kind, length: nil)
            guard count == 1 || count == valid.planeCount else {
                throw .planeCount(described: count, format: valid.planeCount)
            }
            var lengths = SIMD4<UInt64>(repeating: .max)
            var first: MemoryFacts?
            for index in 0..<count {
                // A descriptor that isn't memory is reported as too short.
                guard let facts = try? MemoryFacts(of: numbers[index]) else {
                    throw .tooShort(plane: index, length: 0, needed: valid.linearLength)
                }
                lengths[index] = facts.length ?? .max
                if index == 0 { first = facts }
            }
            if count == 1 { lengths = SIMD4(repeating: lengths[0]) }
            for plane in 0..<valid.planeCount { try valid.checkLength(lengths[plane], plane: plane) }
            let identity = BufferIdentity(of: first!, layout: valid)
            self.name = name
            self.lengths = lengths
            known = (layout, identity)
            buffer =
                count == 1
                ? PlaneBuffer(
                    identity: identity, memory: first!.memory, descriptor: OwnedDescriptor(adopting: numbers[0]))
                : PlaneBuffer(identity: identity, memory: first!.memory, adopting: numbers)
        } catch {
            closeAll()
            throw error
        }
    }

    var size: PixelSize { known.identity.layout.size }

    /// The identity of a picture in this memory.
    func identity(_ kind: PlaneKind, _ layout: WireLayout) throws(PlaneFault) -> BufferIdentity {
        if layout == known.layout { return known.identity }
        let valid = try layout.validated(kind, length: nil)
        guard buffer.descriptorCount == 1 || buffer.descriptorCount == valid.planeCount else {
            throw .planeCount(described: buffer.descriptorCount, format: valid.planeCount)
        }
        for plane in 0..<valid.planeCount { try valid.checkLength(lengths[plane], plane: plane) }
        known = (layout, BufferIdentity(device: buffer.identity.device, inode: buffer.identity.inode, layout: valid))
        return known.identity
    }

    /// Another owner of the memory, as the buffer of a picture in it.
    func makeBuffer(_ identity: BufferIdentity) throws(PlaneError) -> PlaneBuffer {
        try buffer.duplicate(as: identity)
    }
}

/// The one descriptor that holds all pictures of a server whose type is region.
final class RegionMemory {
    let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}
