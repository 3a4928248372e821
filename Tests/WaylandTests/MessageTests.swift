// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import System
import Testing
import Wayland
import WaylandServer

@Suite("Messages between client and compositor")
struct MessageTests {
    @Test("requests arrive with numbers, fixed-point numbers, strings, enums, objects and new objects")
    func requests() throws {
        let pair = try Pair()
        pair.offerCompositor()
        pair.offer(XdgWmBaseResource.self)
        pair.offer(WpViewporterResource.self)
        try pair.settle()
        let compositor = try pair.registry.bind(WlCompositor.self)
        let shell = try pair.registry.bind(XdgWmBase.self)
        let viewporter = try pair.registry.bind(WpViewporter.self)
        let surface = compositor.createSurface()
        let viewport = viewporter.getViewport(surface: surface.ref)
        viewport.setSource(x: Fixed(0.5), y: Fixed(-1), width: Fixed(1.25), height: Fixed(640))
        surface.attach(buffer: nil, x: 1, y: -2)
        surface.setBufferTransform(transform: .flipped90)
        let xdgSurface = shell.getXdgSurface(surface: surface.ref)
        let toplevel = xdgSurface.getToplevel()
        toplevel.setTitle(title: "Grüße «»")
        toplevel.setParent(parent: nil)
        surface.commit()
        try pair.settle()
        let (s, v, x, t) = (surface.ref.id, viewport.ref.id, xdgSurface.ref.id, toplevel.ref.id)
        #expect(
            pair.takeRequests() == [
                "wl_compositor@\(compositor.ref.id).create_surface(new wl_surface@\(s))",
                "wp_viewporter@\(viewporter.ref.id).get_viewport(new wp_viewport@\(v), wl_surface@\(s))",
                "wp_viewport@\(v).set_source(0.5, -1.0, 1.25, 640.0)",
                "wl_surface@\(s).attach(nil, 1, -2)",
                "wl_surface@\(s).set_buffer_transform(5)",
                "xdg_wm_base@\(shell.ref.id).get_xdg_surface(new xdg_surface@\(x), wl_surface@\(s))",
                "xdg_surface@\(x).get_toplevel(new xdg_toplevel@\(t))",
                "xdg_toplevel@\(t).set_title(\"Grüße «»\")",
                "xdg_toplevel@\(t).set_parent(nil)",
                "wl_surface@\(s).commit()",
            ])
    }

    @Test("events arrive with numbers, fixed-point numbers, strings, enums, bitfields, arrays and objects")
    func events() throws {
        let pair = try Pair()
        pair.offerCompositor()
        var outputs: [WlOutputResource] = []
        var keyboard: WlKeyboardResource?
        var pointer: WlPointerResource?
        pair.offer(WlOutputResource.self) { output in
            outputs.append(output)
            output.sendGeometry(
                x: -1, y: 2, physicalWidth: 300, physicalHeight: 200, subpixel: .horizontalRgb, make: "Nobody", model: "",
                transform: .init(rawValue: 77))
        }
        let onSeat = Listener<WlSeatResource.Request> { request in
            switch consume request {
            case .getKeyboard(let id): keyboard = id
            case .getPointer(let id): pointer = id
            default: break
            }
        }
        pair.offer(WlSeatResource.self) { seat in
            seat.setHandler(onSeat)
            seat.sendCapabilities(capabilities: [.pointer, .keyboard, .init(rawValue: 64)])
        }
        try pair.settle()

        var heard: [String] = []
        var surface = try pair.registry.bind(WlCompositor.self).createSurface()
        var output = try pair.registry.bind(WlOutput.self)
        output.listen(
            Listener { event in
                guard case .geometry(let x, let y, let width, _, let subpixel, let make, let model, let transform) = consume event
                else { return }
                heard.append("\(x) \(y) \(width) \(subpixel == .horizontalRgb) \(make) '\(model)' \(transform.rawValue)")
            })
        var seat = try pair.registry.bind(WlSeat.self)
        seat.listen(
            Listener { event in
                guard case .capabilities(let bits) = consume event else { return }
                heard.append("\(bits.contains(.pointer)) \(bits.contains(.touch)) \(bits.rawValue)")
            })
        var keys = seat.getKeyboard()
        keys.listen(
            Listener { event in
                guard case .enter(let serial, let surface, let keys) = consume event else { return }
                heard.append("enter \(serial) \(surface?.id ?? 0) \(keys.wireValues(of: UInt32.self))")
            })
        var mouse = seat.getPointer()
        mouse.listen(
            Listener { event in
                guard case .motion(let time, let x, let y) = consume event else { return }
                heard.append("motion \(time) \(x.double) \(y.double)")
            })
        surface.listen(
            Listener { event in
                if case .enter(let output) = consume event { heard.append("on \(output?.id ?? 0)") }
            })
        try pair.settle()
        #expect(heard == ["-1 2 300 true Nobody '' 77", "true false 67"])
        heard = []

        keyboard?.sendEnter(serial: 9, surface: pair.surfaces[0], keys: [UInt8](wireValues: [30 as UInt32, 4_000_000_000]))
        pointer?.sendMotion(time: .max, surfaceX: Fixed(-0.5), surfaceY: Fixed(1e9))
        pair.surfaces[0].sendEnter(output: outputs[0])
        try pair.settle()
        #expect(
            heard == [
                "enter 9 \(surface.ref.id) [30, 4000000000]", "motion 4294967295 -0.5 8388607.99609375", "on \(output.ref.id)",
            ])
    }

    @Test("an object that the client has destroyed in the meantime arrives as nil")
    func destroyedArgument() throws {
        let pair = try Pair()
        pair.offerCompositor()
        var outputs: [WlOutputResource] = []
        pair.offer(WlOutputResource.self) { outputs.append($0) }
        try pair.settle()
        let output = try pair.registry.bind(WlOutput.self)
        var surface = try pair.registry.bind(WlCompositor.self).createSurface()
        var heard: [WlOutput.Ref?] = []
        surface.listen(
            Listener { event in
                if case .enter(let output) = consume event { heard.append(output) }
            })
        try pair.settle()
        pair.surfaces[0].sendEnter(output: outputs[0])
        output.release()
        try pair.settle()
        #expect(heard == [nil])
    }

    @Test("descriptors have one owner in both directions, and none stays open")
    func descriptors() throws {
        let pair = try Pair()
        var received: Listener<WlShmResource.Request>?
        var arrived: [CInt] = []
        received = Listener { request in
            guard case .createPool(_, let fd, _) = consume request else { return }
            arrived.append(fd.release())
        }
        pair.offer(WlShmResource.self) { $0.setHandler(received!) }
        var keyboards: [WlKeyboardResource] = []
        let onSeat = Listener<WlSeatResource.Request> { request in
            if case .getKeyboard(let id) = consume request { keyboards.append(id) }
        }
        pair.offer(WlSeatResource.self) { $0.setHandler(onSeat) }
        try pair.settle()

        // From client to compositor: the sender keeps its own, the receiver owns another.
        var pipe = Pipe()
        let shm = try pair.registry.bind(WlShm.self)
        let pool = shm.createPool(fd: pipe.writing!, size: 4096)
        let lent = BorrowedDescriptor(rawValue: pipe.reading.rawValue)
        let other = shm.createPool(fd: lent, size: 4096)
        try pair.settle()
        #expect(arrived.count == 2)
        #expect(pipe.holders == 4)
        for descriptor in arrived { close(descriptor) }
        #expect(pipe.holders == 2)
        _ = (pool.ref, other.ref)

        // From compositor to client: one is kept, one ignored by the handler, and one sent to an object without a listener.
        var kept: CInt?
        var ignored = 0
        let seat = try pair.registry.bind(WlSeat.self)
        var keyboard = seat.getKeyboard()
        keyboard.listen(
            Listener { event in
                guard case .keymap(.xkbV1, let fd, 7) = consume event else { return ignored += 1 }
                kept = fd.release()
            })
        let deaf = seat.getKeyboard()
        try pair.settle()
        keyboards[0].sendKeymap(format: .xkbV1, fd: pipe.writing!, size: 7)
        keyboards[0].sendKeymap(format: .noKeymap, fd: pipe.writing!, size: 7)
        keyboards[1].sendKeymap(format: .xkbV1, fd: pipe.writing!, size: 7)
        try pair.settle()
        #expect(ignored == 1)
        #expect(pipe.holders == 3)
        close(try #require(kept))
        _ = deaf.version
        pipe.writing = nil
        #expect(pipe.holders == 1)
    }

    @Test("an event can create an object, which the client then owns")
    func newObjects() throws {
        let pair = try Pair()
        let onParams = Listener<ZwpLinuxBufferParamsV1Resource.Request> { _ in }
        var params: ZwpLinuxBufferParamsV1Resource?
        let onDmabuf = Listener<ZwpLinuxDmabufV1Resource.Request> { request in
            guard case .createParams(let id) = consume request else { return }
            id.setHandler(onParams)
            params = id
        }
        pair.offer(ZwpLinuxDmabufV1Resource.self) { $0.setHandler(onDmabuf) }
        try pair.settle()

        final class Import {
            var params: ZwpLinuxBufferParamsV1?
            var buffer: WlBuffer?
            var releases = 0
        }
        let current = Import()
        let onRelease = Listener<WlBuffer.Event> { _ in current.releases += 1 }
        current.params = try pair.registry.bind(ZwpLinuxDmabufV1.self).createParams()
        current.params?.listen(
            Listener { event in
                switch consume event {
                case .created(var buffer):
                    buffer.listen(onRelease)
                    current.buffer = consume buffer
                case .failed: Issue.record("failed")
                }
                current.params = nil
            })
        current.params?.create(width: 1, height: 1, format: 0x3432_5258, flags: [])
        try pair.settle()
        _ = pair.takeRequests()
        let buffer = try #require(params).sendCreated()
        var isGone = false
        buffer.onDestroy { isGone = true }
        buffer.sendRelease()
        try pair.settle()
        #expect(current.releases == 1)
        let id = buffer.id
        #expect(id >= 0xff00_0000)
        current.buffer = nil
        try pair.settle()
        #expect(isGone)
        #expect(pair.takeRequests().last == "wl_buffer@\(id).destroy()")
    }
}
