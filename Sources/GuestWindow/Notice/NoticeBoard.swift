// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestView
internal import Logging
internal import Planes
internal import Surfaces
internal import System

/// The text that a window shows in place of a picture, or over one for a moment.
struct Notice: Equatable {
    let headline: String
    /// Why that is so, in one line or several; nil where there is no more to say.
    var reason: String?

    init(headline: String, reason: String? = nil) {
        self.headline = headline
        self.reason = reason
    }

    init(_ absence: PictureAbsence) {
        switch absence {
        case .awaited(let error): self.init(headline: "guest not started", reason: error?.message)
        case .lost(let error): self.init(headline: "source gone, waiting", reason: error.message)
        case .unusable(let why): self.init(headline: "the picture can't be shown", reason: why)
        case .off: self.init(headline: "display off")
        }
    }
}

/// What a window says over its picture: a notice why there is none, or a remark that disappears by itself. Both are drawn when the text or
/// the room for it changes, never for a frame.
final class NoticeBoard {
    /// Why there is no picture; nil where there is one, or may soon be.
    private(set) var notice: Notice?
    /// Shown for a moment, also over a picture.
    private(set) var remark: Notice?
    /// The box that shows both; created when first needed.
    private var box: DrawnSurface<NoticeArtist>?
    private let window: PlaneSurface
    private let compositor: Compositor
    private let log: Logger
    /// Called when the next commit is to show or to remove something.
    private let onChange: () -> Void
    private var remarkTimer: TimerSource!
    private var faultLimit = RateLimit(perSecond: 1)

    private static let remarkTime: UInt64 = 4_000_000_000
    /// Logical units between a remark and the picture's lower edge, where it hides least of the picture.
    private static let footing: Int32 = 16

    init(
        on window: PlaneSurface, _ compositor: Compositor, loop: EventLoop, log: Logger, onChange: @escaping () -> Void
    ) {
        self.window = window
        self.compositor = compositor
        self.log = log
        self.onChange = onChange
        remarkTimer = loop.timer { [unowned self] in endRemark() }
    }

    /// The box's surface; nil until it was first needed.
    var surface: PlaneSurface? { box?.surface }

    /// Whether it is on screen, or will be with the coming commit.
    var isShown: Bool { surface?.isMapped == true }

    /// Shows why there is no picture, with the next commit.
    func say(_ notice: Notice) {
        self.notice = notice
        onChange()
    }

    /// Shows why there is no picture, as part of the commit that is being composed.
    func set(_ notice: Notice) { self.notice = notice }

    /// Shows a remark for four seconds, in place of the remark before it.
    func remark(_ remark: Notice) {
        self.remark = remark
        remarkTimer.arm(after: Self.remarkTime)
        onChange()
    }

    private func endRemark() {
        remark = nil
        onChange()
    }

    /// Removes the notice with the new picture's commit. Returns whether there was one.
    func takeNoticeAway() -> Bool {
        guard notice != nil else { return false }
        notice = nil
        if remark == nil { _ = hide() }
        return true
    }

    /// Updates the box to match the text and its room, as part of the coming commit. Returns whether it needs one.
    ///
    /// - Parameter room: the picture with its bars, on the window's surface; nil before there is anything.
    func arrange(in room: LogicalRectangle?, scale: SurfaceScale) -> Bool {
        guard let said = remark ?? notice else { return hide() }
        guard let room, compositor.surfaces.subcompositor != nil else { return false }
        let box = box ?? DrawnSurface(compositor, childOf: window, takesInput: false)
        self.box = box
        let artist = NoticeArtist(said, width: room.width, scale: scale)
        do throws(ImportError) {
            // Before it is placed: after a failure the last drawing stays where it is.
            try box.show(artist, drawnAs: artist.draw())
        } catch {
            if faultLimit.pass(at: EventLoop.now()) != nil {
                log.warning("the notice «\(said.headline)» can't be drawn: \(error)")
            }
            return false
        }
        // A drawing that begins on a whole device pixel is sharp.
        let step = scale.gridStep, space = room.height - artist.size.height
        let top = remark == nil ? space / 2 : max(0, space - Self.footing)
        let isPlaced = box.place(
            at: (room.x + (room.width - artist.size.width) / 2 / step * step, room.y + top / step * step), size: artist.size)
        return box.commit() || isPlaced
    }

    private func hide() -> Bool {
        box?.hide()
        return box?.commit() ?? false
    }

    func close() {
        remarkTimer.disarm()
        box?.surface.close()
    }
}
