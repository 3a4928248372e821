// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

/// Mapped memory that a guest draws into, behind one descriptor.
///
/// Sendable, since only its descriptor is shared between threads; the mapping belongs to whoever paints.
final class GuestMemory: @unchecked Sendable {
    let descriptor: OwnedDescriptor
    let length: Int
    private let mapping: Mapping
    private let isDmaBuf: Bool
    /// Whether all pages have been found.
    private var isPopulated: Bool

    /// Maps a descriptor of this many bytes; throws errno.
    init(mapping descriptor: consuming OwnedDescriptor, length: Int, isDmaBuf: Bool) throws(Errno) {
        // Into a dma-buf the first picture is drawn here: all of its pages at once are there sooner than with a fault for each.
        mapping = try Mapping(descriptor.rawValue, length: length, for: .writing, isPopulated: isDmaBuf)
        self.descriptor = descriptor
        self.length = length
        self.isDmaBuf = isDmaBuf
        isPopulated = isDmaBuf
    }

    /// Draws a picture of this layout, with the caches kept right where a device may read.
    func draw(_ layout: PlaneLayout, _ body: (Canvas) -> Void) {
        // All pages at once are found sooner than with a fault for each; where the kernel can't (before Linux 5.14), by faults.
        if !isPopulated {
            _ = madvise(mapping.start, length, MADV_POPULATE_WRITE)
            isPopulated = true
        }
        if isDmaBuf { oriel_dma_buf_sync(descriptor.rawValue, true, true) }
        body(Canvas(base: mapping.start.assumingMemoryBound(to: UInt32.self), layout))
        if isDmaBuf { oriel_dma_buf_sync(descriptor.rawValue, false, true) }
    }
}

/// One plane's buffer: memory, and how the picture lies in it.
final class GuestBuffer: @unchecked Sendable {
    let memory: GuestMemory
    let identity: BufferIdentity
    /// What was last drawn into it; only whoever paints may look.
    var drawn: Generation?

    /// - Parameter picture: draws what is in it from the beginning, whole or band by band.
    init(
        _ allocator: MemoryAllocator, kind: PlaneKind, size: PixelSize, format: PixelFormat, picture: (Canvas) -> Void
    ) throws(SourceError) {
        let (stride, length) = Self.extent(of: size)
        let claim = LayoutClaim(kind: kind, width: size.width, height: size.height, fourcc: format.fourcc, stride: stride)
        do {
            let layout = try claim.validated(length: UInt64(length))
            memory = try allocator.allocate(layout, length: length, picture)
            let file = memory.descriptor.fileIdentity() ?? (0, UInt64(UInt(bitPattern: ObjectIdentifier(memory))))
            identity = BufferIdentity(device: file.device, inode: file.inode, layout: layout)
        } catch let error as Errno {
            throw SourceError(
                .unavailable,
                "demo: \(length) bytes of \(allocator.kind.rawValue) for a \(size) \(kind) can't be allocated (\(error.text)): "
                    + "use a smaller size or another memory")
        } catch {
            throw SourceError(.fault, "demo: its own \(size) \(kind) isn't valid (\(error)): report it")
        }
    }

    /// Bytes a row and in all. Rows start at 256 bytes, which every display engine takes for scanout; whole pages, as
    /// udmabuf demands.
    static func extent(of size: PixelSize) -> (stride: UInt32, length: Int) {
        let stride = (size.width * 4 + 255) & ~255
        let page = sysconf(CInt(_SC_PAGESIZE))
        return (stride, (Int(stride) * Int(size.height) + page - 1) / page * page)
    }

    func draw(_ body: (Canvas) -> Void) { memory.draw(identity.layout, body) }
}
