// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import GuestInput
import Planes
import TestCompositor
import TestSupport
import Testing
import Wayland

@testable import Presentation

@Suite("The host's clipboard and the guest's", .serialized, .timeLimit(.minutes(1)))
struct SharedClipboardTests {
    private static let text = "text/plain;charset=utf-8"

    // MARK: From the host to the guest

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
            ([UInt8](repeating: 65, count: 1001), "it has more than the 1000 bytes that may pass"),
            ([65, 0, 66], "it is no UTF-8 text, or has a NUL in it"),
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

    // MARK: From the guest to the host

    @Test("what the guest copies is the host's, by the last serial, and isn't offered to the guest that it came from")
    func guest() throws {
        let world = try ClipboardWorld()
        world.guest.has(.text, .png)
        #expect(
            try world.requests() == [
                "data_device_manager.create_data_source(new source1)", "source1.offer(\"\(Self.text)\")",
                "source1.offer(\"text/plain\")", "source1.offer(\"image/png\")",
                "source1.offer(\"application/x-oriel-guest-MARK\")", "data_device.set_selection(source1)",
            ])
        #expect(try world.told() == ["offer"])
        for type in [Self.text, "text/plain"] {
            let pipe = world.world.server.paste(type)
            #expect(try world.told() == ["request text"])
            try world.guest.gives("from the guest")
            #expect(try world.read(pipe) == Array("from the guest".utf8))
        }
        #expect(try world.read(world.world.server.paste("text/html")) == [])
        let pipe = world.world.server.paste("image/png")
        #expect(try world.told() == ["request png"])
        world.guest.givesNothing(.png)
        #expect(try world.read(pipe) == [])
        #expect(world.world.log.warnings == ["the clipboard isn't passed to the host: a test's whim"])
    }

    @Test("something new from the guest takes the place of the old before that ends, and nothing leaves nothing")
    func replacement() throws {
        let world = try ClipboardWorld()
        world.guest.has(.text)
        _ = try world.requests()
        world.guest.has(.png)
        #expect(
            try world.requests() == [
                "data_device_manager.create_data_source(new source2)", "source2.offer(\"image/png\")",
                "source2.offer(\"application/x-oriel-guest-MARK\")", "data_device.set_selection(source2)", "source1.destroy()",
                "offer1.destroy()",
            ])
        world.guest.has()
        #expect(try world.requests() == ["source2.destroy()"])
    }

    @Test("what is copied on the host ends the guest's, and is the guest's when the keyboard comes back")
    func cancelled() throws {
        let world = try ClipboardWorld()
        world.guest.has(.text)
        _ = try world.told()
        world.world.server.leaveKeyboard()
        world.world.server.copy(Self.text)
        #expect(try world.requests().contains("source1.destroy()"))
        world.world.server.enterKeyboard()
        #expect(try world.told() == ["offer", "offer text"])
    }

    @Test("where the compositor takes nothing from the guest, the guest still has what the host has")
    func refusedSelection() throws {
        let world = try ClipboardWorld { $0.refusesSelections = true }
        world.guest.has(.text)
        _ = try world.told()
        world.world.server.leaveKeyboard()
        world.world.server.copy(Self.text)
        world.world.server.enterKeyboard()
        #expect(try world.told() == ["offer text"])
    }

    @Test("before anybody has used the window, the guest's goes nowhere")
    func unused() throws {
        let world = try ClipboardWorld(isFocused: false)
        world.guest.has(.text)
        #expect(try world.requests() == [])
    }

    @Test("a large content goes to a slow reader as it takes it, and readers that go are forgotten")
    func slowReaders() throws {
        let world = try ClipboardWorld()
        world.guest.has(.text)
        _ = try world.told()
        let large = String(repeating: "0123456789abcdef", count: 1 << 19)
        let slow = world.world.server.paste(Self.text), gone = world.world.server.paste(Self.text)
        #expect(try world.told() == ["request text"])
        close(gone)
        try world.guest.gives(large)
        try world.world.settle()
        #expect(try world.read(slow) == Array(large.utf8))
        // Four at once, and no more; those that nobody reads are given up in time.
        let pipes = (0..<5).map { _ in world.world.server.paste(Self.text) }
        #expect(try world.told() == ["request text"])
        #expect(try world.read(pipes[4]) == [])
        #expect(world.world.log.warnings == ["the clipboard isn't passed to the host: too many programs ask for it at once"])
        try world.guest.gives("small")
        for pipe in pipes.dropLast() { #expect(try world.read(pipe) == Array("small".utf8)) }
    }

    // MARK: Coming and going

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
