// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// An input sink whose abilities and lock keys a test controls, and which records the input.
public final class ScriptedSink: InputSink {
    public weak var inputDelegate: (any InputSinkDelegate)?
    public var abilities = InputAbilities()
    public var locks: LockKeys?
    public var isDelivered = true

    /// An input event, in the words of ``InputSink``.
    public enum Event: Hashable, Sendable {
        case key(KeyCode, isDown: Bool)
        case place(PixelPoint, screen: PixelSize)
        case push(x: Int32, y: Int32)
        case button(PointerButton, isDown: Bool)
        case touch(TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize)
    }

    private var given: [Event] = []

    public init() {}

    /// The events since the last call.
    public func take() -> [Event] {
        defer { given.removeAll() }
        return given
    }

    /// Tells the delegate that ``abilities`` or ``locks`` have changed.
    public func announce() { inputDelegate?.inputSinkDidChange(self) }

    public func press(_ key: KeyCode, isDown: Bool) { given.append(.key(key, isDown: isDown)) }

    public func movePointer(to point: PixelPoint, screen: PixelSize) { given.append(.place(point, screen: screen)) }

    public func movePointer(byX x: Int32, y: Int32) { given.append(.push(x: x, y: y)) }

    public func press(_ button: PointerButton, isDown: Bool) { given.append(.button(button, isDown: isDown)) }

    public func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize) {
        given.append(.touch(phase, slot: slot, x: x, y: y, screen: screen))
    }
}
