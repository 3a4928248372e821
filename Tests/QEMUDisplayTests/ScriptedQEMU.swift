// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import CSystemd
import EventLoop
import Glibc
import Logging
import Planes
import QEMUDisplay
import System
import TestSupport
import Testing

/// QEMU's side of a listener's connection, saying what a test wants, on the test's own loop.
final class ScriptedQEMU {
    enum Argument {
        case u(UInt32), i(Int32), t(UInt64), b(Bool), h(CInt), handles([CInt]), words([UInt32]), bytes([UInt8]), s(String)
    }

    /// What became of a call.
    final class Reply {
        enum Outcome: Equatable { case pending, done, error(String) }
        fileprivate(set) var outcome = Outcome.pending
        /// CLOCK_MONOTONIC.
        fileprivate(set) var cameAt: UInt64 = 0
        fileprivate(set) var strings: [String] = []
        var slot: OpaquePointer?
        fileprivate let came: () -> Void
        fileprivate init(_ came: @escaping () -> Void) { self.came = came }
        deinit { sd_bus_slot_unref(slot) }
    }

    private var bus: OpaquePointer?
    private var replies: [Reply] = []

    init(_ socket: CInt, loop: EventLoop) {
        sd_bus_new(&bus)
        sd_bus_set_fd(bus, socket, socket)
        var identifier = sd_id128_t()
        sd_id128_randomize(&identifier)
        sd_bus_set_server(bus, 1, identifier)
        sd_bus_start(bus)
        sd_bus_attach_event(bus, loop.event, 0)
    }

    deinit { disconnect() }

    func disconnect() {
        replies = []
        sd_bus_detach_event(bus)
        sd_bus_close_unref(bus)
        bus = nil
    }

    private var lastCookie: UInt64 = 0

    /// Counts a call that isn't sent, as QEMU does with one that it takes back before it is written.
    func takeBackOne() { lastCookie += 1 }

    @discardableResult
    func call(
        _ member: String, on interface: String = "org.qemu.Display1.Listener", _ arguments: Argument...,
        then: @escaping () -> Void = {}
    ) -> Reply {
        var message: OpaquePointer?
        sd_bus_message_new_method_call(bus, &message, nil, "/org/qemu/Display1/Listener", interface, member)
        defer { sd_bus_message_unref(message) }
        for argument in arguments { append(argument, to: message) }
        let reply = Reply(then)
        replies.append(reply)
        // sd-bus goes on from the highest number.
        lastCookie += 1
        sd_bus_message_seal(message, lastCookie, Patience.nanoseconds / 1000)
        sd_bus_call_async(
            bus, &reply.slot, message,
            { message, data, _ in
                let reply = Unmanaged<Reply>.fromOpaque(data!).takeUnretainedValue()
                reply.cameAt = EventLoop.now()
                if let error = sd_bus_message_get_error(message) {
                    reply.outcome = .error(String(cString: error.pointee.name))
                } else {
                    reply.outcome = .done
                    reply.readStrings(message)
                }
                reply.came()
                return 1
            }, Unmanaged.passUnretained(reply).toOpaque(), Patience.nanoseconds / 1000)
        return reply
    }

    private func append(_ argument: Argument, to message: OpaquePointer?) {
        func code(_ type: Unicode.Scalar) -> CChar { CChar(type.value) }
        func basic<Value: BitwiseCopyable>(_ type: Unicode.Scalar, _ value: Value) {
            var value = value
            sd_bus_message_append_basic(message, code(type), &value)
        }
        switch argument {
        case .u(let value): basic("u", value)
        case .i(let value): basic("i", value)
        case .t(let value): basic("t", value)
        case .b(let value): basic("b", CInt(value ? 1 : 0))
        case .h(let value): basic("h", value)
        case .s(let value): sd_bus_message_append_basic(message, code("s"), value)
        case .handles(let values):
            sd_bus_message_open_container(message, code("a"), "h")
            for value in values { basic("h", value) }
            sd_bus_message_close_container(message)
        case .words(let values):
            _ = values.withUnsafeBytes { sd_bus_message_append_array(message, code("u"), $0.baseAddress, $0.count) }
        case .bytes(let values): sd_bus_message_append_array(message, code("y"), values, values.count)
        }
    }
}

extension ScriptedQEMU.Reply {
    /// The Interfaces in an answer to Properties.GetAll.
    fileprivate func readStrings(_ message: OpaquePointer?) {
        guard sd_bus_message_has_signature(message, "a{sv}") > 0 else { return }
        sd_bus_message_enter_container(message, 0x61, "{sv}")
        while sd_bus_message_enter_container(message, 0x65, "sv") > 0 {
            sd_bus_message_skip(message, "s")
            sd_bus_message_enter_container(message, 0x76, "as")
            sd_bus_message_enter_container(message, 0x61, "s")
            var text: UnsafePointer<CChar>?
            while sd_bus_message_read_basic(message, 0x73, &text) > 0 { strings.append(String(cString: text!)) }
            return
        }
    }
}

/// A display with a scripted QEMU behind it and a delegate that counts.
final class World: PlaneSourceDelegate {
    static let x8r8g8b8: UInt32 = 0x2002_0888
    static let mapInterface = "org.qemu.Display1.Listener.Unix.Map"
    static let dmabufInterface = "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2"

    let loop: EventLoop
    let source: QEMUDisplay
    let peer: ScriptedQEMU
    private(set) var notices = 0
    private(set) var ends: [SourceError] = []

    /// - Parameter asksFirst: whether QEMU has asked for the properties, as it always does.
    init(
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), asksFirst: Bool = true
    ) throws {
        loop = try EventLoop()
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw TestSupportError("socketpair")
        }
        peer = ScriptedQEMU(ends[1], loop: loop)
        source = try QEMUDisplay(
            name: "scripted", listener: OwnedDescriptor(adopting: ends[0]), loop: loop, logger: logger)
        source.delegate = self
        guard asksFirst else { return }
        // Descriptors can be sent once both sides have agreed on it.
        try finish(peer.call("GetAll", on: "org.freedesktop.DBus.Properties", .s("org.qemu.Display1.Listener")))
        try loop.runForAMoment()
        notices = 0
    }

    func planeSourceDidChange(_ source: any PlaneSource) { notices += 1 }
    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { ends.append(error) }

    /// Runs until the reply is there, and returns what it was.
    @discardableResult
    func finish(_ reply: ScriptedQEMU.Reply) throws -> ScriptedQEMU.Reply.Outcome {
        _ = try loop.runUntil { reply.outcome != .pending }
        return reply.outcome
    }

    func isShowing(_ kind: PlaneKind = .primary) -> Bool { (try? info(kind)) ?? nil != nil }

    func info(_ kind: PlaneKind = .primary) throws -> PlaneInfo? {
        guard case .showing(let info) = try source.query(kind) else { return nil }
        return info
    }

    /// The buffer's bytes, read through a descriptor that the source gave.
    func bytes(_ kind: PlaneKind = .primary) throws -> [UInt8] {
        let buffer = try source.buffer(for: kind, generation: try #require(try info(kind)).generation)
        let length = Int(lseek(buffer.descriptor(plane: 0), 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: length)
        pread(buffer.descriptor(plane: 0), &bytes, length, 0)
        return bytes
    }
}

/// A memfd as QEMU would have made it.
final class Memory {
    let descriptor: CInt
    init(_ length: Int) {
        descriptor = oriel_memfd_create("surface")
        ftruncate(descriptor, length)
    }
    deinit { close(descriptor) }

    /// How many descriptors of this process lead to it. Unlike their numbers, that doesn't depend on tests beside this one.
    var openDescriptors: Int {
        var mine = stat()
        fstat(descriptor, &mine)
        return (CInt(0)..<1024).count { number in
            var status = stat()
            return fstat(number, &status) == 0 && status.st_dev == mine.st_dev && status.st_ino == mine.st_ino
        }
    }

    var inode: UInt64 {
        var status = stat()
        fstat(descriptor, &status)
        return UInt64(status.st_ino)
    }
}
