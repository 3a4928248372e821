// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CVFIO
import EventLoop
import Glibc
import Planes
import TestSupport
import Testing
import VFIOPlanes

@Suite("Opening a device")
struct ProbeTests {
    @Test("without a display says so in one line", arguments: [EINVAL, ENOTTY, EPERM])
    func noDisplay(code: CInt) {
        let device = ScriptedDevice()
        device.types = []
        device.probeError = code
        let error = #expect(throws: SourceError.self) { try World(device) }
        #expect(error?.reason == .unavailable)
        #expect(
            error?.message
                == "vfio:scripted has no display: its driver offers planes neither as dma-bufs nor in a region: use another")
    }

    @Test("that has gone says so", arguments: [ENODEV, EBADF, ENXIO])
    func gone(code: CInt) {
        let device = ScriptedDevice()
        device.types = []
        device.probeError = code
        let error = #expect(throws: SourceError.self) { try World(device) }
        #expect(error?.reason == .unavailable)
        #expect(error?.message.hasPrefix("vfio:scripted has gone (VFIO_DEVICE_QUERY_GFX_PLANE: ") == true)
    }

    @Test("with dma-bufs asks for dma-bufs, whatever else it has")
    func prefersBuffers() throws {
        let device = ScriptedDevice()
        device.types = [UInt32(VFIO_GFX_PLANE_TYPE_DMABUF), UInt32(VFIO_GFX_PLANE_TYPE_REGION)]
        let memory = Memory()
        device.buffers = [1: memory]
        device.show(.init(id: 1))
        let world = try World(device)
        #expect(try world.shown().identity.inode == memory.inode)
        #expect(device.regionLooks == [])
    }

    @Test("without a cursor plane leaves that one alone")
    func noCursor() throws {
        let device = ScriptedDevice()
        device.hasCursor = false
        let world = try World(device)
        #expect(try world.info(.cursor) == nil)
        #expect(device.queries[.cursor] == 0)
    }

    @Test("is polled, and is asked nothing by itself")
    func isPolled() throws {
        let world = try World()
        let source: any PlaneSource = world.source
        #expect(source is any PolledPlaneSource)
        try world.loop.runForAMoment()
        #expect(world.device.queries == [.primary: 0, .cursor: 0])
        #expect(world.notices == 0)
    }

    @Test("keeps what it is open through until it is closed")
    func owning() throws {
        final class Container {}
        var container: Container? = Container()
        weak let watched = container
        let world = try World(owning: container)
        container = nil
        #expect(watched != nil)
        world.source.close()
        #expect(watched == nil)
        world.source.close()
    }
}
