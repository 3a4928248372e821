// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Measurement
internal import Planes
internal import Surfaces
internal import System
internal import Wayland

/// A buffer on its way to the compositor, and how it is to be shown.
struct ImportRequest {
    let kind: PlaneKind
    let identity: BufferIdentity
    /// The plane's format, for a screen without its alpha: the desktop must not shine through.
    let format: PixelFormat
    let memory: PlaneMemory
    let offer: BufferOffer
    /// Whether it becomes the image of the host's pointer.
    let isPointerImage: Bool

    init(_ buffer: borrowing PlaneBuffer, kind: PlaneKind, isPointerImage: Bool) {
        self.kind = kind
        identity = buffer.identity
        format = kind == .primary ? buffer.layout.format.opaque : buffer.layout.format
        memory = buffer.memory
        offer = buffer.offer
        self.isPointerImage = isPointerImage
    }

    var layout: PlaneLayout { identity.layout }
}

/// One rung of the fallback ladder: a way to give a plane's memory to the compositor.
protocol Rung: AnyObject {
    /// The path in the statistics, by which a rung can be forced.
    var path: Statistics.Path { get }

    /// Why this rung can't take the buffer; nil if it can try.
    func obstacle(to request: ImportRequest) -> String?

    /// Gives the memory to the compositor.
    ///
    /// - Parameter answer: called once, on the loop, if this returns `.later`.
    func begin(
        _ buffer: consuming PlaneBuffer, _ request: ImportRequest, answer: @escaping (consuming Attempt) -> Void
    ) -> Attempt

    /// Drops what the compositor hasn't answered.
    func cancel()
}

/// What became of a buffer on a rung.
enum Attempt: ~Copyable {
    case imported(ImportedBuffer)
    /// The compositor was asked.
    case later
    /// The rung refused it for this reason; the next one may try.
    case refused(ImportError, PlaneBuffer)
}

// MARK: -

/// The plane's own memory through zwp_linux_dmabuf_v1.
final class DMABUFRung: Rung {
    let path = Statistics.Path.dmabuf
    private let globals: BufferGlobals
    private var pending: [PendingImport] = []
    /// Pairs whose `create` was answered by `failed`: asking again would cost a round trip a frame.
    private var refused: Set<FormatTable.Pair> = []

    init(_ globals: BufferGlobals) { self.globals = globals }

    func obstacle(to request: ImportRequest) -> String? {
        if request.offer == .sharedMemory { return "the source shares memory that is no dma-buf" }
        let format = request.format, modifier = request.layout.modifier
        // Compositors put only wl_shm cursors on the display's cursor plane (Weston 14: drm_output_prepare_cursor_view). Where it can't
        // be one, the cursor is better drawn by the compositor than not at all.
        if request.isPointerImage, modifier == .linear, request.layout.planeCount == 1,
            globals.sharedMemoryFormats.contains(format.fourcc)
        {
            return "a pointer's image reaches the display's cursor plane only from wl_shm"
        }
        guard globals.dmabuf != nil else { return "the compositor has no zwp_linux_dmabuf_v1 of version 3 or later" }
        // From version 4 on a pair that wasn't offered ends the connection.
        guard globals.formats.contains(format, modifier) else {
            return "the compositor doesn't offer to import \(format) \(modifier)"
        }
        return refused.contains(Self.pair(request)) ? Self.refusal(request) : nil
    }

    private static func refusal(_ request: ImportRequest) -> String {
        "the compositor failed to import \(request.format) \(request.layout.modifier)"
    }

    private static func pair(_ request: ImportRequest) -> FormatTable.Pair {
        FormatTable.Pair(fourcc: request.format.fourcc, modifier: request.layout.modifier.rawValue)
    }

    func begin(
        _ buffer: consuming PlaneBuffer, _ request: ImportRequest, answer: @escaping (consuming Attempt) -> Void
    ) -> Attempt {
        let entry = PendingImport(globals.dmabuf!.createParams(), buffer: buffer)
        pending.append(entry)
        entry.send(request) { [unowned self, unowned entry] created in
            guard let index = pending.firstIndex(where: { $0 === entry }) else { return }
            let buffer = pending.remove(at: index).takeBuffer()
            if let created {
                answer(.imported(ImportedBuffer(buffer, path: path, buffer: created)))
            } else {
                refused.insert(Self.pair(request))
                answer(.refused(ImportError(Self.refusal(request)), buffer))
            }
        }
        return .later
    }

    func cancel() { pending.removeAll() }
}

/// An import that the compositor hasn't answered: the request's object and the memory it is about.
private final class PendingImport {
    private var parameters: ZwpLinuxBufferParamsV1?
    private var buffer: PlaneBuffer?

    init(_ parameters: consuming ZwpLinuxBufferParamsV1, buffer: consuming PlaneBuffer) {
        self.parameters = consume parameters
        self.buffer = consume buffer
    }

    /// Sends `create`, and never `create_immed`, whose failure may end the connection. Flags are 0: wlroots and kwin reject any.
    func send(_ request: ImportRequest, _ answer: @escaping (consuming WlBuffer?) -> Void) {
        let layout = request.layout
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
            width: Int32(layout.size.width), height: Int32(layout.size.height), format: request.format.fourcc, flags: [])
    }

    /// The answer has come: the request's object has done its work.
    func takeBuffer() -> PlaneBuffer {
        parameters = nil
        return buffer.take()!
    }
}

// MARK: -

/// The plane's memory as a wl_shm pool.
final class SharedMemoryRung: Rung {
    let path = Statistics.Path.sharedMemory
    private let globals: BufferGlobals

    init(_ globals: BufferGlobals) { self.globals = globals }

    func obstacle(to request: ImportRequest) -> String? {
        if request.memory == .dmabuf { return "wl_shm takes no dma-buf" }
        guard request.layout.modifier == .linear, request.layout.planeCount == 1,
            Int32(exactly: request.layout.linearLength) != nil
        else { return "wl_shm takes no memory laid out as \(request.layout.format) \(request.layout.modifier)" }
        guard globals.sharedMemoryFormats.contains(request.format.fourcc) else {
            return "its wl_shm doesn't take \(request.format)"
        }
        return nil
    }

    func begin(
        _ buffer: consuming PlaneBuffer, _ request: ImportRequest, answer: @escaping (consuming Attempt) -> Void
    ) -> Attempt {
        let layout = request.layout, length = Int32(layout.linearLength)
        // A pool longer than its file would have the compositor end the connection at the first read.
        var status = stat()
        guard fstat(buffer.descriptor(plane: 0), &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size >= Int(length)
        else { return .refused(ImportError("its memory isn't a file of \(length) bytes"), buffer) }
        let pool = globals.shm.createPool(fd: BorrowedDescriptor(rawValue: buffer.descriptor(plane: 0)), size: length)
        let shared = pool.createBuffer(
            offset: Int32(layout.offsets[0]), width: Int32(layout.size.width), height: Int32(layout.size.height),
            stride: Int32(layout.strides[0]), format: BufferGlobals.sharedMemoryCode(of: request.format))
        pool.destroy()
        // The source has already copied bytes and regions, so that is the path's name.
        let wasCopied = buffer.memory == .bytes || buffer.memory == .region
        return .imported(ImportedBuffer(buffer, path: wasCopied ? .copy : path, buffer: shared))
    }

    func cancel() {}
}

/// The plane's damaged rows, copied into shared memory of our own.
final class CopyRung: Rung {
    let path = Statistics.Path.copy
    private let globals: BufferGlobals

    init(_ globals: BufferGlobals) { self.globals = globals }

    func obstacle(to request: ImportRequest) -> String? {
        globals.sharedMemoryFormats.contains(request.format.fourcc) ? nil : "its wl_shm doesn't take \(request.format)"
    }

    func begin(
        _ buffer: consuming PlaneBuffer, _ request: ImportRequest, answer: @escaping (consuming Attempt) -> Void
    ) -> Attempt {
        do throws(ImportError) {
            let slots = try CopySlots(of: buffer, format: request.format, shm: globals.shm)
            return .imported(ImportedBuffer(copying: buffer, into: slots))
        } catch {
            return .refused(error, buffer)
        }
    }

    func cancel() {}
}
