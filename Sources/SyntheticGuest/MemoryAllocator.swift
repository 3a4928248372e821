// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

/// Where a guest's memory comes from: chosen once, with the reason why it isn't a better one.
final class MemoryAllocator: @unchecked Sendable {
    let kind: GuestOptions.Memory
    /// Which kind it is, and why not a better one: «memfd, since /dev/udmabuf: No such file or directory; …».
    let reason: String
    private let device: OwnedDescriptor?

    private static let udmabufPath = "/dev/udmabuf"
    private static let heapPath = "/dev/dma_heap/system"

    /// Takes the wanted kind, or with `auto` the best that can give `length` bytes.
    init(_ wanted: GuestOptions.Memory, length: Int) throws(SourceError) {
        var obstacles = ""
        for kind in wanted == .auto ? [.udmabuf, .heap, .memfd] : [wanted] {
            do throws(Errno) {
                let device = try Self.open(kind)
                try Self.check(kind, device, length)
                self.kind = kind
                self.device = device
                reason = kind.rawValue + obstacles
                return
            } catch {
                guard wanted == .auto, kind != .memfd else { throw Self.refused(kind, error, length) }
                obstacles += "\(obstacles.isEmpty ? ", since " : "; ")\(Self.path(of: kind)): \(error.text)"
            }
        }
        throw SourceError(.fault, "demo: no kind of memory was tried: report it")
    }

    /// Memory with a picture in it.
    func allocate(_ layout: PlaneLayout, length: Int, _ picture: (Canvas) -> Void) throws(Errno) -> GuestMemory {
        switch device {
        case .some(let device):
            let memory = try Self.allocate(kind, device, length)
            memory.draw(layout, picture)
            return memory
        case .none:
            let file = try Self.memfd(length)
            try Self.draw(picture, layout, into: file)
            return try GuestMemory(mapping: file, length: length, isDmaBuf: false)
        }
    }

    var planeMemory: PlaneMemory { kind == .memfd ? .memfd : .dmabuf }

    private static func open(_ kind: GuestOptions.Memory) throws(Errno) -> OwnedDescriptor? {
        guard kind != .memfd else { return nil }
        let device = Glibc.open(path(of: kind), O_RDWR | O_CLOEXEC)
        return OwnedDescriptor(adopting: try Errno.checked(device))
    }

    /// A device that can be opened may still give nothing.
    private static func check(
        _ kind: GuestOptions.Memory, _ device: borrowing OwnedDescriptor?, _ length: Int
    ) throws(Errno) {
        switch device {
        case .some(let device): _ = try allocate(kind, device, length)
        case .none: break
        }
    }

    private static func allocate(
        _ kind: GuestOptions.Memory, _ device: borrowing OwnedDescriptor, _ length: Int
    ) throws(Errno) -> GuestMemory {
        let buffer =
            kind == .heap
            ? try adopted(oriel_dma_heap_allocate(device.rawValue, UInt64(length)))
            : try udmabuf(device, length)
        return try GuestMemory(mapping: buffer, length: length, isDmaBuf: true)
    }

    private static func udmabuf(_ device: borrowing OwnedDescriptor, _ length: Int) throws(Errno) -> OwnedDescriptor {
        let memory = try memfd(length)
        let buffer = oriel_udmabuf_create(device.rawValue, memory.rawValue, UInt64(length))
        // Not before: a temporary's descriptor is closed when its number has been read (EBADFD).
        _ = consume memory
        return try adopted(buffer)
    }

    /// A memfd that can't shrink under whoever has mapped it. It has no pages yet: `draw` writes them, and UDMABUF_CREATE brings
    /// them or fails.
    private static func memfd(_ length: Int) throws(Errno) -> OwnedDescriptor {
        try OwnedDescriptor.memoryFile("oriel-guest", length: length)
    }

    /// The bytes drawn at a time before they are written: few enough to stay in the processor's cache.
    private static let bandLength = 96 << 10

    /// Draws a picture into a file by writing it. Written pages cost a third less than those that a first touch brings one by one,
    /// which is most of the time until the first picture; and memory that can't be allocated is an error here rather than a SIGBUS.
    private static func draw(
        _ picture: (Canvas) -> Void, _ layout: PlaneLayout, into file: borrowing OwnedDescriptor
    ) throws(Errno) {
        let stride = Int(layout.strides[0]), height = Int(layout.size.height), rows = max(1, bandLength / stride)
        let band = UnsafeMutableRawBufferPointer.allocate(byteCount: rows * stride, alignment: 64)
        defer { band.deallocate() }
        // A row's end beyond the picture is shared as well.
        band.initializeMemory(as: UInt32.self, repeating: 0)
        for top in Swift.stride(from: 0, to: height, by: rows) {
            let lines = top..<min(top + rows, height)
            picture(Canvas(base: band.baseAddress!.assumingMemoryBound(to: UInt32.self), layout, rows: lines))
            try OwnedDescriptor.write(
                UnsafeRawBufferPointer(rebasing: band[..<(lines.count * stride)]), to: file.rawValue, at: top * stride)
        }
    }

    private static func adopted(_ result: CInt) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try Errno.checkedNegative(result))
    }

    private static func path(of kind: GuestOptions.Memory) -> String { kind == .udmabuf ? udmabufPath : heapPath }

    private static func refused(_ kind: GuestOptions.Memory, _ error: Errno, _ length: Int) -> SourceError {
        if kind == .memfd {
            return SourceError(
                .unavailable, "demo:?memory=memfd: \(length) bytes can't be allocated (\(error.text)): use a smaller size")
        }
        let remedy =
            switch error.code {
            case EACCES, EPERM: "get access to the device"
            case ENOENT where kind == .udmabuf, ENODEV where kind == .udmabuf: "load the kernel module udmabuf"
            case ENOENT, ENODEV, ENXIO: "use a kernel with CONFIG_DMABUF_HEAPS_SYSTEM"
            default: "use a smaller size"
            }
        return SourceError(
            error.isPermission ? .notPermitted : .unavailable,
            "demo:?memory=\(kind.rawValue): \(path(of: kind)) gives no \(length) bytes (\(error.text)): "
                + "\(remedy), or use memory=auto")
    }
}
