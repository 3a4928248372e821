// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A scale of a plot: where a value is between its two ends, and where its ticks are.
struct PlotAxis {
    struct Tick {
        let value: Double
        let label: String
    }

    let lower: Double
    let upper: Double
    let isLogarithmic: Bool
    let ticks: [Tick]

    /// A value's place from 0 to 1. Values beyond an end are at that end.
    func place(_ value: Double) -> Double {
        let bounded = min(max(value, lower), upper)
        return isLogarithmic ? log(bounded / lower) / log(upper / lower) : (bounded - lower) / (upper - lower)
    }

    /// `count + 1` values that divide the axis into equally wide intervals.
    func edges(_ count: Int) -> [Double] {
        (0...count).map { index in
            let part = Double(index) / Double(count)
            return isLogarithmic ? lower * pow(upper / lower, part) : lower + (upper - lower) * part
        }
    }

    /// Durations in nanoseconds. The scale is linear and begins at 0, unless the longest would press all others against its end: then
    /// it is logarithmic.
    static func durations(least: UInt64, typical: UInt64, most: UInt64) -> PlotAxis {
        guard most > 8 * typical, most > 10_000 else {
            let most = max(Double(most), 1000)
            let step = niceStep(most, 6), count = (most / step).rounded(.up)
            return PlotAxis(
                lower: 0, upper: count * step, isLogarithmic: false,
                ticks: (0...Int(count)).map { Tick(value: Double($0) * step, label: duration(Double($0) * step, of: most)) })
        }
        // Shorter times than a fiftieth of the usual one are of no interest.
        let bottom = Double(max(least, typical / 50, 1000))
        let steps = (0...11).flatMap { exponent in [1, 2, 5].map { $0 * pow(10, Double(exponent)) } }
        let lower = steps.last { $0 <= bottom } ?? 1, upper = steps.first { $0 >= Double(most) } ?? 1e11
        var marks = steps.filter { lower <= $0 && $0 <= upper }
        if marks.count > 8 { marks = marks.filter { log10($0).rounded() == log10($0) } }
        return PlotAxis(
            lower: lower, upper: upper, isLogarithmic: true, ticks: marks.map { Tick(value: $0, label: duration($0, of: $0)) })
    }

    /// The time of a run, in nanoseconds from its beginning. The labels are in the unit that `timeUnit` names.
    static func time(_ nanoseconds: UInt64) -> PlotAxis {
        let upper = Double(max(nanoseconds, 1)), unit = timeUnit(nanoseconds).nanoseconds
        let step = niceStep(upper / unit, 10)
        return PlotAxis(
            lower: 0, upper: upper, isLogarithmic: false,
            ticks: (0...Int(upper / unit / step)).map { index in
                let value = Double(index) * step
                return Tick(value: value * unit, label: Figure.Unit.shortDecimals(value, 3))
            })
    }

    static func timeUnit(_ nanoseconds: UInt64) -> (name: String, nanoseconds: Double) {
        switch Double(nanoseconds) / 1e9 {
        case ...120: ("seconds", 1e9)
        case ...7200: ("minutes", 60e9)
        default: ("hours", 3600e9)
        }
    }

    /// Counts from 0 on.
    static func counts(most: UInt64) -> PlotAxis {
        let most = Double(max(most, 1)), step = max(niceStep(most, 5), 1), count = (most / step).rounded(.up)
        return PlotAxis(
            lower: 0, upper: count * step, isLogarithmic: false,
            ticks: (0...Int(count)).map {
                Tick(value: Double($0) * step, label: Figure.Unit.grouped(UInt64(Double($0) * step)))
            })
    }

    /// Shares from 0 to 1, labelled in percent.
    static let shares = PlotAxis(
        lower: 0, upper: 1, isLogarithmic: false,
        ticks: (0...4).map { Tick(value: Double($0) / 4, label: "\($0 * 25) %") })

    /// Numbered places for bars: the first is around 1.
    static func numbers(_ labels: [String]) -> PlotAxis {
        PlotAxis(
            lower: 0.5, upper: Double(labels.count) + 0.5, isLogarithmic: false,
            ticks: labels.enumerated().map { Tick(value: Double($0.offset + 1), label: $0.element) })
    }

    /// A duration in nanoseconds, in the unit in which `scale` is read best.
    static func duration(_ value: Double, of scale: Double) -> String {
        guard value > 0 else { return "0" }
        let unit: (name: String, size: Double) =
            switch scale {
            case 1e9...: ("s", 1e9)
            case 1e6...: ("ms", 1e6)
            case 1e3...: ("µs", 1e3)
            default: ("ns", 1)
            }
        return "\(Figure.Unit.shortDecimals(value / unit.size, 2)) \(unit.name)"
    }

    /// A duration in nanoseconds, in the unit in which it is read best.
    static func duration(_ nanoseconds: UInt64) -> String { duration(Double(nanoseconds), of: Double(nanoseconds)) }

    /// The smallest step of 1, 2 or 5 times a power of ten that `range` has no more than `count` of.
    private static func niceStep(_ range: Double, _ count: Double) -> Double {
        let least = range / count, power = pow(10, log10(least).rounded(.down))
        return ([1, 2, 5].first { $0 * power >= least } ?? 10) * power
    }
}
