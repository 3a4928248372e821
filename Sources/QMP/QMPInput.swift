// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
public import Logging
public import Planes
internal import System

/// Input for a VM through its monitor (`input-send-event`), for displays that take no input themselves, such as a VFIO device's.
///
/// When the monitor goes, this looks for it again, with growing pauses: a VM that restarts gets its input back. What is typed
/// meanwhile is lost.
public final class QMPInput: InputSink {
    public weak var inputDelegate: (any InputSinkDelegate)?
    /// What the guest takes. QEMU doesn't report changes of the pointer's kind, so this asks (`query-mice`).
    public private(set) var abilities = InputAbilities(keyboard: true, absolutePointer: false, touchSlots: 0)
    /// Always nil: a monitor doesn't tell.
    public var locks: LockKeys? { nil }

    /// False while the monitor is away: what was given to it is lost.
    public var isDelivered: Bool {
        switch life {
        case .connected: queue.isDelivered
        case .away: false
        case .over: true
        }
    }

    enum Life {
        /// Connected. Commands are understood once QEMU has greeted.
        case connected(Monitor)
        /// The monitor is gone, and this looks for it.
        case away
        case over
    }

    private let address: MonitorAddress
    private let loop: EventLoop
    private let logger: Logger
    private(set) var life = Life.over
    private(set) var queue = InputQueue()
    private var pause = RetryPause()
    /// When the monitor was lost, in nanoseconds of CLOCK_MONOTONIC; nil while it is there.
    private var lostAt: UInt64?
    private var refusals = RateLimit(perSecond: 1)
    /// Fires for the next look for the monitor, for its greeting, or at the guest's mice.
    private var timer: TimerSource!

    /// Connects. Doesn't wait: input is sent once QEMU has greeted.
    ///
    /// - Parameter isAwaited: whether to look for a monitor that isn't there, rather than to fail.
    /// - Throws: `.unavailable` without a monitor, `.notPermitted` if this user may not use it.
    public init(
        _ address: MonitorAddress, isAwaited: Bool = false, loop: EventLoop, logger: Logger
    ) throws(SourceError) {
        self.address = address
        self.loop = loop
        self.logger = logger
        timer = loop.timer { [unowned self] in handleTimer() }
        do throws(SourceError) { try connect() } catch {
            guard isAwaited, case .unavailable = error.reason else { throw error }
            handleEnd(error)
        }
    }

    deinit { close() }

    public func press(_ key: KeyCode, isDown: Bool) {
        guard let code = ScanCode(key) else { return }
        send(.key(code, isDown: isDown))
    }

    public func movePointer(to point: PixelPoint, screen: PixelSize) { send(.place(point, on: screen)) }

    public func movePointer(byX x: Int32, y: Int32) { send(.motion(x: x, y: y)) }

    public func press(_ button: PointerButton, isDown: Bool) { send(.button(button, isDown: isDown)) }

    /// Does nothing: there are no slots.
    public func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize) {}

    /// Releases the monitor. What hasn't been sent is dropped.
    func close() {
        if case .connected(let monitor) = life { monitor.close() }
        life = .over
        timer?.disarm()
        queue = InputQueue()
    }

    private func send(_ event: InputEvent) {
        guard case .connected(let monitor) = life else { return }
        queue.add(event)
        drain(to: monitor)
    }

    private func drain(to monitor: Monitor) {
        while monitor.isReady, let event = queue.next() {
            monitor.send(.input(event)) { [unowned self, unowned monitor] answer in
                queue.answered()
                if case .failure(let refusal) = answer { tell(refusal) }
                drain(to: monitor)
            }
        }
    }

    private func tell(_ refusal: MonitorRefusal) {
        guard let held = refusals.pass(at: EventLoop.now()) else { return }
        logger.warning("\(address): input is refused: \(refusal.reason)\(held > 0 ? " (and \(held) more like it)" : "")")
    }

    private func learn(absolutePointer: Bool) {
        guard absolutePointer != abilities.absolutePointer else { return }
        abilities.absolutePointer = absolutePointer
        queue.dropMotion()
        inputDelegate?.inputSinkDidChange(self)
    }

    // MARK: - The monitor

    /// The time between two questions for the pointer's kind, in nanoseconds.
    private static let miceInterval: UInt64 = 2_000_000_000
    /// How long the greeting may take, in nanoseconds. Without one, another program is using the monitor.
    private static let greetingPatience: UInt64 = 2_000_000_000

    private func connect() throws(SourceError) {
        let monitor = try Monitor(address, loop: loop)
        life = .connected(monitor)
        monitor.onReady = { [unowned self, unowned monitor] in handleReady(monitor) }
        monitor.onEnd = { [unowned self] error in handleEnd(error) }
        timer.arm(after: Self.greetingPatience)
    }

    private func handleReady(_ monitor: Monitor) {
        pause = RetryPause()
        if let lostAt { logger.info("\(address): the monitor is back after \((EventLoop.now() - lostAt) / 1_000_000) ms") }
        lostAt = nil
        askForMice(monitor)
        drain(to: monitor)
    }

    /// The monitor is gone, or isn't there yet.
    private func handleEnd(_ error: SourceError) {
        life = .away
        queue = InputQueue()
        if lostAt == nil {
            lostAt = EventLoop.now()
            logger.warning("\(error.message); there is no input until it is back")
        }
        timer.arm(after: pause.next())
    }

    private func handleTimer() {
        switch life {
        case .connected(let monitor) where monitor.isReady: askForMice(monitor)
        case .connected:
            logger.warning("\(address): the monitor doesn't greet: give QEMU a second -qmp, if another program uses this one")
        case .away:
            do throws(SourceError) { try connect() } catch { timer.arm(after: pause.next()) }
        case .over: break
        }
    }

    /// Asks for the guest's pointers. QEMU's answer is a list that marks the present one as current.
    private func askForMice(_ monitor: Monitor) {
        monitor.send(.queryMice) { [unowned self] answer in
            timer.arm(after: Self.miceInterval)
            guard case .success(let mice) = answer else { return }
            let current = mice.elements?.first { $0["current"]?.boolean == true }
            learn(absolutePointer: current?["absolute"]?.boolean ?? false)
        }
    }
}
