// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestCompositor
import TestSupport
import Testing
import Wayland
import WaylandServer

@testable import GuestInput
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("A guest with a mouse, and grabs")
struct PointerGrabTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let left: UInt32 = 0x110  // BTN_LEFT
    private static let grabbedTitle = "test - press Ctrl+Alt+G to release the pointer"

    private func place(_ x: Int32, _ y: Int32) -> ScriptedSink.Event {
        .place(PixelPoint(x: x, y: y), screen: PixelSize(width: 320, height: 240))
    }

    private func world(absolute: Bool = false, _ behave: (inout Behaviour) -> Void = { _ in }) throws -> (
        World, ScriptedSink
    ) {
        let sink = ScriptedSink()
        sink.abilities.absolutePointer = absolute
        let world = try World.showing(picture, sink: sink) {
            $0.devices = [.pointer]
            behave(&$0)
        }
        world.server.enterPointer(x: 5, y: 5)
        return (world, sink)
    }

    private func click(_ world: World) {
        world.server.press(button: left, isDown: true)
        world.server.press(button: left, isDown: false)
    }

    @Test("the mouse moves the guest's by its own steps; a click locks the pointer, and what the compositor ends is over")
    func locked() throws {
        let (world, sink) = try world()
        #expect(
            try world.requests().map(withoutPointerSerial) == [
                "relative_pointer_manager.get_relative_pointer(new relative_pointer, pointer)",
                "cursor_shape_manager.get_pointer(new cursor_shape_device, pointer)", "cursor_shape_device.set_shape(1)",
            ])
        world.server.pushMouse(x: 3.5, y: -0.5)
        world.server.pushMouse(x: 0.5, y: -0.5)
        #expect(try world.requests() == [])
        #expect(sink.take() == [.push(x: 3, y: 0), .push(x: 1, y: -1)])
        click(world)
        #expect(
            try world.requests().map(withoutPointerSerial) == [
                "pointer_constraints.lock_pointer(new locked_pointer, picture, pointer, nil, 1)",
                "toplevel.set_title(\"\(Self.grabbedTitle)\")", "pointer.set_cursor(nil, 0, 0)",
            ])
        #expect(sink.take() == [.button(.left, isDown: true), .button(.left, isDown: false)])
        click(world)
        world.server.pushMouse(x: 1, y: 1)
        #expect(try world.requests() == [])
        #expect(sink.take() == [.button(.left, isDown: true), .button(.left, isDown: false), .push(x: 1, y: 1)])
        world.server.constrainPointer(false)
        let ended = try world.requests().map(withoutPointerSerial)
        #expect(
            ended == ["locked_pointer.destroy()", "cursor_shape_device.set_shape(1)", "toplevel.set_title(\"test\")"])
        click(world)
        #expect(
            try world.requests().first == "pointer_constraints.lock_pointer(new locked_pointer, picture, pointer, nil, 1)")
    }

    @Test("a guest that learns to take a place while its mouse is locked has the pointer back, and its mouse again afterwards")
    func abilities() throws {
        let (world, sink) = try world()
        click(world)
        _ = try world.requests()
        _ = sink.take()
        sink.abilities.absolutePointer = true
        sink.announce()
        #expect(
            try world.requests().map(withoutPointerSerial) == [
                "relative_pointer.destroy()", "locked_pointer.destroy()", "cursor_shape_device.set_shape(1)",
                "toplevel.set_title(\"test\")",
            ])
        world.server.movePointer(x: 8, y: 9)
        click(world)
        #expect(try world.requests() == [])
        #expect(
            sink.take() == [place(8, 9), place(8, 9), .button(.left, isDown: true), .button(.left, isDown: false)])
        sink.abilities.absolutePointer = false
        sink.announce()
        #expect(
            try world.requests() == ["relative_pointer_manager.get_relative_pointer(new relative_pointer, pointer)"])
        world.server.movePointer(x: 20, y: 20)
        world.server.pushMouse(x: 2, y: 2)
        click(world)
        #expect(
            try world.requests().first == "pointer_constraints.lock_pointer(new locked_pointer, picture, pointer, nil, 1)")
        #expect(sink.take() == [.push(x: 2, y: 2), .button(.left, isDown: true), .button(.left, isDown: false)])
    }

    @Test("a grab keeps a tablet's pointer on the window, follows the guest to a mouse and back, and ends when it is ended")
    func grabbed() throws {
        let (world, sink) = try world(absolute: true)
        _ = try world.requests()
        world.window.input!.setGrab(.all)
        #expect(
            try world.requests().first == "pointer_constraints.confine_pointer(new confined_pointer, picture, pointer, nil, 2)")
        // The compositor may keep to it or not: it stays asked for.
        world.server.constrainPointer(false)
        world.server.constrainPointer(true)
        #expect(try world.requests() == [])
        sink.abilities.absolutePointer = false
        sink.announce()
        let mouse = try world.requests().map(withoutPointerSerial)
        #expect(
            mouse.prefix(3) == [
                "relative_pointer_manager.get_relative_pointer(new relative_pointer, pointer)", "confined_pointer.destroy()",
                "pointer_constraints.lock_pointer(new locked_pointer, picture, pointer, nil, 1)",
            ])
        sink.abilities.absolutePointer = true
        sink.announce()
        let tablet = try world.requests().map(withoutPointerSerial)
        #expect(
            tablet.prefix(3) == [
                "relative_pointer.destroy()", "locked_pointer.destroy()",
                "pointer_constraints.confine_pointer(new confined_pointer, picture, pointer, nil, 2)",
            ])
        world.window.input!.setGrab(.none)
        #expect(try world.requests() == ["confined_pointer.destroy()"])
    }

    @Test("a grab that ends while the pointer is elsewhere lets it go, and one that lasts has it again when it's back")
    func elsewhere() throws {
        let (world, _) = try world(absolute: true)
        world.window.input!.setGrab(.all)
        _ = try world.requests()
        world.server.leavePointer()
        world.server.enterPointer(x: 5, y: 5)
        #expect(try world.requests().map(withoutPointerSerial) == ["cursor_shape_device.set_shape(1)"])
        world.server.leavePointer()
        _ = try world.requests()
        world.window.input!.setGrab(.none)
        #expect(try world.requests() == ["confined_pointer.destroy()"])
    }

    @Test("a pointer that is pulled out while it's locked takes its objects with it, and another one begins anew")
    func pulledOut() throws {
        let (world, sink) = try world()
        click(world)
        world.server.press(button: left, isDown: true)
        _ = try world.requests()
        _ = sink.take()
        world.server.change(devices: [])
        #expect(
            try world.requests() == [
                "relative_pointer.destroy()", "locked_pointer.destroy()", "cursor_shape_device.destroy()", "pointer.release()",
            ])
        #expect(sink.take() == [.button(.left, isDown: false)])
        world.server.change(devices: [.pointer])
        _ = try world.requests()
        world.server.enterPointer(x: 5, y: 5)
        let again = try world.requests()
        #expect(again.contains("relative_pointer_manager.get_relative_pointer(new relative_pointer, pointer)"))
        #expect(world.endings.isEmpty)
    }

    @Test("a window that closes while its pointer is locked lets it go before its surface")
    func closing() throws {
        let (world, _) = try world()
        click(world)
        _ = try world.requests()
        world.server.closeWindow()
        try world.settle()
        try world.compositor.connection.flush()
        #expect(
            try world.requests().map(withoutPointerSerial) == [
                "locked_pointer.destroy()", "cursor_shape_device.set_shape(1)", "toplevel.set_title(\"test\")",
                "relative_pointer.destroy()", "cursor.viewport.destroy()", "cursor.subsurface.destroy()", "toplevel.destroy()",
                "xdg_surface.destroy()", "picture.viewport.destroy()", "buffer1.destroy()",
            ])
    }

    @Test(
        "without a protocol that a lock needs the mouse follows the pointer's way, and the log says so once",
        arguments: ["zwp_pointer_constraints_v1", "zwp_relative_pointer_manager_v1"])
    func without(_ interface: String) throws {
        let (world, sink) = try world { $0.missing = [interface] }
        _ = try world.requests()
        click(world)
        world.server.movePointer(x: 8, y: 3)
        world.server.pushMouse(x: 3, y: -2)
        let requests = try world.requests()
        #expect(!requests.contains { $0.contains("lock_pointer") })
        #expect(sink.take() == [.button(.left, isDown: true), .button(.left, isDown: false), .push(x: 3, y: -2)])
        world.window.input!.setGrab(.none)
        click(world)
        _ = try world.requests()
        #expect(
            world.log.warnings == [
                """
                the compositor lacks zwp_pointer_constraints_v1 or zwp_relative_pointer_manager_v1: the pointer isn't kept in \
                the window, and a guest with a mouse follows it only as far as the window's edges
                """
            ])
    }
}
