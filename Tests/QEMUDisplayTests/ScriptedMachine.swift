// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import CSystemd
import EventLoop
import Glibc
import Planes
import QEMUDisplay
import System
import TestSupport

/// A bus with a QEMU on it, or a QEMU without a bus, behind a socket and on the loop of whoever opens it. It falls silent for good
/// when it comes to the step that a test wants.
///
/// Since it runs on the opener's loop, it can't answer while the opener waits for it.
final class ScriptedMachine {
    enum Step: CaseIterable {
        /// The listening socket's queue is full.
        case queue
        /// Connections aren't accepted.
        case accept
        case authentication, hello, owners, description, console
        /// RegisterListener isn't answered.
        case registration
        /// The listener isn't asked for its interfaces.
        case interfaces
        /// There is no first picture.
        case picture
    }

    let address: QEMUAddress
    /// The VM's name.
    var name = "scripted"
    /// Whether the client has come to the step.
    private(set) var isReached = false
    private let silence: Step?
    private let hasBus: Bool
    private let consoles: [UInt32]
    private let loop: EventLoop
    private let directory = try! TemporaryDirectory()
    private let memory = Memory(64 * 64 * 4)
    private var listening: CInt
    private var watch: DescriptorSource?
    private var buses: [OpaquePointer] = []
    private var listeners: [ScriptedQEMU] = []
    /// Duplicates of our ends of all sockets that lead to the client.
    private var ends: [CInt] = []

    /// - Parameter hasBus: Whether the peer answers as a bus rather than as QEMU itself.
    init(silentAt silence: Step?, hasBus: Bool = true, consoles: [UInt32] = [0, 1], loop: EventLoop) throws {
        self.silence = silence
        self.hasBus = hasBus
        self.consoles = consoles
        self.loop = loop
        let path = directory.file("socket")
        address = QEMUAddress(endpoint: .socket(path: path))
        listening = try UnixSocket.listen(at: path)
        _ = fcntl(listening, F_SETFL, O_NONBLOCK)
        switch silence {
        case .queue:
            while let end = Self.connect(to: path) { ends.append(end) }
            isReached = true
        case .accept: isReached = true
        default: watch = try loop.watch(listening) { [unowned self] _ in accept() }
        }
    }

    deinit {
        watch = nil
        listeners = []
        for bus in buses {
            sd_bus_detach_event(bus)
            sd_bus_close_unref(bus)
        }
        for end in ends { close(end) }
        close(listening)
    }

    /// Makes room in the full queue, and serves whoever comes.
    func recover() throws {
        for end in ends { close(end) }
        ends = []
        watch = try loop.watch(listening) { [unowned self] _ in accept() }
    }

    /// How many sockets lead to the client, closed ones included.
    var connections: Int {
        if silence == .accept, ends.isEmpty { ends = [oriel_accept(listening)].filter { $0 >= 0 } }
        return ends.count
    }

    /// Whether the client has closed all sockets that lead to it.
    var isAbandoned: Bool {
        _ = connections
        return ends.allSatisfy { UnixSocket.waitForHangUp(of: $0) }
    }

    /// Whether a socket leads to the client still.
    var isKept: Bool { ends.contains { !UnixSocket.waitForHangUp(of: $0, atMost: 0) } }

    private static func connect(to path: String) -> CInt? {
        let end = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(end, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return end }
        close(end)
        return nil
    }

    private func accept() {
        let socket = Glibc.accept(listening, nil, nil)
        guard socket >= 0 else { return }
        ends.append(fcntl(socket, F_DUPFD_CLOEXEC, 3))
        if silence == .authentication {
            isReached = true
            return
        }
        var bus: OpaquePointer?
        sd_bus_new(&bus)
        sd_bus_set_fd(bus, socket, socket)
        var identifier = sd_id128_t()
        sd_id128_randomize(&identifier)
        sd_bus_set_server(bus, 1, identifier)
        sd_bus_negotiate_fds(bus, 1)
        sd_bus_start(bus)
        sd_bus_attach_event(bus, loop.event, 0)
        sd_bus_add_filter(
            bus, nil,
            { message, data, _ in
                Unmanaged<ScriptedMachine>.fromOpaque(data!).takeUnretainedValue().handle(message!)
            }, Unmanaged.passUnretained(self).toOpaque())
        buses.append(bus!)
    }

    private func handle(_ message: OpaquePointer) -> CInt {
        guard sd_bus_message_is_method_call(message, nil, nil) > 0,
            let member = sd_bus_message_get_member(message).map(String.init(cString:)),
            let path = sd_bus_message_get_path(message).map(String.init(cString:))
        else { return 0 }
        switch member {
        case "Hello" where hasBus: say(message, at: .hello) { Self.append($0, "s", ":1.1") }
        case "Hello": return 0  // sd-bus knows no such method
        case "ListQueuedOwners":
            say(message, at: .owners) { reply in
                sd_bus_message_open_container(reply, Self.code("a"), "s")
                Self.append(reply, "s", ":1.0")
                sd_bus_message_close_container(reply)
            }
        case "GetAll" where path.hasSuffix("/VM"):
            say(message, at: .description) { reply in
                Self.appendProperties(reply, ["Name": name], consoles: consoles)
            }
        case "GetAll":
            say(message, at: .console) { reply in
                Self.appendProperties(reply, ["Label": "screen \(path.suffix(1))", "Type": "Graphic"])
            }
        case "RegisterListener":
            var end: CInt = -1
            sd_bus_message_read_basic(message, Self.code("h"), &end)
            listen(fcntl(end, F_DUPFD_CLOEXEC, 3))
            say(message, at: .registration) { _ in }
            if silence == .interfaces { isReached = true }
        default: say(message, at: nil) { _ in }
        }
        return 1
    }

    private func say(_ message: OpaquePointer, at step: Step?, _ body: (OpaquePointer) -> Void) {
        if let step, step == silence {
            isReached = true
            return
        }
        var reply: OpaquePointer?
        sd_bus_message_new_method_return(message, &reply)
        body(reply!)
        sd_bus_send(nil, reply, nil)
        sd_bus_message_unref(reply)
    }

    private func listen(_ socket: CInt) {
        ends.append(fcntl(socket, F_DUPFD_CLOEXEC, 3))
        let qemu = ScriptedQEMU(socket, loop: loop)
        listeners.append(qemu)
        guard silence != .interfaces else { return }  // told in handle(_:)
        qemu.call("GetAll", on: "org.freedesktop.DBus.Properties", .s("org.qemu.Display1.Listener")) {
            [unowned self, unowned qemu] in
            guard silence != .picture else { return isReached = true }
            qemu.call(
                "ScanoutMap", on: World.mapInterface, .h(memory.descriptor), .u(0), .u(64), .u(64), .u(256), .u(World.x8r8g8b8))
        }
    }

    private static func code(_ type: Unicode.Scalar) -> CChar { CChar(type.value) }

    private static func append(_ message: OpaquePointer, _ type: Unicode.Scalar, _ text: String) {
        sd_bus_message_append_basic(message, code(type), text)
    }

    private static func appendProperties(_ reply: OpaquePointer, _ texts: [String: String], consoles: [UInt32] = []) {
        func property(_ name: String, _ signature: String, _ value: () -> Void) {
            sd_bus_message_open_container(reply, code("e"), "sv")
            append(reply, "s", name)
            sd_bus_message_open_container(reply, code("v"), signature)
            value()
            sd_bus_message_close_container(reply)
            sd_bus_message_close_container(reply)
        }
        sd_bus_message_open_container(reply, code("a"), "{sv}")
        for (name, text) in texts { property(name, "s") { append(reply, "s", text) } }
        if !consoles.isEmpty {
            property("ConsoleIDs", "au") {
                _ = consoles.withUnsafeBytes { sd_bus_message_append_array(reply, code("u"), $0.baseAddress, $0.count) }
            }
        }
        sd_bus_message_close_container(reply)
    }
}
