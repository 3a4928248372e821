// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop

/// What is said for a moment over the picture, such as where a screenshot is.
extension GuestWindow {
    private static let remarkTime: UInt64 = 4_000_000_000

    /// Says something at the foot of the window for four seconds, in place of what it said before. A window that isn't shown yet says
    /// nothing: whoever has to be told in any case has the log.
    ///
    /// - Parameter detail: what is said below it, smaller.
    public func say(_ headline: String, _ detail: String? = nil) {
        guard case .running = life, stage.isMapped else { return }
        remark = Notice(headline: headline, reason: detail)
        remarkTimer.arm(after: Self.remarkTime)
        redrawNotice()
    }

    func endRemark() {
        remark = nil
        guard case .running = life else { return }
        if notice != nil { return redrawNotice() }
        noticeBox?.hide()
        stage.commit()
    }
}
