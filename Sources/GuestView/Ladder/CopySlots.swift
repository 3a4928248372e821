// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import Surfaces
internal import System
internal import Wayland

/// Copies of a linear plane's rows in memory of our own, of which the compositor holds some while another is written. The only place
/// of the room that touches pixels.
final class CopySlots {
    private final class Slot {
        let buffer: HeldBuffer
        let pixels: Mapping
        /// The part of the copy that is older than the plane.
        var outdated: PixelRectangle

        init(_ buffer: HeldBuffer, _ pixels: consuming Mapping, _ size: PixelSize) {
            self.buffer = buffer
            self.pixels = pixels
            outdated = Damage.everything.rectangle(in: size)
        }
    }

    private let source: Mapping
    private let descriptor: CInt
    private let layout: PlaneLayout
    private let isDMABuf: Bool
    private var slots: [Slot] = []
    private(set) var bytesCopied: UInt64 = 0

    /// Weston releases one frame late under direct scanout: two held, one free.
    private static let count = 3

    /// - Parameter buffer: its descriptor is borrowed for as long as this lives.
    init(of buffer: borrowing PlaneBuffer, format: PixelFormat, shm: borrowing WlShm) throws(ImportError) {
        layout = buffer.layout
        guard layout.modifier == .linear, layout.planeCount == 1 else {
            throw ImportError("its layout \(layout.format) \(layout.modifier) can't be copied")
        }
        descriptor = buffer.descriptor(plane: 0)
        // It may have shrunk since it was validated, and reading past a file's end is a SIGBUS.
        let end = lseek(descriptor, 0, SEEK_END)
        guard end < 0 || end >= Int(layout.linearLength) else { throw ImportError("its memory is shorter than its picture") }
        isDMABuf = buffer.memory == .dmabuf
        source = try Self.map(descriptor, Int(layout.linearLength), for: .reading)
        for _ in 0..<Self.count { slots.append(try makeSlot(format, shm)) }
    }

    private static func map(
        _ descriptor: CInt, _ length: Int, for access: Mapping.Access
    ) throws(ImportError) -> Mapping {
        do throws(Errno) { return try Mapping(descriptor, length: length, for: access) } catch {
            throw ImportError("its memory can't be mapped (\(error.text))", isTemporary: true)
        }
    }

    private var rowBytes: Int { Int(layout.size.width * layout.format.bytesPerPixel()) }

    private func makeSlot(_ format: PixelFormat, _ shm: borrowing WlShm) throws(ImportError) -> Slot {
        let length = rowBytes * Int(layout.size.height)
        guard let poolSize = Int32(exactly: length) else { throw ImportError("its \(length) bytes exceed wl_shm's 2 GiB") }
        let memory = try OwnedDescriptor.sharedMemory(length)
        let pixels = try Self.map(memory.rawValue, length, for: .writing)
        let pool = shm.createPool(fd: BorrowedDescriptor(memory), size: poolSize)
        let buffer = pool.createBuffer(
            offset: 0, width: Int32(layout.size.width), height: Int32(layout.size.height), stride: Int32(rowBytes),
            format: BufferGlobals.sharedMemoryCode(of: format))
        pool.destroy()
        return Slot(HeldBuffer(buffer), pixels, layout.size)
    }

    /// Whether the compositor holds any of them.
    var areHeld: Bool { slots.contains { $0.buffer.isHeld } }

    /// Runs `action` whenever the compositor releases one; nil for nothing more.
    func listen(_ action: (() -> Void)?) {
        for slot in slots { slot.buffer.onRelease = action }
    }

    func outdate(_ area: PixelRectangle) {
        for slot in slots { slot.outdated = slot.outdated.union(area) }
    }

    /// Updates a free copy, to be attached; nil if the compositor holds them all.
    func update() -> HeldBuffer? {
        guard let slot = slots.first(where: { !$0.buffer.isHeld }) else { return nil }
        bytesCopied += copy(slot.outdated, into: slot.pixels)
        slot.outdated = PixelRectangle(x: 0, y: 0, width: 0, height: 0)
        return slot.buffer
    }

    /// Copies a rectangle that lies inside the plane. Returns the bytes copied.
    private func copy(_ area: PixelRectangle, into target: borrowing Mapping) -> UInt64 {
        guard !area.isEmpty else { return 0 }
        if isDMABuf { _ = oriel_dma_buf_sync(descriptor, true, false) }
        let pixel = Int(layout.format.bytesPerPixel())
        let bytes = Int(area.width) * pixel
        for row in Int(area.y)..<Int(area.y + area.height) {
            memcpy(
                target.start + row * rowBytes + Int(area.x) * pixel,
                source.start + Int(layout.offsets[0]) + row * Int(layout.strides[0]) + Int(area.x) * pixel, bytes)
        }
        if isDMABuf { _ = oriel_dma_buf_sync(descriptor, false, false) }
        return UInt64(bytes) * UInt64(area.height)
    }
}
