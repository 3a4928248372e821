// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Measurement
internal import Planes
internal import Wayland

/// A plane's memory as the compositor knows it: one wl_buffer over that very memory, or, on the lowest rung, up to three of our
/// own that its rows are copied into.
final class ImportedBuffer: CachedBuffer {
    let identity: BufferIdentity
    let path: Statistics.Path
    let memory: PlaneMemory
    /// Kept open so that its inode can't be given to other memory while this entry would answer for it.
    private let origin: PlaneBuffer
    private var slots: [Slot] = []
    private let copier: RowCopier?
    private(set) var bytesCopied: UInt64 = 0
    /// Why it isn't on a higher rung.
    var reason = ""
    /// Whether it has yet to be shown.
    var isFresh = true

    /// Weston releases one frame late under direct scanout: two held, one free.
    private static let copySlots = 3

    /// The guest's own memory, imported as it is.
    init(_ origin: consuming PlaneBuffer, path: Statistics.Path, buffer: consuming WlBuffer) {
        identity = origin.identity
        memory = origin.memory
        self.path = path
        self.origin = origin
        copier = nil
        slots.append(Slot(buffer))
    }

    /// Our own shared memory, which rows are copied into at every commit.
    init(copying origin: consuming PlaneBuffer, format: PixelFormat, shm: borrowing WlShm) throws(ImportError) {
        let copier = try RowCopier(origin)
        self.copier = copier
        identity = origin.identity
        memory = origin.memory
        path = .copy
        self.origin = origin
        for _ in 0..<Self.copySlots { slots.append(try copier.makeSlot(shm: shm, format: format)) }
    }

    var isBusy: Bool { slots.contains { $0.isBusy } }

    /// What copies have of this area is older than the plane's.
    func outdate(_ damage: Damage) {
        guard copier != nil else { return }
        let area = damage.rectangle(in: identity.layout.size)
        for slot in slots { slot.outdated = slot.outdated.union(area) }
    }

    /// What to attach; nil where every copy is still held by the compositor.
    func take() -> WlBuffer.Ref? {
        guard let copier else {
            let slot = slots[0]
            slot.isBusy = true
            return slot.buffer.ref
        }
        guard let slot = slots.first(where: { !$0.isBusy }) else { return nil }
        bytesCopied += copier.copy(slot.outdated, into: slot.pixels!)
        slot.outdated = PixelRectangle(x: 0, y: 0, width: 0, height: 0)
        slot.isBusy = true
        return slot.buffer.ref
    }

    /// Runs `action` when the compositor gives something back: for a picture that found every copy held.
    func whenReleased(_ action: @escaping () -> Void) {
        for slot in slots { slot.onRelease = action }
    }

    /// One wl_buffer and whether the compositor holds it.
    final class Slot {
        var buffer: WlBuffer
        var isBusy = false
        var onRelease: (() -> Void)?
        /// Copies only: our memory, and what of it is older than the plane's.
        let pixels: MappedMemory?
        var outdated: PixelRectangle

        init(_ buffer: consuming WlBuffer, pixels: MappedMemory? = nil, size: PixelSize = PixelSize(width: 0, height: 0)) {
            self.buffer = buffer
            self.pixels = pixels
            outdated = Damage.everything.rectangle(in: size)
            self.buffer.listen(
                Listener { [unowned self] event in
                    switch consume event {
                    case .release: wasReleased()
                    }
                })
        }

        private func wasReleased() {
            isBusy = false
            guard let action = onRelease else { return }
            onRelease = nil
            action()
        }
    }
}

extension Damage {
    func rectangle(in size: PixelSize) -> PixelRectangle {
        switch self {
        case .everything: PixelRectangle(x: 0, y: 0, width: Int32(size.width), height: Int32(size.height))
        case .rectangle(let rectangle): rectangle.clipped(to: size)
        }
    }
}

extension BufferCache<ImportedBuffer> {
    /// What to attach for a picture with this damage; nil where the compositor holds every copy.
    func take(_ buffer: ImportedBuffer, damage: Damage) -> WlBuffer.Ref? {
        // A guest that flips gives each buffer the whole picture, but a copy has what it had when its buffer was last shown.
        for other in buffers { other.outdate(damage) }
        return buffer.take()
    }
}
