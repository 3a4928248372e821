// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import GuestInput
package import Measurement
package import Planes
internal import System

/// The input event that a guest is given again and again.
package enum InputProbe {
    /// The pointer moves, and back the next time.
    case motion
    /// Keys go down together, and come up soon afterwards.
    case key(KeyStroke, name: String)

    /// As it is written on the command line and in the report.
    package var name: String {
        switch self {
        case .motion: "motion"
        case .key(_, let name): "key:\(name)"
        }
    }
}

/// Gives a guest an input event, a *probe*, at a random phase of the refresh, again and again, and one at a time: the next one follows an
/// answer, or the end of the patience for it, after a pause.
///
/// ```
///           pause over: send           a change was committed, or `patience` is over
///  pausing ──────────────────► waiting ──────────────────────────────────────────────► pausing
/// ```
/// Which changes are answers is for ``InputProbes`` to say. The sink is shared with the window, whose own input goes on.
package final class InputProber {
    package typealias Target = (sink: (any InputSink)?, screen: PixelSize)

    private enum State {
        /// Not started, or stopped.
        case idle
        case pausing
        /// The answer to the probe of this time isn't seen yet.
        case waiting(since: UInt64)
    }

    package let probe: InputProbe
    private let recorder: FrameRecorder
    /// Who takes the input at the moment.
    private let target: () -> Target?
    private var tell: (UInt64) -> Void = { _ in }
    private var timer: TimerSource!
    private var releaseTimer: TimerSource!
    private var state = State.idle
    /// The sink in which keys are down; nil where none are.
    private weak var holder: (any InputSink)?
    private var isAside = false
    private var random = SplitMix64(seed: seed)
    /// The screen's refresh interval as far as it is known, in nanoseconds.
    private var refresh: UInt64 = 16_666_667

    /// The least time between two probes, in nanoseconds. A random part of a refresh is added.
    package static let period: UInt64 = 250_000_000
    /// The least time between an answer and the next probe, in nanoseconds: the guest settles, and then the pause has the same length.
    private static let rest = 2 * InputProbes.settlingTime
    /// How often an answer that is late is looked for, in nanoseconds.
    private static let look: UInt64 = 50_000_000
    /// How long keys are down, in nanoseconds: longer than a keyboard controller needs, and shorter than a guest waits before it repeats.
    private static let hold: UInt64 = 50_000_000
    static let seed: UInt64 = 0x4F72_6965_6C
    /// How far the pointer moves, in pixels of the guest or steps of a mouse.
    private static let distance: Int32 = 8
    private static let refreshes: ClosedRange<UInt64> = 1_000_000...100_000_000

    /// - Parameters:
    ///   - recorder: the one that the window has.
    ///   - target: who takes the input, asked before each probe; nil while no guest is there.
    package init(_ probe: InputProbe, recorder: FrameRecorder, loop: EventLoop, target: @escaping () -> Target?) {
        self.probe = probe
        self.recorder = recorder
        self.target = target
        timer = loop.timer { [unowned self] in step() }
        releaseTimer = loop.timer { [unowned self] in release() }
    }

    /// Why the guest that is there can't be given the probe; nil where it can, or where none is there.
    package var refusal: String? {
        guard let target = target() else { return nil }
        guard let sink = target.sink else { return "this source takes no input" }
        if case .key = probe, !sink.abilities.keyboard { return "the guest has no keyboard" }
        return nil
    }

    /// Begins, with a pause.
    ///
    /// - Parameter tell: called with the time of each probe, in nanoseconds of CLOCK_MONOTONIC.
    package func start(tell: @escaping (UInt64) -> Void) {
        self.tell = tell
        pause(until: EventLoop.now() + Self.period)
    }

    /// Sends nothing more, and releases what is down.
    package func stop() {
        state = .idle
        timer.disarm()
        release()
    }

    /// How long the answer to the last probe may still take: CLOCK_MONOTONIC in nanoseconds; nil where none is awaited.
    package var awaitedUntil: UInt64? {
        guard case .waiting(let since) = state, answer(to: since) == nil else { return nil }
        return since + InputProbes.patience
    }

    private func step() {
        let now = EventLoop.now()
        switch state {
        case .idle: break
        case .pausing: send()
        case .waiting(let since):
            if let answeredAt = answer(to: since) {
                pause(until: max(since + Self.period, min(answeredAt, now) + Self.rest))
            } else if now >= since + InputProbes.patience {
                pause(until: now + Self.rest)
            } else {
                timer.arm(at: min(now + Self.look, since + InputProbes.patience))
            }
        }
    }

    private func pause(until time: UInt64) {
        state = .pausing
        timer.arm(at: time + UInt64(random.next(below: Int(refresh))))
    }

    /// When the first change after a probe came; nil where none has been committed yet. Learns the refresh interval by the way.
    private func answer(to since: UInt64) -> UInt64? {
        let frames = recorder.recent(since: since)
        if let interval = frames.last(where: { $0.refreshInterval > 0 })?.refreshInterval {
            refresh = min(max(UInt64(interval), Self.refreshes.lowerBound), Self.refreshes.upperBound)
        }
        return frames.lazy.map { min($0.changedAt, $0.committedAt) }.first { $0 >= since }
    }

    private func send() {
        guard let target = target(), let sink = target.sink else { return pause(until: EventLoop.now() + Self.period) }
        let now = EventLoop.now()
        switch probe {
        case .motion: move(in: sink, target.screen)
        case .key(let stroke, _):
            for key in stroke.keys { sink.press(key, isDown: true) }
            holder = sink
            releaseTimer.arm(after: Self.hold)
        }
        tell(now)
        state = .waiting(since: now)
        timer.arm(at: now + Self.period)
    }

    /// Moves the pointer to the middle of the screen or beside it, or to and fro where the guest takes only motion.
    private func move(in sink: any InputSink, _ screen: PixelSize) {
        isAside.toggle()
        if sink.abilities.absolutePointer {
            let x = Int32(screen.width / 2) - (isAside ? min(Self.distance, Int32(screen.width / 2)) : 0)
            sink.movePointer(to: PixelPoint(x: x, y: Int32(screen.height / 2)), screen: screen)
        } else {
            sink.movePointer(byX: isAside ? -Self.distance : Self.distance, y: 0)
        }
    }

    private func release() {
        releaseTimer.disarm()
        guard let sink = holder, case .key(let stroke, _) = probe else { return }
        holder = nil
        for key in stroke.keys.reversed() { sink.press(key, isDown: false) }
    }
}
