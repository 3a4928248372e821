// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// `report.html`: a report as one page that a browser shows without a network and without a script. It is valid XML as well. Texts in
/// it are escaped and bounded, and its policy forbids it to load anything. It takes less than a megabyte, however long the run is.
public struct HTMLReport {
    private static let mostRemarks = 20

    private let report: Report
    private let title: String
    private var figures: RunFigures { report.figures }
    private var screen: ScreenFigures { report.figures.screen }

    /// - Parameter title: what was measured, such as the source's name. It may come from the guest.
    public init(_ report: Report, title: String) {
        self.report = report
        self.title = title.isEmpty ? "Untitled" : title
    }

    public var text: String { page.text }

    private var page: Markup {
        """
        <!DOCTYPE html>
        <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title>\(title, atMost: 120) – Oriel</title>
        <style>
        \(HTMLStyle.sheet)
        </style>
        </head>
        <body>
        <main>
        <header>
        <p class="kind">Oriel display measurement</p>
        <h1>\(title, atMost: 120)</h1>
        <p class="about">\(about)</p>
        </header>
        \(partial)\(summary)\(remarks)\(HTMLComparison(comparisons: report.comparisons).text)\(HTMLPlots(report).text)\(HTMLTables(report).text)</main>
        </body>
        </html>

        """
    }

    /// How long was measured, and on what kind of screen.
    private var about: Markup {
        var parts: [Markup] = []
        if figures.duration > 0 { parts.append("\(Self.length(figures.duration)) measured") }
        if figures.isVirtual {
            parts.append("<strong class=\"virtual\">virtual output</strong>")
        } else if figures.presented > 0 {
            parts.append("real screen")
        }
        if let rate = text("refreshRate") { parts.append("refreshed at \(rate)") }
        if figures.presented > 0, screen.clockError > 0 {
            parts.append("times exact to ±\(Figure.Unit.nanoseconds.text(Double(screen.clockError)))")
        }
        return Markup(parts, separator: " · ")
    }

    private var partial: Markup {
        guard let reason = report.partial else { return "" }
        return "<p class=\"partial\"><strong>Partial:</strong> \(reason, atMost: 400)</p>\n"
    }

    private var remarks: Markup {
        let shown = report.remarks.prefix(Self.mostRemarks).map { remark -> Markup in "<li>\(remark, atMost: 400)</li>" }
        guard !shown.isEmpty else { return "" }
        return "<ul class=\"remarks\" aria-label=\"Remarks\">\(Markup(shown))</ul>\n"
    }

    // MARK: Summary

    private var summary: Markup {
        guard figures.committed > 0 else {
            return "<h2>Summary</h2>\n<p class=\"summary\">Nothing was measured: no frame was committed.</p>\n"
        }
        guard figures.presented > 0 else {
            return """
                <h2>Summary</h2>
                <p class="summary">\(Self.frames(figures.committed)) committed, and none was reported as presented.</p>

                """
        }
        return """
            <h2>Summary</h2>
            <p class="summary">\(Markup([share, latency] + input + [missed, stalls], separator: " "))</p>
            <dl class="tiles">
            \(Markup(tiles))</dl>

            """
    }

    private var share: Markup {
        let shown = Self.frames(screen.presented)
        if figures.isVirtual {
            let direct = screen.scannedOut == 0 ? "" : ", \(Figure.Unit.grouped(screen.scannedOut)) of them without a copy"
            return "\(shown) shown on a virtual output\(direct)."
        }
        if screen.scannedOut == screen.presented {
            return "\(shown) read straight from the guest's buffers by the display controller: the compositor copied none."
        }
        if screen.scannedOut == 0 { return "\(shown) shown, and the compositor copied each of them." }
        return """
            Of \(Figure.Unit.grouped(screen.presented)) frames, the display controller read \(text("zeroCopyShare") ?? "") straight \
            from the guest's buffers; the compositor copied the others.
            """
    }

    private var latency: Markup {
        """
        A change of the guest's picture was presented after \(text("changeToPresent.p50") ?? "") in the median, and in 99 of 100 \
        cases after no more than \(text("changeToPresent.p99") ?? "").
        """
    }

    /// Nothing in a run without input events, or without answers to them.
    private var input: [Markup] {
        guard let change = text("inputToChange.p50"), let screen = text("inputToPresent.p50") else { return [] }
        return [
            """
            An input event changed the guest's picture after \(change) in the median, which was presented \(screen) after the event, and in \
            99 of 100 cases after no more than \(text("inputToPresent.p99") ?? "").
            """
        ]
    }

    private var missed: Markup {
        guard screen.refreshes > 0 else { return "Missed refreshes can't be counted: the compositor states none." }
        guard screen.missedRefreshes > 0 else { return "No refresh went by without a frame that was committed in time for it." }
        return """
            \(Figure.Unit.grouped(screen.missedRefreshes)) of \(Figure.Unit.grouped(screen.refreshes)) refreshes went by without a \
            frame that was committed in time for them.
            """
    }

    private var stalls: Markup {
        let limit = PlotAxis.duration(ScreenFigures.stallLimit)
        guard screen.stallCount > 0 else { return "The picture never stood still for \(limit) or more." }
        let times = screen.stallCount == 1 ? "once" : "\(Figure.Unit.grouped(screen.stallCount)) times"
        return """
            The picture stood still for \(limit) or more \(times), at most for \
            \(Figure.Unit.nanoseconds.text(Double(screen.longestStall))).
            """
    }

    private var tiles: [Markup] {
        let longest = screen.stallCount > 0 ? text("stalls.longest") : nil
        return [
            tile(
                "Zero-copy share", text("zeroCopyShare"),
                "\(Figure.Unit.grouped(screen.scannedOut)) of \(Figure.Unit.grouped(screen.presented))"),
            tile("Frame rate", text("presentRate"), Self.frames(screen.presented)),
            tile("Change to screen", text("changeToPresent.p50"), "median"),
            tile("Change to screen", text("changeToPresent.p99"), "99th percentile"),
            tile(
                "Missed refreshes", screen.refreshes > 0 ? Figure.Unit.grouped(screen.missedRefreshes) : nil,
                text("missedRefreshShare").map { "\($0) of \(Figure.Unit.grouped(screen.refreshes))" } ?? "unknown"),
            tile("Longest stall", longest ?? "none", "of \(PlotAxis.duration(ScreenFigures.stallLimit)) or more"),
        ]
    }

    private func tile(_ name: String, _ value: String?, _ note: String) -> Markup {
        "<div><dt>\(name)</dt><dd>\(value ?? "–")</dd><dd class=\"note\">\(note)</dd></div>\n"
    }

    /// A figure's value for people to read; nil where the run has none.
    private func text(_ name: String) -> String? {
        guard let figure = Figure.named(name), let value = figure.value(in: figures) else { return nil }
        return figure.unit.text(value)
    }

    /// How long a run is: seconds, or minutes and seconds.
    private static func length(_ nanoseconds: UInt64) -> String {
        let minutes = nanoseconds / 60_000_000_000, seconds = Double(nanoseconds % 60_000_000_000) / 1e9
        let rest = "\(Figure.Unit.shortDecimals(seconds, 1)) s"
        return minutes == 0 ? rest : "\(Figure.Unit.grouped(minutes)) min" + (seconds < 0.05 ? "" : " \(rest)")
    }

    private static func frames(_ count: UInt64) -> String { "\(Figure.Unit.grouped(count)) frame\(count == 1 ? "" : "s")" }
}
