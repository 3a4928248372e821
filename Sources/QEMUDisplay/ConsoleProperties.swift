// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// What QEMU says of a console in its properties. What isn't of the type that it should be counts as not said.
struct ConsoleProperties: Equatable {
    /// The device's name, with its head where it has several.
    var label = ""
    /// Whether it is a display device's rather than a terminal of QEMU's own.
    var isGraphic = true
    /// As it takes the pointer's place; nil where it shows nothing.
    var size: PixelSize? { width > 0 && height > 0 ? PixelSize(width: width, height: height) : nil }
    private var width: UInt32 = 0
    private var height: UInt32 = 0
    /// Whether the guest's pointer takes a place, or steps; nil before it is told.
    var isAbsolute: Bool?
    /// 10 in every QEMU that knows of touch, whether or not its guest has a touchscreen.
    var touchSlots = 0
    /// nil before it is told.
    var locks: LockKeys?

    mutating func take(_ name: String, _ value: PropertyValue) {
        switch (name, value) {
        case ("Label", .text(let text)): label = String(text.singleLine.prefix(Self.longestLabel))
        case ("Type", .text(let text)): isGraphic = text != "Text"
        case ("Width", .unsigned(let number)): width = min(number, LayoutClaim.largestPrimary)
        case ("Height", .unsigned(let number)): height = min(number, LayoutClaim.largestPrimary)
        case ("IsAbsolute", .truth(let truth)): isAbsolute = truth
        case ("MaxSlots", .signed(let number)): touchSlots = Int(min(max(number, 0), Self.mostSlots))
        case ("Modifiers", .unsigned(let bits)): locks = LockKeys(rawValue: bits).intersection([.scroll, .num, .caps])
        default: break
        }
    }

    private static let longestLabel = 200
    /// More fingers than anybody has.
    private static let mostSlots: Int32 = 32
}

/// A property's value, of the types that QEMU's consoles have.
enum PropertyValue: Equatable {
    case truth(Bool)
    case signed(Int32)
    case unsigned(UInt32)
    case text(String)
}
