// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport

/// A desk with two screens: on each of a real sway's outputs a head of one real guest, in windows of the built program's one process,
/// and a keyboard and a mouse on sway's seat.
final class TwoHeadDesk {
    private let sway: Sway
    let guest: InputGuest
    let input: VirtualInput
    private let viewer: ChildProcess
    private let bus: DBusDaemon

    init() throws {
        sway = try Sway(
            width: Head.first.width, height: Head.first.height, outputs: 2,
            // The pointer is the test's alone: sway would put it in the middle of a screen that gets the focus.
            configuration: ["mouse_warping none"]
                + Head.allCases.flatMap {
                    [
                        "output \($0.output) mode --custom \($0.width)x\($0.height)@60Hz position \($0.x) 0",
                        "assign [title=\"\($0.window)\"] output \($0.output)",
                    ]
                })
        input = try VirtualInput(sway)
        bus = try DBusDaemon(in: sway.directory)
        guest = try InputGuest(Head.equipment, bus: bus, in: sway.directory)
        viewer = try sway.oriel(["view", "qemu:unix:path=\(bus.path)", "--all-consoles"])
        for head in Head.allCases { try settle(head) }
        guest.waitForSilence()
    }

    /// Waits until a head's window has the focus when it's given that, and the guest has taken its size.
    private func settle(_ head: Head) throws {
        let isHeard = waitUntil(every: 0.2) {
            try? focus(head)
            try? input.tap(.leftControl)
            return !guest.events(of: head.keyboard).isEmpty
        }
        guard isHeard else { throw TestSupportError("no key comes to \(head.keyboard): \(viewer.output)") }
        let last = TabletPlace(pixelX: head.width - 1, y: head.height - 1, of: (head.width, head.height))
        let isSized = waitUntil(every: 0.2) {
            try? place(x: 0, y: 0, on: head)
            try? place(x: head.width - 1, y: head.height - 1, on: head)
            return guest.tabletPlace(head.tablet) == last
        }
        guard isSized else { throw TestSupportError("\(head) hasn't its window's size: \(viewer.output)") }
    }

    func focus(_ head: Head) throws { try sway.command("[title=\"\(head.window)\"] focus") }

    /// Puts the pointer on a pixel of a head.
    func place(x: Int, y: Int, on head: Head) throws { try input.place(x: head.x + x, y: y) }

    /// What the guest's devices report from `body` on, by their names, when that is as many events as `count`, or after ``Patience/limit``.
    /// Its kernel repeats keys by itself while they are down: that isn't counted.
    func events(_ count: Int, during body: () throws -> Void) throws -> [String: [String]] {
        let before = guest.events
        try body()
        var after: [(device: String, event: String)] = []
        _ = waitUntil {
            after = guest.events.dropFirst(before.count).filter { $0.event.wholeMatch(of: #/1 \d+ 2/#) == nil }
            return after.count >= count
        }
        return Dictionary(grouping: after, by: \.device).mapValues { $0.map(\.event) }
    }
}

/// One of the guest's two heads: what QEMU has bound to it, and where sway shows it.
enum Head: Int, CaseIterable {
    case first, second

    static let equipment = InputGuest.Equipment(
        displayDevice: "virtio-vga,id=screen,max_outputs=2",
        arguments: [
            "-device", "qemu-xhci", "-device", "usb-kbd,display=screen", "-device", "usb-tablet,display=screen,head=0",
            "-device", "virtio-keyboard-pci,display=screen,head=1", "-device", "virtio-tablet-pci,display=screen,head=1",
        ], deviceCount: 6)

    /// What the guest's kernel calls its keyboard.
    var keyboard: String { self == .first ? "QEMU QEMU USB Keyboard" : "QEMU Virtio Keyboard" }
    var tablet: String { (self == .first ? InputGuest.Pointer.usbTablet : .virtioTablet).name }

    /// In its window's title: what QEMU calls its console.
    var window: String { "screen.\(rawValue)" }
    var output: String { "HEADLESS-\(rawValue + 1)" }
    var width: Int { self == .first ? 1280 : 1024 }
    var height: Int { self == .first ? 800 : 768 }
    /// Of its left edge, in sway's layout.
    var x: Int { self == .first ? 0 : Head.first.width }
}
