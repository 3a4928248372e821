// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Planes
import TestSupport
import Testing

@testable import QEMUDisplay

/// What a real QEMU makes of input and sizes, by its own trace of what it hands to the guest's devices.
@Suite("A real QEMU's input", .serialized, .timeLimit(.minutes(5)))
struct RealInputTests {
    /// A VM whose firmware idles, and a display of it.
    final class World {
        let directory = try! TemporaryDirectory()
        let bus: DBusDaemon
        let machine: VirtualMachine
        let loop: EventLoop
        let log = CountingLog()
        let source: QEMUDisplay

        init(_ arguments: [String]) throws {
            bus = try DBusDaemon(in: directory)
            machine = try VirtualMachine(
                name: "input", display: .bus(address: bus.address), in: directory,
                arguments: arguments + ["-trace", "input_event_*"])
            loop = try EventLoop()
            source = try QEMUDisplay.opened(
                QEMUAddress(endpoint: .socket(path: bus.path)), loop: loop, logger: log.logger)
        }

        /// The firmware's last screen: before it, QEMU shows a placeholder of another size.
        func settledScreen() throws -> PixelSize {
            let isSettled = try loop.runUntil {
                source.controls?.watch.properties.size == RealQEMUTests.textMode
            }
            try #require(isSettled)
            return RealQEMUTests.textMode
        }

        /// What QEMU's trace has, once the condition holds for it.
        func trace(_ condition: ([String]) -> Bool) throws -> [String] {
            var events: [String] = []
            let isThere = try loop.runUntil {
                events = machine.process.output.split(separator: "\n").filter { $0.hasPrefix("input_event") }.map {
                    String($0.dropFirst("input_event_".count))
                }
                return condition(events)
            }
            try #require(isThere, "\(events.suffix(20)) \(log.messages)")
            return events.filter { !$0.hasPrefix("sync") }
        }
    }

    @Test("each key that a keyboard has is a key of QEMU's own, and no two are the same")
    func keys() throws {
        let world = try World([])
        let codes = (UInt32(1)..<240).map(KeyCode.init(rawValue:)).filter { ScanCode($0) != nil }
        for code in codes {
            world.source.press(code, isDown: true)
            world.source.press(code, isDown: false)
            // No faster than QEMU answers: nothing may be dropped here.
            #expect(try world.loop.runUntil { world.source.isDelivered })
        }
        // In the end one that is known for sure.
        world.source.press(KeyCode(rawValue: 1), isDown: true)
        let events = try world.trace { $0.filter { $0.contains("key qcode esc, down 1") }.count == 2 }
        let presses = events.dropLast().filter { $0.hasSuffix("down 1") }
        #expect(presses.count == codes.count)
        let names = presses.compactMap { $0.split(separator: " ").drop { $0 != "qcode" }.dropFirst().first.map { $0.dropLast() } }
        // Some have no name in QEMU 10, though a number. Every key of a 105-key keyboard by its name in QEMU (qapi/ui.json).
        let named = Dictionary(zip(codes.map(\.rawValue), names.map(String.init))) { first, _ in first }
        for (code, name) in Self.keyboard { #expect(named[code] == name, "\(code)") }
        let known = names.filter { $0 != "unmapped" }
        #expect(Set(known).count == known.count)
        #expect(events.filter { $0.hasSuffix("down 0") }.count == codes.count)
    }

    private static let keyboard: [(UInt32, String)] =
        [
            (1, "esc"), (12, "minus"), (13, "equal"), (14, "backspace"), (15, "tab"), (26, "bracket_left"),
            (27, "bracket_right"), (28, "ret"), (29, "ctrl"), (39, "semicolon"), (40, "apostrophe"), (41, "grave_accent"),
            (42, "shift"), (43, "backslash"), (51, "comma"), (52, "dot"), (53, "slash"), (54, "shift_r"),
            (55, "kp_multiply"), (56, "alt"), (57, "spc"), (58, "caps_lock"), (69, "num_lock"), (70, "scroll_lock"),
            (71, "kp_7"), (72, "kp_8"), (73, "kp_9"), (74, "kp_subtract"), (75, "kp_4"), (76, "kp_5"), (77, "kp_6"),
            (78, "kp_add"), (79, "kp_1"), (80, "kp_2"), (81, "kp_3"), (82, "kp_0"), (83, "kp_decimal"), (86, "less"),
            (87, "f11"), (88, "f12"), (96, "kp_enter"), (97, "ctrl_r"), (98, "kp_divide"), (99, "print"), (100, "alt_r"),
            (102, "home"), (103, "up"), (104, "pgup"), (105, "left"), (106, "right"), (107, "end"), (108, "down"),
            (109, "pgdn"), (110, "insert"), (111, "delete"), (119, "pause"), (125, "meta_l"), (126, "meta_r"),
            (127, "compose"), (139, "menu"),
        ]
        + zip(UInt32(2)..., ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"]).map { ($0, $1) }
        + zip(UInt32(16)..., "qwertyuiop").map { ($0, "\($1)") } + zip(UInt32(30)..., "asdfghjkl").map { ($0, "\($1)") }
        + zip(UInt32(44)..., "zxcvbnm").map { ($0, "\($1)") } + (1...10).map { (UInt32(58 + $0), "f\($0)") }

    @Test("a tablet has it take places, exactly and to the last pixel; buttons and wheel steps are the ones meant")
    func tablet() throws {
        let world = try World(Self.withTablet)
        #expect(try world.loop.runUntil { world.source.abilities.absolutePointer })
        #expect(
            try world.loop.runUntil { if case .showing = try? world.source.query(.primary) { true } else { false } })
        for button in PointerButton.allCases {
            world.source.press(button, isDown: true)
            world.source.press(button, isDown: false)
        }
        let names = ["left", "middle", "right", "side", "extra", "wheel-up", "wheel-down", "wheel-left", "wheel-right"]
        #expect(
            try world.trace { $0.filter { $0.hasPrefix("btn") }.count == 18 }
                == names.flatMap { name in [1, 0].map { "btn con 0, button \(name), down \($0)" } })
        let screen = try world.settledScreen()
        let points = [(0, 0), (screen.width - 1, screen.height - 1), (screen.width, screen.height + 50), (1, 2)]
        for point in points {
            world.source.movePointer(to: PixelPoint(x: Int32(point.0), y: Int32(point.1)), screen: screen)
            #expect(try world.loop.runUntil { world.source.isDelivered })
        }
        // QEMU's places go from 0 to 0x7FFF over the width.
        let expected = points.flatMap { point in
            [("x", min(point.0, screen.width - 1), screen.width), ("y", min(point.1, screen.height - 1), screen.height)].map {
                "abs con 0, axis \($0), value 0x\(String($1 * 0x7FFF / $2, radix: 16))"
            }
        }
        let places = try world.trace { $0.filter { $0.hasPrefix("abs") }.count == 8 }.filter { $0.hasPrefix("abs") }
        #expect(places == expected)
        #expect(world.log.messages.allSatisfy { !$0.contains("refuses") }, "\(world.log.messages)")
    }

    @Test("a mouse has it take steps; a tablet that is plugged in and out changes that, and the window hears of it")
    func plugging() throws {
        let world = try World(["-machine", "pc,i8042=off", "-device", "qemu-xhci,id=hub", "-device", "usb-mouse"])
        final class Notices: InputSinkDelegate {
            var count = 0
            func inputSinkDidChange(_ sink: any InputSink) { count += 1 }
        }
        let notices = Notices()
        world.source.inputDelegate = notices
        #expect(try world.loop.runUntil { world.source.controls?.watch.properties.isAbsolute == false })
        world.source.movePointer(byX: 5, y: -7)
        #expect(
            try world.trace { $0.filter { $0.hasPrefix("rel") }.count == 2 }
                == ["rel con 0, axis x, value 5", "rel con 0, axis y, value -7"])
        let before = notices.count
        try world.machine.execute(
            #"{"execute":"device_add","arguments":{"driver":"usb-tablet","id":"plugged","bus":"hub.0"}}"#)
        // A device that comes is the last one that QEMU asks, until the guest wakes it, or its monitor does.
        try world.machine.execute(#"{"execute":"human-monitor-command","arguments":{"command-line":"mouse_set 2"}}"#)
        #expect(try world.loop.runUntil { world.source.abilities.absolutePointer && notices.count > before })
        try world.machine.execute(#"{"execute":"device_del","arguments":{"id":"plugged"}}"#)
        #expect(try world.loop.runUntil { !world.source.abilities.absolutePointer })
        withExtendedLifetime(notices) {}
    }

    @Test("fingers go to the guest's touchscreen")
    func touch() throws {
        let world = try World(["-device", "virtio-multitouch-pci"])
        #expect(try world.loop.runUntil { world.source.abilities.touchSlots == 10 })
        #expect(
            try world.loop.runUntil { if case .showing = try? world.source.query(.primary) { true } else { false } })
        let screen = try world.settledScreen()
        world.source.touch(.begin, slot: 3, x: 0, y: 0, screen: screen)
        world.source.touch(.update, slot: 3, x: Double(screen.width) / 2, y: 0, screen: screen)
        world.source.touch(.end, slot: 3, x: Double(screen.width) / 2, y: 0, screen: screen)
        let events = try world.trace { $0.contains { $0.contains("mtt con 0, axis x, value 0x3fff") } }
        #expect(events.contains("btn con 0, button touch, down 1"), "\(events)")
        #expect(world.log.messages.allSatisfy { !$0.contains("refuses") }, "\(world.log.messages)")
    }

    private static let withTablet = ["-machine", "pc,i8042=off", "-device", "qemu-xhci", "-device", "usb-tablet"]
}
