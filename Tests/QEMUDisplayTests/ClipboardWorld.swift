// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CSystemd
import EventLoop
import Planes
import QEMUDisplay
import TestSupport

/// A scripted console whose clipboard is shared, and a host that notes what it is told of it.
final class ClipboardWorld: GuestClipboardDelegate {
    let world: ConsoleWorld
    let clipboard: any GuestClipboard
    /// What the host was told, as `has text`, `wants text`, `gave text: …`.
    private(set) var told: [String] = []
    static let limit = 1 << 20

    /// - Parameter prepare: what the console says and how it answers, from the start.
    init(_ prepare: (ScriptedConsole) -> Void = { _ in }) throws {
        world = try ConsoleWorld(prepare)
        clipboard = world.source.clipboard!
        clipboard.open(for: self, limit: Self.limit)
    }

    /// One that QEMU has registered.
    static func registered() throws -> ClipboardWorld {
        let world = try ClipboardWorld()
        guard try world.world.calls(1) == ["Clipboard.Register"] else { throw TestSupportError("not registered") }
        return world
    }

    func guestClipboard(_ clipboard: any GuestClipboard, has kinds: Set<ClipboardKind>) { told.append("has\(text(kinds))") }

    func guestClipboard(_ clipboard: any GuestClipboard, wants kinds: Set<ClipboardKind>) { told.append("wants\(text(kinds))") }

    func guestClipboard(
        _ clipboard: any GuestClipboard, gave kind: ClipboardKind, _ content: Result<ClipboardContent, ClipboardFault>
    ) {
        switch content {
        case .success(let content): told.append("gave \(kind): \(String(decoding: content.bytes, as: UTF8.self))")
        case .failure(let fault): told.append("gave no \(kind): \(fault)")
        }
    }

    private func text(_ kinds: Set<ClipboardKind>) -> String {
        ClipboardKind.allCases.filter(kinds.contains).map { " \($0)" }.joined()
    }

    /// What the host has been told once it is so much, and a moment later.
    func told(_ count: Int) throws -> [String] {
        try world.until { told.count >= count }
        try world.loop.runForAMoment()
        defer { told = [] }
        return told
    }

    /// QEMU's call of our clipboard, when it is answered: the answer's content, or the error's name.
    func call(_ member: String, _ arguments: ClipboardCall.Argument...) throws -> String {
        let call = ClipboardCall(world.console.bus, member, arguments)
        try world.until { call.outcome != nil }
        return call.outcome!
    }
}

/// A call from QEMU's side.
final class ClipboardCall {
    enum Argument {
        case u(UInt32), s(String), types([String])
    }

    private(set) var outcome: String?
    private var slot: OpaquePointer?

    init(_ bus: OpaquePointer?, _ member: String, _ arguments: [Argument]) {
        var message: OpaquePointer?
        sd_bus_message_new_method_call(
            bus, &message, nil, "/org/qemu/Display1/Clipboard", "org.qemu.Display1.Clipboard", member)
        defer { sd_bus_message_unref(message) }
        for argument in arguments { append(argument, to: message) }
        sd_bus_call_async(
            bus, &slot, message,
            { reply, data, _ in
                Unmanaged<ClipboardCall>.fromOpaque(data!).takeUnretainedValue().read(reply!)
                return 1
            }, Unmanaged.passUnretained(self).toOpaque(), Patience.nanoseconds / 1000)
    }

    deinit { sd_bus_slot_unref(slot) }

    private func append(_ argument: Argument, to message: OpaquePointer?) {
        switch argument {
        case .u(var number): sd_bus_message_append_basic(message, CChar(UInt8(ascii: "u")), &number)
        case .s(let text): sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), text)
        case .types(let types):
            sd_bus_message_open_container(message, CChar(UInt8(ascii: "a")), "s")
            for type in types { append(.s(type), to: message) }
            sd_bus_message_close_container(message)
        }
    }

    private func read(_ reply: OpaquePointer) {
        if let error = sd_bus_message_get_error(reply) {
            outcome = String(cString: error.pointee.name).split(separator: ".").last.map(String.init)
            return
        }
        var type: UnsafePointer<CChar>?
        var bytes: UnsafeRawPointer?
        var count = 0
        guard sd_bus_message_has_signature(reply, "say") > 0 else { return outcome = "done" }
        sd_bus_message_read_basic(reply, CChar(UInt8(ascii: "s")), &type)
        sd_bus_message_read_array(reply, CChar(UInt8(ascii: "y")), &bytes, &count)
        let text = String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        outcome = "\(String(cString: type!)): \(text)"
    }
}
