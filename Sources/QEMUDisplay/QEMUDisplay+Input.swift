// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
public import Planes
internal import System

/// QEMU's keyboard, mouse and touchscreen for this console. The pointer's kind and the lock keys are known a moment after opening.
///
/// QEMU's own touch interface is there whether or not the guest has a touchscreen (`virtio-multitouch-pci`); without one it drops
/// what a finger does.
extension QEMUDisplay: InputSink {
    public var abilities: InputAbilities {
        guard let watch = controls?.watch, watch.isConnected else {
            return InputAbilities(keyboard: false, absolutePointer: false, touchSlots: 0)
        }
        return InputAbilities(
            keyboard: true, absolutePointer: watch.properties.isAbsolute ?? false, touchSlots: watch.properties.touchSlots)
    }

    public var locks: LockKeys? { controls?.watch.properties.locks }

    /// A QEMU that is gone gets nothing any more: nobody waits for it.
    public var isDelivered: Bool {
        guard let controls, controls.watch.isConnected else { return true }
        return controls.sender.isDelivered
    }

    public func press(_ key: KeyCode, isDown: Bool) {
        guard let code = ScanCode(key) else { return }
        send(.key(code, isDown: isDown))
    }

    public func movePointer(to point: PixelPoint, screen: PixelSize) {
        guard abilities.absolutePointer else { return }
        let place = inside(Double(point.x), Double(point.y), screen: screen)
        send(.place(x: UInt32(place.x), y: UInt32(place.y)))
    }

    public func movePointer(byX x: Int32, y: Int32) {
        // Until QEMU has said which it takes, neither is sent: the other one would be an error.
        guard controls?.watch.properties.isAbsolute == false else { return }
        send(.motion(x: x, y: y))
    }

    public func press(_ button: PointerButton, isDown: Bool) { send(.button(button, isDown: isDown)) }

    public func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize) {
        guard (0..<abilities.touchSlots).contains(slot), x.isFinite, y.isFinite else { return }
        let place = inside(x, y, screen: screen)
        send(.touch(phase, slot: slot, x: place.x, y: place.y))
    }

    /// The place on the console nearest to it. QEMU answers a place outside of the console with an error, and while the guest
    /// switches its mode, the window's picture and the console may differ in size.
    private func inside(_ x: Double, _ y: Double, screen: PixelSize) -> (x: Double, y: Double) {
        let size = controls?.watch.properties.size ?? screen
        return (min(max(x, 0), Double(max(size.width, 1) - 1)), min(max(y, 0), Double(max(size.height, 1) - 1)))
    }

    private func send(_ call: InputEvent) {
        guard let controls, controls.watch.isConnected else { return }
        controls.sender.send(call)
    }
}

extension QEMUDisplay: DisplayModes {
    public var isResizable: Bool {
        guard let controls else { return false }
        return controls.watch.isConnected && controls.sizes.isSupported
    }

    public func request(_ mode: DisplayMode) { controls?.sizes.request(mode) }

    /// Takes over the console's controls; what QEMU has to say of them comes in the loop.
    func control(_ console: Console) throws(BusError) {
        // The last releases are sent, and may be refused, while a display that nobody closed is on its way out.
        controls = try ConsoleControls(
            console, changed: { [weak self] in self?.consoleChanged() }, refused: { [weak self] in self?.callRefused($0, $1) })
    }

    private func consoleChanged() {
        guard let controls else { return }
        let properties = controls.watch.properties
        if properties.isAbsolute != wasAbsolute {
            wasAbsolute = properties.isAbsolute
            controls.sender.dropMotion()
        }
        if !controls.watch.isConnected, case .running = life {
            logger.warning("QEMU \(name): its D-Bus connection has gone: it takes no input any more, while its picture goes on")
        }
        inputNotices.schedule()
    }

    private func callRefused(_ member: StaticString, _ error: BusError) {
        guard controls?.watch.isConnected == true, let held = refusals.pass(at: EventLoop.now()) else { return }
        logger.debug("QEMU \(name) refuses \(member): \(error.message.singleLine)\(held > 0 ? " (and \(held) before it)" : "")")
    }
}
