// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import Surfaces
internal import Wayland

/// The title bar and borders that we draw where the compositor leaves them to its clients: four children around the picture, drawn when
/// size, title or focus change and never for a frame. `DecorationLayout` says where they are, `DecorationArtist` how they look.
final class ClientDecoration {
    /// What the user does with them.
    enum Command: Equatable {
        case move
        case resize(XdgToplevel.ResizeEdge)
        /// The compositor's menu, at this place of the toplevel's surface.
        case menu(x: Int32, y: Int32)
        case close, toggleMaximised, minimise, enterFullscreen
    }

    struct Look {
        var title: String
        var layout: DecorationLayout
        /// The content's top left on the toplevel's surface.
        var x: Int32
        var y: Int32
        var isActivated: Bool
        var isMaximised: Bool
        var scale: SurfaceScale
    }

    /// Whether the look has changed for a reason other than a configure or a placement, or couldn't be drawn: the coming commit updates it.
    var isOutdated = true
    private let parts: [DecorationPart]

    /// - Parameter onCommand: called with the user's command and the seat that gave it.
    init(
        _ compositor: Compositor, seats: Seats, around window: PlaneSurface, onCommand: @escaping (Command, Seat) -> Void
    ) {
        parts = DecorationLayout.Part.allCases.map { part in
            DecorationPart(part, compositor, seats: seats, around: window, onCommand: onCommand)
        }
    }

    /// Updates the parts to match a look, as part of the coming commit. A part that can't be drawn keeps its last drawing in the new place,
    /// and is outdated.
    ///
    /// - Parameter onFault: called for each part that can't be drawn.
    /// - Returns: whether a commit is needed.
    func wear(_ look: Look, onFault: (ImportError) -> Void) -> Bool {
        isOutdated = false
        var needsCommit = false
        for part in parts {
            let frame = look.layout.frame(of: part.part)
            guard frame.width > 0, frame.height > 0 else {
                part.drawn.hide()
                continue
            }
            if part.place(frame.moved(by: (look.x, look.y)), in: look.layout) { needsCommit = true }
            let artist =
                part.part == .title
                ? DecorationArtist(
                    titleBar: look.layout, title: look.title, isActivated: look.isActivated, isMaximised: look.isMaximised,
                    scale: look.scale)
                : DecorationArtist(borderThatIsActivated: look.isActivated)
            do throws(ImportError) {
                try part.drawn.show(artist, drawnAs: artist.draw())
            } catch {
                isOutdated = true
                onFault(error)
            }
        }
        return commit() || needsCommit
    }

    /// Hides the parts, as in full screen. Returns whether a commit is needed.
    func hide() -> Bool {
        isOutdated = false
        for part in parts { part.drawn.hide() }
        return commit()
    }

    private func commit() -> Bool {
        var isNew = false
        for part in parts where part.drawn.commit() { isNew = true }
        return isNew
    }

    func close() { for part in parts { part.close() } }
}
