// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Measurement
import PlaneImage
import Planes
import Presentation
import TestSupport
import Testing

/// A scripted guest's window on a real compositor, turned by the test.
final class RealWindow {
    let guest = ScriptedSource()
    let loop: EventLoop
    let window: GuestWindow
    private(set) var end: WindowEnd?

    /// - Parameter prepare: what the guest shows first.
    init(
        on display: String, _ choose: (inout WindowOptions) -> Void = { _ in }, prepare: (ScriptedSource) -> Void
    ) throws {
        loop = try EventLoop()
        var options = WindowOptions(title: "test")
        choose(&options)
        prepare(guest)
        window = try GuestWindow(
            source: guest, compositor: try Compositor(display: display), options: options, loop: loop,
            log: Logger(label: "test"))
        window.onEnd = { [unowned self] in end = $0 }
    }

    /// Turns until the condition holds; then for a moment more, in which what follows from it reaches the screen.
    func run(until condition: () -> Bool) throws {
        try #require(try loop.run(forAtMost: 20) { condition() || end != nil }, "\(window.statistics.frames)")
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

extension RGBAImage {
    /// How many pixels of a part aren't what they should be, each channel within 2; alpha is left out, which screenshots make up.
    func wrongPixels(in area: PixelRectangle, _ expected: (Int, Int) -> UInt32) -> Int {
        var count = 0
        for y in 0..<Int(area.height) {
            for x in 0..<Int(area.width) {
                guard let pixel = pixel(x: Int(area.x) + x, y: Int(area.y) + y) else {
                    count += 1
                    continue
                }
                let color = expected(x, y)
                let difference = [(pixel.x, 16), (pixel.y, 8), (pixel.z, 0)].map { channel, shift in
                    abs(Int(channel) - Int(color >> UInt32(shift) & 0xFF))
                }
                if difference.contains(where: { $0 > 2 }) { count += 1 }
            }
        }
        return count
    }
}
