// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Measurement
internal import Planes
internal import Wayland

/// Why a buffer can't be given to the compositor: the end of a sentence that starts with the plane.
struct ImportError: Error, CustomStringConvertible {
    let description: String
    /// Whether the same memory may do at the next try, as when the kernel was short of something.
    let isTemporary: Bool

    init(_ description: String, isTemporary: Bool = false) {
        self.description = description
        self.isTemporary = isTemporary
    }
}

/// A buffer that the compositor has, and why it isn't on a higher rung.
struct ImportOutcome {
    let buffer: ImportedBuffer
    let reason: String
}

/// Brings a plane's memory to the compositor, on the highest rung of the fallback ladder that holds:
/// linux-dmabuf → the same memory as a wl_shm pool → rows copied into memory of our own. A cursor that the host's pointer wears
/// begins on the second rung: compositors put only wl_shm cursors on the display's cursor plane (Weston 14: drm_output_prepare_cursor_view).
final class BufferImporter {
    enum Answer {
        case now(ImportOutcome)
        /// The compositor was asked; `onAnswer` will hear.
        case later
        case never(ImportError)
    }

    /// Called once for each `later`.
    var onAnswer: ((PlaneKind, BufferIdentity, Result<ImportOutcome, ImportError>) -> Void)?

    private let compositor: Compositor
    private let cursorMode: CursorMode
    private var pending: [PendingImport] = []
    /// Format and modifier that `create` was answered `failed` for: asking again would cost a round trip a frame.
    private var refused: Set<FormatTable.Pair> = []

    init(_ compositor: Compositor, cursor: CursorMode) {
        self.compositor = compositor
        cursorMode = cursor
    }

    var isWaiting: Bool { !pending.isEmpty }

    func start(_ buffer: consuming PlaneBuffer, kind: PlaneKind) -> Answer {
        // A screen's alpha means nothing; importing it as such would let the desktop shine through.
        let format = kind == .primary ? buffer.layout.format.opaque : buffer.layout.format
        if let obstacle = obstacle(buffer.layout, kind: kind, format: format, offer: buffer.offer) {
            return lower(buffer, format: format, because: obstacle)
        }
        ask(PendingImport(compositor.dmabuf!.createParams(), buffer: buffer, kind: kind, format: format))
        return .later
    }

    /// Why linux-dmabuf isn't tried, or nil.
    private func obstacle(_ layout: PlaneLayout, kind: PlaneKind, format: PixelFormat, offer: BufferOffer) -> String? {
        if case .sharedMemory = offer { return "the source shares memory that is no dma-buf" }
        if kind == .cursor, cursorMode == .pointer, fitsSharedMemory(layout, format) {
            return "a pointer's image reaches the display's cursor plane only from wl_shm"
        }
        guard compositor.dmabuf != nil else { return "the compositor has no zwp_linux_dmabuf_v1 of version 3 or later" }
        // From version 4 on a pair that wasn't offered ends the connection.
        guard compositor.formats.contains(format, layout.modifier) else {
            return "the compositor doesn't offer to import \(format) \(layout.modifier)"
        }
        return refused.contains(layout.pair(format)) ? Self.refusal(format, layout) : nil
    }

    /// Where it doesn't, the cursor is better drawn by the compositor than not at all.
    private func fitsSharedMemory(_ layout: PlaneLayout, _ format: PixelFormat) -> Bool {
        layout.modifier == .linear && layout.planeCount == 1 && compositor.sharedMemoryFormats.contains(format.fourcc)
    }

    private static func refusal(_ format: PixelFormat, _ layout: PlaneLayout) -> String {
        "the compositor failed to import \(format) \(layout.modifier)"
    }

    private func ask(_ entry: PendingImport) {
        pending.append(entry)
        entry.send { [unowned self, unowned entry] created in
            guard let index = pending.firstIndex(where: { $0 === entry }) else { return }
            answered(pending.remove(at: index), created)
        }
    }

    /// Gives back what the compositor hasn't answered.
    func close() { pending.removeAll() }

    private func answered(_ entry: PendingImport, _ created: consuming WlBuffer?) {
        let buffer = entry.takeBuffer()
        let format = entry.format, identity = buffer.identity, layout = buffer.layout
        if let created {
            let imported = ImportedBuffer(buffer, path: .dmabuf, buffer: created)
            let outcome = ImportOutcome(buffer: imported, reason: "the compositor imports the plane's memory")
            onAnswer?(entry.kind, identity, .success(outcome))
            return
        }
        refused.insert(layout.pair(format))
        switch lower(buffer, format: format, because: Self.refusal(format, layout)) {
        case .now(let outcome): onAnswer?(entry.kind, identity, .success(outcome))
        case .never(let error): onAnswer?(entry.kind, identity, .failure(error))
        case .later: break  // the lower rungs answer at once
        }
    }

    /// The rungs below linux-dmabuf.
    private func lower(_ buffer: consuming PlaneBuffer, format: PixelFormat, because reason: String) -> Answer {
        guard compositor.sharedMemoryFormats.contains(format.fourcc) else {
            return .never(ImportError("\(reason), and its wl_shm doesn't take \(format)"))
        }
        do throws(ImportError) {
            if buffer.memory != .dmabuf, let length = poolLength(buffer) {
                return .now(ImportOutcome(buffer: share(buffer, length: length, format: format), reason: reason))
            }
            let copy = try ImportedBuffer(copying: buffer, format: format, shm: compositor.shm)
            return .now(ImportOutcome(buffer: copy, reason: reason))
        } catch {
            return .never(ImportError("\(reason), and \(error)", isTemporary: error.isTemporary))
        }
    }

    /// How large a pool over this memory must be; nil where it can't be one. A pool longer than its file would have the
    /// compositor end the connection at the first read.
    private func poolLength(_ buffer: borrowing PlaneBuffer) -> Int32? {
        let layout = buffer.layout
        guard layout.modifier == .linear, layout.planeCount == 1,
            let length = Int32(exactly: layout.linearLength)
        else { return nil }
        var status = stat()
        guard fstat(buffer.descriptor(plane: 0), &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size >= Int(length)
        else { return nil }
        return length
    }

    private func share(_ buffer: consuming PlaneBuffer, length: Int32, format: PixelFormat) -> ImportedBuffer {
        let layout = buffer.layout
        let pool = compositor.shm.createPool(fd: BorrowedDescriptor(rawValue: buffer.descriptor(plane: 0)), size: length)
        let shared = pool.createBuffer(
            offset: Int32(layout.offsets[0]), width: Int32(layout.size.width), height: Int32(layout.size.height),
            stride: Int32(layout.strides[0]), format: .init(rawValue: Compositor.sharedMemoryCode(of: format)))
        pool.destroy()
        // The source has already copied these, so that is the path's name.
        let wasCopied = buffer.memory == .bytes || buffer.memory == .region
        return ImportedBuffer(buffer, path: wasCopied ? .copy : .sharedMemory, buffer: shared)
    }
}

extension PlaneLayout {
    fileprivate func pair(_ format: PixelFormat) -> FormatTable.Pair {
        FormatTable.Pair(fourcc: format.fourcc, modifier: modifier.rawValue)
    }
}

/// An import that the compositor hasn't answered: the request's object and the memory it is about, both gone with it.
private final class PendingImport {
    let kind: PlaneKind
    let format: PixelFormat
    private let layout: PlaneLayout
    private var parameters: ZwpLinuxBufferParamsV1?
    private var buffer: PlaneBuffer?

    init(_ parameters: consuming ZwpLinuxBufferParamsV1, buffer: consuming PlaneBuffer, kind: PlaneKind, format: PixelFormat) {
        self.parameters = consume parameters
        layout = buffer.layout
        self.buffer = consume buffer
        self.kind = kind
        self.format = format
    }

    /// `create` and never `create_immed`, whose failure may end the connection. Flags 0: wlroots and kwin reject any.
    func send(_ answer: @escaping (consuming WlBuffer?) -> Void) {
        parameters!.listen(
            Listener { event in
                switch consume event {
                case .created(let buffer): answer(buffer)
                case .failed: answer(nil)
                }
            })
        for plane in 0..<layout.planeCount {
            parameters!.add(
                fd: BorrowedDescriptor(rawValue: buffer!.descriptor(plane: plane)), planeIdx: UInt32(plane),
                offset: layout.offsets[plane], stride: layout.strides[plane],
                modifierHi: UInt32(layout.modifier.rawValue >> 32),
                modifierLo: UInt32(truncatingIfNeeded: layout.modifier.rawValue))
        }
        parameters!.create(
            width: Int32(layout.size.width), height: Int32(layout.size.height), format: format.fourcc, flags: [])
    }

    /// The answer has come: the request's object has done its work.
    func takeBuffer() -> PlaneBuffer {
        parameters = nil
        return buffer.take()!
    }
}
