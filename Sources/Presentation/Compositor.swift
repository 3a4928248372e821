// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import GuestInput
internal import Planes
internal import System
public import Wayland

/// The compositor's globals that Oriel uses, bound once, and what it said of them.
public final class Compositor {
    public let connection: Connection
    public let registry: Registry
    var compositor: WlCompositor
    var wmBase: XdgWmBase
    var shm: WlShm
    var subcompositor: WlSubcompositor?
    var dmabuf: ZwpLinuxDmabufV1?
    var viewporter: WpViewporter?
    var presentation: WpPresentation?
    var fractionalScale: WpFractionalScaleManagerV1?
    var singlePixel: WpSinglePixelBufferManagerV1?
    var decoration: ZxdgDecorationManagerV1?
    var idleInhibition: ZwpIdleInhibitManagerV1?
    var contentTypes: WpContentTypeManagerV1?
    var tearing: WpTearingControlManagerV1?
    var activation: XdgActivationV1?
    /// Bound with the first window; all share them.
    private(set) lazy var seats = Seats(registry) { [unowned self] in arrow?.ref }
    /// nil where there is no memory for it.
    private lazy var arrow = try? HostArrow(self)
    let screens: Screens
    /// Under way until the globals have said what they have to say.
    private var answers: RoundTrip?
    private var feedback: ZwpLinuxDmabufFeedbackV1?
    private var collector = FeedbackCollector()

    /// Those that haven't ended.
    var windows: [Entry] = []

    /// wl_shm's format codes, as fourccs.
    private(set) var sharedMemoryFormats: Set<UInt32> = []
    /// What linux-dmabuf takes: the modifier events of version 3, or the default feedback of 4 and 5.
    private(set) var formats = FormatTable()
    /// The clock of presentation timestamps (CLOCK_MONOTONIC until told otherwise).
    public private(set) var presentationClock: CInt = CLOCK_MONOTONIC
    /// What was wrong with the compositor's feedback, if anything.
    public var feedbackFault: String? { collector.fault }

    /// Connects to a display (nil: the one in the environment), binds, and hears what each global has to say.
    public convenience init(display: String?) throws(WaylandError) {
        try self.init(Connection(display: display))
    }

    /// Binds over a connection, and hears what each global has to say: waits for two round trips.
    public convenience init(_ connection: Connection) throws(WaylandError) {
        let registry = Registry(connection)
        try connection.roundtrip()
        try self.init(registry)
        try settle()
    }

    /// Binds from a registry that knows its globals, and asks each what it has to say. Call ``settle()`` before anything else.
    public init(_ registry: Registry) throws(WaylandError) {
        self.registry = registry
        connection = registry.connection
        compositor = try registry.bind(WlCompositor.self, atLeast: 4)
        wmBase = try registry.bind(XdgWmBase.self)
        shm = try registry.bind(WlShm.self, atMost: 1)
        subcompositor = try registry.bindIfOffered(WlSubcompositor.self)
        dmabuf = try registry.bindIfOffered(ZwpLinuxDmabufV1.self, atLeast: 3)
        viewporter = try registry.bindIfOffered(WpViewporter.self)
        presentation = try registry.bindIfOffered(WpPresentation.self)
        fractionalScale = try registry.bindIfOffered(WpFractionalScaleManagerV1.self)
        singlePixel = try registry.bindIfOffered(WpSinglePixelBufferManagerV1.self)
        decoration = try registry.bindIfOffered(ZxdgDecorationManagerV1.self)
        idleInhibition = try registry.bindIfOffered(ZwpIdleInhibitManagerV1.self)
        contentTypes = try registry.bindIfOffered(WpContentTypeManagerV1.self)
        tearing = try registry.bindIfOffered(WpTearingControlManagerV1.self)
        activation = try registry.bindIfOffered(XdgActivationV1.self)
        screens = try Screens(registry)
        listen()
        answers = try RoundTrip(connection)
    }

    /// Waits for what the globals say, the feedback too.
    public func settle() throws(WaylandError) {
        try answers?.wait()
        answers = nil
    }

    /// The version of zwp_linux_dmabuf_v1 in use, or nil where there is none of version 3 or later.
    public var dmabufVersion: UInt32? { dmabuf?.version }

    private func listen() {
        wmBase.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .ping(let serial): wmBase.pong(serial: serial)
                }
            })
        shm.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .format(let format): sharedMemoryFormats.insert(Self.fourcc(of: format.rawValue))
                }
            })
        presentation?.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .clockId(let clock): presentationClock = CInt(bitPattern: clock)
                }
            })
        guard dmabuf != nil else { return }
        if dmabufVersion! >= 4 {
            feedback = dmabuf!.getDefaultFeedback()
            feedback!.listen(
                Listener { [unowned self] event in
                    if let table = collector.handle(event) { formats = table }
                })
        } else {
            formats.tranches = [FormatTable.Tranche(device: 0, isScanout: false, pairs: [])]
            dmabuf!.listen(
                Listener { [unowned self] event in
                    switch consume event {
                    case .format: break  // its modifiers say the same and more
                    case .modifier(let format, let high, let low):
                        let modifier = UInt64(high) << 32 | UInt64(low)
                        formats.tranches[0].pairs.append(.init(fourcc: format, modifier: modifier))
                    }
                })
        }
    }

    /// wl_shm numbers ARGB8888 as 0 and XRGB8888 as 1; every other code is the fourcc.
    static func fourcc(of code: UInt32) -> UInt32 {
        switch code {
        case 0: PixelFormat.argb8888.fourcc
        case 1: PixelFormat.xrgb8888.fourcc
        default: code
        }
    }

    static func sharedMemoryCode(of format: PixelFormat) -> UInt32 {
        switch format {
        case .argb8888: 0
        case .xrgb8888: 1
        default: format.fourcc
        }
    }
}

extension Registry {
    /// Binds the first global of this type, or returns nil where it isn't offered in this version.
    func bindIfOffered<T: GlobalObject & ~Copyable>(_ type: T.Type, atLeast: UInt32 = 1) throws(WaylandError) -> T? {
        guard let global = first(T.interface.name), global.version >= atLeast else { return nil }
        return try bind(type, global, atLeast: atLeast)
    }
}

extension FeedbackCollector {
    /// One event of zwp_linux_dmabuf_feedback_v1; a table when a round is done.
    mutating func handle(_ event: consuming ZwpLinuxDmabufFeedbackV1.Event) -> FormatTable? {
        switch consume event {
        case .formatTable(let descriptor, let size):
            guard size > 0, size <= Self.largestTable, let length = descriptor.length(), length >= UInt64(size),
                let memory = try? Mapping(descriptor.rawValue, length: Int(size), for: .reading)
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

extension Compositor {
    /// Whether pictures can be shown in another size than their own.
    public var canScale: Bool { viewporter != nil }
}
