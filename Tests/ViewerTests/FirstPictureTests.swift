// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import PlaneImage
import Planes
import TestSupport
import Testing

@testable import Viewer

@Suite("The first picture")
struct FirstPictureTests {
    @Test("of a source that tells nothing is asked for until it is there", .timeLimit(.minutes(5)))
    func polled() throws {
        let loop = try EventLoop()
        let source = PolledScriptedSource()
        source.queryErrors[.primary] = .temporary(errno: 12)
        let first = FirstPicture(of: source, withCursor: false, loop: loop)
        let guest = loop.timer {
            source.queryErrors[.primary] = nil
            source.show(.primary, ScriptedSource.Memory(width: 320, height: 240))
        }
        guest.arm(after: 100_000_000)
        let limit = loop.timer { loop.stop() }
        limit.arm(after: Patience.nanoseconds)
        #expect(try first.take()?.size == PixelSize(width: 320, height: 240))
        withExtendedLifetime((guest, limit)) {}
    }
}
