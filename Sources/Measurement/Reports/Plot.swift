// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The frame of a plot: a drawing of fixed size in its own pixels, with two axes, a grid and ticks.
struct Plot {
    /// What the plot shows, for somebody who can't see it.
    let label: String
    let width: Double
    let height: Double
    let x: PlotAxis
    let y: PlotAxis
    let xTitle: String
    let yTitle: String
    /// Room above the drawing for the title of the vertical axis, and for labels.
    var top = 26.0
    var left = 58.0
    private let right = 22.0
    private let bottom = 40.0

    init(_ label: String, width: Double, height: Double, x: PlotAxis, _ xTitle: String, y: PlotAxis, _ yTitle: String) {
        self.label = label
        self.width = width
        self.height = height
        self.x = x
        self.y = y
        self.xTitle = xTitle
        self.yTitle = yTitle
    }

    var rightEdge: Double { width - right }
    var floor: Double { height - bottom }

    func x(_ value: Double) -> Double { left + x.place(value) * (rightEdge - left) }
    func y(_ value: Double) -> Double { floor - y.place(value) * (floor - top) }

    /// Where a bar of so many ends above, if it is at least so high.
    func top(of count: UInt64, atLeast height: Double) -> Double { min(y(Double(count)), floor - height) }

    /// The picture with its axes.
    func svg(_ content: Markup) -> Markup {
        let horizontal = y.ticks.map { tick -> Markup in
            let place = y(tick.value)
            return """
                <path class="\(place >= floor ? "base" : "grid")" d="M\(left) \(place)H\(rightEdge)"/>\
                <text x="\(left - 7)" y="\(place + 4)" text-anchor="end">\(tick.label)</text>
                """
        }
        let vertical = x.ticks.map { tick -> Markup in
            let place = x(tick.value)
            return """
                <path class="base" d="M\(place) \(floor)v4"/>\
                <text x="\(place)" y="\(floor + 17)" text-anchor="middle">\(tick.label)</text>
                """
        }
        return """
            <div class="scroll"><svg role="img" aria-label="\(label, atMost: 600)" viewBox="0 0 \(width) \(height)" \
            class="\(width > 600 ? "wide" : "half")">
            <g class="axes">\(Markup(horizontal))\(Markup(vertical))
            <text class="title" x="\(left)" y="12">\(yTitle)\(y.isLogarithmic ? " (logarithmic)" : "")</text>
            <text class="title" x="\(rightEdge)" y="\(height - 4)" text-anchor="end">\
            \(xTitle)\(x.isLogarithmic ? " (logarithmic)" : "")</text></g>
            \(content)
            </svg></div>

            """
    }
}

/// A timeline's slices, put together to as many as a plot has room for.
struct PlotColumns {
    struct Column {
        /// Nanoseconds from the beginning of the run.
        let from: UInt64
        let to: UInt64
        let slice: Timeline.Slice

        /// The time that it stands for, in words.
        var time: String { "\(Figure.Unit.decimals(Double(from) / 1e9, 2))–\(Figure.Unit.decimals(Double(to) / 1e9, 2)) s" }
    }

    let columns: [Column]

    /// - Parameters:
    ///   - most: the number of columns that the plot has room for.
    ///   - least: the shortest time that one may stand for, in nanoseconds: in a shorter one a healthy run, too, may have no frame.
    init(_ timeline: Timeline, atMost most: Int, spanning least: UInt64) {
        let count = timeline.slices.count
        let together = max((count + most - 1) / most, Int((min(least, 1 << 40) + timeline.width - 1) / timeline.width), 1)
        columns = stride(from: 0, to: count, by: together).map { first in
            let last = min(first + together, count)
            var slice = timeline.slices[first]
            for other in timeline.slices[first..<last].dropFirst() { slice.add(other) }
            return Column(from: UInt64(first) * timeline.width, to: UInt64(last) * timeline.width, slice: slice)
        }
    }
}
