// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
public import Planes
internal import System

/// QEMU's keyboard, mouse and touchscreen for this console. The pointer's kind and the lock keys become known soon after opening.
///
/// QEMU offers its touch interface whether or not the guest has a touchscreen (`virtio-multitouch-pci`); without one it drops what
/// fingers do.
extension QEMUDisplay: InputSink {
    public var abilities: InputAbilities {
        guard let watch = controls?.watch, watch.isConnected else {
            return InputAbilities(keyboard: false, absolutePointer: false, touchSlots: 0)
        }
        return InputAbilities(
            keyboard: true, absolutePointer: watch.properties.isAbsolute ?? false, touchSlots: watch.properties.touchSlots)
    }

    public var locks: LockKeys? { controls?.watch.properties.locks }

    /// True for a QEMU that is gone, since nothing will be delivered any more.
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
        // Neither kind is sent until QEMU tells which one it takes: the other one would be an error.
        guard controls?.watch.properties.isAbsolute == false else { return }
        send(.motion(x: x, y: y))
    }

    public func press(_ button: PointerButton, isDown: Bool) { send(.button(button, isDown: isDown)) }

    public func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize) {
        guard (0..<abilities.touchSlots).contains(slot), x.isFinite, y.isFinite else { return }
        let place = inside(x, y, screen: screen)
        send(.touch(phase, slot: slot, x: place.x, y: place.y))
    }

    /// The nearest place on the console. QEMU refuses places outside the console, and while the guest switches its mode, the
    /// window's picture and the console may differ in size.
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

    /// Takes over the console's controls. QEMU's answers come from the loop.
    func control(_ console: Console) throws(BusError) {
        // A display that nobody closed sends its last releases from deinit, and they may be refused.
        controls = try ConsoleControls(
            console, changed: { [weak self] in self?.consoleChanged() }, refused: { [weak self] in self?.callRefused($0, $1) })
    }

    private func consoleChanged() {
        guard let controls else { return }
        controls.sender.pointerIsAbsolute = controls.watch.properties.isAbsolute
        if !controls.watch.isConnected, case .running = life {
            logger.warning("QEMU \(name): its D-Bus connection is gone: the picture goes on, but takes no more input")
        }
        inputNotices.schedule()
    }

    private func callRefused(_ member: StaticString, _ error: BusError) {
        guard controls?.watch.isConnected == true, let held = refusals.pass(at: EventLoop.now()) else { return }
        logger.debug("QEMU \(name) refuses \(member): \(error.message)\(held > 0 ? " (and \(held) before it)" : "")")
    }
}
