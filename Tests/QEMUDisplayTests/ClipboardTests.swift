// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestSupport
import Testing

@testable import QEMUDisplay

@Suite("A clipboard shared with QEMU", .serialized, .timeLimit(.minutes(5)))
struct ClipboardTests {
    private static let text = "text/plain;charset=utf-8"

    @Test("QEMU hears of a clipboard that is shared, and of none that isn't")
    func registration() throws {
        let world = try ConsoleWorld()
        world.source.press(.left, isDown: true)
        #expect(try world.calls(1) == ["Mouse.Press 0"])
        #expect(try ClipboardWorld().world.calls(1) == ["Clipboard.Register"])
    }

    @Test("what the host has is grabbed, each time it is something else, and released in the end")
    func host() throws {
        let world = try ClipboardWorld.registered()
        world.clipboard.offer([.text, .png])
        world.clipboard.offer([.text])
        world.clipboard.offer([])
        #expect(
            try world.world.calls(3) == [
                "Clipboard.Grab 0 0 \(Self.text) image/png", "Clipboard.Grab 0 1 \(Self.text)", "Clipboard.Release 0",
            ])
        #expect(world.told.isEmpty)
    }

    @Test("what the guest has is told to the host, and comes when the host asks for it")
    func guest() throws {
        let world = try ClipboardWorld.registered()
        #expect(try world.call("Grab", .u(0), .u(3), .types(["TARGETS", Self.text])) == "done")
        #expect(try world.told(1) == ["has text"])
        world.world.console.answer = .content(type: Self.text, Array("from the guest".utf8))
        world.clipboard.request(.text)
        #expect(try world.told(1) == ["gave text: from the guest"])
        #expect(world.world.console.takeCalls() == ["Clipboard.Request 0 \(Self.text)"])
        #expect(try world.call("Release", .u(0)) == "done")
        #expect(try world.told(1) == ["has"])
    }

    @Test("what the host has goes to the guest that asks, which may take its time")
    func wishes() throws {
        let world = try ClipboardWorld.registered()
        world.clipboard.offer([.text, .png])
        let call = ClipboardCall(world.world.console.bus, "Request", [.u(0), .types(["image/png", Self.text])])
        #expect(try world.told(1) == ["wants text png"])
        #expect(call.outcome == nil)
        #expect(try world.call("Request", .u(0), .types([Self.text])) == "Failed")
        world.clipboard.give(try ClipboardContent(.text, Array("from the host".utf8), limit: 100))
        try world.world.until { call.outcome != nil }
        #expect(call.outcome == "\(Self.text): from the host")
        world.clipboard.give(nil)
        let second = ClipboardCall(world.world.console.bus, "Request", [.u(0), .types([Self.text])])
        #expect(try world.told(1) == ["wants text"])
        world.clipboard.give(nil)
        try world.world.until { second.outcome != nil }
        #expect(second.outcome == "Failed")
    }

    @Test("an agent that begins anew hears again what the host has")
    func restart() throws {
        let world = try ClipboardWorld.registered()
        world.clipboard.offer([.text])
        world.clipboard.offer([.text])
        #expect(try world.world.calls(2).count == 2)
        #expect(try world.call("Register") == "done")
        #expect(try world.world.calls(2) == ["Clipboard.Release 0", "Clipboard.Grab 0 0 \(Self.text)"])
    }

    @Test("where QEMU shares it with somebody else, that is told once, and nothing is sent")
    func refusal() throws {
        let world = try ClipboardWorld { $0.answer = .error("org.qemu.Display1.Error.Failed") }
        try world.world.until { !world.world.log.messages.isEmpty }
        world.clipboard.offer([.text])
        world.clipboard.request(.text)
        #expect(try world.told(1) == ["gave no text: the guest no longer has it"])
        #expect(world.world.console.takeCalls() == ["Clipboard.Register"])
        #expect(
            world.world.log.messages == [
                "QEMU scripted: its clipboard isn't shared (a test's whim): close other viewers of this VM"
            ])
    }

    @Test("closing lets the guest know that nobody answers any more, and answers what is owed")
    func closing() throws {
        let world = try ClipboardWorld.registered()
        world.clipboard.offer([.text])
        _ = try world.world.calls(1)
        let call = ClipboardCall(world.world.console.bus, "Request", [.u(0), .types([Self.text])])
        #expect(try world.told(1) == ["wants text"])
        world.clipboard.close()
        world.clipboard.close()
        try world.world.until { call.outcome != nil }
        #expect(call.outcome == "Failed")
        #expect(try world.world.calls(2) == ["Clipboard.Release 0", "Clipboard.Unregister"])
        #expect(try world.call("Grab", .u(0), .u(0), .types([Self.text])) != "done")
    }
}
