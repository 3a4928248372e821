// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
public import System

/// Which memory, and how the picture lies in it: the key under which an imported buffer is kept.
///
/// `device` and `inode` are fstat's of the dma-buf or memfd, or, where a source hands out descriptors only on request, any
/// pair of numbers that the source keeps unique among the buffers that live at one time.
public struct BufferIdentity: Hashable, Sendable {
    public let device: UInt64
    public let inode: UInt64
    public let layout: PlaneLayout

    public init(device: UInt64, inode: UInt64, layout: PlaneLayout) {
        self.device = device
        self.inode = inode
        self.layout = layout
    }
}

/// What the guest's descriptor really is; the statistics' `memory`.
public enum PlaneMemory: String, Sendable {
    case dmabuf
    case memfd
    /// A VFIO region that was copied from.
    case region
    /// Bytes that came in messages and were copied.
    case bytes
}

extension MemoryFacts {
    /// ``PlaneMemory/dmabuf`` or ``PlaneMemory/memfd``.
    package var memory: PlaneMemory { isDMABuffer ? .dmabuf : .memfd }
}

/// The rung of the fallback ladder that a buffer may start on.
public enum BufferOffer: Sendable {
    /// Through linux-dmabuf first, then further down.
    case dmabuf
    /// At once as a wl_shm pool.
    case sharedMemory
}

/// One picture's memory, with descriptors that it owns: as many as the layout has memory planes, or one for all of them.
public struct PlaneBuffer: ~Copyable {
    public let identity: BufferIdentity
    public let memory: PlaneMemory
    public let offer: BufferOffer
    private let descriptors: SIMD4<CInt>
    /// Descriptors owned, 1…4.
    public let descriptorCount: Int

    /// One descriptor that holds all memory planes.
    public init(
        identity: BufferIdentity, memory: PlaneMemory, offer: BufferOffer = .dmabuf,
        descriptor: consuming OwnedDescriptor
    ) {
        self.identity = identity
        self.memory = memory
        self.offer = offer
        descriptors = [descriptor.release(), -1, -1, -1]
        descriptorCount = 1
    }

    /// One descriptor a memory plane. Takes over every number in `adopting`, of which the layout's count must be open.
    public init(identity: BufferIdentity, memory: PlaneMemory, offer: BufferOffer = .dmabuf, adopting: SIMD4<CInt>) {
        self.identity = identity
        self.memory = memory
        self.offer = offer
        descriptors = adopting
        descriptorCount = identity.layout.planeCount
    }

    deinit {
        for index in 0..<descriptorCount { _ = OwnedDescriptor(adopting: descriptors[index]) }
    }

    /// The borrowed descriptor of a memory plane.
    public func descriptor(plane: Int) -> CInt { descriptors[descriptorCount == 1 ? 0 : plane] }

    public var layout: PlaneLayout { identity.layout }

    /// Another owner of the same memory, with descriptors of its own.
    /// - Parameter other: another picture in it, of as many memory planes; nil for the same.
    /// - Throws: `.temporary` with fcntl's errno, and then nothing stays open.
    public borrowing func duplicate(as other: BufferIdentity? = nil) throws(PlaneError) -> PlaneBuffer {
        let identity = other ?? identity
        var copies = SIMD4<CInt>(repeating: -1)
        for index in 0..<descriptorCount {
            copies[index] = fcntl(descriptors[index], F_DUPFD_CLOEXEC, 3)
            guard copies[index] >= 0 else {
                let code = errno
                for earlier in 0..<index { close(copies[earlier]) }
                throw .temporary(errno: code)
            }
        }
        guard descriptorCount == 1 else {
            return PlaneBuffer(identity: identity, memory: memory, offer: offer, adopting: copies)
        }
        return PlaneBuffer(
            identity: identity, memory: memory, offer: offer, descriptor: OwnedDescriptor(adopting: copies[0]))
    }
}
