// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import GuestInput

@Suite("Lock keys of host and guest")
struct LockBalanceTests {
    private static let all: LockKeys = [.caps, .num, .scroll]
    private var typing = Typing(locks: [])

    private mutating func host(_ on: LockKeys, known: LockKeys = [.caps, .num]) -> String {
        text(typing.keyboard.follow(host: HostLocks(on: on, known: known)))
    }

    private mutating func guest(_ on: LockKeys?) -> String {
        text(typing.keyboard.follow(takesKeys: true, guest: on))
    }

    @Test("the focus brings the guest's locks in line, once")
    mutating func focus() {
        #expect(host([.caps]) == "+capslock -capslock")
        #expect(host([.caps]) == "")
        #expect(guest([.caps]) == "")
        #expect(typing.type("leave enter") == "")
        #expect(host([.num]) == "+capslock -capslock +numlock -numlock")
    }

    @Test("the user's own press reaches the guest too, and nothing is added to it, whatever the order of answers")
    mutating func stroke() {
        #expect(host([]) == "")
        #expect(typing.type("+capslock") == "+capslock")
        #expect(host([.caps]) == "")
        #expect(guest([.caps]) == "")
        #expect(typing.type("-capslock") == "-capslock")
        #expect(host([.caps]) == "")
        // The lock goes off: the guest's light with the press, the host's with the release.
        #expect(typing.type("+capslock") == "+capslock")
        #expect(guest([]) == "")
        #expect(host([.caps]) == "")
        #expect(typing.type("-capslock") == "-capslock")
        #expect(host([]) == "")
    }

    @Test("a guest that answers after the key came up isn't corrected")
    mutating func slow() {
        #expect(host([]) == "")
        #expect(typing.type("+capslock -capslock") == "+capslock -capslock")
        #expect(host([.caps]) == "")
        #expect(guest([.caps]) == "")
        #expect(host([.caps]) == "")
    }

    @Test("a guest that doesn't answer isn't asked again, whatever the host does")
    mutating func silent() {
        #expect(host([.caps]) == "+capslock -capslock")
        #expect(host([]) == "")
        #expect(host([.caps]) == "")
        #expect(typing.type("leave enter") == "")
        #expect(host([.caps]) == "")
    }

    @Test("a guest that changes its lights by itself is corrected once")
    mutating func stubborn() {
        #expect(host([]) == "")
        #expect(guest([.num]) == "+numlock -numlock")
        #expect(guest([]) == "")
        #expect(guest([.num]) == "")
        #expect(guest([]) == "")
        #expect(guest([.num]) == "")
        // The focus is another chance.
        #expect(typing.type("leave enter") == "")
        #expect(host([]) == "+numlock -numlock")
    }

    @Test("a lock that the host's keymap lacks is left to the guest")
    mutating func unknown() {
        #expect(host([]) == "")
        #expect(guest([.scroll]) == "")
        #expect(host([], known: Self.all) == "+scrolllock -scrolllock")
    }

    @Test("nothing is pressed without the focus, a keymap, or a guest that reports its lights")
    mutating func silence() {
        #expect(host([]) == "")
        #expect(typing.type("leave") == "")
        #expect(guest([.caps]) == "")
        #expect(typing.type("enter") == "")
        #expect(text(typing.keyboard.follow(host: nil)) == "")
        #expect(guest(nil) == "")
        #expect(host([.caps]) == "")
        #expect(guest([]) == "+capslock -capslock")
    }
}
