// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("The overlay that says how frames get to the screen", .serialized)
struct FrameOverlayTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    /// The number of the next picture's buffer: the first one has 1, and the box 2.
    private static let pictureAfterBox = 3

    @Test("its chord shows it after half a second in which frames were counted, and takes it away with its surface")
    func chord() throws {
        let world = try World.typing()
        world.strike("leftctrl", "leftalt", "m")
        // The guest hears of the modifiers alone.
        #expect(try world.typed() == "+leftctrl +leftalt -leftalt -leftctrl")
        let shown = try world.next()
        #expect(shown.requests.contains { $0.hasPrefix("subcompositor.get_subsurface(") })
        #expect(shown.requests.last == "picture.commit()")
        #expect(shown.delay >= 300_000_000)
        world.strike("leftctrl", "leftalt", "m")
        let gone = try world.requests()
        #expect(gone.contains { $0.hasSuffix(".subsurface.destroy()") } && gone.last == "picture.commit()", "\(gone)")
        _ = try world.typed()
        // Nothing of it is left: no timer, and frames as before.
        try world.wait(nanoseconds: 1_300_000_000)
        #expect(try world.requests() == [])
        _ = try world.after { world.guest.show(.primary, picture) }
        #expect(
            try world.after { world.guest.show(.primary, picture) }
                == FramePathTests.frame("buffer\(Self.pictureAfterBox)", damage: "0, 0, 320, 240"))
    }

    @Test("it is drawn again when what it says has changed, and not otherwise")
    func redrawing() throws {
        let world = try World.typing()
        world.strike("leftctrl", "leftalt", "m")
        _ = try world.next()
        // «no new picture» stays so.
        try world.wait(nanoseconds: 1_300_000_000)
        #expect(try world.requests() == [])
        _ = try world.after { world.guest.show(.primary, picture) }
        let next = try world.next()
        #expect(next.requests.contains { $0.contains(".create_buffer(") } && next.requests.last == "picture.commit()")
    }

    @Test("it is over the picture, also beside bars that come later, and below a notice")
    func order() throws {
        let world = try World.showing(picture, choose: { $0.view.cursor = .pointer })
        world.window.perform(.toggleOverlay)
        _ = try world.next()
        // The test compositor calls the first child the cursor.
        world.server.configure(width: 1280, height: 480)
        #expect(try world.requests().contains("inset.subsurface.place_below(cursor)"))
        let other = try World.showing(picture, choose: { $0.view.cursor = .pointer })
        other.window.say("a remark")
        _ = try other.requests()
        other.window.perform(.toggleOverlay)
        #expect(try other.next().requests.contains { $0.hasSuffix(".subsurface.place_below(cursor)") })
        other.server.configure(width: 1280, height: 480)
        // The bars' child is below the box, which the test compositor calls an inset as well, since it was placed below the notice.
        #expect(try other.requests().contains("inset.subsurface.place_below(inset)"))
    }

    @Test("another chord can be chosen, and the guest gets the usual one then")
    func chosen() throws {
        let world = try World.typing(input: InputOptions(chords: ChordTable(grab: nil, overlay: Chord("ctrl+f12"))))
        world.strike("leftctrl", "leftalt", "m")
        #expect(try world.typed() == "+leftctrl +leftalt +m -m -leftalt -leftctrl")
        world.strike("leftctrl", "f12")
        #expect(try world.typed() == "+leftctrl -leftctrl")
        #expect(try world.next().requests.contains { $0.hasPrefix("subcompositor.get_subsurface(") })
    }

    @Test("a recorder that is there already goes on, with and without the overlay")
    func measuring() throws {
        let recorder = FrameRecorder(capacity: 16)
        let world = try World.showing(picture, sink: ScriptedSink(), choose: { $0.view.recorder = recorder })
        for _ in 0..<2 {
            world.window.perform(.toggleOverlay)
            _ = try world.after { world.guest.show(.primary, picture) }
        }
        #expect(recorder.recent(since: 0).count == 3)
        #expect(recorder.newest?.path == .dmabuf)
    }

    @Test("only while it is there are frames recorded, and it is a reason for them to be composed")
    func recording() throws {
        let world = try World.typing()
        let recorder = world.window.overlay.recorder
        _ = try world.after { world.guest.show(.primary, picture) }
        #expect(recorder.recent(since: 0).isEmpty)
        world.window.perform(.toggleOverlay)
        _ = try world.after { world.guest.show(.primary, picture) }
        #expect(recorder.recent(since: 0).last?.obstacles.contains(.overlay) == false)
        _ = try world.next()
        _ = try world.after { world.guest.show(.primary, picture) }
        #expect(recorder.recent(since: 0).last?.obstacles.contains(.overlay) == true)
        world.window.perform(.toggleOverlay)
        _ = try world.after { world.guest.show(.primary, picture) }
        #expect(recorder.recent(since: 0).count == 2)
    }
}
