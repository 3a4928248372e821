// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
internal import Surfaces

/// Whether the guest is there and has a picture, and why not. Tells when it has had none for so long that it is worth a word.
final class PictureWatch {
    private(set) var presence = GuestView.Presence.awaited(nil)
    /// Why the guest's newest picture isn't shown.
    private(set) var fault: ImportError?
    /// Whether something has gone wrong since the last picture. Most frames look no further.
    private var isTroubled = false
    private let timer: TimerSource

    /// A mode switch turns the plane off for a moment: only a longer pause is a dark screen.
    private static let patience: UInt64 = 500_000_000
    /// How long a running guest may take to show its first picture, on a busy machine too.
    private static let openingPatience: UInt64 = 1_000_000_000

    /// - Parameter onBlank: called when there has been no picture for a while.
    init(on loop: EventLoop, onBlank: @escaping () -> Void) { timer = loop.timer(onBlank) }

    // MARK: Why there is no picture

    /// Another guest is shown from now on, or none.
    func guestDidChange(_ presence: GuestView.Presence) {
        self.presence = presence
        fault = nil
    }

    /// The guest's newest picture can't be shown.
    func pictureFailed(_ error: ImportError) {
        fault = error
        expectPicture()
    }

    var reason: PictureAbsence {
        switch presence {
        case .awaited(let error): .awaited(error)
        case .lost(let error): .lost(error)
        case .present: fault.map { .unusable("\($0)") } ?? .off
        }
    }

    /// Whether the guest's own newest picture is on screen.
    ///
    /// - Parameter isShown: whether the guest's last picture is.
    func isShowing(_ isShown: Bool) -> Bool {
        if case .present = presence { isShown && fault == nil } else { false }
    }

    /// Whether what is on screen must give way to darkness. The last picture of a guest that has gone stays, and so does the last one
    /// that could be shown.
    ///
    /// - Parameter stage: whether anything is on screen, and whether it is dark already.
    func mustDarken(isShown: Bool, _ stage: Stage) -> Bool {
        guard stage.isMapped else { return true }
        guard case .present = presence else { return false }
        return !isShown && !stage.isDark
    }

    // MARK: Since when

    /// There is no picture as of now; the next one is expected soon.
    func expectPicture() {
        isTroubled = true
        timer.arm(after: Self.patience)
    }

    /// The first picture is expected: the host's surface has been configured, and nothing is on it.
    func expectFirstPicture() {
        isTroubled = true
        if case .awaited = presence { timer.arm(after: Self.patience) } else { timer.arm(after: Self.openingPatience) }
    }

    /// The guest's newest picture is on screen, or goes out with the coming commit.
    func pictureIsThere() {
        guard isTroubled else { return }
        isTroubled = false
        fault = nil
        timer.disarm()
    }

    func close() { timer.disarm() }
}
