// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import Planes
internal import Surfaces
internal import Wayland

/// Title bar and borders of our own, where the compositor leaves them to its clients: four children around the picture, drawn
/// when size, title or focus change and never for a frame. `DecorationLayout` says where, `DecorationArtist` how they look.
final class ClientDecoration {
    /// What the user does with them.
    enum Command: Equatable {
        case move
        case resize(XdgToplevel.ResizeEdge)
        /// The compositor's menu, at this place of the toplevel's surface.
        case menu(x: Int32, y: Int32)
        case close, toggleMaximised, minimise, enterFullscreen
    }

    /// What they look like.
    struct Look: Equatable {
        var title: String
        var layout: DecorationLayout
        /// The content's top left on the toplevel's surface.
        var x: Int32
        var y: Int32
        var isActivated: Bool
        var isMaximised: Bool
        var scale: SurfaceScale
    }

    /// Whether something about the look has changed that no configure or placement tells: the coming commit brings it in line.
    var isOutdated = true
    private let parts: [DecorationPart]
    private var look: Look?

    /// - Parameter onCommand: what the user wants, and the seat by whose last event.
    init(
        _ compositor: Compositor, seats: Seats, around window: PlaneSurface, onCommand: @escaping (Command, Seat) -> Void
    ) {
        parts = DecorationLayout.Part.allCases.map { part in
            DecorationPart(part, compositor, seats: seats, around: window, onCommand: onCommand)
        }
    }

    /// Brings them in line: part of the coming commit. Where there is no memory for a drawing the old one stays.
    ///
    /// - Returns: whether it needs a commit.
    func wear(_ new: Look) throws(ImportError) -> Bool {
        isOutdated = false
        guard new != look else { return false }
        let drawn = look
        look = new
        let artist = DecorationArtist(
            isActivated: new.isActivated, width: new.layout.frame(of: .title).width, scale: new.scale)
        for part in parts {
            let frame = new.layout.frame(of: part.part)
            guard frame.width > 0, frame.height > 0 else {
                part.hide()
                continue
            }
            part.place(frame.moved(by: (new.x, new.y)), in: new.layout)
            switch part.part {
            case .title:
                // Where it is doesn't change how it looks.
                let isSame = drawn.map { Self.looksAlike($0, new) } == true && part.isMapped
                if !isSame { try part.draw(artist.titleBar(new.layout, title: new.title, isMaximised: new.isMaximised)) }
            case .left, .right, .bottom:
                if drawn?.isActivated != new.isActivated || !part.isMapped { try part.draw(artist.border()) }
            }
        }
        return commit()
    }

    private static func looksAlike(_ left: Look, _ right: Look) -> Bool {
        left.title == right.title && left.isActivated == right.isActivated && left.isMaximised == right.isMaximised
            && left.scale == right.scale && left.layout.content.width == right.layout.content.width
            && left.layout.buttons == right.layout.buttons && left.layout.hasBorders == right.layout.hasBorders
    }

    /// Takes them off, as in full screen. Returns whether it needs a commit.
    func hide() -> Bool {
        isOutdated = false
        guard look != nil else { return false }
        look = nil
        for part in parts { part.hide() }
        return commit()
    }

    private func commit() -> Bool {
        var isNew = false
        for part in parts where part.commit() { isNew = true }
        return isNew
    }

    /// Ends the roles; before the window goes.
    func close() { for part in parts { part.close() } }
}
