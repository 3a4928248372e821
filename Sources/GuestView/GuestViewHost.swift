// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Surfaces
package import Wayland

/// Gives a view its surface and the picture its place, and hears what the view wants: a desktop window, a kiosk's screen, a
/// surface of somebody else's.
package protocol GuestViewHost: AnyObject {
    /// Where the picture goes.
    ///
    /// - Parameters:
    ///   - guest: the primary plane's size, turned as it is shown; nil before there was one.
    ///   - canFrame: whether bars can be drawn beside it.
    func placement(of guest: PixelSize?, canFrame: Bool) -> Placement

    /// Whether the host itself has something for the next commit.
    var awaitsCommit: Bool { get }

    /// Answers what the compositor has asked for, as part of the coming commit. Returns whether there was anything.
    func answerConfigure() -> Bool

    /// The picture goes elsewhere with the coming commit.
    func pictureWillMove(to placement: Placement, of guest: PixelSize?)

    /// Brings what lies around and over the picture in line, as part of the coming commit. Returns whether it needs one.
    ///
    /// - Parameter content: the picture with its bars, on the view's surface.
    func surround(_ content: LogicalRectangle) -> Bool

    /// The lowest of the host's own surfaces over the picture.
    var lowestOverlay: PlaneSurface? { get }

    /// A picture of the primary plane, of this size, goes out with the coming commit.
    func pictureWillShow(_ size: PixelSize)

    /// There has been no picture for a while: the host may say why, as part of the coming commit. Returns whether it does.
    func pictureIsMissing() -> Bool

    func view(shows cursor: ShownCursor)

    /// The guest has ended by itself.
    func guestDidEnd(_ error: SourceError)

    /// The frame limit is reached, and the last reports have come.
    func viewDidFinish()
}

/// What a view shows of the guest's cursor.
package enum ShownCursor: Equatable {
    /// The guest has shown none so far. It may draw its own into the picture, or have none.
    case unknown
    /// A plane over the picture.
    case plane
    /// The image for the host's pointer.
    case image(WlSurface.Ref, hotSpot: PixelPoint)
    /// The guest has taken its cursor away.
    case off
    /// The user wants none.
    case unwanted
}

/// Why a view shows no picture.
package enum PictureAbsence {
    /// No guest has been there yet.
    case awaited(SourceError?)
    /// The guest has ended, and another one is awaited.
    case lost(SourceError)
    /// No rung takes the guest's picture.
    case unusable(String)
    /// The guest's display is off.
    case off
}
