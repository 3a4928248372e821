// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport

/// A keyboard and a mouse on sway's seat (`Tests/Desk/virtual-input.c`). Each call returns when sway has handled it.
final class VirtualInput {
    private let sway: Sway
    private let process: ChildProcess
    private let commands: FileHandle
    private var handled = 0

    init(_ sway: Sway) throws {
        self.sway = sway
        try build("virtual-input.sh", [sway.directory.path], in: sway.directory)
        let path = sway.directory.file("commands")
        guard mkfifo(path, 0o600) == 0 else { throw TestSupportError("mkfifo: \(String(cString: strerror(errno)))") }
        process = try ChildProcess(
            [sway.directory.file("virtual-input"), path], environment: sway.environment, log: sway.directory.file("input.log"))
        guard let commands = FileHandle(forUpdatingAtPath: path) else { throw TestSupportError("\(path) can't be opened") }
        self.commands = commands
        try waitUntilHandled()
    }

    func press(_ key: Key, isDown: Bool) throws { try say("key \(key.rawValue) \(isDown ? 1 : 0)") }

    func tap(_ key: Key) throws {
        try press(key, isDown: true)
        try press(key, isDown: false)
    }

    func press(_ button: Button, isDown: Bool) throws { try say("button \(button.rawValue) \(isDown ? 1 : 0)") }

    func click(_ button: Button) throws {
        try press(button, isDown: true)
        try press(button, isDown: false)
    }

    /// - Parameter steps: down is more than 0.
    func turnWheel(_ steps: Int) throws { try say("wheel \(steps)") }

    /// Moves by so many of the mouse's own steps.
    func move(byX x: Int, y: Int) throws { try say("move \(x) \(y)") }

    /// Puts the pointer at a place of sway's layout, in logical pixels.
    func place(x: Int, y: Int) throws { try sway.command("seat seat0 cursor set \(x) \(y)") }

    private func say(_ line: String) throws {
        try commands.write(contentsOf: Data("\(line)\n".utf8))
        handled += 1
        try waitUntilHandled()
    }

    private func waitUntilHandled() throws {
        let isHandled = waitUntil { process.output.split(separator: "\n").count { $0 == "done" } > handled }
        guard isHandled else { throw TestSupportError("the virtual input stopped: \(process.output)") }
    }
}

/// Keys by their Linux codes (linux/input-event-codes.h).
enum Key: UInt32 {
    case two = 3, enter = 28, leftControl = 29, a = 30, g = 34, leftShift = 42, b = 48, leftAlt = 56, space = 57, leftSuper = 125
    case y = 21, i = 23, o = 24, p = 25, s = 31, h = 35, c = 46

    init?(_ character: Character) {
        switch character {
        case "2": self = .two
        case "a": self = .a
        case "b": self = .b
        case "c": self = .c
        case "g": self = .g
        case "h": self = .h
        case "i": self = .i
        case "o": self = .o
        case "p": self = .p
        case "y": self = .y
        case " ": self = .space
        default: return nil
        }
    }
}

enum Button: UInt32 {
    case left = 272, right, middle
}

extension VirtualInput {
    /// What grabs and releases, where the user names no other: Ctrl+Alt+G.
    func tapChord() throws {
        try press(.leftControl, isDown: true)
        try press(.leftAlt, isDown: true)
        try tap(.g)
        try press(.leftAlt, isDown: false)
        try press(.leftControl, isDown: false)
    }

    /// Super+B, `DeskWorld.shortcut`.
    func tapShortcut() throws {
        try press(.leftSuper, isDown: true)
        try tap(.b)
        try press(.leftSuper, isDown: false)
    }
}
