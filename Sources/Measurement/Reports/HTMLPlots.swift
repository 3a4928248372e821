// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The plots of a report's page, as drawings in SVG. A plot that would have nothing to show is a sentence instead.
struct HTMLPlots {
    /// How many columns a plot over time has: each is about three pixels wide.
    private static let mostColumns = 280
    private static let bars = 72
    /// The least height of what is there at all, in pixels, so that one frame among thousands is seen.
    private static let leastHeight = 2.0

    private let figures: RunFigures
    private let screen: ScreenFigures
    private let timeline: Timeline
    /// The end of the axis of time, in nanoseconds: a run goes on after its last frame.
    private let end: UInt64

    init(_ report: Report) {
        figures = report.figures
        screen = report.figures.screen
        timeline = report.timeline
        end = max(report.figures.duration, UInt64(report.timeline.slices.count) * report.timeline.width)
    }

    var text: Markup {
        guard figures.committed > 0, !timeline.slices.isEmpty else { return "" }
        return """
            <h2>Over time</h2>
            \(latency)\(intervals)\(modes)
            <h2>How often</h2>
            <div class="pair">\(histogram)\(staying)</div>

            """
    }

    private var suffix: String { figures.isVirtual ? " (virtual output)" : "" }

    private func figure(_ title: String, _ plot: Markup, _ caption: Markup) -> Markup {
        """
        <figure><h3>\(title)\(suffix)</h3>
        \(plot)<figcaption>\(caption)</figcaption></figure>

        """
    }

    private func missing(_ title: String, _ reason: String) -> Markup {
        "<figure><h3>\(title)</h3><p class=\"none\">\(reason)</p></figure>\n"
    }

    // MARK: Durations over time

    private var latency: Markup {
        let title = "Change to screen"
        guard screen.presented > 1 else { return missing(title, Self.tooFew(screen.presented)) }
        return figure(
            title,
            spans(
                "How long a change of the guest's picture takes to the screen, over time", \.changeToPresent,
                screen.changeToPresent),
            """
            From the guest's change to the picture's presentation: the shortest to the longest time (band) and the mean (line). \
            Where the band is broken, no frame came.
            """)
    }

    private var intervals: Markup {
        let title = "Between two pictures"
        guard screen.betweenPresents.count > 0 else { return missing(title, Self.tooFew(screen.presented)) }
        let interval = screen.refreshInterval
        return figure(
            title,
            spans(
                "Time between two pictures on the screen, over time", \.betweenPresents, screen.betweenPresents,
                reference: UInt64(interval)),
            interval == 0
                ? "The time between a picture's presentation and the next one's. The compositor states no refresh interval."
                : """
                The time between a picture's presentation and the next one's. The dashed line is the screen's refresh interval; a \
                guest that draws at half the screen's rate is at twice that.
                """)
    }

    /// The range and the mean of some durations in each column.
    private func spans(
        _ label: String, _ span: KeyPath<Timeline.Slice, Timeline.Span>, _ histogram: LatencyHistogram, reference: UInt64 = 0
    ) -> Markup {
        let columns = PlotColumns(timeline, atMost: Self.mostColumns, spanning: 2 * screen.betweenPresents.percentile(90)).columns
        let seen = columns.map { $0.slice[keyPath: span] }.filter { $0.count > 0 }
        let least = seen.map(\.least).min() ?? 0, most = seen.map(\.most).max() ?? 0
        let axis = PlotAxis.durations(
            least: reference > 0 ? min(least, reference) : least, typical: max(histogram.percentile(50), 1),
            most: max(most, reference))
        let summary =
            "\(label): from \(Self.duration(least)) to \(Self.duration(most)), median \(Self.duration(histogram.percentile(50)))"
        let plot = timePlot(summary, axis, "Duration")
        var bands: [Markup] = [], line = ""
        var isBroken = true
        for column in columns {
            let span = column.slice[keyPath: span]
            guard span.count > 0 else {
                isBroken = true
                continue
            }
            let left = plot.x(Double(column.from)), width = max(plot.x(Double(column.to)) - left, 1)
            let height = max(plot.y(Double(span.least)) - plot.y(Double(span.most)), Self.leastHeight)
            let range =
                span.count == 1
                ? "1 frame, \(Self.duration(span.least))"
                : "\(span.count) frames, \(Self.duration(span.least)) to \(Self.duration(span.most)), "
                    + "mean \(Self.duration(UInt64(span.mean)))"
            bands.append(
                """
                <g><title>\(column.time): \(range)</title>\
                <rect class="hit" x="\(left)" y="\(plot.top)" width="\(width)" height="\(plot.floor - plot.top)"/>\
                <rect class="band" x="\(left)" y="\(min(plot.y(Double(span.most)), plot.floor - height))" width="\(width)" \
                height="\(height)"/></g>

                """)
            let middle = Figure.Unit.decimals(plot.y(span.mean), 1)
            line += "\(isBroken ? "M" : "L")\(Figure.Unit.decimals(left, 1)) \(middle)h\(Figure.Unit.decimals(width, 1))"
            isBroken = false
        }
        var rule: Markup = ""
        if reference > 0 {
            let height = plot.y(Double(reference))
            rule = """
                <path class="rule" d="M\(plot.left) \(height)H\(plot.rightEdge)"/>\
                <path class="rule" d="M\(plot.left + 160) 8h22"/>\
                <text class="mark" x="\(plot.left + 188)" y="12">1 refresh, \(Self.duration(reference))</text>
                """
        }
        return plot.svg("<g class=\"columns\">\(Markup(bands))</g><path class=\"mean\" d=\"\(line, atMost: .max)\"/>\(rule)")
    }

    private func timePlot(_ label: String, _ axis: PlotAxis, _ title: String) -> Plot {
        Plot(
            label, width: 900, height: 240, x: .time(end), "Time in \(PlotAxis.timeUnit(end).name)", y: axis, title)
    }

    // MARK: Present modes over time

    private var modes: Markup {
        let columns = PlotColumns(timeline, atMost: Self.mostColumns, spanning: 4 * screen.betweenPresents.percentile(90)).columns
        let totals = PresentMode.allCases.indices.map { mode in columns.reduce(UInt64(0)) { $0 + $1.slice.modes[mode] } }
        let total = totals.reduce(0, +)
        guard total > 0 else { return "" }
        let named = PresentMode.allCases.indices.filter { totals[$0] > 0 }.map { index -> (mode: PresentMode, text: String) in
            let share = Figure.Unit.share.text(Double(totals[index]) / Double(total))
            return (PresentMode.allCases[index], "\(PresentMode.allCases[index].rawValue) \(share)")
        }
        let plot = timePlot(
            "Present mode over time: " + named.map(\.text).joined(separator: ", "), .shares, "Share of the commits")
        let legend = named.map { entry -> Markup in
            """
            <li><svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="\(entry.mode.rawValue)" width="10" \
            height="10"/></svg>\(entry.text)</li>
            """
        }
        return figure(
            "Present mode", plot.svg("<g class=\"modes\">\(Markup(stacks(columns, on: plot)))</g>"),
            """
            How the commits ended: <em>scanned-out</em> was read from its buffer by the display controller, <em>composed</em> was \
            copied by the compositor. Gaps are times without a commit.<ul class="legend">\(Markup(legend))</ul>
            """)
    }

    /// Columns with equal shares that follow on one another become one.
    private func stacks(_ columns: [PlotColumns.Column], on plot: Plot) -> [Markup] {
        var merged: [PlotColumns.Column] = []
        for column in columns where column.slice.modes.contains(where: { $0 > 0 }) {
            if let last = merged.last, last.to == column.from, let only = Self.onlyMode(last), only == Self.onlyMode(column) {
                var slice = last.slice
                slice.add(column.slice)
                merged[merged.count - 1] = PlotColumns.Column(from: last.from, to: column.to, slice: slice)
            } else {
                merged.append(column)
            }
        }
        return merged.map { stack($0, on: plot) }
    }

    private static func onlyMode(_ column: PlotColumns.Column) -> Int? {
        let modes = column.slice.modes.indices.filter { column.slice.modes[$0] > 0 }
        return modes.count == 1 ? modes[0] : nil
    }

    private func stack(_ column: PlotColumns.Column, on plot: Plot) -> Markup {
        let modes = column.slice.modes, total = modes.reduce(0, +), whole = plot.floor - plot.top
        let left = plot.x(Double(column.from)), width = max(plot.x(Double(column.to)) - left, 1)
        var heights = modes.map { $0 == 0 ? 0 : max(Double($0) / Double(total) * whole, Self.leastHeight) }
        // What makes small shares visible is taken from the largest.
        if let largest = heights.indices.max(by: { heights[$0] < heights[$1] }) {
            heights[largest] += whole - heights.reduce(0, +)
        }
        var bottom = plot.floor
        let parts = zip(PresentMode.allCases, heights).filter { $0.1 > 0 }.map { mode, height -> Markup in
            bottom -= height
            return "<rect class=\"\(mode.rawValue)\" x=\"\(left)\" y=\"\(bottom)\" width=\"\(width)\" height=\"\(height)\"/>"
        }
        let counts = zip(PresentMode.allCases, modes).filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }
        return "<g><title>\(column.time): \(counts.joined(separator: ", "))</title>\(Markup(parts))</g>\n"
    }

    // MARK: Distributions

    private var histogram: Markup {
        let title = "Change to screen, how often"
        let latency = screen.changeToPresent
        guard latency.count > 1 else { return missing(title, Self.tooFew(screen.presented)) }
        let axis = PlotAxis.durations(least: latency.min, typical: latency.percentile(50), most: latency.max)
        let edges = axis.edges(Self.bars)
        let counts = latency.counts(between: edges.map { UInt64($0.rounded()) })
        let most = counts.max() ?? 0
        let percentiles = [("p50", 50.0), ("p95", 95), ("p99", 99)].map { ($0.0, latency.percentile($0.1)) }
        let told = percentiles.map { "\($0.0) \(Self.duration($0.1))" }
        var plot = Plot(
            "Histogram of the time from change to screen: \(told.joined(separator: ", ")), longest \(Self.duration(latency.max))",
            width: 440, height: 280, x: axis, "Duration", y: .counts(most: most), "Frames")
        plot.top = 66
        let bars = counts.indices.filter { counts[$0] > 0 }.map { index -> Markup in
            let left = plot.x(edges[index]), right = plot.x(edges[index + 1])
            // The first bar has all that is shorter, too.
            let range = "\(index == 0 ? "up" : Self.duration(edges[index])) to \(Self.duration(edges[index + 1]))"
            return bar(plot, left, right - left, counts[index], "\(range): \(Self.frames(counts[index]))")
        }
        let marks = percentiles.enumerated().map { row, mark -> Markup in
            let place = plot.x(Double(mark.1)), height = 28 + 14 * Double(row), isRight = place > plot.width * 0.6
            return """
                <path class="rule" d="M\(place) \(height - 9)V\(plot.floor)"/>\
                <text class="mark" x="\(place + (isRight ? -5 : 5))" y="\(height)" text-anchor="\(isRight ? "end" : "start")">\
                \(told[row])</text>
                """
        }
        return figure(
            title, plot.svg("<g class=\"bars\">\(Markup(bars))</g>\(Markup(marks))"),
            "Half, 95 % and 99 % of the frames took no longer than p50, p95 and p99. A single frame is drawn two pixels high.")
    }

    private var staying: Markup {
        let title = "Refreshes that a picture stays"
        guard let last = screen.staying.lastIndex(where: { $0 > 0 }) else {
            return missing(
                title,
                screen.presented < 2 ? Self.tooFew(screen.presented) : "The compositor states neither refreshes nor their rate.")
        }
        let shown = Array(screen.staying[...max(last, 3)]), total = shown.reduce(0, +)
        let labels = shown.indices.map { $0 == ScreenFigures.mostRefreshes - 1 ? "≥ \($0 + 1)" : String($0 + 1) }
        let told = shown.indices.filter { shown[$0] > 0 }.map { "\(labels[$0]): \(shown[$0])" }
        var plot = Plot(
            "How many frames stayed for how many refreshes: " + told.joined(separator: ", "), width: 440, height: 280,
            x: .numbers(labels), "Refreshes", y: .counts(most: shown.max() ?? 0), "Frames")
        plot.top = 40
        let bars = shown.indices.filter { shown[$0] > 0 }.map { index -> Markup in
            let left = plot.x(Double(index) + 0.6), width = plot.x(Double(index) + 1.4) - left
            let share = Double(shown[index]) / Double(total)
            let title = "\(Self.frames(shown[index])) stayed for \(labels[index]) refresh\(index == 0 ? "" : "es")"
            let drawn = bar(plot, left, width, shown[index], title)
            guard shown.count <= 8 else { return drawn }
            let height = plot.top(of: shown[index], atLeast: Self.leastHeight) - 5
            return """
                \(drawn)<text class="mark" x="\(left + width / 2)" y="\(height)" text-anchor="middle">\
                \(Figure.Unit.shortDecimals(share * 100, share < 0.01 || share > 0.99 ? 2 : 1)) %</text>
                """
        }
        return figure(
            title, plot.svg("<g class=\"bars\">\(Markup(bars))</g>"),
            "A guest that keeps up with the screen has one bar at 1; one at half the rate has it at 2.")
    }

    private func bar(_ plot: Plot, _ left: Double, _ width: Double, _ count: UInt64, _ title: String) -> Markup {
        let top = plot.top(of: count, atLeast: Self.leastHeight)
        return """
            <rect x="\(left)" y="\(top)" width="\(max(width, 1))" height="\(plot.floor - top)"><title>\(title)</title></rect>

            """
    }

    // MARK: Words

    private static func tooFew(_ presented: UInt64) -> String {
        presented == 0
            ? "No frame was reported as presented."
            : "Only one frame was reported as presented: there is nothing to compare it with."
    }

    private static func frames(_ count: UInt64) -> String { "\(Figure.Unit.grouped(count)) frame\(count == 1 ? "" : "s")" }
    private static func duration(_ nanoseconds: UInt64) -> String { PlotAxis.duration(nanoseconds) }
    private static func duration(_ nanoseconds: Double) -> String { PlotAxis.duration(nanoseconds, of: nanoseconds) }
}
