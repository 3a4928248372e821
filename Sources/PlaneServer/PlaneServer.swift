// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
public import EventLoop
internal import Glibc
public import Logging
public import Planes
public import System

/// Gives a guest's display planes to viewers in other processes, over a Unix socket (`docs/plane-protocol.md`).
///
/// ```swift
/// let server = try PlaneServer(path: "/run/user/1000/guest.sock", source: source, loop: loop, logger: logger)
/// server.onEnd = { error in … }
/// try loop.run()
/// server.close()
/// ```
///
/// Any ``PlaneSource`` can be served; only the server queries it. A source whose guest draws ahead into other buffers is a
/// ``HoldingPlaneSource``, so that each viewer's pictures stay as they are while it shows them.
///
/// Nothing that one viewer does or fails to do stops another viewer: the server waits for nobody, what it sends ahead of
/// acknowledgements is bounded, and a viewer that breaks a rule, floods or never reads is told so and dropped.
public final class PlaneServer {
    /// The kind of memory that viewers are given.
    public enum Export: Sendable {
        /// A descriptor for each buffer: dma-bufs, or files in memory.
        case buffers
        /// All pictures lie in one descriptor, each at its layout's first offset. A picture in any other memory isn't shown.
        case region
    }

    public struct Options: Sendable {
        /// The largest number of connections; one more is told so and refused.
        public var mostViewers = 8
        /// The numbers of other users who may connect. If there are any, every user can open the socket, and the server goes by
        /// what the kernel says of the peer; otherwise the socket has mode 0600.
        public var allowedUsers: Set<UInt32> = []
        public var export = Export.buffers
        /// Nanoseconds between two queries of a ``PolledPlaneSource``.
        public var pollInterval: UInt64 = 16_666_667
        /// The user who runs the server. A test may pretend to be another.
        package var user: UInt32 = geteuid()
        /// Nanoseconds that a viewer has for its hello, and for an acknowledgement while its window is full.
        package var helloPatience = UInt64(PLANE_HELLO_SECONDS) * 1_000_000_000
        package var readPatience: UInt64 = 10_000_000_000

        public init() {}
    }

    /// Called once, in the loop, after the source has ended, the viewers have been told and the socket is closed.
    public var onEnd: ((SourceError) -> Void)?

    let source: any PlaneSource
    let options: Options
    let loop: EventLoop
    let logger: Logger
    let name: String

    var viewers: [Viewer] = []
    private(set) var isRunning = true
    /// Ends before the socket is closed.
    private var listenerWatch: DescriptorSource?
    private var listener: ListeningSocket?
    private var lastNumber = 0
    private var clock: TimerSource!
    private var faults = RateLimit(perSecond: 1)

    /// The source, if it keeps pictures for viewers.
    let holder: (any HoldingPlaneSource)?
    /// What the source shows.
    var planes = PerPlane { _ in ServedPlane() }
    /// Counts the queries that found a change.
    var revision: UInt64 = 0
    var names = BufferNames()
    /// The file that all pictures are in, with ``Export/region``.
    var region: (device: UInt64, inode: UInt64)?
    var pollTimer: TimerSource!
    /// The number of requests for a generation that was gone.
    public internal(set) var staleAnswers: UInt64 = 0

    /// Listens at `path`, which is absolute and at most 107 bytes long. A dead server's socket there is replaced.
    ///
    /// - Parameter name: The guest's name as viewers show it, up to 96 bytes; nil for the source's own.
    /// - Throws: `.usage`, `.unavailable` (another server is running) or `.notPermitted`, with a line for the user.
    public convenience init(
        path: String, source: any PlaneSource, name: String? = nil, options: Options = Options(), loop: EventLoop,
        logger: Logger
    ) throws(SourceError) {
        guard path.hasPrefix("/") else {
            throw SourceError(.usage, "\(path.singleLine): the socket's path isn't absolute: use /SOME/FOLDER/NAME.sock")
        }
        let listener: ListeningSocket
        do throws(Errno) {
            listener = try ListeningSocket(at: path, .packets, isShared: !options.allowedUsers.isEmpty)
        } catch {
            throw SourceError(listeningAt: path, error)
        }
        self.init(source: source, name: name, options: options, loop: loop, logger: logger)
        do throws(EventLoopError) {
            listenerWatch = try loop.watch(listener.descriptor.rawValue) { [unowned self] _ in acceptViewers() }
        } catch {
            throw SourceError(path, error)
        }
        self.listener = listener
    }

    /// Serves only viewers whose sockets are given to ``adopt(_:)``.
    public init(
        source: any PlaneSource, name: String? = nil, options: Options = Options(), loop: EventLoop, logger: Logger
    ) {
        self.source = source
        holder = source as? any HoldingPlaneSource
        self.options = options
        self.loop = loop
        self.logger = logger
        self.name = (name ?? source.name).singleLine
        clock = loop.timer { [unowned self] in handleClock() }
        pollTimer = loop.timer { [unowned self] in handlePoll() }
        source.delegate = self
        pump()
    }

    deinit { close() }

    /// The number of connections, greeted or not.
    public var viewerCount: Int { viewers.count }

    /// Takes a viewer's connected SOCK_SEQPACKET socket that came in another way than by the path. Its user is checked, too.
    public func adopt(_ socket: consuming OwnedDescriptor) { admit(PacketSocket(socket, takesDescriptors: false)) }

    /// Tells the viewers that the server has ended, removes the socket, and lets go of the source, which stays open. ``onEnd`` isn't
    /// called.
    public func close() { end(plane_bye(PLANE_BYE_ENDED, text: "the server has ended")) }

    func end(_ goodbye: plane_bye) {
        guard isRunning else { return }
        isRunning = false
        if source.delegate === self { source.delegate = nil }
        listenerWatch = nil
        listener = nil
        clock.disarm()
        pollTimer.disarm()
        for viewer in viewers { dismiss(viewer, goodbye) }
        for kind in PlaneKind.allCases { holder?.hold(kind, .none, for: 0) }
    }
}

// MARK: Viewers that come and go

extension PlaneServer: ViewerHandler {
    /// The number of connections accepted in one turn, so that a crowd of them keeps nobody waiting.
    private static let mostAtOnce = 8
    private static let tick: UInt64 = 500_000_000

    private func acceptViewers() {
        for _ in 0..<Self.mostAtOnce {
            do throws(Errno) {
                guard let listener, let socket = try LocalSocket.accept(listener.descriptor) else { return }
                admit(PacketSocket(socket, takesDescriptors: false))
            } catch {
                // There are no descriptors left. The connection waits, and the loop must not spin on it.
                complain("no viewer can be taken (\(error.text))")
                listenerWatch?.wait(for: [])
                return clock.arm(after: Self.tick)
            }
        }
    }

    private func admit(_ socket: PacketSocket) {
        let user = try? LocalSocket.peer(of: socket.descriptor.rawValue).user
        guard let user, user == options.user || options.allowedUsers.contains(user) else {
            let who = user.map { "user \($0)" } ?? "an unknown user"
            return refuse(socket, plane_bye(PLANE_BYE_NOT_PERMITTED, text: "\(who) may not look at this guest"))
        }
        guard isRunning, viewers.count < options.mostViewers else {
            return refuse(
                socket,
                plane_bye(
                    PLANE_BYE_FULL, detail: UInt32(options.mostViewers), text: "\(options.mostViewers) viewers are there already")
            )
        }
        lastNumber += 1
        do throws(EventLoopError) {
            viewers.append(try Viewer(socket, number: lastNumber, loop: loop, handler: self))
            clock.arm(after: Self.tick)
        } catch {
            complain("no viewer can be taken (\(error))")
        }
    }

    private func refuse(_ socket: PacketSocket, _ goodbye: plane_bye) {
        _ = socket.send(goodbye)
        // The kernel would reset a connection with an unread hello, and the viewer might not hear the refusal.
        _ = socket.receive { _ in }
        complain("a viewer is refused: \(text(in: goodbye.text))")
    }

    func ended(_ viewer: Viewer, because fault: ProtocolFault?) {
        guard let fault else { return remove(viewer) }
        complain("a viewer is dropped: \(fault)")
        dismiss(viewer, plane_bye(PLANE_BYE_PROTOCOL, text: "\(fault)"))
    }

    /// Tells a viewer why it is dropped, and drops it.
    func dismiss(_ viewer: Viewer, _ goodbye: plane_bye) {
        _ = viewer.send(goodbye)
        remove(viewer)
    }

    private func remove(_ viewer: Viewer) {
        viewer.close()
        viewers.removeAll { $0 === viewer }
        for kind in PlaneKind.allCases { holder?.hold(kind, .none, for: viewer.number) }
        if viewers.isEmpty { pollTimer.disarm() }
        // The guest may have waited for this viewer.
        answerSource()
    }

    func complain(_ message: String) {
        guard let held = faults.pass(at: EventLoop.now()) else { return }
        logger.warning("\(name): \(message)\(held > 0 ? " (and \(held) more like it)" : "")")
    }

    /// Drops viewers that say no hello, or don't acknowledge the states that they were sent.
    private func handleClock() {
        let now = EventLoop.now()
        for viewer in viewers {
            if !viewer.isGreeted, now - viewer.connectedAt > options.helloPatience {
                complain("a viewer is dropped: it said no hello")
                dismiss(viewer, plane_bye(PLANE_BYE_PROTOCOL, text: "no hello came"))
            } else if let since = viewer.isFullSince, now - since > options.readPatience {
                drop(viewer)
            }
        }
        listenerWatch?.wait(for: .readable)
        if !viewers.isEmpty { clock.arm(after: Self.tick) }
    }

    func drop(_ viewer: Viewer) {
        complain("viewer \(viewer.number) is dropped: it doesn't read")
        dismiss(viewer, plane_bye(PLANE_BYE_SLOW, text: "the viewer doesn't read"))
    }
}
