// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The tables of a report's page: all figures, the stalls, and the facts about what was measured.
struct HTMLTables {
    /// How many facts are shown; `report.json` has the others.
    private static let mostFacts = 150

    private let report: Report
    private let screen: ScreenFigures

    init(_ report: Report) {
        self.report = report
        screen = report.figures.screen
    }

    var text: Markup {
        composed + "<h2>Figures</h2>\n\(durations)<div class=\"cards\">\(numbers)\(stalls)</div>\n\(facts)"
    }

    // MARK: Figures

    private static let parts = ["count", "mean", "min", "p50", "p90", "p95", "p99", "p999", "max"]

    /// The name of the histogram that a figure belongs to, as in `changeToPresent.p99`.
    private static func histogram(of figure: Figure) -> String? {
        let words = figure.name.split(separator: ".").map(String.init)
        guard words.count == 2, parts.contains(words[1]), Figure.named(words[0] + ".p99") != nil else {
            return nil
        }
        return words[0]
    }

    private static let meanings = [
        "changeToCommit": "from the guest's change to our commit",
        "queryToCommit": "from asking for the picture to our commit",
        "commitToPresent": "from our commit to the screen",
        "changeToPresent": "from the guest's change to the screen",
        "changeToPresentByRefresh": "the same, counted for each refresh that a late frame missed",
        "betweenPresents": "from one picture to the next",
        "changeToAnswer": "from the guest's change until it could go on",
        "commitToRelease": "until the compositor gave the buffer back",
        "inputToChange": "from an input event to the guest's next change",
        "inputToPresent": "from an input event to that change on the screen",
    ]

    /// A row for each histogram and a column for each of its figures.
    private var durations: Markup {
        var names: [String] = []
        for name in Figure.all.compactMap(Self.histogram) where !names.contains(name) { names.append(name) }
        let heads = Self.parts.map { part -> Markup in "<th scope=\"col\">\(part == "p999" ? "p99.9" : part)</th>" }
        let rows = names.map { name -> Markup in
            let cells = Self.parts.map { part -> Markup in "<td title=\"\(name).\(part)\">\(value("\(name).\(part)"))</td>" }
            return """
                <tr><th scope="row"><code>\(name)</code><span class="meaning">\(Self.meanings[name] ?? "")</span></th>\
                \(Markup(cells))</tr>

                """
        }
        return """
            <div class="scroll" role="region" aria-label="Durations" tabindex="0"><table class="durations">
            <caption>Durations</caption>
            <thead><tr><th scope="col">Duration</th>\(Markup(heads))</tr></thead>
            <tbody>
            \(Markup(rows))</tbody></table></div>

            """
    }

    private var numbers: Markup {
        func table(_ caption: String, _ belongs: (Figure) -> Bool) -> Markup {
            let rows = Figure.all.filter { Self.histogram(of: $0) == nil && belongs($0) }.map { figure -> Markup in
                "<tr><th scope=\"row\"><code>\(figure.name)</code></th><td>\(value(figure.name))</td></tr>\n"
            }
            return Self.table(caption, "Figure", "Value", rows)
        }
        return table("Counts") { $0.unit == .count } + table("Shares, rates and times") { $0.unit != .count }
    }

    private func value(_ name: String) -> String {
        guard let figure = Figure.named(name), let value = figure.value(in: report.figures) else { return "–" }
        return figure.unit.text(value)
    }

    // MARK: Why frames were composed

    private var composed: Markup {
        guard screen.composed.frames > 0 else { return "" }
        var rows = screen.composed.reasons.map { reason, frames -> Markup in
            """
            <tr><th scope="row">\(reason.meaning)</th><td>\(Figure.Unit.grouped(frames))</td><td class="text">\(reason.remedy)</td></tr>

            """
        }
        if screen.composed.unexplained > 0 {
            rows.append(
                """
                <tr><th scope="row">no reason that the protocols tell</th><td>\(Figure.Unit.grouped(screen.composed.unexplained))</td>\
                <td class="text">the compositor may have reasons of its own, or not say when it scans out</td></tr>

                """)
        }
        return """
            <h2>Why frames weren't scanned out</h2>
            <div class="scroll" role="region" aria-label="Reasons" tabindex="0"><table class="reasons"><caption>Reasons, of which a frame may have several</caption>
            <thead><tr><th scope="col">Reason</th><th scope="col">Frames</th><th scope="col" class="text">What to change</th></tr></thead>
            <tbody>
            \(Markup(rows))</tbody></table></div>

            """
    }

    // MARK: Stalls

    private var stalls: Markup {
        guard screen.stallCount > 0 else { return "" }
        let rows = screen.stalls.map { stall -> Markup in
            let from = Double(stall.from - min(stall.from, report.timeline.start)) / 1e9
            return """
                <tr><th scope="row">\(Figure.Unit.decimals(from, 3)) s</th>\
                <td>\(Figure.Unit.nanoseconds.text(Double(stall.duration)))</td></tr>

                """
        }
        let others = screen.stallCount - UInt64(screen.stalls.count)
        let rest: Markup =
            others == 0 ? "" : "<p class=\"none\">\(Figure.Unit.grouped(others)) more stalls aren't listed.</p>\n"
        return Self.table("Stalls", "Begins at", "Duration", rows) + rest
    }

    // MARK: Facts

    private var facts: Markup {
        var room = Self.mostFacts, left = 0
        var tables: [Markup] = []
        for (group, members) in report.facts where !members.isEmpty {
            let shown = members.prefix(room)
            room -= shown.count
            left += members.count - shown.count
            guard !shown.isEmpty else { continue }
            let rows = shown.map { member -> Markup in
                """
                <tr><th scope="row">\(member.name, atMost: 80)</th><td>\(Self.text(member.value))</td></tr>

                """
            }
            tables.append(Self.table(group, "Fact", "Value", kind: "facts", rows))
        }
        guard !tables.isEmpty else { return "" }
        let others: Markup = left == 0 ? "" : "<p class=\"none\">\(left) more facts are in report.json.</p>\n"
        return "<h2>What was measured</h2>\n<div class=\"cards\">\(Markup(tables))</div>\n\(others)"
    }

    /// A value in words, no longer than it will be shown.
    private static func text(_ value: JSON) -> String {
        func joined(_ parts: some Sequence<String>) -> String {
            var text = ""
            for part in parts {
                text += text.isEmpty ? part : ", \(part)"
                guard text.unicodeScalars.count <= Markup.mostScalars else { break }
            }
            return text
        }
        return switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): number.isFinite ? Figure.Unit.shortDecimals(number, 6) : "unknown"
        case .boolean(let isTrue): isTrue ? "yes" : "no"
        case .null: "unknown"
        case .array(let elements): joined(elements.lazy.map(text))
        case .object(let members): joined(members.lazy.map { "\($0.0): \(text($0.1))" })
        }
    }

    private static func table(
        _ caption: String, _ first: String, _ second: String, kind: String = "figures", _ rows: [Markup]
    ) -> Markup {
        """
        <table class="\(kind)"><caption>\(caption, atMost: 80)</caption>
        <thead><tr><th scope="col">\(first)</th><th scope="col">\(second)</th></tr></thead>
        <tbody>
        \(Markup(rows))</tbody></table>

        """
    }
}
