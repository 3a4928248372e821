// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A real QEMU with a software-emulated VM, no disk, and its display on D-Bus.
public final class VirtualMachine {
    public enum Display {
        /// On a bus.
        case bus(address: String)
        /// Directly to a client whose socket is passed through QMP.
        case peerToPeer
    }

    public let process: ChildProcess
    /// The path of its QMP monitor's socket.
    public let monitor: String

    /// - Parameters:
    ///   - displayDevice: The argument of `-device`.
    ///   - kernelArguments: Boots the newest kernel under /boot with these arguments. With nil the firmware runs and finds no
    ///     disk.
    ///   - arguments: Further arguments for QEMU.
    public init(
        name: String, display: Display, displayDevice: String = "virtio-vga", in directory: TemporaryDirectory,
        kernelArguments: String? = nil, arguments: [String] = []
    ) throws {
        monitor = directory.file("\(name).qmp")
        let shown =
            switch display {
            case .bus(let address): "dbus,addr=\(address)"
            case .peerToPeer: "dbus,p2p=yes"
            }
        var command = [
            "qemu-system-x86_64", "-nodefaults", "-name", name, "-accel", "tcg", "-m", "192", "-vga", "none", "-device",
            displayDevice, "-net", "none", "-display", shown, "-qmp", "unix:\(monitor),server=on,wait=off",
        ]
        if let kernelArguments {
            guard let kernel = Self.kernel else { throw TestSupportError("there is no kernel under /boot") }
            command += ["-kernel", kernel, "-append", kernelArguments]
        }
        let address: String? = if case .bus(let address) = display { address } else { nil }
        let before = address.map { DBusDaemon.owners(of: "org.qemu", onBusAt: $0) } ?? 0
        process = try ChildProcess(command + arguments, log: directory.file("\(name).log"))
        let (process, monitor) = (process, monitor)
        // The monitor's socket exists first; on a bus the display appears later, and a client in between would find no VM.
        let isThere = waitUntil {
            guard process.isRunning else { return true }
            // The socket's file exists before QEMU listens on it.
            guard let socket = try? UnixSocket.connect(to: monitor) else { return false }
            close(socket)
            return address.map { DBusDaemon.owners(of: "org.qemu", onBusAt: $0) > before } ?? true
        }
        guard isThere, process.isRunning else { throw TestSupportError("QEMU didn't start: \(process.output)") }
    }

    /// Debian's newest kernel on this machine; nil if there is none.
    public static var kernel: String? {
        guard let directory = opendir("/boot") else { return nil }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("vmlinuz-") && access("/boot/\(name)", R_OK) == 0 { found.append("/boot/\(name)") }
        }
        return found.max()
    }

    /// Passes a D-Bus client's socket to QEMU (QMP's add_client).
    public func addDisplayClient(_ descriptor: CInt) throws {
        let conversation = try Conversation(monitor)
        try conversation.say(#"{"execute":"getfd","arguments":{"fdname":"display"}}"#, with: descriptor)
        try conversation.say(#"{"execute":"add_client","arguments":{"protocol":"@dbus-display","fdname":"display"}}"#)
    }

    /// Resets the VM.
    public func reset() throws { try execute(#"{"execute":"system_reset"}"#) }

    /// Executes a QMP command, given as complete JSON.
    public func execute(_ command: String) throws { try Conversation(monitor).say(command) }

    /// A short connection to the monitor.
    private final class Conversation {
        private let socket: CInt

        init(_ monitor: String) throws {
            socket = try UnixSocket.connect(to: monitor)
            try hear("\"QMP\"")
            try say(#"{"execute":"qmp_capabilities"}"#)
        }

        deinit { close(socket) }

        func say(_ text: String, with descriptor: CInt? = nil) throws {
            if let descriptor {
                try UnixSocket.send(text, with: descriptor, over: socket)
            } else {
                _ = write(socket, text, text.utf8.count)
            }
            try hear("\"return\"")
        }

        /// Reads until `word` has arrived. QMP answers each command with one line.
        private func hear(_ word: String) throws {
            var block = [UInt8](repeating: 0, count: 4096)
            var received = ""
            while !received.contains(word) {
                let count = read(socket, &block, block.count)
                guard count > 0 else { throw TestSupportError("QMP closed: \(received)") }
                received += String(decoding: block[..<count], as: UTF8.self)
                if received.contains("\"error\"") { throw TestSupportError("QMP: \(received)") }
            }
        }
    }
}
