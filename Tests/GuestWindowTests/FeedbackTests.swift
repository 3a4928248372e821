// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("Feedback from a compositor that gets it wrong")
struct FeedbackTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    /// Opens a window and tells which path it took, and whether the table was let go.
    private func path(_ feedback: Behaviour.Feedback) throws -> (world: World, tableLeaks: Int) {
        let world = try World.showing(picture) { $0.feedback = feedback }
        let table = world.server.tableFile
        return (world, openDescriptors(device: table.device, inode: table.inode))
    }

    @Test("a sound table is believed and its descriptor closed")
    func sound() throws {
        let (world, leaks) = try path(.sound)
        #expect(world.compositor.buffers.feedbackFault == nil)
        #expect(world.statistics.path == .dmabuf)
        #expect(leaks == 0)
    }

    @Test("indices past the table are left out, the others serve")
    func indices() throws {
        let (world, leaks) = try path(.indexPastTable)
        #expect(world.compositor.buffers.feedbackFault == "its tranche names entry 2 of a format table of 2")
        #expect(world.statistics.path == .dmabuf)
        #expect(leaks == 0)
    }

    @Test("a table shorter than its size is never mapped")
    func short() throws {
        let (world, leaks) = try path(.tableTooShort)
        #expect(world.compositor.buffers.feedbackFault == "its format table of 32 bytes can't be mapped")
        #expect(world.statistics.path == .sharedMemory)
        #expect(leaks == 0)
    }

    @Test("a table of an odd size is refused, and that is the fault told")
    func odd() throws {
        let (world, leaks) = try path(.oddSize)
        #expect(world.compositor.buffers.feedbackFault == "its format table has 35 bytes, no multiple of 16")
        #expect(world.statistics.path == .sharedMemory)
        #expect(leaks == 0)
    }

    @Test("a table that can't be mapped is refused")
    func unmappable() throws {
        let (world, leaks) = try path(.unmappable)
        #expect(world.compositor.buffers.feedbackFault == "its format table of 32 bytes can't be mapped")
        #expect(world.statistics.path == .sharedMemory)
        #expect(leaks == 0)
    }

    @Test("formats without end are kept up to a limit, of wl_shm and of linux-dmabuf before feedback")
    func endless() throws {
        let world = try World.showing(picture) { $0.dmabufVersion = 3 }
        let step: UInt32 = 1 << 11
        for first in stride(from: 1 << 24, to: (1 << 24) + UInt32(FormatTable.limit) + step, by: Int(step)) {
            world.server.announce(formats: first..<first + step)
            try world.settle()
        }
        #expect(world.compositor.buffers.sharedMemoryFormats.count == FormatTable.limit)
        #expect(world.compositor.buffers.formats.tranches[0].pairs.count == FormatTable.limit)
        #expect(world.endings.isEmpty)
    }

    @Test("a round without a table speaks of the one before")
    func resend() throws {
        let (world, _) = try path(.sound)
        let before = world.compositor.buffers.formats
        world.server.resendFeedback(withTable: false)
        #expect(try world.requests() == [])
        #expect(world.compositor.buffers.formats == before)
        let requests = try world.after {
            world.guest.show(.primary, ScriptedSource.Memory(width: 320, height: 240))
        }
        #expect(requests.contains("params.create(320, 240, XR24, 0)"))
    }
}
