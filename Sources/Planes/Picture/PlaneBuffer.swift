// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
public import System

/// Identifies the picture that a plane shows. It increases whenever the plane's contents or layout change, and says nothing about
/// the memory that holds them; that is ``BufferIdentity``. It is `plane_info.generation` of the 2017 proposal, widened to 64 bits
/// so that it never wraps.
public struct Generation: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ value: UInt64) { rawValue = value }

    /// The generation before the first picture.
    public static let none = Generation(0)

    public var next: Generation { Generation(rawValue &+ 1) }
    public var description: String { "generation \(rawValue)" }

    public static func < (left: Generation, right: Generation) -> Bool { left.rawValue < right.rawValue }
}

/// Identifies the memory of a picture and its layout there: the key of an imported buffer in the cache.
///
/// `device` and `inode` are those of fstat for the dma-buf or memfd. A source that provides descriptors only on request may use
/// any pair of numbers that is unique among the buffers alive at the same time.
public struct BufferIdentity: Hashable, Sendable {
    public let device: UInt64
    public let inode: UInt64
    public let layout: PlaneLayout

    public init(device: UInt64, inode: UInt64, layout: PlaneLayout) {
        self.device = device
        self.inode = inode
        self.layout = layout
    }

    package init(of memory: MemoryFacts, layout: PlaneLayout) {
        self.init(device: memory.device, inode: memory.inode, layout: layout)
    }
}

/// The kind of memory behind the guest's descriptor, reported as `memory` in the statistics.
public enum PlaneMemory: String, Sendable {
    case dmabuf
    case memfd
    /// A VFIO region whose contents were copied.
    case region
    /// Bytes that arrived in messages and were copied.
    case bytes
}

extension MemoryFacts {
    /// ``PlaneMemory/dmabuf`` or ``PlaneMemory/memfd``.
    package var memory: PlaneMemory { isDMABuffer ? .dmabuf : .memfd }
}

/// The rung of the fallback ladder on which a buffer starts.
public enum BufferOffer: Sendable {
    /// Starts with linux-dmabuf, then tries lower rungs.
    case dmabuf
    /// Starts with a wl_shm pool.
    case sharedMemory
}

/// The memory of one picture. It owns its descriptors: one for each memory plane of the layout, or one for all of them.
public struct PlaneBuffer: ~Copyable {
    public let identity: BufferIdentity
    public let memory: PlaneMemory
    public let offer: BufferOffer
    private let descriptors: SIMD4<CInt>
    /// The number of owned descriptors, 1…4.
    public let descriptorCount: Int

    /// Creates a buffer whose single descriptor holds all memory planes.
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

    /// Creates a buffer with one descriptor for each memory plane. Takes ownership of every descriptor in `adopting`; as many as
    /// the layout has memory planes must be open.
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

    /// The descriptor of a memory plane, borrowed.
    public func descriptor(plane: Int) -> CInt { descriptors[descriptorCount == 1 ? 0 : plane] }

    public var layout: PlaneLayout { identity.layout }

    /// Creates another owner of the same memory, with its own descriptors.
    ///
    /// - Parameter other: Another picture in the same memory with as many memory planes; nil for the same picture.
    /// - Throws: `.temporary` with fcntl's errno. No descriptor remains open in that case.
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
