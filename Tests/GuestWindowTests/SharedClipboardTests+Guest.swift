// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import TestCompositor
import TestSupport
import Testing

/// What the guest has, in the host's clipboard.
extension SharedClipboardTests {
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
}
