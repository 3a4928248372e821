// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Planes
internal import System
package import Wayland

/// The globals that make surfaces and say how they look.
package final class SurfaceGlobals {
    package var compositor: WlCompositor
    package var subcompositor: WlSubcompositor?
    package var viewporter: WpViewporter?
    package var contentTypes: WpContentTypeManagerV1?
    package var tearing: WpTearingControlManagerV1?

    init(_ registry: Registry) throws(WaylandError) {
        compositor = try registry.bind(WlCompositor.self, atLeast: 4)
        subcompositor = try registry.bindIfOffered(WlSubcompositor.self)
        viewporter = try registry.bindIfOffered(WpViewporter.self)
        contentTypes = try registry.bindIfOffered(WpContentTypeManagerV1.self)
        tearing = try registry.bindIfOffered(WpTearingControlManagerV1.self)
    }
}

/// The globals that a desktop window needs.
package final class ShellGlobals {
    package var wmBase: XdgWmBase
    package var decoration: ZxdgDecorationManagerV1?
    package var fractionalScale: WpFractionalScaleManagerV1?
    package var idleInhibition: ZwpIdleInhibitManagerV1?
    package var activation: XdgActivationV1?

    init(_ registry: Registry) throws(WaylandError) {
        wmBase = try registry.bind(XdgWmBase.self)
        decoration = try registry.bindIfOffered(ZxdgDecorationManagerV1.self)
        fractionalScale = try registry.bindIfOffered(WpFractionalScaleManagerV1.self)
        idleInhibition = try registry.bindIfOffered(ZwpIdleInhibitManagerV1.self)
        activation = try registry.bindIfOffered(XdgActivationV1.self)
        wmBase.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .ping(let serial): wmBase.pong(serial: serial)
                }
            })
    }
}

/// The global that reports when frames reached the screen, and the clock of its reports.
package final class TimingGlobals {
    package var presentation: WpPresentation?
    /// The clock of presentation timestamps: CLOCK_MONOTONIC until the compositor names another.
    package private(set) var clock: CInt = CLOCK_MONOTONIC

    init(_ registry: Registry) throws(WaylandError) {
        presentation = try registry.bindIfOffered(WpPresentation.self)
        presentation?.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .clockId(let clock): self.clock = CInt(bitPattern: clock)
                }
            })
    }
}

/// The globals that make buffers of memory, and the formats that they take.
package final class BufferGlobals {
    package var shm: WlShm
    package var dmabuf: ZwpLinuxDmabufV1?
    package var singlePixel: WpSinglePixelBufferManagerV1?
    private var feedback: ZwpLinuxDmabufFeedbackV1?
    private var collector = FeedbackCollector()
    /// The formats of wl_shm, as fourccs.
    package private(set) var sharedMemoryFormats: Set<UInt32> = []
    /// The formats of linux-dmabuf: from the modifier events of version 3, or the default feedback of 4 and 5.
    package private(set) var formats = FormatTable()
    /// What was wrong with the compositor's feedback, if anything.
    package var feedbackFault: String? { collector.fault }

    init(_ registry: Registry) throws(WaylandError) {
        shm = try registry.bind(WlShm.self, atMost: 1)
        dmabuf = try registry.bindIfOffered(ZwpLinuxDmabufV1.self, atLeast: 3)
        singlePixel = try registry.bindIfOffered(WpSinglePixelBufferManagerV1.self)
        shm.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .format(let format):
                    guard sharedMemoryFormats.count < FormatTable.limit else { return }
                    sharedMemoryFormats.insert(Self.fourcc(of: format.rawValue))
                }
            })
        if let version = dmabuf?.version { listen(version) }
    }

    private func listen(_ version: UInt32) {
        guard version < 4 else {
            feedback = dmabuf!.getDefaultFeedback()
            feedback!.listen(
                Listener { [unowned self] event in
                    if let table = collector.handle(event) { formats = table }
                })
            return
        }
        formats.tranches = [FormatTable.Tranche(device: 0, isScanout: false, pairs: [])]
        dmabuf!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .format: break  // the modifier events name all formats again
                case .modifier(let format, let high, let low):
                    guard formats.tranches[0].pairs.count < FormatTable.limit else { return }
                    let modifier = UInt64(high) << 32 | UInt64(low)
                    formats.tranches[0].pairs.append(.init(fourcc: format, modifier: modifier))
                }
            })
    }

    /// wl_shm numbers ARGB8888 as 0 and XRGB8888 as 1; every other code is the fourcc.
    private static func fourcc(of code: UInt32) -> UInt32 {
        switch code {
        case 0: PixelFormat.argb8888.fourcc
        case 1: PixelFormat.xrgb8888.fourcc
        default: code
        }
    }

    package static func sharedMemoryCode(of format: PixelFormat) -> WlShm.Format {
        switch format {
        case .argb8888: .argb8888
        case .xrgb8888: .xrgb8888
        default: WlShm.Format(rawValue: format.fourcc)
        }
    }
}

extension FeedbackCollector {
    /// Handles one event of zwp_linux_dmabuf_feedback_v1. Returns a table when a round is done.
    mutating func handle(_ event: consuming ZwpLinuxDmabufFeedbackV1.Event) -> FormatTable? {
        switch consume event {
        case .formatTable(let descriptor, let size):
            guard size > 0, size <= Self.largestTable, let length = descriptor.length(), length >= UInt64(size),
                let memory = try? Mapping(descriptor.rawValue, length: Int(size), for: .readingPrivately)
            else {
                refuse("its format table of \(size) bytes can't be mapped")
                return nil
            }
            table(UnsafeRawBufferPointer(memory.bytes))
        case .mainDevice(let device): mainDevice(device)
        case .trancheTargetDevice(let device): trancheDevice(device)
        case .trancheFormats(let indices): trancheFormats(indices)
        case .trancheFlags(let flags): trancheFlags(scanout: flags.contains(.scanout))
        case .trancheDone: trancheDone()
        case .done: return done()
        }
        return nil
    }
}
