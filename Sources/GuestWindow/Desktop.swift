// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import GuestInput
package import Logging
internal import GuestView
internal import Planes
public import Surfaces
internal import Wayland

/// The host's desktop: a compositor and its seats, shared by all windows over one connection.
public final class Desktop {
    public let compositor: Compositor
    /// The seats, bound with the first window.
    private(set) lazy var seats = Seats(compositor.registry) { [unowned self] in arrow?.ref }
    /// The image of pointers where the compositor has no shapes; nil where there is no memory for it.
    private lazy var arrow = try? HostArrow(compositor)

    public init(_ compositor: Compositor) { self.compositor = compositor }

    /// The host's clipboard, for the guest of all windows of this desktop.
    ///
    /// - Parameter limit: the largest content that may pass in either direction, in bytes.
    package func makeClipboard(limit: Int, loop: EventLoop, log: Logger) throws -> HostClipboard {
        try HostClipboard(seats, compositor.registry, limit: limit, loop: loop, log: log)
    }

    /// Gives a new window the focus that its launcher passed on, and warns about requested features that the compositor lacks.
    func greet(_ window: PlaneSurface, _ options: WindowOptions, _ log: Logger) {
        if let token = options.activationToken {
            compositor.shell.activation?.activate(token: token, surface: window.surface.ref)
        }
        let hints = options.view.hints
        if hints.content != .none, compositor.surfaces.contentTypes == nil {
            log.warning("the compositor has no wp_content_type_manager_v1: it isn't told that this is a \(hints.content)")
        }
        if hints.mayTear, compositor.surfaces.tearing == nil {
            log.warning("the compositor has no wp_tearing_control_manager_v1: pictures wait for the screen's refresh")
        }
        if options.idleInhibition == .always, compositor.shell.idleInhibition == nil {
            log.warning("the compositor has no zwp_idle_inhibit_manager_v1: the screen may go dark")
        }
    }
}

extension PointerMapping {
    /// - Parameters:
    ///   - guest: the size of the guest's screen before it is turned.
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
