// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import Logging
import Measurement
import PlaneImage
import Planes
import GuestView
import GuestWindow
import Surfaces
import SyntheticGuest
import TestSupport
import Testing

/// A synthetic guest in a full-screen window on a real Weston of the guest's size, stepped by the test.
final class ViewerWorld {
    let weston: Weston
    let loop: EventLoop
    let guest: SyntheticGuest
    let owner: WindowOwner

    init(_ url: String, width: Int, height: Int, change: (inout WindowOptions) -> Void = { _ in }) throws {
        weston = try Weston(width: width, height: height)
        loop = try EventLoop()
        guest = try SyntheticGuest(options: try GuestOptions(url: url), loop: loop)
        var options = WindowOptions(title: "test")
        options.isFullscreen = true
        change(&options)
        owner = WindowOwner(
            try GuestWindow(
                on: Desktop(Compositor(display: weston.display)), options: options, loop: loop, log: Logger(label: "test")))
        owner.attach(guest)
    }

    var window: GuestWindow { owner.window }
    var end: WindowOwner.End? { owner.endings.first }

    /// Runs until this many frames are presented.
    func run(untilPresented count: UInt64) throws {
        let isPresented = try loop.runUntil { window.statistics.frames.presented >= count || end != nil }
        try #require(isPresented, "\(window.statistics.frames)")
    }

    /// Weston's screen when it passes the check: the cursor and a resize may follow the picture by some commits. The last one that
    /// was seen if it never does.
    func screen(when check: (RGBAImage) throws -> Bool) throws -> RGBAImage {
        var screen = try PNG.read(try weston.screenshot())
        _ = try loop.runUntil {
            if try check(screen) { return true }
            screen = try PNG.read(try weston.screenshot())
            return false
        }
        return screen
    }

    /// Whether Weston's screen comes to show what the guest does; only the cursor's soft edges may be rounded differently.
    func showsPicture() throws -> Bool {
        let isAlike = { (screen: RGBAImage) in difference(screen, try self.picture()) <= 2 }
        return try isAlike(try screen(when: isAlike))
    }

    /// What the guest shows, read from its own planes.
    func picture() throws -> RGBAImage {
        guard case .showing(let info) = try guest.query(.primary) else { throw PlaneError.off }
        var image = try RGBAImage(copying: try guest.buffer(for: .primary, generation: info.generation), isOpaque: true)
        if case .showing(let cursor) = try guest.query(.cursor) {
            image.draw(
                try RGBAImage(copying: try guest.buffer(for: .cursor, generation: cursor.generation)), at: cursor.position)
        }
        return image
    }
}

/// The largest difference of any channel of any pixel; alpha left out, which a screenshot makes up.
func difference(_ left: RGBAImage, _ right: RGBAImage) -> Int {
    guard left.size == right.size else { return .max }
    var largest = 0
    for index in left.bytes.indices where index % 4 != 3 {
        largest = max(largest, abs(Int(left.bytes[index]) - Int(right.bytes[index])))
    }
    return largest
}

func generation(in image: RGBAImage, scale: Double = 1, origin: (x: Int, y: Int) = (0, 0)) -> UInt64? {
    FrameCounter.read(scale: scale, origin: origin) { x, y in
        image.pixel(x: x, y: y).map { UInt8((UInt16($0.x) + UInt16($0.y) + UInt16($0.z)) / 3) }
    }.map { UInt64($0) }
}
