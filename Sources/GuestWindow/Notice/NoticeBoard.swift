// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Surfaces
internal import System

/// What a window says over its picture: why there is none, or a remark that goes by itself.
final class NoticeBoard {
    /// What is said where there is no picture; nil where there is one, or may soon be.
    private(set) var notice: Notice?
    /// What is said for a moment, also over a picture.
    private(set) var remark: Notice?
    /// Where both are said; nil until that was needed.
    private var box: NoticeBox?
    private let window: PlaneSurface
    private let compositor: Compositor
    private let log: Logger
    /// Called when something is to be said, or taken away, with the next commit.
    private let onChange: () -> Void
    private var remarkTimer: TimerSource!
    private var faultLimit = RateLimit(perSecond: 1)

    private static let remarkTime: UInt64 = 4_000_000_000

    init(
        on window: PlaneSurface, _ compositor: Compositor, loop: EventLoop, log: Logger, onChange: @escaping () -> Void
    ) {
        self.window = window
        self.compositor = compositor
        self.log = log
        self.onChange = onChange
        remarkTimer = loop.timer { [unowned self] in endRemark() }
    }

    /// The surface that it is said on, once there is one.
    var surface: PlaneSurface? { box?.surface }

    /// Says why there is no picture, with the next commit.
    func say(_ notice: Notice) {
        self.notice = notice
        onChange()
    }

    /// Says why there is no picture, as part of the coming commit.
    func set(_ notice: Notice) { self.notice = notice }

    /// Says something for four seconds, in place of the remark before it.
    func remark(_ remark: Notice) {
        self.remark = remark
        remarkTimer.arm(after: Self.remarkTime)
        onChange()
    }

    private func endRemark() {
        remark = nil
        onChange()
    }

    /// There is a picture again: part of its commit. Returns whether something was said instead of it.
    func takeNoticeAway() -> Bool {
        guard notice != nil else { return false }
        notice = nil
        if remark == nil { box?.hide() }
        return true
    }

    /// Brings the box in line with what is said and with its room, as part of the coming commit. Returns whether it needs one.
    ///
    /// - Parameter room: the picture with its bars, on the window's surface; nil before there is anything.
    func arrange(in room: LogicalRectangle?, scale: SurfaceScale) -> Bool {
        guard let said = remark ?? notice else { return box?.hide() ?? false }
        guard let room, compositor.surfaces.subcompositor != nil else { return false }
        let box = box ?? NoticeBox(compositor, on: window)
        self.box = box
        do throws(ImportError) {
            return try box.wear(
                NoticeBox.Look(notice: said, place: remark == nil ? .middle : .foot, room: room, scale: scale))
        } catch {
            if faultLimit.pass(at: EventLoop.now()) != nil {
                log.warning("the notice «\(said.headline)» can't be drawn: \(error)")
            }
            return false
        }
    }

    /// Ends the box's role; before the window goes.
    func close() {
        remarkTimer.disarm()
        box?.close()
    }
}
