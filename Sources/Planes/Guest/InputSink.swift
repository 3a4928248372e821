// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What takes a window's input for a guest: QEMU's D-Bus display, or a VMM's QMP monitor.
///
/// No call waits, and none fails: what can't be delivered just now is lost, as it would be on a cable that is out. Whoever
/// calls has checked everything against ``abilities``; a sink never sends its peer what that can't bear.
public protocol InputSink: AnyObject {
    var inputDelegate: (any InputSinkDelegate)? { get set }

    /// What the guest takes at present. It may change with the guest's drivers; the delegate hears of it.
    var abilities: InputAbilities { get }

    /// Which lock keys are on in the guest; nil where that isn't told.
    var locks: LockKeys? { get }

    /// Whether all that was given has reached the guest's VMM: who ends the process with the last key waits for it.
    var isDelivered: Bool { get }

    /// A key goes down or up. A further press of a key that is down is a repeat.
    func press(_ key: KeyCode, isDown: Bool)

    /// The pointer is at this pixel of the primary plane, whose size is `screen`. Only with ``InputAbilities/absolutePointer``.
    func movePointer(to point: PixelPoint, screen: PixelSize)

    /// The pointer moves by so many of the mouse's own steps. Only without ``InputAbilities/absolutePointer``.
    func movePointer(byX x: Int32, y: Int32)

    func press(_ button: PointerButton, isDown: Bool)

    /// A finger, at this place of the primary plane in pixels and their parts. Only up to ``InputAbilities/touchSlots``.
    func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize)
}

/// Told by a sink; called on the loop's thread, never from inside a call to the sink.
public protocol InputSinkDelegate: AnyObject {
    /// ``InputSink/abilities`` or ``InputSink/locks`` are other ones.
    func inputSinkDidChange(_ sink: any InputSink)
}

/// What a guest can be given.
public struct InputAbilities: Hashable, Sendable {
    public var keyboard: Bool
    /// Whether the pointer's place can be said (a tablet), or else only how it moves (a mouse).
    public var absolutePointer: Bool
    /// How many fingers; 0 for none.
    public var touchSlots: Int

    public init(keyboard: Bool = true, absolutePointer: Bool = true, touchSlots: Int = 0) {
        self.keyboard = keyboard
        self.absolutePointer = absolutePointer
        self.touchSlots = touchSlots
    }
}

/// A key by its Linux code (`KEY_*` in linux/input-event-codes.h), which says where it is and not what is on it. It is what
/// `wl_keyboard.key` brings, and 8 less than xkb's code.
public struct KeyCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// What guests have buttons for. The wheel is four of them: a step is a press and a release.
public enum PointerButton: Hashable, Sendable, CaseIterable {
    case left, middle, right
    /// «Back» and «forward».
    case side, extra
    case wheelUp, wheelDown, wheelLeft, wheelRight
}

public enum TouchPhase: Hashable, Sendable {
    case begin, update, end, cancel
}

/// Keys with a light.
public struct LockKeys: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    // As QEMU's Keyboard.Modifiers counts them (ui/dbus-display1.xml).
    public static let scroll = LockKeys(rawValue: 1)
    public static let num = LockKeys(rawValue: 2)
    public static let caps = LockKeys(rawValue: 4)
}
