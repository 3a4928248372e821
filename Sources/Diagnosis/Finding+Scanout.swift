// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Measurement

extension Finding {
    /// What a short run in full screen says about direct scanout: that all is well, or each reason why not.
    ///
    /// - Parameter figures: the run's.
    public static func scanout(_ figures: RunFigures) -> [Finding] {
        let screen = figures.screen
        guard figures.committed > 0 else {
            return [
                Finding("direct scanout", .missing, "the guest has shown nothing", remedy: "wake its display and try again")
            ]
        }
        guard screen.presented > 0 else {
            return [
                Finding(
                    "direct scanout", .missing, "the compositor has reported no frame as presented",
                    cost: "nobody can say whether frames are copied",
                    remedy: "use a compositor whose wp_presentation reports each frame")
            ]
        }
        let share =
            "\(screen.scannedOut) of \(screen.presented) frames were scanned out\(figures.isVirtual ? " (virtual output)" : "")"
        guard screen.scannedOut < screen.presented else { return [Finding("direct scanout", .good, share)] }
        let cost = "the compositor copies the picture once for each frame"
        let reasons = screen.composed.reasons.map { reason in
            Finding(
                "direct scanout, \(reason.explanation.name)", .missing, reason.explanation.meaning,
                remedy: reason.explanation.remedy)
        }
        let unexplained =
            screen.composed.unexplained == 0
            ? nil
            : figures.isVirtual
                ? "the output is virtual: no display controller could read them"
                : "no protocol tells why the compositor composed \(screen.composed.unexplained) of them: see its own log"
        return [Finding("direct scanout", .missing, share, cost: cost, remedy: unexplained)] + reasons
    }
}

extension SourceFindings {
    /// The same findings, and these after them.
    public func adding(_ more: [Finding]) -> SourceFindings { SourceFindings(url, findings + more) }
}
