// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System
internal import Wayland
internal import WaylandServer

/// A client's memory for buffers of wl_shm.
private final class Pool {
    let file: OwnedDescriptor
    init(_ file: consuming OwnedDescriptor) { self.file = file }
}

/// Where the pixels of a buffer from wl_shm are.
struct PoolPixels {
    fileprivate let pool: Pool
    let offset: Int32
    let stride: Int32

    /// The pixel of four bytes at this place; nil outside the memory.
    func pixel(x: Int, y: Int) -> UInt32? {
        var pixel: UInt32 = 0
        return pread(pool.file.rawValue, &pixel, 4, Int(offset) + y * Int(stride) + 4 * x) == 4 ? pixel : nil
    }
}

extension TestCompositor {
    func offerMemory() {
        offer(WlShmResource.self, version: 1, "wl_shm") { [unowned self] resource in
            for format in behaviour.sharedMemoryFormats { resource.sendFormat(format: format) }
            shm = resource
            resource.setHandler(
                Listener { [unowned self] request in
                    switch consume request {
                    case .createPool(let pool, let file, _):
                        log.name(pool.id, "pool")
                        let memory = behaviour.keepsPools ? Pool(file) : nil
                        pool.setHandler(
                            Listener { [unowned self] request in
                                guard case .createBuffer(let buffer, let offset, _, _, let stride, _) = consume request else {
                                    return
                                }
                                keep(buffer)
                                pixels[buffer] = memory.map { PoolPixels(pool: $0, offset: offset, stride: stride) }
                            })
                    }
                })
        }
        offer(WpSinglePixelBufferManagerV1Resource.self, "wp_single_pixel_buffer_manager_v1") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    if case .createU32RgbaBuffer(let buffer, let red, let green, let blue, _) = consume request {
                        keep(buffer, as: red | green | blue == 0 ? "black" : "pixel")
                    }
                })
        }
    }

    func offerDmabuf() {
        guard let version = behaviour.dmabufVersion else { return }
        offer(ZwpLinuxDmabufV1Resource.self, version: version, "zwp_linux_dmabuf_v1") { [unowned self] resource in
            if resource.version == 3 { sendModifiers(resource) }
            dmabuf = resource
            resource.setHandler(
                Listener { [unowned self] request in
                    switch consume request {
                    case .destroy: break
                    case .createParams(let parameters): answer(parameters)
                    case .getDefaultFeedback(let feedback): give(feedback, isForSurface: false)
                    case .getSurfaceFeedback(let feedback, _): give(feedback, isForSurface: true)
                    }
                })
        }
    }

    private func sendModifiers(_ resource: ZwpLinuxDmabufV1Resource) {
        for (format, modifier) in behaviour.formats {
            resource.sendModifier(
                format: format.fourcc, modifierHi: UInt32(modifier >> 32), modifierLo: UInt32(truncatingIfNeeded: modifier))
        }
    }

    /// Announces more formats, to wl_shm and to a client of linux-dmabuf before version 4.
    public func announce(formats: Range<UInt32>) {
        for format in formats {
            shm?.sendFormat(format: WlShmResource.Format(rawValue: format))
            if dmabuf?.version == 3 { dmabuf?.sendModifier(format: format, modifierHi: 0, modifierLo: 0) }
        }
    }

    // MARK: Imports

    private func answer(_ parameters: ZwpLinuxBufferParamsV1Resource) {
        parameters.setHandler(
            Listener { [unowned self] request in
                guard case .create = consume request else { return }
                switch behaviour.imports {
                case .created: create(parameters)
                case .failed: parameters.sendFailed()
                case .later: unanswered.append(parameters)
                }
            },
            onDestroy: { [weak self] in self?.unanswered.removeAll { $0 == parameters } })
    }

    private func create(_ parameters: ZwpLinuxBufferParamsV1Resource) {
        let buffer = parameters.sendCreated()
        log.introduce(buffer.id, as: "buffer")
        keep(buffer)
    }

    /// The number of imports that wait for an answer.
    public var unansweredImports: Int { unanswered.count }

    /// Answers the imports deferred by ``Behaviour/Imports/later``.
    public func answerImports(created: Bool = true) {
        let parameters = unanswered
        unanswered.removeAll()
        for entry in parameters { created ? create(entry) : entry.sendFailed() }
    }

    // MARK: Feedback

    private func give(_ feedback: ZwpLinuxDmabufFeedbackV1Resource, isForSurface: Bool) {
        feedbacks.append((feedback, isForSurface))
        feedback.onDestroy { [weak self] in self?.feedbacks.removeAll { $0.resource == feedback } }
        send(feedback, withTable: true, isForSurface: isForSurface)
    }

    /// Sends the feedback again, as after a hotplug, optionally without the table, in which case the earlier table remains valid.
    public func resendFeedback(withTable: Bool) {
        for (feedback, isForSurface) in feedbacks { send(feedback, withTable: withTable, isForSurface: isForSurface) }
    }

    private func send(_ feedback: ZwpLinuxDmabufFeedbackV1Resource, withTable: Bool, isForSurface: Bool) {
        let device: [UInt8] = [0x80, 0xE2, 0, 0, 0, 0, 0, 0]
        var indices = behaviour.formats.indices.map { UInt16($0) }
        if case .indexPastTable = behaviour.feedback { indices += [UInt16(indices.count), .max] }
        if withTable { sendTable(feedback) }
        feedback.sendMainDevice(device: device)
        if isForSurface, let scanout = behaviour.scanoutFormats {
            feedback.sendTrancheTargetDevice(device: behaviour.scansOutElsewhere ? [0x81] + device.dropFirst() : device)
            feedback.sendTrancheFlags(flags: .scanout)
            feedback.sendTrancheFormats(indices: [UInt8](wireValues: scanout.map { UInt16($0) }))
            feedback.sendTrancheDone()
        }
        feedback.sendTrancheTargetDevice(device: device)
        feedback.sendTrancheFlags(flags: [])
        feedback.sendTrancheFormats(indices: [UInt8](wireValues: indices))
        feedback.sendTrancheDone()
        feedback.sendDone()
    }

    private func sendTable(_ feedback: ZwpLinuxDmabufFeedbackV1Resource) {
        var bytes: [UInt8] = []
        for (format, modifier) in behaviour.formats {
            bytes += [UInt8](wireValues: [format.fourcc, 0]) + [UInt8](wireValues: [modifier])
        }
        if case .oddSize = behaviour.feedback { bytes += [1, 2, 3] }
        let table = OwnedDescriptor(adopting: oriel_memfd_create("table"))
        let stored = if case .tableTooShort = behaviour.feedback { bytes.count - 1 } else { bytes.count }
        write(table.rawValue, bytes, stored)
        tableFile = table.fileIdentity()!
        guard case .unmappable = behaviour.feedback else {
            feedback.sendFormatTable(fd: table, size: UInt32(bytes.count))
            return
        }
        // A write-only descriptor can't be mapped for reading.
        let writable = OwnedDescriptor(adopting: open("/proc/self/fd/\(table.rawValue)", O_WRONLY | O_CLOEXEC))
        feedback.sendFormatTable(fd: writable, size: UInt32(bytes.count))
    }
}
