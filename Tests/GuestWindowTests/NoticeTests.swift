// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Measurement
import PlaneImage
import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("What a window says without a picture", .serialized)
struct NoticeTests {
    private let picture = ScriptedSource.Memory(width: 640, height: 480)
    private let gone = SourceError(.unavailable, "the guest was switched off: start it")

    /// What is sent for a notice as the buffer of this number, which is so large and in the middle of 640 x 480.
    private func said(_ buffer: Int, width: Int, height: Int, isNew: Bool) -> [String] {
        let making = [
            "compositor.create_surface(new notice)", "viewporter.get_viewport(new notice.viewport, notice)",
            "subcompositor.get_subsurface(new notice.subsurface, notice, picture)", "compositor.create_region(new region)",
            "notice.set_input_region(region)", "region.destroy()",
        ]
        return (isNew ? making : []) + [
            "shm.create_pool(new pool, fd, \(width * height * 4))",
            "pool.create_buffer(new buffer\(buffer), 0, \(width), \(height), \(width * 4), 0)", "pool.destroy()",
            "notice.attach(buffer\(buffer), 0, 0)", "notice.damage_buffer(0, 0, \(width), \(height))",
            "notice.subsurface.set_position(\((640 - width) / 2), \((480 - height) / 2))",
            "notice.viewport.set_destination(\(width), \(height))", "notice.commit()", "picture.commit()",
        ]
    }

    /// A line of the headline's size or of the reason's, in pixels.
    private func width(_ characters: Int, dot: Int) -> Int { (characters * 6 - 1) * dot + 28 }

    @Test("a display that is off for a while is dark and says so; the first picture takes both away in its own commit")
    func off() throws {
        let world = try World.showing(picture)
        #expect(try world.after { world.guest.turnOff(.primary) } == [])
        try world.wait(nanoseconds: 600_000_000)
        #expect(
            try world.requests() == [
                "single_pixel.create_u32_rgba_buffer(new black, 0, 0, 0, 4294967295)", "picture.attach(black, 0, 0)",
                "picture.damage_buffer(0, 0, 1, 1)",
            ] + said(2, width: width(11, dot: 3), height: 61, isNew: true))
        #expect(world.log.lines.last == "scripted guest: display off")
        #expect(
            try world.after { world.guest.show(.primary, picture) } == [
                "notice.attach(nil, 0, 0)", "notice.commit()",
            ] + FramePathTests.frame("buffer1", damage: "0, 0, 640, 480"))
        #expect(
            try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1", damage: "0, 0, 640, 480"))
    }

    @Test("a guest that shows nothing has a window all the same, whose size the first picture may still choose")
    func neverShown() throws {
        let world = try World()
        let start = EventLoop.now()
        try world.open()
        _ = try world.requests()
        let requests = try world.next().requests
        #expect(EventLoop.now() - start >= 1_000_000_000)
        #expect(requests.first == "xdg_surface.ack_configure(1)")
        #expect(requests.contains("xdg_surface.set_window_geometry(0, 0, 640, 480)"))
        #expect(requests.contains("picture.attach(black, 0, 0)"))
        #expect(requests.suffix(15) == said(1, width: width(11, dot: 3), height: 61, isNew: true)[...], "\(requests)")
        // As compositors do that repeat a window's own size with each change of its state.
        world.server.configure(width: 640, height: 480, states: [.activated])
        #expect(try world.requests() == ["xdg_surface.ack_configure(2)", "picture.frame(new callback)", "picture.commit()"])
        let small = ScriptedSource.Memory(width: 320, height: 240)
        let opened = try world.after { world.guest.show(.primary, small) }
        #expect(opened.contains("xdg_surface.set_window_geometry(0, 0, 320, 240)"))
        #expect(opened.suffix(5) == FramePathTests.frame("buffer2")[...])
        #expect(opened.contains("notice.attach(nil, 0, 0)"))
    }

    @Test("a source that has gone is told over its last picture, and a guest that then shows nothing instead of it")
    func lost() throws {
        let world = try World.showing(picture)
        world.owner.reconnects = true
        world.guest.end(gone)
        #expect(try world.requests() == [])
        try world.wait(nanoseconds: 600_000_000)
        #expect(try world.requests() == said(2, width: width(36, dot: 2), height: 83, isNew: true))
        let next = ScriptedSource()
        world.owner.attach(next, input: nil)
        try world.wait(nanoseconds: 600_000_000)
        let requests = try world.requests()
        #expect(requests.contains("picture.attach(black, 0, 0)"))
        #expect(requests.suffix(5).first == "notice.subsurface.set_position(208, 209)", "\(requests)")
        #expect(world.log.lines.last == "scripted guest: display off")
    }

    @Test("a window that waits says for what, and anew when the reason is another one")
    func awaited() throws {
        let world = try World()
        try world.open(isAwaited: true)
        world.window.detach(.awaited(gone))
        try world.wait(nanoseconds: 700_000_000)
        #expect(
            try world.requests().suffix(15) == said(1, width: width(36, dot: 2), height: 83, isNew: true)[...])
        world.window.detach(.awaited(gone))
        #expect(try world.requests() == [])
        world.window.detach(.awaited(SourceError(.unavailable, "no")))
        #expect(try world.requests() == said(2, width: width(17, dot: 3), height: 83, isNew: false))
    }

    @Test("a picture that can't be shown is said to be so; the next that can takes it away")
    func unusable() throws {
        let world = try World.showing(picture) { $0.formats.append((.xrgb8888, 7)) }
        world.server.behaviour.imports = .failed
        _ = try world.after { world.guest.show(.primary, ScriptedSource.Memory(width: 640, height: 480, modifier: 7)) }
        try world.wait(nanoseconds: 600_000_000)
        let requests = try world.requests()
        #expect(requests.contains("notice.attach(buffer2, 0, 0)") && !requests.contains("picture.attach(black, 0, 0)"))
        #expect(
            try world.after { world.guest.show(.primary, picture) } == [
                "notice.attach(nil, 0, 0)", "notice.commit()",
            ] + FramePathTests.frame("buffer1", damage: "0, 0, 640, 480"))
    }

    @Test("a remark is at the foot of the picture for four seconds, whatever the guest draws meanwhile")
    func remark() throws {
        let world = try World.showing(picture)
        let width = width(16, dot: 3)
        let box = said(2, width: width, height: 83, isNew: true).map {
            $0.replacing("set_position(\((640 - width) / 2), 198)", with: "set_position(\((640 - width) / 2), \(480 - 83 - 16))")
        }
        let start = EventLoop.now()
        #expect(try world.after { world.window.say("screenshot saved", "/tmp/a.png") } == box)
        let frame = FramePathTests.frame("buffer1", damage: "0, 0, 640, 480")
        #expect(try world.after { world.guest.show(.primary, picture) } == frame)
        #expect(try world.next().requests == ["notice.attach(nil, 0, 0)", "notice.commit()", "picture.commit()"])
        #expect(EventLoop.now() - start >= 4_000_000_000)
        #expect(try world.after { world.guest.show(.primary, picture) } == frame)
    }

    @Test("a remark takes a notice's place until it is over; with the picture it stays")
    func remarkOverNotice() throws {
        let world = try World.showing(picture)
        _ = try world.after { world.guest.turnOff(.primary) }
        try world.wait(nanoseconds: 600_000_000)
        _ = try world.requests()
        world.window.say("no screenshot")
        let remark = try world.requests()
        #expect(
            remark.suffix(4).first == "notice.subsurface.set_position(\((640 - width(13, dot: 3)) / 2), \(480 - 61 - 16))",
            "\(remark)")
        try world.wait(nanoseconds: 4_500_000_000)
        let again = try world.requests()
        // The notice's first drawing was given back meanwhile.
        var notice = said(4, width: width(11, dot: 3), height: 61, isNew: false)
        notice.insert("buffer2.destroy()", at: 0)
        #expect(again == notice, "\(again)")
        world.window.say("no screenshot")
        _ = try world.requests()
        #expect(
            try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1", damage: "0, 0, 640, 480"))
        try world.wait(nanoseconds: 4_500_000_000)
        #expect(try world.requests() == ["notice.attach(nil, 0, 0)", "notice.commit()", "picture.commit()"])
    }

    @Test("a window that isn't shown yet, or no more, makes no remark")
    func remarkUnseen() throws {
        let world = try World()
        try world.open()
        _ = try world.requests()
        world.window.say("screenshot saved")
        #expect(try world.requests() == [])
        world.owner.close()
        _ = try world.requests()
        world.window.say("screenshot saved")
        #expect(try world.requests() == [])
    }

    @Test("a compositor that gives no notice back gets four more; then the last one stays where it is, until it does")
    func withheld() throws {
        let world = try World.showing(picture) { $0.releases = .late(commits: 1000) }
        for number in 1...5 {
            world.window.say("remark \(number)")
            #expect(try world.requests().contains("notice.attach(buffer\(number + 1), 0, 0)"))
        }
        for number in 6...9 {
            world.window.say("a longer remark \(number)")
            #expect(try world.requests() == [])
        }
        #expect(world.log.warnings.count == 1, "\(world.log.warnings)")
        world.server.surface("notice")?.releaseReplaced()
        _ = try world.requests()
        world.window.say("a longer remark 9")
        #expect(try world.requests().contains("notice.attach(buffer7, 0, 0)"))
    }

    @Test("a notice stays in the middle, over bars that come later too")
    func resized() throws {
        let world = try World.showing(picture)
        world.owner.reconnects = true
        world.guest.end(gone)
        try world.wait(nanoseconds: 600_000_000)
        _ = try world.requests()
        world.server.configure(width: 1280, height: 480)
        let requests = try world.requests()
        #expect(requests.contains("inset.subsurface.place_below(cursor)"))
        #expect(requests.contains("notice.subsurface.set_position(\((1280 - width(36, dot: 2)) / 2), 198)"), "\(requests)")
        #expect(requests.last == "picture.commit()")
    }

    @Test("a real Weston shows it, light on dark and in the middle", .timeLimit(.minutes(5)))
    func onWeston() throws {
        let weston = try Weston(width: 640, height: 480)
        let world = try RealWindow(on: weston.display) {
            $0.isFullscreen = true
        } prepare: { _ in
        }
        let paper: SIMD4<UInt8> = [0x18, 0x1C, 0x22, 0xFF]
        let screen = try world.screen(try weston.screenshot()) { $0.pixel(x: 210, y: 212) == paper }
        let inked = (0..<640 * 480).filter { screen.pixel(x: $0 % 640, y: $0 / 640)!.x > 200 }
        let columns = inked.map { $0 % 640 }, rows = inked.map { $0 / 640 }
        // «display off» in dots of three pixels; the f reaches no further than its last column but one.
        #expect(columns.min().map { (222...224).contains($0) } == true && columns.max().map { (412...417).contains($0) } == true)
        #expect(rows.min() == 223 && rows.max().map { (243...249).contains($0) } == true, "\(rows.min() ?? 0) \(rows.max() ?? 0)")
        #expect(screen.pixel(x: 210, y: 212) == paper && screen.pixel(x: 10, y: 10) == [0, 0, 0, 0xFF])
        world.owner.close()
    }
}
