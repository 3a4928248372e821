// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

extension Report {
    /// The figures that matter most, for a terminal.
    public var summary: String {
        var lines: [String] = []
        if let partial { lines.append("PARTIAL: \(partial)") }
        let screen = figures.screen
        var counts = ["\(figures.committed) committed", "\(screen.presented) presented"]
        for (count, what) in [
            (figures.superseded, "superseded"), (figures.discarded, "discarded"), (figures.unreported, "not reported"),
            (figures.passedOver, "pictures of the guest passed over"),
        ] where count > 0 { counts.append("\(count) \(what)") }
        lines.append(Self.line("frames", counts.joined(separator: ", ")))
        let kind = figures.presented == 0 ? "" : figures.isVirtual ? ", a virtual output" : ", a real screen"
        lines.append(
            Self.line(
                "rate", "\(text("commitRate")) committed, \(text("presentRate")) presented, refresh \(text("refreshRate"))\(kind)"
            ))
        lines.append(Self.line("zero-copy", "\(text("zeroCopyShare")) of the presented frames"))
        for (reason, count) in figures.screen.composed.reasons {
            lines.append(Self.line("  composed", "\(reason.meaning) (\(count) frames): \(reason.remedy)"))
        }
        for (name, title) in [
            ("changeToCommit", "change to commit"), ("commitToPresent", "commit to screen"),
            ("changeToPresent", "change to screen"),
        ] {
            lines.append(
                Self.line(title, "p50 \(text("\(name).p50"))  p99 \(text("\(name).p99"))  max \(text("\(name).max"))"))
        }
        lines.append(
            Self.line(
                "missed",
                "\(screen.missedRefreshes) of \(screen.refreshes) refreshes, by \(screen.lateFrames) frames; "
                    + "\(screen.stallCount) stall\(screen.stallCount == 1 ? "" : "s")\(screen.stallCount > 0 ? ", the longest \(text("stalls.longest"))" : "")"
            ))
        return (lines + probeLines + remarks + comparisons.flatMap(\.lines)).joined(separator: "\n")
    }

    /// What the input events have shown; nothing in a run without them.
    private var probeLines: [String] {
        guard let probes = figures.probes else { return [] }
        let times = [("inputToChange", "input to change"), ("inputToPresent", "input to screen")].map { name, title in
            Self.line(title, "p50 \(text("\(name).p50"))  p99 \(text("\(name).p99"))  max \(text("\(name).max"))")
        }
        let counts = "\(probes.sent) sent, \(probes.answered) answered, \(probes.unanswered) not answered within 1 s"
        return times + [Self.line("probes", counts)]
    }

    private func text(_ name: String) -> String {
        guard let figure = Figure.named(name), let value = figure.value(in: figures) else { return "unknown" }
        return figure.unit.text(value)
    }

    private static func line(_ title: String, _ text: String) -> String {
        title + String(repeating: " ", count: max(1, 18 - title.count)) + text
    }
}
