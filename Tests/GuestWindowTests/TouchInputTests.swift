// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("Fingers on the window")
struct TouchInputTests {
    private let size = PixelSize(width: 320, height: 240)
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    private func world(slots: Int, _ mode: TouchMode = .guest) throws -> (World, ScriptedSink) {
        let sink = ScriptedSink()
        sink.abilities.touchSlots = slots
        var input = InputOptions()
        input.touch = mode
        let world = try World.showing(picture, sink: sink, input: input) {
            $0.devices = [.pointer, .touch]
            $0.width = 640
            $0.height = 480
        }
        return (world, sink)
    }

    private func touch(_ phase: TouchPhase, _ slot: Int, _ x: Double, _ y: Double) -> ScriptedSink.Event {
        .touch(phase, slot: slot, x: x, y: y, screen: size)
    }

    private func place(_ x: Int32, _ y: Int32) -> ScriptedSink.Event { .place(PixelPoint(x: x, y: y), screen: size) }

    @Test("they are the guest's fingers, between its pixels too, and a gesture of the host's takes them back")
    func fingers() throws {
        let (world, sink) = try world(slots: 2)
        world.server.putFinger(5, x: 11, y: 20)
        world.server.putFinger(3, x: 30, y: 40)
        world.server.putFinger(9, x: 30, y: 40)
        world.server.moveFinger(5, x: 12, y: 20.5)
        world.server.liftFinger(5)
        world.server.putFinger(4, x: 0, y: 0)
        world.server.takeFingers()
        world.server.liftFinger(3)
        #expect(try world.requests() == [])
        #expect(
            sink.take() == [
                touch(.begin, 0, 5.5, 10), touch(.begin, 1, 15, 20), touch(.update, 0, 6, 10.25),
                touch(.end, 0, 6, 10.25), touch(.begin, 0, 0, 0), touch(.cancel, 0, 0, 0),
                touch(.cancel, 1, 15, 20),
            ])
    }

    @Test("fingers end when the touchscreen is pulled out, its seat goes, or the window closes", arguments: 0..<3)
    func gone(way: Int) throws {
        let (world, sink) = try world(slots: 2)
        world.server.putFinger(1, x: 10, y: 20)
        _ = try world.requests()
        switch way {
        case 0: world.server.change(devices: [.pointer])
        case 1: world.server.remove("wl_seat")
        default: world.server.closeWindow()
        }
        _ = try world.requests()
        #expect(sink.take() == [touch(.begin, 0, 5, 10), touch(.cancel, 0, 5, 10)])
    }

    @Test(
        "a guest without a touchscreen, or whose user wants that, has its pointer where the first finger is, with the left button down",
        arguments: [(0, TouchMode.guest), (10, .pointer)])
    func pointing(slots: Int, mode: TouchMode) throws {
        let (world, sink) = try world(slots: slots, mode)
        world.server.putFinger(1, x: 10, y: 20)
        world.server.putFinger(2, x: 90, y: 90)
        world.server.moveFinger(2, x: 91, y: 91)
        world.server.moveFinger(1, x: 12, y: 20)
        world.server.liftFinger(2)
        world.server.liftFinger(1)
        #expect(try world.requests() == [])
        #expect(
            sink.take() == [
                place(5, 10), place(5, 10), .button(.left, isDown: true), place(6, 10),
                .button(.left, isDown: false),
            ])
        world.server.putFinger(1, x: 10, y: 20)
        world.server.takeFingers()
        _ = try world.requests()
        #expect(sink.take().last == .button(.left, isDown: false))
    }

    @Test("a finger that was another guest's pointer is nothing to the next guest, which has the next finger")
    func nextGuest() throws {
        let (world, _) = try world(slots: 0)
        world.server.putFinger(1, x: 10, y: 20)
        _ = try world.requests()
        let next = ScriptedSink()
        world.owner.attach(world.guest, input: next)
        world.server.moveFinger(1, x: 12, y: 20)
        world.server.putFinger(2, x: 10, y: 20)
        world.server.liftFinger(1)
        _ = try world.requests()
        #expect(next.take() == [place(5, 10), place(5, 10), .button(.left, isDown: true)])
    }

    @Test("a guest whose touchscreen comes or goes under a finger is left with nothing held")
    func comesAndGoes() throws {
        let (world, sink) = try world(slots: 0)
        world.server.putFinger(1, x: 10, y: 20)
        _ = try world.requests()
        _ = sink.take()
        sink.abilities.touchSlots = 1
        sink.announce()
        #expect(sink.take() == [.button(.left, isDown: false)])
        world.server.moveFinger(1, x: 12, y: 20)
        world.server.liftFinger(1)
        world.server.putFinger(2, x: 10, y: 20)
        _ = try world.requests()
        #expect(sink.take() == [touch(.begin, 0, 5, 10)])
        sink.abilities.touchSlots = 0
        sink.announce()
        world.server.liftFinger(2)
        _ = try world.requests()
        // The screen that had the finger is gone: there is nobody to tell.
        #expect(sink.take() == [])
    }
}
