// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Dispatch
import EventLoop
import Foundation
import PlaneServer
import Planes
import Synchronization
import TestSupport
import Testing

@testable import VFIOPlanes

@Suite("A device's planes in another process, by a plane server")
struct ServedDeviceTests {
    /// What the device's thread saw; nil until it has ended.
    private struct Report {
        var queriesBefore = 0
        var queriesAtTheEnd = 0
        var queriesAfter = 0
        var problem: String?
    }

    @Test("each page flipped reaches the viewer, and the device is asked only while somebody looks", .timeLimit(.minutes(5)))
    func served() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("device.sock")
        let isFlipped = Atomic(false), report = Mutex(Report())
        let listens = DispatchSemaphore(value: 0), ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            defer {
                listens.signal()
                ended.signal()
            }
            do { try serve(at: path, isFlipped: isFlipped, report: report) { listens.signal() } } catch {
                report.withLock { $0.problem = "\(error)" }
            }
        }
        listens.wait()
        let loop = try EventLoop()
        var result: Result<Guest, SourceError>?
        let opening = PlanesOpening(PlanesAddress(path: path), loop: loop) { result = $0 }
        #expect(try loop.runUntil { result != nil })
        let client = try withExtendedLifetime(opening) { try #require(result).get().planes }
        #expect(try loop.runUntil { firstByte(of: client) == 0x11 })
        isFlipped.store(true, ordering: .releasing)
        #expect(try loop.runUntil { firstByte(of: client) == 0x22 })
        client.close()
        ended.wait()
        let seen = report.withLock { $0 }
        #expect(seen.problem == nil)
        #expect(seen.queriesBefore == 1)
        #expect(seen.queriesAtTheEnd > 2)
        #expect(seen.queriesAfter == seen.queriesAtTheEnd)
    }

    /// The VMM's side: a device with two pages, whose driver refuses the first query of a flip as mbochs does.
    private func serve(
        at path: String, isFlipped: borrowing Atomic<Bool>, report: borrowing Mutex<Report>, whenListening: () -> Void
    ) throws {
        let pages = [Memory(), Memory()]
        pages[0].fill(row: 0, with: 0x11)
        pages[1].fill(row: 0, with: 0x22)
        let device = ScriptedDevice()
        device.buffers = [1: pages[0], 2: pages[1]]
        device.show(ScriptedDevice.Plane(id: 1))
        let world = try World(device)
        let server = try PlaneServer(path: path, source: world.source, loop: world.loop, logger: world.log.logger)
        func queries() -> Int { device.queries[.primary]! }
        try world.loop.runForAMoment()
        report.withLock { $0.queriesBefore = queries() }
        whenListening()
        _ = try world.loop.runUntil { server.viewerCount == 1 }
        var hasFlipped = false
        _ = try world.loop.runUntil {
            if isFlipped.load(ordering: .acquiring), !hasFlipped {
                hasFlipped = true
                device.script(.primary, .refused(ENOMEM), .plane(ScriptedDevice.Plane(id: 2)))
            }
            return server.viewerCount == 0
        }
        report.withLock { $0.queriesAtTheEnd = queries() }
        try world.loop.runForAMoment()
        report.withLock { $0.queriesAfter = queries() }
        server.close()
        world.source.close()
    }

    /// Of the picture that the viewer would commit now; nil where it has none.
    private func firstByte(of client: any PlaneSource) -> UInt8? {
        guard case .showing(let info)? = try? client.query(.primary),
            let buffer = try? client.buffer(for: .primary, generation: info.generation)
        else { return nil }
        client.committed(.primary, generation: info.generation)
        var byte: UInt8 = 0
        return pread(buffer.descriptor(plane: 0), &byte, 1, 0) == 1 ? byte : nil
    }
}
