// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement
internal import Planes
internal import Surfaces
internal import Wayland

/// The primary plane on its surface: which picture is shown, where, and what is shown instead of a missing one.
final class PictureLayer {
    var presenter = PlanePresenter(kind: .primary)
    let stage: Stage
    /// The primary plane's size, once there was one.
    @exclusivity(unchecked) private(set) var guest: PixelSize?
    /// Where the last commit placed the picture.
    @exclusivity(unchecked) private(set) var placement: Placement?
    private let rotation: Rotation

    init(_ stage: Stage, rotation: Rotation) {
        self.stage = stage
        self.rotation = rotation
    }

    /// The part of the surface with the picture and its bars; nil before anything was placed.
    var content: LogicalRectangle? {
        placement.map { placement in
            LogicalRectangle(
                x: stage.isFramed ? 0 : -placement.offset.x, y: stage.isFramed ? 0 : -placement.offset.y,
                width: placement.window.width, height: placement.window.height)
        }
    }

    /// Attaches a new picture. Returns nil if the compositor still holds every copy of it.
    func show(
        _ info: PlaneInfo, _ buffer: ImportedBuffer, _ ledger: ViewLedger, below cursor: PlaneSurface?,
        for host: any GuestViewHost
    ) -> PlanePresenter.Presentation? {
        guard let presentation = presenter.present(info, buffer, ledger) else { return nil }
        let size = info.identity.layout.size
        host.pictureWillShow(size)
        if guest != size { guest = size }
        _ = place(isFlipped: info.isFlipped, below: cursor, for: host)
        stage.attach(presentation.attachment)
        return presentation
    }

    /// Updates size, crop, flip and opaque region of the picture to match the host. Returns whether any of them is news.
    func place(
        isFlipped: Bool, isDark: Bool = false, below cursor: PlaneSurface?, for host: any GuestViewHost
    ) -> Bool {
        let new = host.placement(of: guest.map(rotation.turned), canFrame: stage.canFrame)
        var isNew = arrange(new, below: cursor, for: host)
        let picture = stage.picture
        // The guest's crop would lie outside the one black pixel, which ends the connection.
        isNew = picture.scale(source: isDark ? nil : new.source, to: new.destination) || isNew
        isNew = picture.orient(isFlipped: isFlipped) || isNew
        isNew = picture.declareOpaque(new.destination) || isNew
        return isNew
    }

    /// Answers the host's configure without a new picture: the one that is held, or the darkness, takes the new size.
    func answerConfigure(below cursor: PlaneSurface?, for host: any GuestViewHost) -> Bool {
        guard stage.isMapped, host.awaitsCommit else { return false }
        return place(isFlipped: stage.picture.isFlipped, isDark: stage.isDark, below: cursor, for: host)
    }

    private func arrange(_ new: Placement, below cursor: PlaneSurface?, for host: any GuestViewHost) -> Bool {
        let isPlaced = new != placement
        // A frame that changes nothing around it ends here.
        guard isPlaced || host.awaitsCommit else { return false }
        let isAsked = host.answerConfigure()
        if isPlaced {
            placement = new
            host.pictureWillMove(to: new, of: guest.map(rotation.turned))
            stage.arrange(new, below: cursor ?? host.lowestOverlay)
        }
        return host.surround(content!) || isAsked || isPlaced
    }

    /// Shows black instead of the picture. Returns false if there is no memory for it.
    func darken(below cursor: PlaneSurface?, for host: any GuestViewHost) -> Bool {
        _ = place(isFlipped: stage.picture.isFlipped, isDark: true, below: cursor, for: host)
        return placement.map { stage.darken($0.destination) } ?? false
    }
}
