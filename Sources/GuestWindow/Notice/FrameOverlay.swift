// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestView
internal import Logging
internal import Measurement
internal import Planes
internal import Surfaces
internal import System

/// A box in the picture's corner that says how frames get to the screen, for as long as the user wants it. It is drawn once a second,
/// and without it nothing is recorded and nothing wakes up.
///
/// A surface over the picture can be the reason why it isn't scanned out. So frames are looked at for half a second before the box is
/// there, and it goes on saying what became of them.
final class FrameOverlay {
    /// Keeps the frames' records for it. Its memory is allocated when the box is wanted for the first time.
    private(set) lazy var recorder = FrameRecorder(capacity: Self.capacity)
    private(set) var isOn = false
    private var text: Notice?
    /// How frames got to the screen before the box was over the picture.
    private var before: RecentFrames?
    private var box: DrawnSurface<NoticeArtist>?
    private let window: PlaneSurface
    private let compositor: Compositor
    private let log: Logger
    /// Called when the next commit is to show or to remove something.
    private let onChange: () -> Void
    private var timer: TimerSource!
    private var faultLimit = RateLimit(perSecond: 1)

    private static let pause: UInt64 = 1_000_000_000
    private static let timeBefore: UInt64 = 500_000_000
    /// Enough for two seconds of 1000 frames each.
    private static let capacity = 2048
    /// Logical units between the box and the picture's corner.
    private static let margin: Int32 = 16

    /// - Parameter recorder: one that is there already; nil for one of its own.
    init(
        on window: PlaneSurface, _ compositor: Compositor, recorder: FrameRecorder?, loop: EventLoop, log: Logger,
        onChange: @escaping () -> Void
    ) {
        self.window = window
        self.compositor = compositor
        self.log = log
        self.onChange = onChange
        timer = loop.timer { [unowned self] in look() }
        if let recorder { self.recorder = recorder }
    }

    /// Its surface; nil while it isn't there.
    var surface: PlaneSurface? { box?.surface }
    /// Whether it is on screen, or will be with the coming commit.
    var isShown: Bool { surface?.isMapped == true }

    func toggle() {
        isOn.toggle()
        text = nil
        before = nil
        if isOn { timer.arm(after: Self.timeBefore) } else { timer.disarm() }
        onChange()
    }

    private func look() {
        timer.arm(after: Self.pause)
        let frames = RecentFrames(recorder, over: before == nil ? Self.timeBefore : Self.pause, until: EventLoop.now())
        let first = before ?? frames
        before = first
        var lines = [frames.pace]
        if let reason = frames.reason(besides: .overlay) { lines.append(reason) }
        if first.headline != frames.headline, first.presented > 0 {
            lines.append("before this box was here: \(first.headline)")
        }
        text = Notice(headline: frames.headline, reason: lines.joined(separator: "\n"))
        onChange()
    }

    /// Updates the box to match the text and its room, as part of the coming commit. Returns whether it needs one.
    ///
    /// - Parameters:
    ///   - room: the picture with its bars, on the window's surface; nil before there is anything.
    ///   - sibling: what it is below.
    func arrange(in room: LogicalRectangle?, scale: SurfaceScale, below sibling: PlaneSurface?) -> Bool {
        guard let text else { return remove() }
        guard let room, compositor.surfaces.subcompositor != nil else { return false }
        let box = box ?? makeBox(below: sibling)
        let artist = NoticeArtist(text, width: room.width - 2 * Self.margin, scale: scale)
        do throws(ImportError) {
            try box.show(artist, drawnAs: artist.draw())
        } catch {
            if faultLimit.pass(at: EventLoop.now()) != nil { log.warning("the overlay can't be drawn: \(error)") }
            return false
        }
        let step = scale.gridStep
        let isPlaced = box.place(
            at: (room.x + Self.margin / step * step, room.y + Self.margin / step * step), size: artist.size)
        return box.commit() || isPlaced
    }

    private func makeBox(below sibling: PlaneSurface?) -> DrawnSurface<NoticeArtist> {
        let box = DrawnSurface<NoticeArtist>(compositor, childOf: window, takesInput: false)
        if let sibling { box.surface.placeBelow(sibling) }
        self.box = box
        return box
    }

    /// Takes the box away, with its surface. Returns whether that needs a commit.
    private func remove() -> Bool {
        guard let box else { return false }
        box.surface.close()
        self.box = nil
        return true
    }

    func close() {
        isOn = false
        timer.disarm()
        box?.surface.close()
        box = nil
    }
}
