// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestSupport
import Testing

@testable import QEMUDisplay

@Suite("A clipboard that is hostile or broken", .serialized, .timeLimit(.minutes(5)))
struct HostileClipboardTests {
    private static let text = "text/plain;charset=utf-8"

    @Test("calls with other arguments are refused, and other selections passed over")
    func arguments() throws {
        let world = try ClipboardWorld.registered()
        #expect(try world.call("Grab", .u(0), .types([Self.text])) == "InvalidArgs")
        #expect(try world.call("Grab", .s("0"), .u(0), .types([Self.text])) == "InvalidArgs")
        #expect(try world.call("Release") == "InvalidArgs")
        #expect(try world.call("Request", .u(0), .s(Self.text)) == "InvalidArgs")
        #expect(try world.call("Register", .u(0)) == "InvalidArgs")
        #expect(try world.call("Explode") == "UnknownMethod")
        for selection in [1, 2, 3, .max] as [UInt32] {
            #expect(try world.call("Grab", .u(selection), .u(9), .types([Self.text])) == "done")
            #expect(try world.call("Request", .u(selection), .types([Self.text])) == "Failed")
            #expect(try world.call("Release", .u(selection)) == "done")
        }
        world.clipboard.offer([.text])
        #expect(try world.world.calls(1) == ["Clipboard.Grab 0 0 \(Self.text)"])
        #expect(world.told.isEmpty)
        #expect(world.world.log.messages == ["QEMU scripted: Clipboard.Grab is refused: its arguments aren't 'uuas'"])
    }

    @Test("of a hundred thousand types only the first few are looked at")
    func types() throws {
        let world = try ClipboardWorld.registered()
        let many = (0..<100_000).map { "x-test/\($0)" }
        #expect(try world.call("Grab", .u(0), .u(0), .types(many + [Self.text])) == "done")
        #expect(try world.told(1) == ["has"])
        #expect(try world.call("Grab", .u(0), .u(1), .types([Self.text] + many)) == "done")
        #expect(try world.told(1) == ["has text"])
    }

    @Test("contents that lie are given to nobody")
    func contents() throws {
        let world = try ClipboardWorld.registered()
        _ = try world.call("Grab", .u(0), .u(0), .types([Self.text, "image/png"]))
        #expect(try world.told(1) == ["has text png"])
        let large = [UInt8](repeating: 65, count: 48 << 20)
        let cases: [(ClipboardKind, ScriptedConsole.Answer, String)] = [
            (.text, .content(type: Self.text, [65, 0, 66]), "it isn't UTF-8 text or contains a NUL"),
            (.text, .content(type: Self.text, [0xFF, 0xFE]), "it isn't UTF-8 text or contains a NUL"),
            (.text, .content(type: "image/png", [65]), "QEMU gave another kind of content"),
            (.text, .content(type: "", []), "QEMU gave another kind of content"),
            (.png, .content(type: "image/png", [65]), "it isn't a PNG"),
            (.text, .content(type: Self.text, large), "it exceeds the limit of 1048576 bytes"),
            (.text, .done, "QEMU's answer isn't 'say'"), (.text, .error("org.test.No"), "a test's whim"),
        ]
        for (kind, answer, fault) in cases {
            world.world.console.answer = answer
            world.clipboard.request(kind)
            #expect(try world.told(1) == ["gave no \(kind): \(fault)"])
        }
    }

    @Test("an answer that never comes holds up nobody but who asked, and ends with the connection")
    func silence() throws {
        let world = try ClipboardWorld.registered()
        _ = try world.call("Grab", .u(0), .u(0), .types([Self.text, "image/png"]))
        _ = try world.told(1)
        world.world.console.answer = .withheld
        for _ in 0..<10_000 { world.clipboard.request(.text) }
        world.clipboard.request(.png)
        #expect(try world.world.calls(1) == ["Clipboard.Request 0 \(Self.text)"])
        world.clipboard.offer([.text])
        #expect(try world.world.calls(1) == ["Clipboard.Grab 0 1 \(Self.text)"])
        let told = try world.told(3)
        #expect(
            told == [
                "has", "gave no text: the guest no longer has it", "gave no png: the guest no longer has it",
            ])
        world.world.console.disconnect()
        #expect(try world.told(1).first?.hasPrefix("gave no text: ") == true)
        world.clipboard.offer([.text])
        world.clipboard.request(.text)
        #expect(try world.told(1) == ["gave no text: the guest no longer has it"])
    }

    @Test("a flood of grabs is told in few words, the last one among them")
    func flood() throws {
        let world = try ClipboardWorld.registered()
        var calls: [ClipboardCall] = []
        for serial in UInt32(0)..<1000 {
            calls.append(ClipboardCall(world.world.console.bus, "Grab", [.u(0), .u(serial), .types([Self.text])]))
        }
        calls.append(ClipboardCall(world.world.console.bus, "Grab", [.u(0), .u(1000), .types(["image/png"])]))
        // Also while it lasts.
        try world.world.until { world.told.count > 1 }
        try world.world.until { calls.last?.outcome != nil && world.told.last == "has png" }
        #expect(calls.allSatisfy { $0.outcome == "done" } && world.told.count < 200)
    }
}
