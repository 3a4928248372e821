// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import QEMUDisplay
import TestSupport
import Testing

@Suite("A guest of QEMU's that is asked for another size", .serialized, .timeLimit(.minutes(5)))
struct SizeRequestTests {
    private func mode(_ width: UInt32, _ height: UInt32, millimetres: PixelSize? = nil) -> DisplayMode {
        DisplayMode(size: PixelSize(width: width, height: height), millimetres: millimetres)
    }

    @Test("is told the device pixels and the millimetres, 0 where nobody knows them")
    func request() throws {
        let world = try ConsoleWorld()
        #expect(world.source.isResizable)
        world.source.request(mode(1000, 700, millimetres: PixelSize(width: 300, height: 210)))
        #expect(try world.calls(1) == ["Console.SetUIInfo 300 210 0 0 1000 700"])
        world.source.request(mode(1250, 875))
        #expect(try world.calls(1) == ["Console.SetUIInfo 0 0 0 0 1250 875"])
        world.source.request(mode(16384, 16384, millimetres: PixelSize(width: 70_000, height: .max)))
        #expect(try world.calls(1) == ["Console.SetUIInfo 65535 65535 0 0 16384 16384"])
    }

    @Test("is asked one size at a time, and after it for the newest alone")
    func newest() throws {
        let world = try ConsoleWorld { $0.answer = .withheld }
        for width in UInt32(1)...1000 { world.source.request(mode(width, 100)) }
        #expect(try world.calls(1) == ["Console.SetUIInfo 0 0 0 0 1 100"])
        world.console.answerWithheld()
        #expect(try world.calls(1) == ["Console.SetUIInfo 0 0 0 0 1000 100"])
        world.console.answerWithheld()
        try world.loop.runForAMoment()
        #expect(world.console.calls == [])
    }

    @Test("whose device knows no such thing isn't asked again, which is told once")
    func unsupported() throws {
        let world = try ConsoleWorld { $0.answer = .error("org.qemu.Display1.Error.Unsupported") }
        world.source.request(mode(1000, 700))
        world.source.request(mode(1001, 700))
        try world.until { !world.source.isResizable }
        world.source.request(mode(1002, 700))
        #expect(try world.calls(1) == ["Console.SetUIInfo 0 0 0 0 1000 700"])
        #expect(world.log.messages == ["QEMU scripted refuses SetUIInfo: a test's whim"])
    }

    @Test("is asked again after a failure of another kind")
    func failure() throws {
        let world = try ConsoleWorld { $0.answer = .error("org.freedesktop.DBus.Error.Failed") }
        world.source.request(mode(1000, 700))
        #expect(try world.calls(1).count == 1)
        world.console.answer = .done
        world.source.request(mode(1000, 700))
        #expect(try world.calls(1) == ["Console.SetUIInfo 0 0 0 0 1000 700"])
        #expect(world.source.isResizable)
    }
}
