// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Planes
import TestCompositor
import TestSupport

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

/// Keys by the names that people write.
func key(_ name: String) -> KeyCode { NamedKey(name)!.code }

extension World {
    /// A world whose window shows a picture and takes input, with the keyboard's focus on it.
    static func typing(input: InputOptions = InputOptions(), _ behave: (inout Behaviour) -> Void = { _ in }) throws -> World {
        let world = try World.showing(
            ScriptedSource.Memory(width: 320, height: 240), sink: ScriptedSink(), input: input, behave)
        world.server.enterKeyboard()
        _ = try world.requests()
        return world
    }

    /// What the guest's keyboard has seen since the last call: `+a` went down, `-a` came up.
    func typed() throws -> String {
        try settle()
        return sink!.take().map { event in
            guard case .key(let code, let isDown) = event else { return "\(event)" }
            return (isDown ? "+" : "-") + (NamedKey.all.first { $0.code == code }?.name ?? "\(code.rawValue)")
        }.joined(separator: " ")
    }

    /// Keys that go down in order and up in reverse.
    func strike(_ names: String...) {
        for name in names { server.press(key(name), isDown: true) }
        for name in names.reversed() { server.press(key(name), isDown: false) }
    }
}
