// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The guest's end of a window's input: QEMU's D-Bus display, or a VMM's QMP monitor.
///
/// No call blocks, and none fails: what can't be delivered now is lost, as on a cable that is unplugged. The caller keeps to
/// ``abilities``; a sink never sends its peer anything that the peer can't handle.
public protocol InputSink: AnyObject {
    var inputDelegate: (any InputSinkDelegate)? { get set }

    /// What the guest takes at present. It may change with the guest's drivers, which the delegate is told.
    var abilities: InputAbilities { get }

    /// The lock keys that are on in the guest; nil where the VMM doesn't tell.
    var locks: LockKeys? { get }

    /// Whether everything has reached the VMM. A program that ends after its last key waits for this.
    var isDelivered: Bool { get }

    /// A key goes down or up. A further press of a key that is down is a repeat.
    func press(_ key: KeyCode, isDown: Bool)

    /// Moves the pointer to this pixel of the primary plane, whose size is `screen`. Only with ``InputAbilities/absolutePointer``.
    func movePointer(to point: PixelPoint, screen: PixelSize)

    /// Moves the pointer by this many of the mouse's own steps. Only without ``InputAbilities/absolutePointer``.
    func movePointer(byX x: Int32, y: Int32)

    func press(_ button: PointerButton, isDown: Bool)

    /// Moves a finger to this place of the primary plane, in pixels with fractions. The slot must be less than
    /// ``InputAbilities/touchSlots``.
    func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize)
}

/// Is told of a sink's changes, on the loop's thread, and never from inside a call to the sink.
public protocol InputSinkDelegate: AnyObject {
    /// ``InputSink/abilities`` or ``InputSink/locks`` changed.
    func inputSinkDidChange(_ sink: any InputSink)
}

/// The kinds of input that a guest takes.
public struct InputAbilities: Hashable, Sendable {
    public var keyboard: Bool
    /// Whether the guest takes the pointer's place (a tablet), or else only its motion (a mouse).
    public var absolutePointer: Bool
    /// How many fingers the guest can tell apart; 0 without a touchscreen.
    public var touchSlots: Int

    public init(keyboard: Bool = true, absolutePointer: Bool = true, touchSlots: Int = 0) {
        self.keyboard = keyboard
        self.absolutePointer = absolutePointer
        self.touchSlots = touchSlots
    }
}

/// A key's Linux code (`KEY_*` in linux/input-event-codes.h), which says where the key is rather than what is on it. It is the
/// code of `wl_keyboard.key`, and 8 less than xkb's.
public struct KeyCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// The buttons of a guest's pointer. The wheel is four of them; a step is a press and a release.
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

    // The bits of QEMU's Keyboard.Modifiers (ui/dbus-display1.xml).
    public static let scroll = LockKeys(rawValue: 1)
    public static let num = LockKeys(rawValue: 2)
    public static let caps = LockKeys(rawValue: 4)
}
