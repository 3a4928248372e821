// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A figure by which runs, and ways to show a guest, are compared: each block of a run has one value of it.
public enum ComparedFigure: String, CaseIterable, Sendable {
    case commitToPresentMedian = "commitToPresent.p50"
    case commitToPresentTail = "commitToPresent.p99"
    case changeToPresentMedian = "changeToPresent.p50"
    case changeToPresentTail = "changeToPresent.p99"
    case presentRate
    case zeroCopyShare
    /// The processor time of the viewer's process for each commit.
    case processorTimePerFrame = "cpuPerFrame"

    public var unit: Figure.Unit {
        switch self {
        case .presentRate: .hertz
        case .zeroCopyShare: .share
        default: .nanoseconds
        }
    }
}

/// What a block of a run has shown: one value for each figure that is compared.
public struct MeasuredBlock: Equatable, Sendable {
    /// The kind of screen that presented the block's frames.
    public enum Screen: String, Sendable {
        case none
        case virtual
        case real
    }

    public let screen: Screen
    /// The way that was taken; nil where none are compared.
    public let way: ComparedWay?
    /// In the order of ``ComparedFigure/allCases``; nil where the block has no such figure.
    private let values: [Double?]

    /// Largest value that a figure may have; in nanoseconds, eleven days.
    private static let most = 1e15

    /// - Parameter value: a figure's value; nil where there is none.
    /// - Returns: nil if a value is one that no figure can have.
    public init?(_ screen: Screen, way: ComparedWay? = nil, _ value: (ComparedFigure) -> Double?) {
        self.screen = screen
        self.way = way
        values = ComparedFigure.allCases.map(value)
        for (figure, value) in zip(ComparedFigure.allCases, values) {
            guard let value else { continue }
            guard value >= 0, value <= (figure.unit == .share ? 1 : Self.most) else { return nil }
        }
    }

    public subscript(figure: ComparedFigure) -> Double? { values[ComparedFigure.allCases.firstIndex(of: figure)!] }

    /// Blocks as a report has them: a list of values for each figure, all of the same length.
    public static func json(_ blocks: [MeasuredBlock]) -> JSON {
        .object(
            [("screens", .array(blocks.map { .string($0.screen.rawValue) }))]
                + ComparedFigure.allCases.map { figure in
                    (figure.rawValue, .array(blocks.map { $0[figure].map(JSON.figure) ?? .null }))
                })
    }
}

extension JSON {
    /// A figure's value. Whole numbers are written as such: a count of 3.0 would be odd to read.
    static func figure(_ value: Double) -> JSON {
        value >= 0 && value < 9e15 && value == value.rounded() ? .integer(UInt64(value)) : .number(value)
    }
}

/// Adds up the frames of one block.
struct BlockTally {
    /// More frames of a block than these are only counted.
    private static let mostTimes = 8192

    private struct Presented {
        var count: UInt64 = 0
        var scannedOut: UInt64 = 0
        var sinceCommit: [UInt64] = []
        var sinceChange: [UInt64] = []

        mutating func add(_ frame: FrameRecord) {
            count += 1
            if frame.flags.contains(.zeroCopy) { scannedOut += 1 }
            guard sinceCommit.count < BlockTally.mostTimes else { return }
            sinceCommit.append(frame.commitToPresent)
            sinceChange.append(frame.presentedAt - min(frame.changedAt, frame.presentedAt))
        }
    }

    private var committed: UInt64 = 0
    private var unreported: UInt64 = 0
    private var real = Presented()
    private var virtual = Presented()

    mutating func add(_ frame: FrameRecord) {
        committed += 1
        switch frame.fate {
        case .unreported: unreported += 1
        case .superseded, .discarded: break
        case .presented: if frame.isOnRealScreen { real.add(frame) } else { virtual.add(frame) }
        }
    }

    /// - Parameters:
    ///   - duration: the block's, in nanoseconds.
    ///   - processorTime: the process's in the block, in nanoseconds; nil where it is unknown.
    func block(way: ComparedWay?, duration: UInt64, processorTime: UInt64?) -> MeasuredBlock {
        // A real screen's times and a virtual output's are never in one figure.
        let presented = real.count > 0 ? real : virtual
        let sinceCommit = presented.sinceCommit.sorted(), sinceChange = presented.sinceChange.sorted()
        let isUnknown = presented.count == 0 && unreported > 0
        return MeasuredBlock(real.count > 0 ? .real : virtual.count > 0 ? .virtual : .none, way: way) { figure in
            switch figure {
            case .commitToPresentMedian: Self.percentile(0.5, of: sinceCommit)
            case .commitToPresentTail: Self.percentile(0.99, of: sinceCommit)
            case .changeToPresentMedian: Self.percentile(0.5, of: sinceChange)
            case .changeToPresentTail: Self.percentile(0.99, of: sinceChange)
            // A compositor that reports nothing hasn't presented nothing.
            case .presentRate: isUnknown || duration == 0 ? nil : Double(presented.count) * 1e9 / Double(duration)
            case .zeroCopyShare: presented.count == 0 ? nil : Double(presented.scannedOut) / Double(presented.count)
            case .processorTimePerFrame:
                committed == 0 ? nil : processorTime.map { (Double($0) / Double(committed)).rounded() }
            }
        } ?? MeasuredBlock(.none, way: way) { _ in nil }!
    }

    /// The value at a share of ascending values, by the nearest rank.
    private static func percentile(_ share: Double, of sorted: [UInt64]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((Double(sorted.count) * share).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1])
    }
}
