// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport

/// A booted guest in a real QEMU that says on its serial port what its kernel has from the input devices, and each line typed at its
/// console (`Tests/Desk`).
final class InputGuest {
    /// What it is looked at and worked with, beside the keyboard and the mouse on PS/2 that QEMU's PC has.
    struct Equipment {
        var displayDevice = "virtio-vga"
        /// Of QEMU's command line.
        let arguments: [String]
        /// How many input devices its kernel finds, those on PS/2 counted.
        let deviceCount: Int
    }

    /// How the guest is pointed at.
    enum Pointer {
        case usbTablet, virtioTablet, mouse

        var equipment: Equipment {
            switch self {
            case .usbTablet: Equipment(arguments: ["-device", "qemu-xhci", "-device", "usb-tablet"], deviceCount: 3)
            case .virtioTablet: Equipment(arguments: ["-device", "virtio-tablet-pci"], deviceCount: 3)
            case .mouse: Equipment(arguments: [], deviceCount: 2)
            }
        }

        /// What the guest's kernel calls it.
        var name: String {
            switch self {
            case .usbTablet: "QEMU QEMU USB Tablet"
            case .virtioTablet: "QEMU Virtio Tablet"
            case .mouse: "ImExPS/2 Generic Explorer Mouse"
            }
        }
    }

    /// What a desktop would do in it, if it's asked for.
    enum Companion: String {
        /// It shares its clipboard.
        case agent
        /// It takes the size that its screen prefers, and shows a picture whose every pixel is known (``InputGuest/picture``).
        case follow
    }

    /// How it is typed at.
    enum Keyboard {
        /// The one that QEMU's PC has.
        case ps2
        case usb, virtio

        /// Of QEMU's command line.
        var arguments: [String] {
            switch self {
            case .ps2: []
            case .usb: ["-device", "qemu-xhci,id=keys", "-device", "usb-kbd,bus=keys.0"]
            case .virtio: ["-device", "virtio-keyboard-pci"]
            }
        }

        /// What the guest's kernel calls it.
        var name: String {
            switch self {
            case .ps2: InputGuest.keyboard
            case .usb: "QEMU QEMU USB Keyboard"
            case .virtio: "QEMU Virtio Keyboard"
            }
        }
    }

    static let keyboard = "AT Translated Set 2 keyboard"
    /// What a virtio-gpu shows that nobody has asked for another size.
    static let screen = (width: 1280, height: 800)

    private(set) var machine: VirtualMachine
    private let serial: String

    /// The way between QEMU's clipboard and an agent in the guest.
    private static let agent = [
        "-chardev", "qemu-vdagent,id=agent,name=vdagent,clipboard=on", "-device", "virtio-serial-pci", "-device",
        "virtserialport,chardev=agent,name=com.redhat.spice.0",
    ]

    /// Boots it; once more where its kernel hangs, which Linux does in software emulation on a busy host: it loses a timer.
    init(_ equipment: Equipment, with companion: Companion? = nil, bus: DBusDaemon, in directory: TemporaryDirectory) throws {
        guard let kernel = VirtualMachine.kernel else { throw TestSupportError("no kernel under /boot") }
        let version = kernel.split(separator: "vmlinuz-", maxSplits: 1).last.map(String.init) ?? ""
        try build("guest.sh", [version, directory.path], in: directory)
        serial = directory.file("serial")
        let serial = serial
        func boot(_ name: String) throws -> VirtualMachine {
            try? FileManager.default.removeItem(atPath: serial)
            return try VirtualMachine(
                name: name, display: .bus(address: bus.address), displayDevice: equipment.displayDevice, in: directory,
                kernelArguments: "quiet rdinit=/init devices=\(equipment.deviceCount) \(companion?.rawValue ?? "")",
                arguments: ["-initrd", directory.file("guest.cpio"), "-serial", "file:\(serial)"] + equipment.arguments
                    + (companion == .agent ? Self.agent : []))
        }
        machine = try boot("guest")
        if waitUntil({ isReady }) { return }
        machine.process.end()
        machine = try boot("guest-again")
        guard waitUntil({ isReady }) else { throw TestSupportError("the guest didn't start: \(lines)") }
    }

    private var isReady: Bool { lines.contains("ready") }

    /// All that it has said by now.
    private var lines: [String] {
        let text = (try? String(contentsOfFile: serial, encoding: .utf8)) ?? ""
        // The last line may be half there.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// What the guest's kernel had from its devices since its start, as `TYPE CODE VALUE` of linux/input-event-codes.h.
    var events: [(device: String, event: String)] {
        lines.compactMap { $0.wholeMatch(of: #/event (.+): (.+)/#).map { (String($0.1), String($0.2)) } }
    }

    func events(of device: String) -> [String] { events.compactMap { $0.device == device ? $0.event : nil } }

    /// Where a tablet is; nil where it hasn't said so yet.
    func tabletPlace(_ tablet: String) -> TabletPlace? {
        let events = events(of: tablet)
        /// The last that was said of an axis.
        func last(_ axis: String) -> Int? { events.last { $0.hasPrefix(axis) }.flatMap { Int($0.dropFirst(axis.count)) } }
        guard let x = last("3 0 "), let y = last("3 1 ") else { return nil }
        return TabletPlace(x: x, y: y)
    }

    /// Waits until nothing is on its way any more that could be taken for what a test does next.
    func waitForSilence() {
        var count = -1
        _ = waitUntil(every: 0.5) {
            defer { count = events.count }
            return count == events.count
        }
    }

    /// What its agent has of the host's clipboard, one after the other; `gone` where there is nothing any more.
    var pasted: [String] { lines.compactMap { $0.hasPrefix("clipboard ") ? String($0.dropFirst("clipboard ".count)) : nil } }

    /// The sizes that its screen has taken, as `WIDTHxHEIGHT`.
    var screens: [String] { lines.compactMap { $0.hasPrefix("screen ") ? String($0.dropFirst("screen ".count)) : nil } }

    /// The colour of a pixel where it follows its screen, as `Tests/Desk/screen-follower.c` draws it.
    static func picture(x: Int, y: Int) -> UInt32 {
        (x + y) % 2 == 1 ? 0xFFFFFF : UInt32((x & 0xFF) << 16 | (y & 0xFF) << 8 | (x >> 8) << 4 | y >> 8)
    }

    /// The lines that were typed at its console.
    var typed: [String] { lines.compactMap { $0.hasPrefix("typed ") ? String($0.dropFirst("typed ".count)) : nil } }
}

/// Runs one of `Tests/Desk`'s scripts.
func build(_ script: String, _ arguments: [String], in directory: TemporaryDirectory) throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Desk/\(script)").standardized.path
    let child = try ChildProcess(["sh", path] + arguments, log: directory.file("\(script).log"))
    guard child.waitForEnd() == 0 else { throw TestSupportError("\(script): \(child.output)") }
}
