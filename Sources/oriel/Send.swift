// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import GuestInput
internal import Logging
internal import Planes
internal import QMP

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Presses keys in a guest.",
        discussion: """
            Each of KEYS is a key, or several with + between them: they go down in \
            order and up in reverse. A key is a letter, a digit, f1 to f24, ctrl, alt, \
            shift, super, or a name such as enter, escape, tab, space, delete, up, \
            print or kp0. It is the key that is there on a US keyboard; what the \
            guest reads depends on the guest's own layout.

              oriel send qemu: ctrl+alt+delete
              oriel send qemu:debian ctrl+alt+f2 r o o t enter
              oriel send qmp:/run/vm/qmp.sock enter
            """)

    @Argument(help: "Whose keyboard: a qemu: source, or a VM's monitor as qmp:/SOCKET.")
    var source: String

    @Argument(help: "What to press, in this order.")
    var keys: [String]

    @Option(help: "Give up when the guest has not taken the keys within this many seconds.")
    var timeout = 10.0

    func validate() throws {
        guard timeout > 0, timeout <= 1e6 else { throw ValidationError("--timeout must be a number of seconds above 0.") }
    }

    func run() throws {
        let keyboard = try KeyboardURL(source)
        let strokes = try keys.map { keys in
            try Failure.naming("send") { () throws(KeyTextError) in try KeyStroke(keys) }
        }
        let loop = try EventLoop()
        let (guest, sink) = try keyboard.open(on: loop, log: LineLog.logger(level: .warning))
        defer { guest?.close() }
        let typist = try Typist(strokes, in: guest, through: sink, loop: loop)
        // Ended half-way, the guest isn't left with keys down.
        let signals = try loop.endSignals { typist.cut() }
        let timer = try loop.timer { loop.stop() }
        timer.arm(after: UInt64(timeout * 1e9))
        guard try withExtendedLifetime(signals, { try typist.run() }) else {
            throw Failure(
                .unavailable, "\(source.asSubject) the guest has not taken all keys within \(timeout) s: is its VMM stopped?")
        }
    }
}

/// Who can be given keys without a window.
private enum KeyboardURL {
    case source(String, SourceURL)
    case monitor(MonitorAddress)

    init(_ text: String) throws(SourceError) {
        self = text.hasPrefix("qmp:") ? .monitor(try MonitorAddress(url: text)) : .source(text, try SourceURL(text))
    }

    /// The sink, and the source where that is one: it wants to be drawn while it is open.
    func open(on loop: EventLoop, log: Logger) throws -> (source: (any PlaneSource)?, sink: any InputSink) {
        switch self {
        case .monitor(let address): return (nil, try QMPInput(address, loop: loop, logger: log))
        case .source(let text, let url):
            let source = try url.open(on: loop, log: log)
            guard let sink = source as? any InputSink else {
                source.close()
                throw Failure(
                    .usage, "\(text.asSubject) this source takes no keys: use a qemu: source, or its monitor as qmp:/SOCKET")
            }
            return (source, sink)
        }
    }
}
