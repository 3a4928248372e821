// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import GuestInput
internal import Logging
internal import Planes
internal import Wayland

/// The devices over the window, on their way to the guest.
extension GuestWindow: InputWindow {
    /// Chords are the window's own, and the host's pointer is dressed, also where nobody takes input.
    func makeInput(_ sink: (any InputSink)?) {
        input = InputSession(
            window: self, surface: stage.window.surface.ref, sink: sink, seats: compositor.seats, options: options.input, log: log
        )
        if !shell.showsCursor { input!.cursor = .unwanted }
        if wearsCursor, compositor.seats.all.isEmpty {
            log.warning("the compositor has no wl_seat: there is no pointer to wear the guest's cursor")
        }
    }

    package func perform(_ action: WindowAction) {
        switch action {
        case .toggleFullscreen: toggleFullscreen()
        case .takeScreenshot: onScreenshot?(source)
        }
    }

    package func inputHintDidChange() {
        toplevel?.setTitle(title: title)
        // Our own title bar says it too.
        if let decoration {
            decoration.isOutdated = true
            execute(pacer.changed())
        }
        if let hint = input?.hint, shell.state.isFullscreen { say(hint) }
    }

    /// Whether the guest's cursor is the host pointer's image.
    var wearsCursor: Bool { options.cursor == .pointer }

    package var pointerMapping: PointerMapping? {
        guard let placement = shell.applied, let guest = shell.guest else { return nil }
        return PointerMapping(placement, of: guest, rotation: options.rotation, isFramed: stage.isFramed)
    }
}

extension PointerMapping {
    /// - Parameters:
    ///   - guest: its screen's size, before it's turned.
    ///   - isFramed: whether the bars are part of the surface that the pointer is over.
    init(_ placement: Placement, of guest: PixelSize, rotation: Rotation = .none, isFramed: Bool) {
        let corner = isFramed ? placement.offset : (x: 0, y: 0), turned = rotation.turned(guest)
        let whole = PixelRectangle(x: 0, y: 0, width: Int32(turned.width), height: Int32(turned.height))
        self.init(
            x: Double(corner.x), y: Double(corner.y), width: Double(placement.destination.width),
            height: Double(placement.destination.height), source: placement.source ?? whole, guest: guest,
            rotation: rotation)
    }
}
