// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a run has measured, and on what: the content of `report.json`, which `docs/measuring.md` describes.
public struct Report {
    /// The version of the format. Members may be added without a new one.
    public static let version: UInt64 = 1

    /// Facts about what was measured, by group and name, in the order in which they are told.
    public var facts: [(group: String, members: [(name: String, value: JSON)])]
    public var figures: RunFigures
    public var timeline: Timeline
    /// Why less was measured than asked for; nil where the run is complete.
    public var partial: String?
    /// What a reader must know to understand the figures, one sentence each.
    public var remarks: [String]
    /// The run in blocks of one second, from which a later run can be compared with it; empty where several rungs were measured.
    public var blocks: [MeasuredBlock] = []
    /// Each rung compared with the first one, or the run compared with an earlier one.
    public var comparisons: [Comparison] = []

    public init(
        facts: [(group: String, members: [(name: String, value: JSON)])], figures: RunFigures, timeline: Timeline,
        partial: String?
    ) {
        self.facts = facts
        self.figures = figures
        self.timeline = timeline
        self.partial = partial
        remarks = Self.remarks(figures)
    }

    public var json: JSON {
        .object(
            [("version", .integer(Self.version)), ("partial", partial.map(JSON.string) ?? .null)]
                + facts.map { ($0.group, .object($0.members.map { ($0.name, $0.value) })) } + [
                    ("screen", .string(screen)), ("remarks", .array(remarks.map(JSON.string))),
                    (
                        "figures",
                        .object(Figure.all.map { ($0.name, $0.value(in: figures).map(JSON.figure) ?? .null) })
                    ),
                    ("framesByRefreshes", .array(figures.screen.staying.map(JSON.integer))),
                    ("composed", composed),
                    (
                        "stalls",
                        .array(
                            figures.screen.stalls.map {
                                .object([
                                    ("seconds", .number(Double($0.from - min($0.from, timeline.start)) / 1e9)),
                                    ("nanoseconds", .integer($0.duration)),
                                ])
                            })
                    ),
                    ("comparison", comparisons.isEmpty ? .null : .array(comparisons.map(\.json))),
                    ("blocks", blocks.isEmpty ? .null : MeasuredBlock.json(blocks)),
                ])
    }

    /// Why frames weren't scanned out.
    private var composed: JSON {
        let composed = figures.screen.composed
        return .object([
            ("frames", .integer(composed.frames)), ("unexplained", .integer(composed.unexplained)),
            (
                "reasons",
                .array(
                    composed.reasons.map { reason, frames in
                        .object([
                            ("name", .string(reason.name)), ("frames", .integer(frames)), ("meaning", .string(reason.meaning)),
                            ("remedy", .string(reason.remedy)),
                        ])
                    })
            ),
            (
                "stretches",
                .array(
                    composed.stretches.map {
                        .object([
                            ("seconds", .number(Double($0.from - min($0.from, timeline.start)) / 1e9)),
                            ("nanoseconds", .integer($0.until - min($0.from, $0.until))), ("frames", .integer($0.frames)),
                            ("reasons", .array($0.obstacles.names.map(JSON.string))),
                        ])
                    })
            ),
        ])
    }

    private var screen: String {
        figures.presented == 0 ? "none" : figures.isVirtual ? "virtual" : "real"
    }

    /// What a reader must know of the input events that were sent.
    private static func remarks(_ probes: InputProbes) -> [String] {
        var remarks: [String] = []
        if probes.sent == 0 {
            remarks.append("No input event was sent: the measurement was too short, or the guest was away.")
        } else if probes.answered == 0, probes.unanswered > 0 {
            remarks.append(
                "No input event was answered: the guest's picture doesn't change with this input, or only its cursor plane does.")
        } else if probes.unanswered > 0 {
            remarks.append(
                "\(probes.unanswered) of \(probes.sent) input events were not answered within 1 s. They are in no latency.")
        }
        if probes.changesInPauses > 0, let rate = probes.rateInPauses {
            let share =
                probes.doubtfulShare.map { ": about \(Figure.Unit.share.text($0)) of the answers may be such changes" } ?? ""
            remarks.append("Between the input events the guest changed by itself, \(Figure.Unit.hertz.text(rate))\(share).")
        }
        return remarks
    }

    private static func remarks(_ figures: RunFigures) -> [String] {
        var remarks: [String] = []
        if figures.committed > 0, figures.presented == 0 {
            remarks.append("The compositor has reported no frame as presented: there are no latencies and no zero-copy share.")
        }
        if figures.isVirtual {
            remarks.append("The output is virtual: its times are the compositor's, and say nothing about a real screen.")
        }
        if figures.real.presented > 0, figures.virtual.presented > 0 {
            remarks.append("\(figures.virtual.presented) frames were shown on a virtual output. They are in no figure.")
        }
        if figures.screen.scannedOut == 0, figures.screen.composed.unexplained > 0 {
            remarks.append(
                "\(figures.screen.composed.unexplained) frames were composed for no reason that the protocols tell, and none was scanned out: this compositor may never do that, or never say so."
            )
        }
        remarks += figures.probes.map(Self.remarks) ?? []
        if figures.lost > 0 { remarks.append("\(figures.lost) frames are missing: the machine was too busy to record them.") }
        return remarks
    }
}
