// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement
internal import Planes
internal import Surfaces
internal import Wayland

/// A plane's memory as the compositor knows it: one wl_buffer over that very memory, or, on the lowest rung, copies of its rows.
final class ImportedBuffer: CachedBuffer {
    let identity: BufferIdentity
    let path: Statistics.Path
    let memory: PlaneMemory
    /// Kept open so that its inode can't be given to other memory while this entry would answer for it.
    private let origin: PlaneBuffer
    private let content: Content
    /// Why it isn't on a higher rung, for the statistics.
    var reason = ""
    /// Whether it has yet to be shown.
    var isFresh = true
    /// The recorded frame for which the compositor holds the plane's memory.
    @exclusivity(unchecked) var frame: FrameRecorder.Number?

    private enum Content {
        case memory(HeldBuffer)
        case copies(CopySlots)
    }

    /// The guest's own memory, imported as it is.
    init(_ origin: consuming PlaneBuffer, path: Statistics.Path, buffer: consuming WlBuffer) {
        identity = origin.identity
        memory = origin.memory
        self.path = path
        self.origin = origin
        content = .memory(HeldBuffer(buffer))
    }

    /// Memory of our own, into which rows are copied at each commit.
    init(copying origin: consuming PlaneBuffer, into slots: CopySlots) {
        identity = origin.identity
        memory = origin.memory
        path = .copy
        self.origin = origin
        content = .copies(slots)
    }

    // A surface may hold the wl_buffer for longer.
    deinit { listen(nil) }

    /// Runs `action` whenever the compositor releases the memory, or one of its copies; nil for nothing more.
    func listen(_ action: (() -> Void)?) {
        switch content {
        case .memory(let buffer): buffer.onRelease = action
        case .copies(let slots): slots.listen(action)
        }
    }

    var isBusy: Bool {
        switch content {
        case .memory(let buffer): buffer.isHeld
        case .copies(let slots): slots.areHeld
        }
    }

    /// Whether the compositor reads the plane's own memory, rather than a copy that we have made.
    var isPlaneMemory: Bool { if case .memory = content { true } else { false } }

    var bytesCopied: UInt64 { if case .copies(let slots) = content { slots.bytesCopied } else { 0 } }

    /// Notes that what copies hold of this area is older than the plane's.
    fileprivate func outdate(_ damage: Damage) {
        guard case .copies(let slots) = content else { return }
        slots.outdate(damage.rectangle(in: identity.layout.size))
    }

    /// The buffer to attach; nil if the compositor still holds every copy.
    fileprivate func attachable() -> HeldBuffer? {
        switch content {
        case .memory(let buffer): buffer
        case .copies(let slots): slots.update()
        }
    }
}

extension BufferCache<ImportedBuffer> {
    /// The buffer to attach for a picture with this damage; nil if the compositor holds every copy.
    func attachable(_ buffer: ImportedBuffer, damage: Damage) -> HeldBuffer? {
        // A guest that flips gives each buffer the whole picture, but a copy has what it had when its buffer was last shown.
        for other in buffers { other.outdate(damage) }
        return buffer.attachable()
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
