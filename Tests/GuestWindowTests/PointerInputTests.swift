// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestCompositor
import TestSupport
import Testing
import Wayland
import WaylandServer

@Suite("The pointer over the window is the guest's")
struct PointerInputTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let left: UInt32 = 0x110, right: UInt32 = 0x111  // BTN_LEFT, BTN_RIGHT

    private func place(_ x: Int32, _ y: Int32) -> ScriptedSink.Event {
        .place(PixelPoint(x: x, y: y), screen: PixelSize(width: 320, height: 240))
    }

    private func world(_ behave: (inout Behaviour) -> Void = { _ in }) throws -> (World, ScriptedSink) {
        let sink = ScriptedSink()
        return (try World.showing(picture, sink: sink, behave), sink)
    }

    @Test("it points at what is under it in a scaled picture between bars, and the first click counts")
    func scaled() throws {
        let (world, sink) = try world {
            $0.width = 800
            $0.height = 480
        }
        // The picture is twice as large as the guest's, 80 from the left.
        world.server.enterPointer(x: 80, y: 0)
        world.server.press(button: left, isDown: true)
        world.server.press(button: left, isDown: false)
        world.server.movePointer(x: 719.5, y: 479.5)
        _ = try world.requests()
        #expect(
            sink.take() == [
                place(0, 0), place(0, 0), .button(.left, isDown: true), .button(.left, isDown: false),
                place(319, 239),
            ])
        world.server.movePointer(x: 790, y: 100)
        world.server.press(button: left, isDown: true)
        world.server.press(button: left, isDown: false)
        _ = try world.requests()
        #expect(sink.take() == [place(319, 50)])
    }

    @Test("a frame's motions are one, and its buttons come after it")
    func coalesced() throws {
        let (world, sink) = try world()
        world.server.enterPointer(x: 5, y: 5)
        world.server.framePointer { pointer in
            pointer.sendMotion(time: 0, surfaceX: Fixed(7), surfaceY: Fixed(7))
            pointer.sendButton(serial: 1, time: 0, button: right, state: .pressed)
            pointer.sendMotion(time: 0, surfaceX: Fixed(9), surfaceY: Fixed(9))
        }
        _ = try world.requests()
        #expect(sink.take() == [place(5, 5), place(9, 9), place(9, 9), .button(.right, isDown: true)])
    }

    @Test("a seat of version 4, which knows no frames, is heard event by event")
    func withoutFrames() throws {
        let (world, sink) = try world { $0.seatVersion = 4 }
        world.server.enterPointer(x: 5, y: 5)
        world.server.movePointer(x: 6, y: 5)
        world.server.press(button: left, isDown: true)
        world.server.framePointer { $0.sendAxis(time: 0, axis: .verticalScroll, value: Fixed(15)) }
        _ = try world.requests()
        #expect(
            sink.take() == [
                place(5, 5), place(6, 5), place(6, 5), .button(.left, isDown: true),
                .button(.wheelDown, isDown: true), .button(.wheelDown, isDown: false),
            ])
    }

    @Test("a wheel's step is one step in every version of the seat", arguments: [4, 5, 7, 8, 9] as [UInt32])
    func wheel(version: UInt32) throws {
        let (world, sink) = try world { $0.seatVersion = version }
        world.server.enterPointer(x: 5, y: 5)
        world.server.framePointer { pointer in
            if version >= 5 { pointer.sendAxisSource(axisSource: .wheel) }
            if version >= 8 { pointer.sendAxisValue120(axis: .horizontalScroll, value120: -120) }
            if (5...7).contains(version) { pointer.sendAxisDiscrete(axis: .horizontalScroll, discrete: -1) }
            pointer.sendAxis(time: 0, axis: .horizontalScroll, value: Fixed(-15))
        }
        _ = try world.requests()
        #expect(
            sink.take() == [place(5, 5), .button(.wheelLeft, isDown: true), .button(.wheelLeft, isDown: false)])
    }

    @Test("a button that guests have none for is never sent")
    func unknownButton() throws {
        let (world, sink) = try world()
        world.server.enterPointer(x: 5, y: 5)
        for button: UInt32 in [0x117, 0x10f, 0, .max] {
            world.server.press(button: button, isDown: true)
            world.server.press(button: button, isDown: false)
        }
        _ = try world.requests()
        #expect(sink.take() == [place(5, 5)])
        #expect(world.endings.isEmpty)
    }

    @Test(
        "what was down comes up, once, when the pointer leaves, is pulled out, its seat goes, or the window closes",
        arguments: 0..<4)
    func letGo(way: Int) throws {
        let (world, sink) = try world()
        world.server.enterPointer(x: 5, y: 5)
        world.server.press(button: left, isDown: true)
        world.server.press(button: right, isDown: true)
        _ = try world.requests()
        _ = sink.take()
        switch way {
        case 0: world.server.leavePointer()
        case 1: world.server.change(devices: [])
        case 2: world.server.remove("wl_seat")
        default: world.server.closeWindow()
        }
        _ = try world.requests()
        #expect(sink.take() == [.button(.left, isDown: false), .button(.right, isDown: false)])
        world.server.leavePointer()
        _ = try world.requests()
        #expect(sink.take() == [])
    }

    @Test("a seat that comes in the place of one that went in mid-drag is heard like the first")
    func anotherSeat() throws {
        let (world, sink) = try world { $0.devices = [.pointer] }
        world.server.enterPointer(x: 5, y: 5)
        world.server.press(button: left, isDown: true)
        _ = try world.requests()
        _ = sink.take()
        world.server.remove("wl_seat")
        #expect(try world.requests() == ["cursor_shape_device.destroy()", "pointer.release()", "seat.release()"])
        #expect(sink.take() == [.button(.left, isDown: false)])
        world.server.addSeat()
        #expect(try world.requests().map(withoutNumbers) == ["registry.bind()", "seat.get_pointer(new pointer)"])
        world.server.enterPointer(x: 6, y: 6)
        world.server.press(button: left, isDown: true)
        _ = try world.requests()
        #expect(sink.take() == [place(6, 6), place(6, 6), .button(.left, isDown: true)])
    }

    private func withoutNumbers(_ request: String) -> String { request.replacing(#/bind\(.*\)/#, with: "bind()") }
}
