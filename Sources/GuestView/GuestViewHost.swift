// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Measurement
package import Planes
package import Surfaces
package import Wayland

/// The owner of a view: gives it a surface and the picture its place, and is told what becomes of them. It may be a desktop window, a
/// kiosk's screen, or another program's surface.
package protocol GuestViewHost: AnyObject {
    /// Where to show the picture.
    ///
    /// - Parameters:
    ///   - guest: the primary plane's size, turned as it is shown; nil before the first picture.
    ///   - canFrame: whether bars can be drawn beside it.
    func placement(of guest: PixelSize?, canFrame: Bool) -> Placement

    /// Whether the host itself needs the next commit.
    var awaitsCommit: Bool { get }

    /// Answers the compositor's configure, as part of the coming commit. Returns whether there was one.
    func answerConfigure() -> Bool

    /// The coming commit moves or resizes the picture.
    func pictureWillMove(to placement: Placement, of guest: PixelSize?)

    /// Updates the decoration and overlays, as part of the coming commit. Returns whether they need one.
    ///
    /// - Parameter content: the picture with its bars, on the view's surface.
    func surround(_ content: LogicalRectangle) -> Bool

    /// The lowest of the host's own surfaces over the picture.
    var lowestOverlay: PlaneSurface? { get }

    /// The coming commit shows a picture of the primary plane, of this size.
    func pictureWillShow(_ size: PixelSize)

    /// There has been no picture for a while: the host may say why, as part of the coming commit. Returns whether it does.
    func pictureIsMissing() -> Bool

    /// The view shows the guest's cursor in another way.
    func view(shows cursor: ShownCursor)

    /// Everything around the picture that keeps it from being scanned out.
    ///
    /// - Parameters:
    ///   - size: the picture's size, turned as it is shown.
    ///   - transform: how its buffer is turned.
    func scanoutObstacles(to size: PixelSize, _ transform: WlOutput.Transform) -> ScanoutObstacles

    /// The first picture is on screen: told at most once for each of the two.
    ///
    /// - Parameter isReported: whether the compositor has reported that; otherwise it has only asked for the next frame.
    func viewWasShown(isReported: Bool)

    /// The guest has ended by itself.
    func guestDidEnd(_ error: SourceError)

    /// The frame limit is reached, and the last reports have come.
    func viewDidFinish()
}

/// The reason why a view shows no picture.
package enum PictureAbsence {
    /// There has been no guest yet, for this reason where it is known.
    case awaited(SourceError?)
    /// The guest has ended, and another one is awaited.
    case lost(SourceError)
    /// No rung takes the guest's picture.
    case unusable(String)
    /// The guest's display is off.
    case off
}
