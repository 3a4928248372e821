// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import GuestInput
internal import Logging
internal import Planes
internal import Viewer

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Presses keys in a guest.",
        discussion: """
            Each of KEYS is a key, or several keys with + between them, which go down in order and up in reverse order. A key is a \
            letter, a digit, f1 to f24, ctrl, alt, shift, super, or a name such as enter, escape, tab, space, delete, up, print or \
            kp0. It names the key by its place on a US keyboard; what the guest reads depends on the guest's own layout.

              oriel send qemu: ctrl+alt+delete
              oriel send qemu:debian ctrl+alt+f2 r o o t enter
              oriel send qmp:/run/vm/qmp.sock enter
            """)

    @Argument(help: "The guest: a qemu: source, or a VM's monitor as qmp:/SOCKET.")
    var source: String

    @Argument(help: "The keys to press, in this order.")
    var keys: [String]

    @Option(help: "Give up when the guest has not taken the keys within this many seconds.")
    var timeout = 10.0

    func validate() throws {
        guard timeout > 0, timeout <= 1e6 else { throw ValidationError("--timeout must be a number of seconds above 0.") }
    }

    func run() throws {
        let keyboard = try KeyboardAddress(source)
        let strokes = try keys.map { keys in
            try Failure.naming("send") { () throws(KeyTextError) in try KeyStroke(keys) }
        }
        let loop = try EventLoop()
        let (planes, sink) = try keyboard.opened(on: loop, log: LineLog.logger(level: .warning))
        defer { planes?.close() }
        let typist = Typist(strokes, in: planes, through: sink, loop: loop)
        // A command that is ended half-way leaves no key down in the guest.
        let signals = try loop.endSignals { typist.cut() }
        let timer = loop.timer { loop.stop() }
        timer.arm(after: UInt64(timeout * 1e9))
        guard try withExtendedLifetime((signals, timer), { try typist.run() }) else {
            throw Failure(
                .unavailable, "\(source.asSubject) the guest has not taken all keys within \(timeout) s: is its VMM stopped?")
        }
    }
}
