// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// How the figures of one sample of blocks compare with those of another: of two ways to show a guest, or of a run and an earlier one.
public struct Comparison: Sendable {
    public enum Verdict: String, Sendable {
        /// The interval of the ratio includes 1.
        case noDifference = "no difference seen"
        case lower
        case higher
        /// One of the sides has too few blocks with this figure.
        case unknown = "nothing can be said: too few blocks"
    }

    public struct Row: Sendable {
        public let figure: ComparedFigure
        /// The means of the blocks' values; nil where no block has one.
        public let reference: Double?
        public let subject: Double?
        /// The subject's mean divided by the reference's; nil where nothing can be said.
        public let bootstrap: Bootstrap?

        public var verdict: Verdict {
            guard let bootstrap else { return .unknown }
            return bootstrap.interval.contains(1) ? .noDifference : bootstrap.ratio < 1 ? .lower : .higher
        }
    }

    public static let method =
        "percentile bootstrap over blocks, expanded for few blocks, \(Bootstrap.resamples) resamples, 95 %"

    /// What is compared, and with what.
    public let subject: String
    public let reference: String
    public let subjectBlocks: [MeasuredBlock]
    public let referenceBlocks: [MeasuredBlock]
    /// In the order of ``ComparedFigure/allCases``.
    public let rows: [Row]

    public init(of subject: [MeasuredBlock], named name: String, with reference: [MeasuredBlock], named referenceName: String) {
        self.subject = name
        self.reference = referenceName
        // What a real screen shows and what a virtual output shows are never compared with each other.
        let isReal = (subject + reference).contains { $0.screen == .real }
        subjectBlocks = isReal ? subject.filter { $0.screen != .virtual } : subject
        referenceBlocks = isReal ? reference.filter { $0.screen != .virtual } : reference
        let sides = (subjectBlocks, referenceBlocks)
        rows = ComparedFigure.allCases.map { figure in
            let above = sides.0.compactMap { $0[figure] }, below = sides.1.compactMap { $0[figure] }
            return Row(
                figure: figure, reference: below.isEmpty ? nil : Bootstrap.mean(below),
                subject: above.isEmpty ? nil : Bootstrap.mean(above), bootstrap: Bootstrap(above, to: below))
        }
    }

    /// Compares each way with the first one.
    ///
    /// - Parameter blocks: of all ways.
    public static func of(_ ways: [ComparedWay], in blocks: [MeasuredBlock]) -> [Comparison] {
        guard let first = ways.first else { return [] }
        func sample(_ way: ComparedWay) -> [MeasuredBlock] { blocks.filter { $0.way == way } }
        return ways.dropFirst().map { way in
            Comparison(of: sample(way), named: way.name, with: sample(first), named: first.name)
        }
    }

    public subscript(figure: ComparedFigure) -> Row { rows[ComparedFigure.allCases.firstIndex(of: figure)!] }

    // MARK: Words

    /// A line for each figure, after one that says what is compared.
    public var lines: [String] {
        let head =
            "\(subject) compared with \(reference): \(subjectBlocks.count) and \(referenceBlocks.count) blocks, \(Self.method)"
        guard rows.contains(where: { $0.verdict != .unknown }) else { return ["\(head): \(Verdict.unknown.rawValue)"] }
        return [head]
            + rows.map { row in
                let name = row.figure.rawValue, gap = String(repeating: " ", count: max(1, 22 - name.count))
                let values = "\(row.text(row.subject)) against \(row.text(row.reference))"
                guard row.bootstrap != nil else { return "  \(name)\(gap)\(values): \(row.verdict.rawValue)" }
                return "  \(name)\(gap)\(values), ratio \(row.ratio) (\(row.interval)): \(row.verdict.rawValue)"
            }
    }

    public var json: JSON {
        .object([
            ("subject", .string(subject)), ("reference", .string(reference)), ("method", .string(Self.method)),
            ("blocks", .array([.integer(UInt64(subjectBlocks.count)), .integer(UInt64(referenceBlocks.count))])),
            ("figures", .object(rows.map { ($0.figure.rawValue, $0.json) })),
        ])
    }
}

extension Comparison.Row {
    /// A mean for people to read.
    func text(_ value: Double?) -> String { value.map(figure.unit.text) ?? "unknown" }

    var ratio: String { bootstrap.map { Figure.Unit.ratio.text($0.ratio) } ?? "–" }

    var interval: String {
        bootstrap.map {
            "\(Figure.Unit.ratio.text($0.interval.lowerBound)) to \(Figure.Unit.ratio.text($0.interval.upperBound))"
        } ?? "–"
    }

    fileprivate var json: JSON {
        .object([
            ("subject", subject.map(JSON.figure) ?? .null), ("reference", reference.map(JSON.figure) ?? .null),
            ("ratio", bootstrap.map { .number($0.ratio) } ?? .null),
            ("low", bootstrap.map { .number($0.interval.lowerBound) } ?? .null),
            ("high", bootstrap.map { .number($0.interval.upperBound) } ?? .null),
            ("verdict", .string(verdict.rawValue)),
        ])
    }
}
