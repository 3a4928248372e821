// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Measurement
import PlaneImage
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

    /// Turns until the condition holds.
    func run(until condition: () -> Bool) throws {
        try #require(try loop.runUntil { condition() || !owner.endings.isEmpty }, "\(window.statistics.frames)")
    }

    /// The compositor's screen when it passes the check, which it may do some frames after the window's commit; the last one that
    /// was seen if it never does.
    func screen(_ screenshot: @autoclosure () throws -> String, when check: (RGBAImage) -> Bool) throws -> RGBAImage {
        var screen = try PNG.read(try screenshot())
        _ = try loop.runUntil {
            if check(screen) { return true }
            screen = try PNG.read(try screenshot())
            return false
        }
        return screen
    }

    /// Runs until one more picture than before is committed.
    func show(_ memory: ScriptedSource.Memory) throws {
        let committed = window.statistics.frames.committed
        guest.show(.primary, memory)
        guest.announce()
        try run { window.statistics.frames.committed > committed }
    }
}
