// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Measurement
import Planes
import Presentation
import TestSupport
import Testing

@Suite("A window on a real Weston", .serialized)
struct WestonWindowTests {
    @Test("500 frames take as many imports as buffers, copy nothing, and give everything back", .timeLimit(.minutes(1)))
    func fiveHundred() throws {
        let weston = try Weston(width: 640, height: 480)
        let loop = try EventLoop()
        let source = ScriptedSource()
        let pictures = [0xFFFF_0000, 0xFF00_FF00, 0xFF00_00FF].map { ScriptedSource.Memory(width: 320, height: 240, fill: $0) }
        let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888, fill: 0xFFFF_FFFF)
        source.show(.primary, pictures[0])
        source.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20))
        var options = WindowOptions(title: "test")
        options.frameLimit = 500
        let window = try GuestWindow(
            source: source, compositor: try Compositor(display: weston.display), options: options, loop: loop,
            log: Logger(label: "test"))
        var ending: WindowEnd?
        window.onEnd = {
            ending = $0
            loop.stop()
        }
        var frame = 1
        let guest = try loop.timer {
            source.show(.primary, pictures[frame % 3])
            source.move(.cursor, cursor, to: PixelPoint(x: Int32(frame % 300), y: 20))
            frame += 1
            source.announce()
        }
        while ending == nil {
            guest.arm(after: 4_000_000)
            try loop.turn(waitingAtMost: 20_000_000)
        }
        guard case .closed = ending else {
            Issue.record("ended with \(String(describing: ending))")
            return
        }
        let statistics = window.statistics
        #expect(statistics.frames.committed == 500)
        #expect(statistics.buffers.imports == 4)
        #expect(statistics.bytesCopied == 0)
        #expect(statistics.path == .dmabuf)
        #expect(statistics.memory == "memfd")
        #expect(statistics.frames.presented + statistics.frames.discarded == 500)
        #expect(source.isClosed)
    }
}
