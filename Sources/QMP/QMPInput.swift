// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
public import Logging
public import Planes
internal import System

/// A VM's keyboard and pointer by way of its monitor (`input-send-event`): for displays that take no input themselves, such as a
/// VFIO device's.
///
/// Where the monitor goes, this looks for it again, with growing pauses: a VM that is started anew has its input back. What is
/// typed meanwhile is lost.
public final class QMPInput: InputSink {
    public weak var inputDelegate: (any InputSinkDelegate)?
    /// Whether the guest takes places is asked of QEMU (`query-mice`), which tells of no change by itself.
    public private(set) var abilities = InputAbilities(keyboard: true, absolutePointer: false, touchSlots: 0)
    /// A monitor doesn't tell.
    public var locks: LockKeys? { nil }

    /// What was given to a monitor that went is lost, and so never delivered.
    public var isDelivered: Bool {
        switch life {
        case .connected: queue.isDelivered
        case .away: false
        case .over: true
        }
    }

    enum Life {
        /// Connected; commands are understood, or will be once QEMU has greeted.
        case connected(Monitor)
        /// The monitor has gone, and is looked for.
        case away
        case over
    }

    let address: MonitorAddress
    let loop: EventLoop
    let logger: Logger
    var life = Life.over
    var queue = InputQueue()
    var pause = RetryPause()
    /// When the monitor was lost that is looked for: CLOCK_MONOTONIC in nanoseconds.
    var lostAt: UInt64?
    private var refusals = RateLimit(perSecond: 1)
    /// The next look for the monitor, for its greeting, or at the guest's mice.
    var timer: TimerSource!

    /// Connects. Doesn't wait: input goes out once QEMU has greeted.
    ///
    /// - Parameter isAwaited: whether a monitor that isn't there is looked for rather than an error.
    /// - Throws: `.unavailable` where there is no monitor, `.notPermitted` where it isn't ours.
    public init(
        _ address: MonitorAddress, isAwaited: Bool = false, loop: EventLoop, logger: Logger
    ) throws(SourceError) {
        self.address = address
        self.loop = loop
        self.logger = logger
        do throws(EventLoopError) { timer = try loop.timer { [unowned self] in handleTimer() } } catch {
            throw SourceError(.fault, "\(address): \(error): raise the limit of open files")
        }
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

    /// Never called: there are no slots.
    public func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize) {}

    /// Gives the monitor back. What hasn't been sent isn't.
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

    func drain(to monitor: Monitor) {
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

    func learn(absolutePointer: Bool) {
        guard absolutePointer != abilities.absolutePointer else { return }
        abilities.absolutePointer = absolutePointer
        queue.dropMotion()
        inputDelegate?.inputSinkDidChange(self)
    }
}
