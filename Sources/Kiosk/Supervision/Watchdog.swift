// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestWindow
internal import Surfaces
internal import Wayland

/// Feeds the service manager's watchdog for as long as the loop turns and the compositor answers. One that has gone is no fault: it is
/// awaited. One that doesn't answer is.
final class Watchdog {
    private let link: CompositorLink
    private let feed: () -> Void
    private let pause: UInt64
    private var timer: TimerSource!
    /// Asks the compositor for an answer; nil where none is awaited.
    private var question: RoundTrip?

    /// - Parameters:
    ///   - interval: how often the manager wants to hear something, in nanoseconds.
    ///   - feed: called when there is something to hear.
    init(every interval: UInt64, over link: CompositorLink, loop: EventLoop, feed: @escaping () -> Void) {
        self.link = link
        self.feed = feed
        // As sd_watchdog_enabled(3) recommends.
        pause = interval / 2
        timer = loop.timer { [unowned self] in look() }
        timer.arm(after: pause)
    }

    /// The connection is another one, or none: what was asked over it is answered by nobody.
    func compositorDidChange() { question = nil }

    private func look() {
        timer.arm(after: pause)
        guard question == nil, !link.isAwaited else { return }
        guard let desktop = link.desktop else { return feed() }
        question = try? RoundTrip(desktop.compositor.connection)
        question?.onDone = { [unowned self] in
            question = nil
            feed()
        }
    }
}
