// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
public import WaylandServer

/// A pointer and fingers that the test moves over the picture.
extension TestCompositor {
    /// Moves the pointer onto the picture.
    public func enterPointer(x: Double = 1, y: Double = 1) {
        framePointer {
            $0.sendEnter(
                serial: display.nextSerial(), surface: surface("picture")!.resource, surfaceX: Fixed(x), surfaceY: Fixed(y))
        }
    }

    /// Moves the pointer off the picture.
    public func leavePointer() {
        framePointer { $0.sendLeave(serial: display.nextSerial(), surface: surface("picture")!.resource) }
    }

    public func movePointer(x: Double, y: Double) {
        framePointer { $0.sendMotion(time: 0, surfaceX: Fixed(x), surfaceY: Fixed(y)) }
    }

    /// - Parameters:
    ///   - button: `BTN_*` of linux/input-event-codes.h.
    ///   - time: The event's time in milliseconds.
    /// - Returns: The serial of the event.
    @discardableResult
    public func press(button: UInt32, isDown: Bool, time: UInt32 = 0) -> UInt32 {
        let serial = display.nextSerial()
        framePointer { $0.sendButton(serial: serial, time: time, button: button, state: isDown ? .pressed : .released) }
        return serial
    }

    /// Sends events followed by the end of their frame, if the client's version has frames.
    public func framePointer(_ send: (WlPointerResource) -> Void) {
        guard let pointer else { return }
        send(pointer)
        if pointer.version >= 5 { pointer.sendFrame() }
    }

    /// Puts a finger down on the surface with this name.
    public func putFinger(_ id: Int32, onto name: String = "picture", x: Double, y: Double, time: UInt32 = 0) {
        touch?.sendDown(
            serial: display.nextSerial(), time: time, surface: surface(name)!.resource, id: id, x: Fixed(x), y: Fixed(y))
        touch?.sendFrame()
    }

    public func moveFinger(_ id: Int32, x: Double, y: Double) {
        touch?.sendMotion(time: 0, id: id, x: Fixed(x), y: Fixed(y))
        touch?.sendFrame()
    }

    public func liftFinger(_ id: Int32) {
        touch?.sendUp(serial: display.nextSerial(), time: 0, id: id)
        touch?.sendFrame()
    }

    /// Cancels all touches, as if the compositor had recognised a gesture of its own.
    public func takeFingers() { touch?.sendCancel() }
}
