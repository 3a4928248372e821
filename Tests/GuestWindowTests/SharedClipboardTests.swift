// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import GuestInput
import Planes
import TestCompositor
import TestSupport
import Testing
import Wayland

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("The host's clipboard and the guest's", .serialized, .timeLimit(.minutes(5)))
struct SharedClipboardTests {
    static let text = "text/plain;charset=utf-8"

    @Test("what is copied on the host is the guest's while the keyboard is on its window, and then no longer")
    func focus() throws {
        let world = try ClipboardWorld(isFocused: false)
        world.world.server.copy("text/html", Self.text, "image/png")
        #expect(try world.told() == [])
        world.world.server.enterKeyboard()
        #expect(try world.told() == ["offer text png"])
        world.world.server.leaveKeyboard()
        #expect(try world.told() == ["offer"])
        world.guest.wants(.text)
        #expect(try world.told() == ["give nothing"])
        #expect(world.world.server.takeReceiver() == nil)
        world.world.server.enterKeyboard()
        #expect(try world.told() == ["offer text png"])
        world.world.server.copy("image/png")
        #expect(try world.told() == ["offer png"])
        world.world.server.copy()
        #expect(try world.told() == ["offer"])
    }

    @Test("a keyboard that goes from one window of the guest's to another leaves the clipboard as it is")
    func betweenWindows() throws {
        let world = try ClipboardWorld()
        world.world.server.copy(Self.text)
        #expect(try world.told() == ["offer text"])
        world.world.server.leaveKeyboard()
        world.world.server.enterKeyboard()
        #expect(try world.told() == [])
    }

    @Test("what the guest asks for is read from whoever has it, by the best name of its text")
    func reading() throws {
        let world = try ClipboardWorld()
        for (types, best) in [
            (["text/plain", "UTF8_STRING", "text/plain;charset=UTF-8"], "text/plain;charset=UTF-8"),
            (["STRING", "UTF8_STRING", "text/plain"], "UTF8_STRING"), (["text/plain"], "text/plain"),
        ] {
            switch types.count {
            case 1: world.world.server.copy(types[0])
            default: world.world.server.copy(types[0], types[1], types[2])
            }
            #expect(try world.told() == ["offer text"])
            world.guest.wants(.text, .png)
            #expect(try world.answer(Array("Grüße".utf8)) == best)
            var told: [String] = []
            #expect(
                try world.until {
                    told += try world.told(); return !told.isEmpty
                })
            #expect(told == ["give text: Grüße"])
        }
        world.world.server.copy("application/json")
        #expect(try world.told() == ["offer"])
    }

    @Test("what is dragged over the window isn't copied")
    func dragging() throws {
        let world = try ClipboardWorld()
        world.world.server.copy(Self.text)
        world.world.server.drag("image/png")
        #expect(try world.told() == ["offer text"])
    }

    @Test("a content that is too long, no text, or never comes, isn't the guest's, and the user is told why")
    func refusedContents() throws {
        let world = try ClipboardWorld(limit: 1000)
        world.world.server.copy(Self.text)
        _ = try world.told()
        let cases: [([UInt8], String)] = [
            ([UInt8](repeating: 65, count: 1001), "it exceeds the limit of 1000 bytes"),
            ([65, 0, 66], "it isn't UTF-8 text or contains a NUL"),
        ]
        for (bytes, reason) in cases {
            world.guest.wants(.text)
            #expect(try world.answer(bytes) == Self.text)
            var told: [String] = []
            #expect(
                try world.until {
                    told += try world.told(); return !told.isEmpty
                })
            #expect(told == ["give nothing"])
            #expect(world.world.log.warnings.removeFirst() == "the clipboard isn't passed to the guest: \(reason)")
            try world.world.wait(nanoseconds: 1_000_000_000)  // a warning a second
        }
        world.guest.wants(.text)
        var told: [String] = []
        #expect(
            try world.until {
                told += try world.told(); return !told.isEmpty
            })
        #expect(told == ["give nothing"])
        #expect(world.world.log.warnings == ["the clipboard isn't passed to the guest: it takes too long"])
    }

    @Test("a program that never ends writing is cut off at the limit")
    func endless() throws {
        let world = try ClipboardWorld(limit: 1 << 20)
        world.world.server.copy(Self.text)
        _ = try world.told()
        world.guest.wants(.text)
        try world.world.settle()
        let receiver = try #require(world.world.server.takeReceiver())
        _ = fcntl(receiver.descriptor, F_SETFL, O_NONBLOCK)
        var written = 0, told: [String] = []
        let portion = [UInt8](repeating: 65, count: 1 << 16)
        _ = try world.until {
            let count = write(receiver.descriptor, portion, portion.count)
            if count > 0 { written += count }
            told += try world.told()
            return !told.isEmpty
        }
        close(receiver.descriptor)
        #expect(told == ["give nothing"] && written < (1 << 20) + (1 << 18))
    }

    @Test("a seat that goes takes its clipboard along, and another brings its own")
    func seats() throws {
        let world = try ClipboardWorld()
        world.world.server.copy(Self.text)
        #expect(try world.told() == ["offer text"])
        world.world.server.remove("wl_seat")
        #expect(try world.told() == ["offer"])
        world.world.server.addSeat()
        try world.world.settle()
        world.world.server.copy("image/png")
        world.world.server.enterKeyboard()
        #expect(try world.told() == ["offer png"])
    }

    @Test("another guest in the first one's place has the clipboard from then on, and the end closes it")
    func otherGuest() throws {
        let world = try ClipboardWorld()
        world.world.server.copy(Self.text)
        _ = try world.told()
        let other = ScriptedClipboard()
        world.host?.attach(other)
        #expect(try world.told() == ["close"])
        #expect(other.take() == ["open", "offer text"])
        other.has(.text)
        _ = try world.requests()
        world.host?.attach(nil)
        #expect(other.take().last == "close")
        #expect(try world.requests().contains("source1.destroy()"))
        world.host?.attach(world.guest)
        #expect(try world.told().first == "open")
        world.end()
        #expect(try world.told() == ["close"])
    }

    @Test("a compositor without a clipboard is told by the protocol that it lacks")
    func missing() throws {
        #expect(throws: WaylandError.self) { try ClipboardWorld { $0.missing.insert("wl_data_device_manager") } }
    }
}
