// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CSystemd
import EventLoop
import Glibc
import Logging
import Planes
import QEMUDisplay
import System
import TestSupport

/// QEMU's side of a console's connection: it records what it is called for, and answers as a test wants.
final class ScriptedConsole {
    enum Value {
        case b(Bool), i(Int32), u(UInt32), t(UInt64), s(String)
    }

    enum Answer {
        case done
        /// Kept until ``answerWithheld(atMost:)``.
        case withheld
        case error(String)
        /// A clipboard's content, as Request answers it.
        case content(type: String, [UInt8])
    }

    /// What has come, such as `Keyboard.Press 30`, since ``takeCalls()``; questions for properties left out.
    private(set) var calls: [String] = []
    var answer = Answer.done
    /// Properties by the interface's last word.
    var properties: [String: [(name: String, value: Value)]] = [:]
    var answersProperties = true
    private var withheld: [OpaquePointer] = []
    private(set) var bus: OpaquePointer?
    private static let path = "/org/qemu/Display1/Console_0"

    init(_ socket: CInt, loop: EventLoop) {
        sd_bus_new(&bus)
        sd_bus_set_fd(bus, socket, socket)
        var identifier = sd_id128_t()
        sd_id128_randomize(&identifier)
        sd_bus_set_server(bus, 1, identifier)
        sd_bus_start(bus)
        sd_bus_attach_event(bus, loop.event, 0)
        sd_bus_add_filter(
            bus, nil,
            { message, data, _ in
                Unmanaged<ScriptedConsole>.fromOpaque(data!).takeUnretainedValue().handle(message!)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { disconnect() }

    func disconnect() {
        for message in withheld { sd_bus_message_unref(message) }
        withheld = []
        sd_bus_detach_event(bus)
        sd_bus_close_unref(bus)
        bus = nil
    }

    func takeCalls() -> [String] {
        defer { calls = [] }
        return calls
    }

    /// Answers what was withheld, at most so many.
    func answerWithheld(atMost count: Int = .max) {
        for message in withheld.prefix(count) {
            reply(to: message)
            sd_bus_message_unref(message)
        }
        withheld.removeFirst(min(count, withheld.count))
    }

    /// PropertiesChanged.
    func tell(_ interface: String, _ name: String, _ value: Value, path: String = path) {
        var message: OpaquePointer?
        sd_bus_message_new_signal(bus, &message, path, "org.freedesktop.DBus.Properties", "PropertiesChanged")
        defer { sd_bus_message_unref(message) }
        append(.s("org.qemu.Display1.\(interface)"), to: message)
        append([(name, value)], to: message)
        sd_bus_message_open_container(message, CChar(UInt8(ascii: "a")), "s")
        sd_bus_message_close_container(message)
        sd_bus_send(bus, message, nil)
    }

    /// A signal like that with nothing but a text in it.
    func tellNonsense() {
        var message: OpaquePointer?
        sd_bus_message_new_signal(bus, &message, Self.path, "org.freedesktop.DBus.Properties", "PropertiesChanged")
        defer { sd_bus_message_unref(message) }
        append(.s("nonsense"), to: message)
        sd_bus_send(bus, message, nil)
    }

    private func handle(_ message: OpaquePointer) -> CInt {
        guard let interface = sd_bus_message_get_interface(message).map(String.init(cString:)),
            let member = sd_bus_message_get_member(message).map(String.init(cString:)),
            sd_bus_message_is_method_call(message, nil, nil) > 0
        else { return 0 }
        if member == "GetAll" {
            if answersProperties { answerProperties(message) }
            return 1
        }
        calls.append(([interface.split(separator: ".").last! + ".\(member)"] + arguments(of: message)).joined(separator: " "))
        if case .withheld = answer { withheld.append(sd_bus_message_ref(message)) } else { reply(to: message) }
        return 1
    }

    private func reply(to message: OpaquePointer) {
        if case .error(let name) = answer {
            var error = sd_bus_error()
            sd_bus_error_set(&error, name, "a test's whim")
            sd_bus_reply_method_error(message, &error)
            sd_bus_error_free(&error)
            return
        }
        var reply: OpaquePointer?
        sd_bus_message_new_method_return(message, &reply)
        if case .content(let type, let bytes) = answer {
            append(.s(type), to: reply)
            sd_bus_message_append_array(reply, CChar(UInt8(ascii: "y")), bytes, bytes.count)
        }
        sd_bus_send(nil, reply, nil)
        sd_bus_message_unref(reply)
    }

    private func answerProperties(_ message: OpaquePointer) {
        let interface = arguments(of: message)[0].split(separator: ".").last.map(String.init) ?? ""
        var reply: OpaquePointer?
        sd_bus_message_new_method_return(message, &reply)
        append(properties[interface] ?? [], to: reply)
        sd_bus_send(nil, reply, nil)
        sd_bus_message_unref(reply)
    }

    private func append(_ properties: [(name: String, value: Value)], to message: OpaquePointer?) {
        sd_bus_message_open_container(message, CChar(UInt8(ascii: "a")), "{sv}")
        for property in properties {
            sd_bus_message_open_container(message, CChar(UInt8(ascii: "e")), "sv")
            append(.s(property.name), to: message)
            sd_bus_message_open_container(message, CChar(UInt8(ascii: "v")), property.value.signature)
            append(property.value, to: message)
            sd_bus_message_close_container(message)
            sd_bus_message_close_container(message)
        }
        sd_bus_message_close_container(message)
    }

    private func append(_ value: Value, to message: OpaquePointer?) {
        func basic<Plain: BitwiseCopyable>(_ plain: Plain) {
            var plain = plain
            sd_bus_message_append_basic(message, CChar(value.signature.utf8.first!), &plain)
        }
        switch value {
        case .b(let truth): basic(CInt(truth ? 1 : 0))
        case .i(let number): basic(number)
        case .u(let number): basic(number)
        case .t(let number): basic(number)
        case .s(let text): sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), text)
        }
    }

    private func arguments(of message: OpaquePointer) -> [String] {
        var texts: [String] = []
        var type: CChar = 0
        while sd_bus_message_peek_type(message, &type, nil) > 0 {
            var word: UInt64 = 0
            var text: UnsafePointer<CChar>?
            switch UInt8(bitPattern: type) {
            case UInt8(ascii: "s"):
                sd_bus_message_read_basic(message, type, &text)
                texts.append(String(cString: text!))
            case UInt8(ascii: "a"):
                sd_bus_message_enter_container(message, type, "s")
                while sd_bus_message_read_basic(message, CChar(UInt8(ascii: "s")), &text) > 0 {
                    texts.append(String(cString: text!))
                }
                sd_bus_message_exit_container(message)
            case UInt8(ascii: "d"):
                sd_bus_message_read_basic(message, type, &word)
                texts.append("\(Double(bitPattern: word))")
            case UInt8(ascii: "i"):
                sd_bus_message_read_basic(message, type, &word)
                texts.append("\(Int32(truncatingIfNeeded: word))")
            default:
                sd_bus_message_read_basic(message, type, &word)
                texts.append("\(word)")
            }
        }
        return texts
    }
}

extension ScriptedConsole.Value {
    var signature: String {
        switch self {
        case .b: "b"
        case .i: "i"
        case .u: "u"
        case .t: "t"
        case .s: "s"
        }
    }
}

/// A display whose console is scripted, and a delegate of its input.
final class ConsoleWorld: InputSinkDelegate {
    let loop: EventLoop
    let source: QEMUDisplay
    let console: ScriptedConsole
    let log = CountingLog()
    private(set) var notices = 0
    private let listener: CInt

    /// - Parameter prepare: what the console says and how it answers, from the start.
    init(_ prepare: (ScriptedConsole) -> Void = { _ in }) throws {
        loop = try EventLoop()
        let (ours, theirs) = try Self.socketPair(), consoles = try Self.socketPair()
        listener = theirs
        console = ScriptedConsole(consoles.1, loop: loop)
        prepare(console)
        source = try QEMUDisplay(
            name: "scripted", listener: OwnedDescriptor(adopting: ours), console: OwnedDescriptor(adopting: consoles.0),
            loop: loop, logger: log.logger)
        source.inputDelegate = self
    }

    /// One that takes a pointer's place on a screen of 640x480, and five fingers; ready.
    static func tablet() throws -> ConsoleWorld {
        let world = try ConsoleWorld { console in
            console.properties = [
                "Console": [("Width", .u(640)), ("Height", .u(480))], "Mouse": [("IsAbsolute", .b(true))],
                "MultiTouch": [("MaxSlots", .i(5))],
            ]
        }
        try world.until { world.source.abilities.touchSlots == 5 && world.source.abilities.absolutePointer }
        return world
    }

    deinit { close(listener) }

    func inputSinkDidChange(_ sink: any InputSink) { notices += 1 }

    func until(_ condition: () -> Bool) throws {
        guard try loop.runUntil(condition) else { throw TestSupportError("it never came: \(console.calls)") }
    }

    /// What has come to the console once so many calls have and nothing more is on its way.
    func calls(_ count: Int) throws -> [String] {
        try until { console.calls.count >= count }
        try loop.settle()
        return console.takeCalls()
    }

    private static func socketPair() throws -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw TestSupportError("socketpair")
        }
        return (ends[0], ends[1])
    }
}
