// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a user asserts of a run, such as `commitToPresent.p99 <= 20ms`: a figure, a comparison, a number and its unit.
///
///     assertion  = name comparison number [unit]
///     comparison = "<" | "<=" | ">" | ">=" | "==" | "!="
///     unit       = "ns" | "us" | "ms" | "s"          of a time
///                | "%"                                of a share
///                | "Hz"                               of a rate
///                | "B" | "KiB" | "MiB" | "GiB"        of a size
///
/// The name may also be `ratio.` and a figure that is compared, such as `ratio.commitToPresent.p50`: how many times as much it is as in
/// an earlier run.
///
/// Spaces may stand around each part. A time needs its unit, so that nobody takes milliseconds for nanoseconds; for all others it may
/// be left out.
public struct Assertion: Sendable {
    public enum Relation: String, CaseIterable, Sendable {
        case atMost = "<="
        case atLeast = ">="
        case equal = "=="
        case different = "!="
        case less = "<"
        case more = ">"
    }

    /// Why a text is no assertion: what is wrong, and what could stand there.
    public struct Fault: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    public enum Outcome: Equatable, Sendable {
        case holds
        /// In one line: what the figure is, and what it should be.
        case fails(String)
    }

    private enum Subject {
        case figure(Figure)
        case ratio(ComparedFigure)

        var name: String {
            switch self {
            case .figure(let figure): figure.name
            case .ratio(let figure): "ratio.\(figure.rawValue)"
            }
        }

        var unit: Figure.Unit {
            switch self {
            case .figure(let figure): figure.unit
            case .ratio: .ratio
            }
        }

        func value(in figures: RunFigures, _ ratios: Comparison?) -> Double? {
            switch self {
            case .figure(let figure): return figure.value(in: figures)
            case .ratio(let figure): return ratios?[figure].bootstrap?.ratio
            }
        }
    }

    public let text: String
    private let subject: Subject
    public let relation: Relation
    /// In the figure's own unit.
    public let value: Double

    public init(_ text: String) throws(Fault) {
        self.text = text
        guard let start = text.firstIndex(where: { "<>=!".contains($0) }),
            let relation = Relation.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
        else { throw Fault(description: "'\(text)' compares nothing: write a figure, <= or another comparison, and a value") }
        let name = Self.trimmed(text[..<start])
        guard let subject = Self.subject(name) else { throw Self.unknown(name) }
        self.subject = subject
        self.relation = relation
        value = try Self.value(of: Self.trimmed(text[start...].dropFirst(relation.rawValue.count)), subject, in: text)
    }

    /// Whether it is about a comparison with an earlier run.
    public var isOfRatio: Bool { if case .ratio = subject { true } else { false } }

    /// Whether it is about input events that are sent to the guest.
    public var isOfProbes: Bool { if case .figure(let figure) = subject { figure.isOfProbes } else { false } }

    /// Whether it is so in a run.
    ///
    /// - Parameter ratios: the comparison with an earlier run; nil where there is none.
    public func outcome(in figures: RunFigures, ratios: Comparison? = nil) -> Outcome {
        guard let actual = subject.value(in: figures, ratios) else { return .fails("\(text): the run has no \(subject.name)") }
        let holds =
            switch relation {
            case .atMost: actual <= value
            case .atLeast: actual >= value
            case .equal: actual == value
            case .different: actual != value
            case .less: actual < value
            case .more: actual > value
            }
        return holds ? .holds : .fails("\(text): it is \(subject.unit.text(actual))")
    }

    private static func subject(_ name: String) -> Subject? {
        if let figure = Figure.named(name) { return .figure(figure) }
        guard name.hasPrefix("ratio.") else { return nil }
        return ComparedFigure(rawValue: String(name.dropFirst(6))).map(Subject.ratio)
    }

    private static func value(of text: String, _ subject: Subject, in whole: String) throws(Fault) -> Double {
        let end = text.firstIndex { !($0.isASCII && $0.isNumber || "+-.eE".contains($0)) } ?? text.endIndex
        let unit = trimmed(text[end...])
        guard let number = Double(text[..<end]), number.isFinite else {
            throw Fault(description: "'\(whole)': '\(text)' is no number: write one, such as \(subject.unit.example)")
        }
        guard let factor = subject.unit.factors.first(where: { $0.name == unit })?.factor else {
            let names = subject.unit.factors.filter { !$0.name.isEmpty }.map(\.name)
            let remedy = names.isEmpty ? "leave the unit out" : "use \(names.joined(separator: ", "))"
            throw Fault(
                description: unit.isEmpty
                    ? "'\(whole)': \(subject.name) is a time, and '\(text)' has no unit: \(remedy)"
                    : "'\(whole)': '\(unit)' is no unit of \(subject.name): \(remedy)")
        }
        return number * factor
    }

    private static func unknown(_ name: String) -> Fault {
        let all = Figure.all.map(\.name) + ComparedFigure.allCases.map { "ratio.\($0.rawValue)" }
        let group = all.filter { $0.hasPrefix(name.prefix { $0 != "." } + ".") }
        let names = group.isEmpty ? Figure.shortList : group.joined(separator: ", ")
        return Fault(description: "there is no figure '\(name)': use one of \(names)")
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var slice = text[...]
        while slice.first == " " { slice = slice.dropFirst() }
        while slice.last == " " { slice = slice.dropLast() }
        return String(slice)
    }
}

extension Figure.Unit {
    /// The units that a value may be written in, and how many of the figure's own each of them is.
    var factors: [(name: String, factor: Double)] {
        switch self {
        case .nanoseconds: [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
        case .share: [("", 1), ("%", 0.01)]
        case .count: [("", 1)]
        case .hertz: [("", 1), ("Hz", 1)]
        case .ratio: [("", 1), ("%", 0.01)]
        case .bytes: [("", 1), ("B", 1), ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824)]
        }
    }

    var example: String {
        switch self {
        case .nanoseconds: "20ms"
        case .share: "0.99"
        case .count: "0"
        case .hertz: "60"
        case .bytes: "50MiB"
        case .ratio: "1.05"
        }
    }

    /// A value for people to read.
    public func text(_ value: Double) -> String {
        switch self {
        case .nanoseconds where value >= 1e9: "\(Self.decimals(value / 1e9, 2)) s"
        case .nanoseconds where value >= 1e6: "\(Self.decimals(value / 1e6, 2)) ms"
        case .nanoseconds where value >= 1e3: "\(Self.decimals(value / 1e3, 1)) µs"
        case .nanoseconds: "\(Self.decimals(value, 0)) ns"
        case .share: "\(Self.decimals(value * 100, 2)) %"
        case .count: Self.decimals(value, 0)
        case .hertz: "\(Self.decimals(value, 2)) Hz"
        case .bytes where value >= 1_048_576: "\(Self.decimals(value / 1_048_576, 1)) MiB"
        case .bytes: "\(Self.decimals(value, 0)) bytes"
        case .ratio: Self.decimals(value, 3)
        }
    }

    /// Without Foundation, which would lengthen the viewer's start.
    static func decimals(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        let whole = Int64((abs(value) * scale).rounded()), unit = Int64(scale)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let fraction = String(whole % unit)
        return "\(sign)\(whole / unit).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}
