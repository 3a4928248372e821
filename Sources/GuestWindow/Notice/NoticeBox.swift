// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Surfaces

/// A notice on the window: a child over all of the guest's. It is drawn when what it says or its room changes, never for a frame.
final class NoticeBox {
    struct Look: Equatable {
        let notice: Notice
        let place: Place
        /// The picture with its bars, on the window's surface.
        let room: LogicalRectangle
        let scale: SurfaceScale
    }

    enum Place {
        case middle
        /// Near the lower edge, where it hides least of a picture.
        case foot
    }

    /// Logical units between the box and the lower edge.
    private static let footing: Int32 = 16

    private let drawn: DrawnSurface
    private var look: Look?

    init(_ compositor: Compositor, on window: PlaneSurface) {
        drawn = DrawnSurface(compositor, childOf: window, takesInput: false)
    }

    var surface: PlaneSurface { drawn.surface }

    /// Brings it in line: part of the coming commit. Where there is no memory for a drawing the old one stays.
    ///
    /// - Returns: whether it needs a commit.
    func wear(_ new: Look) throws(ImportError) -> Bool {
        guard new != look else { return false }
        let old = look
        look = new
        let (sheet, size) = NoticeArtist(scale: new.scale).draw(new.notice, in: new.room.size)
        // Drawn on whole device pixels it is sharp.
        let step = new.scale.gridStep
        let below = new.room.height - size.height, top = new.place == .middle ? below / 2 : max(0, below - Self.footing)
        drawn.place(
            at: (new.room.x + (new.room.width - size.width) / 2 / step * step, new.room.y + top / step * step), size: size)
        let isSame = old.map { $0.notice == new.notice && $0.scale == new.scale && $0.room.width == new.room.width } == true
        if !isSame { try drawn.draw(sheet) }
        _ = drawn.commit()
        return true
    }

    /// Takes it off the screen: part of the coming commit. Returns whether it needs one.
    @discardableResult
    func hide() -> Bool {
        look = nil
        drawn.hide()
        return drawn.commit()
    }

    /// Ends the role; before the window goes.
    func close() { drawn.close() }
}
