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

@Suite("A window on a real Weston", .serialized)
struct WestonWindowTests {
    @Test("500 frames take as many imports as buffers, copy nothing, and give everything back", .timeLimit(.minutes(5)))
    func fiveHundred() throws {
        let weston = try Weston(width: 640, height: 480)
        let loop = try EventLoop()
        let source = ScriptedSource()
        let pictures = [0xFFFF_0000, 0xFF00_FF00, 0xFF00_00FF].map { ScriptedSource.Memory(width: 320, height: 240, fill: $0) }
        let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888, fill: 0xFFFF_FFFF)
        source.show(.primary, pictures[0])
        source.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20))
        var options = WindowOptions(title: "test")
        options.view.frameLimit = 500
        let window = try GuestWindow(
            on: Desktop(Compositor(display: weston.display)), options: options, loop: loop, log: Logger(label: "test"))
        let owner = WindowOwner(window)
        owner.attach(source)
        var frame = 1
        let guest = loop.timer {
            source.show(.primary, pictures[frame % 3])
            source.move(.cursor, cursor, to: PixelPoint(x: Int32(frame % 300), y: 20))
            frame += 1
            source.announce()
        }
        while owner.endings.isEmpty {
            guest.arm(after: 4_000_000)
            try loop.turn(waitingAtMost: 20_000_000)
        }
        guard case .closed? = owner.endings.first else {
            Issue.record("ended with \(owner.endings)")
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

    @Test("in full screen every size is centred, however many came before it", .timeLimit(.minutes(5)))
    func centred() throws {
        let weston = try Weston(width: 720, height: 400)
        let loop = try EventLoop()
        let source = ScriptedSource()
        var options = WindowOptions(title: "test")
        options.isFullscreen = true
        let sizes: [(width: UInt32, height: UInt32)] = [(640, 480), (720, 480), (720, 400), (400, 400), (720, 200), (720, 400)]
        source.show(.primary, ScriptedSource.Memory(width: 320, height: 240))
        let window = try GuestWindow(
            on: Desktop(Compositor(display: weston.display)), options: options, loop: loop, log: Logger(label: "test"))
        WindowOwner(window).attach(source)
        for (width, height) in sizes {
            let presented = window.statistics.frames.presented
            source.show(.primary, ScriptedSource.Memory(width: width, height: height, fill: 0xFF20_FF60))
            source.announce()
            #expect(try loop.runUntil { window.statistics.frames.presented > presented })
            let screen = try PNG.read(try weston.screenshot())
            let shown = (x: min(720, 400 * Int(width) / Int(height)), y: min(400, 720 * Int(height) / Int(width)))
            let bars = (x: (720 - shown.x) / 2, y: (400 - shown.y) / 2)
            // Every edge of the picture, a pixel inside and a pixel outside of it.
            for (x, y, isInside) in [
                (bars.x + 1, 200, true), (718 - bars.x, 200, true), (360, bars.y + 1, true), (360, 398 - bars.y, true),
                (bars.x - 2, 200, false), (721 - bars.x, 200, false), (360, bars.y - 2, false), (360, 401 - bars.y, false),
            ] {
                guard let pixel = screen.pixel(x: x, y: y) else { continue }
                #expect((pixel.y > 200) == isInside, "\(width)x\(height) at \(x),\(y): \(pixel)")
            }
        }
        window.close()
    }
}
