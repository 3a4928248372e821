// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import GuestInput
package import Planes

/// Presses keys in a guest at a pace that every guest's keyboard follows.
package final class Typist: PlaneSourceDelegate {
    /// The guest's display; nil for a keyboard without one.
    private let source: (any PlaneSource)?
    private let sink: any InputSink
    private let loop: EventLoop
    /// Presses and releases in turn.
    private var steps: ArraySlice<Step>
    private var timer: TimerSource!
    private var end = End.stopped

    private struct Step {
        let keys: [KeyCode]
        let isDown: Bool
    }

    /// Why the loop stopped.
    private enum End {
        /// Somebody else stopped it.
        case stopped
        case finished
        case source(SourceError)
    }

    /// Longer than a keyboard controller needs for a key, and than firmware leaves it unread.
    private static let pause: UInt64 = 50_000_000

    /// - Parameter source: the guest's display, which is looked at meanwhile so that the guest goes on drawing.
    package init(
        _ strokes: [KeyStroke], in source: (any PlaneSource)?, through sink: any InputSink, loop: EventLoop
    ) {
        self.source = source
        self.sink = sink
        self.loop = loop
        steps = strokes.flatMap { [Step(keys: $0.keys, isDown: true), Step(keys: $0.keys.reversed(), isDown: false)] }[...]
        timer = loop.timer { [unowned self] in step() }
        source?.delegate = self
    }

    /// Runs the loop until the last key has reached the guest's VMM. Returns false where somebody stops the loop before.
    package func run() throws -> Bool {
        defer { source?.delegate = nil }
        timer.arm(after: 0)
        try loop.run()
        switch end {
        case .stopped: return false
        case .finished: return true
        case .source(let error): throw error
        }
    }

    /// Presses nothing more, and releases what is down.
    package func cut() { steps = steps.first?.isDown == false ? steps.prefix(1) : [] }

    private func step() {
        // A sink that has just been opened may not know yet what the guest takes.
        if sink.abilities.keyboard, let step = steps.popFirst() {
            for key in step.keys { sink.press(key, isDown: step.isDown) }
        } else if steps.isEmpty, sink.isDelivered {
            end = .finished
            return loop.stop()
        }
        timer.arm(after: Self.pause)
    }

    package func planeSourceDidChange(_ source: any PlaneSource) {
        guard case .showing(let info)? = try? source.query(.primary) else { return }
        source.skipped(.primary, generation: info.generation)
    }

    package func planeSource(_ source: any PlaneSource, didEnd error: SourceError) {
        end = .source(error)
        loop.stop()
    }
}
