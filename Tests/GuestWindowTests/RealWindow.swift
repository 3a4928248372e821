// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Measurement
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestSupport
import Testing

/// A scripted guest's window on a real compositor, turned by the test.
final class RealWindow {
    let guest = ScriptedSource()
    let loop: EventLoop
    let owner: WindowOwner

    /// - Parameter prepare: what the guest shows first.
    init(
        on display: String, _ choose: (inout WindowOptions) -> Void = { _ in }, prepare: (ScriptedSource) -> Void
    ) throws {
        loop = try EventLoop()
        var options = WindowOptions(title: "test")
        choose(&options)
        prepare(guest)
        owner = WindowOwner(
            try GuestWindow(
                on: Desktop(Compositor(display: display)), options: options, loop: loop, log: Logger(label: "test")))
        owner.attach(guest)
    }

    var window: GuestWindow { owner.window }

    /// Turns until the condition holds; then for a moment more, in which what follows from it reaches the screen.
    func run(until condition: () -> Bool) throws {
        try #require(try loop.run(forAtMost: 20) { condition() || !owner.endings.isEmpty }, "\(window.statistics.frames)")
        try loop.run(for: 0.3)
    }

    /// Runs until one more picture than before is committed.
    func show(_ memory: ScriptedSource.Memory) throws {
        let committed = window.statistics.frames.committed
        guest.show(.primary, memory)
        guest.announce()
        try run { window.statistics.frames.committed > committed }
    }
}
