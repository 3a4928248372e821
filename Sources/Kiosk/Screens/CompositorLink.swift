// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import GuestWindow
internal import Logging
internal import Surfaces
internal import System
internal import Wayland

/// The link to the compositor: it connects, and connects again whenever the compositor has gone and is back. Nothing in it waits: a
/// compositor that doesn't answer keeps no guest waiting.
///
/// ```
///         connected           globals known          answered
///  lost ─────────────► asked ───────────────► bound ──────────► there
///   ▲                    │                      │                 │
///   └────────────────────┴──────────────────────┴─────────────────┘  the end, or silence
/// ```
final class CompositorLink: ConnectionClient {
    weak var delegate: (any CompositorLinkDelegate)?

    private enum State {
        /// Not begun, or closed.
        case idle
        /// The next attempt follows a pause.
        case lost
        /// The registry's globals are awaited.
        case asked(Registry, RoundTrip)
        /// The globals' first events are awaited.
        case bound(Compositor)
        /// The globals have answered, at this time of CLOCK_MONOTONIC in nanoseconds.
        case there(Desktop, since: UInt64)
    }

    private var state = State.idle
    private let connect: () throws(WaylandError) -> Connection
    private let loop: EventLoop
    private let log: Logger
    private var pause = RetryPause()
    private var retryTimer: TimerSource!
    private var limitTimer: TimerSource!
    /// Tells when the compositor's socket appears.
    private var watch: PathWatch?
    /// The fault that was logged last.
    private var toldFault: WaylandError?

    /// A compositor is on the same machine, and it costs little to ask for it.
    private static let longestPause: UInt64 = 1_000_000_000
    /// How long a compositor may take to say what it has.
    private static let patience: UInt64 = 10_000_000_000

    /// - Parameters:
    ///   - socket: the path whose appearance says that the compositor may be there.
    ///   - connect: makes one attempt.
    init(
        socket: String, loop: EventLoop, log: Logger, connect: @escaping () throws(WaylandError) -> Connection
    ) {
        self.connect = connect
        self.loop = loop
        self.log = log
        retryTimer = loop.timer { [unowned self] in attempt() }
        limitTimer = loop.timer { [unowned self] in lose(.silent) }
        if socket.hasPrefix("/") { watch = PathWatch(socket, loop: loop) { [unowned self] in hurry() } }
    }

    deinit { close() }

    /// Connects to the compositor of the environment. libwayland would wait where a compositor that hangs has a full queue.
    static func connect() throws(WaylandError) -> Connection {
        // A socket that was inherited is used once.
        guard getenv("WAYLAND_SOCKET") == nil else { return try Connection(display: nil) }
        let path = Connection.socket(nil)
        do {
            guard let socket = try LocalSocket.connection(to: path, .stream) else { throw Errno(code: EAGAIN) }
            return try Connection(adopting: socket.release())
        } catch let error as Errno {
            throw error.code == EAGAIN ? .silent : .noCompositor(display: path)
        } catch {
            throw .noCompositor(display: path)
        }
    }

    /// nil while the compositor isn't there.
    var desktop: Desktop? { if case .there(let desktop, _) = state { desktop } else { nil } }

    /// Whether somebody listens on the compositor's socket, and an answer is awaited.
    var isAwaited: Bool {
        switch state {
        case .asked, .bound: true
        case .idle, .lost, .there: false
        }
    }

    func open() { if case .idle = state { attempt() } }

    /// Lets go of the compositor. The delegate is told nothing more.
    func close() {
        retryTimer.disarm()
        limitTimer.disarm()
        Self.drop(state)
        state = .idle
    }

    private func attempt() {
        do throws(WaylandError) {
            let connection = try connect()
            let registry = Registry(connection)
            let answer = try RoundTrip(connection)
            answer.onDone = { [unowned self] in bind(registry) }
            do throws(EventLoopError) { try connection.attach(to: loop, for: self) } catch {
                throw .disconnected(errno: error.code)
            }
            state = .asked(registry, answer)
            limitTimer.arm(after: Self.patience)
        } catch {
            lose(error)
        }
    }

    private func hurry() {
        guard case .lost = state else { return }
        pause = RetryPause()
        retryTimer.disarm()
        attempt()
    }

    private func bind(_ registry: Registry) {
        do throws(WaylandError) {
            let compositor = try Compositor(registry)
            do throws(EventLoopError) {
                try compositor.stay(on: loop) { [unowned self] in lose($0) }
            } catch {
                throw .disconnected(errno: error.code)
            }
            compositor.whenSettled { [unowned self] in settled(compositor) }
            state = .bound(compositor)
        } catch {
            lose(error)
        }
    }

    private func settled(_ compositor: Compositor) {
        limitTimer.disarm()
        let desktop = Desktop(compositor)
        state = .there(desktop, since: EventLoop.now())
        delegate?.compositorCame(desktop)
    }

    private func lose(_ error: WaylandError) {
        limitTimer.disarm()
        if error != toldFault { log.warning("\(error)") }
        toldFault = error
        let last = state
        state = .lost
        var longest = Self.longestPause
        if case .there(_, let since) = last {
            // A compositor that ends soon after it came, or ends our connection, may do so again and again.
            if EventLoop.now() - since > RetryPause.longest { pause = RetryPause() } else { longest = RetryPause.longest }
            // The windows go first: they are on its connection.
            delegate?.compositorWent()
        }
        Self.drop(last)
        retryTimer.arm(after: min(pause.next(), longest))
    }

    private static func drop(_ state: State) {
        switch state {
        case .idle, .lost: break
        case .asked(let registry, _): registry.connection.detach()
        case .bound(let compositor): compositor.leave()
        case .there(let desktop, _): desktop.compositor.leave()
        }
    }

    // MARK: The connection before it is bound

    func connectionWillFlush() {}
    func connectionDidFlush() {}
    func connectionDidEnd(_ error: WaylandError) { lose(error) }
}

/// Told by a link of the compositor's coming and going; called in the loop.
protocol CompositorLinkDelegate: AnyObject {
    func compositorCame(_ desktop: Desktop)
    /// Close all windows: the desktop that came last is gone.
    func compositorWent()
}
