// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides which of the compared ways is measured when: a value. Events go in, actions come out, and only the run executes them.
///
/// ```
///             a frame has gone that way         settled
///  switching ────────────────────────► settling ───────► counting ───► switching … ───► over
///      └── patience ended: refused
/// ```
/// In a round each way has one block. The order changes from round to round, and each second one is the reverse of the one before,
/// so that whatever drifts meanwhile, such as a processor's temperature, hits all ways alike.
public struct BlockSchedule: Sendable {
    public enum Action: Equatable, Sendable {
        /// Go this way alone.
        case use(ComparedWay)
        /// Frames count from now on.
        case begin(ComparedWay)
        /// Frames don't count any more.
        case end
    }

    private enum State: Equatable {
        case idle
        case switching(since: UInt64)
        case settling(until: UInt64)
        case counting(until: UInt64)
        case over
        case refused
    }

    /// Nanoseconds that a block takes about, with its settling. All times are nanoseconds of CLOCK_MONOTONIC.
    public static let block: UInt64 = 2_000_000_000
    /// How long frames go the new way before they count.
    public static let settling: UInt64 = 400_000_000
    /// How long frames count.
    public static let counting: UInt64 = 1_500_000_000
    /// How long the first frame of a new way is awaited.
    public static let patience: UInt64 = 5_000_000_000
    /// How often it is looked for.
    private static let pause: UInt64 = 20_000_000
    /// The fewest rounds after which each way has enough blocks for a comparison.
    public static let leastRounds = Bootstrap.leastBlocks
    /// The most blocks of one run: a series keeps no more.
    private static let mostBlocks = BlockSeries.most

    private let order: [ComparedWay]
    private var place = 0
    private var state = State.idle

    /// The number of rounds that a run of some nanoseconds has room for.
    public static func rounds(of ways: Int, in duration: UInt64) -> Int {
        Int(min(duration / (block * UInt64(max(ways, 1))), UInt64(mostBlocks / max(ways, 1))))
    }

    /// - Parameter ways: each once.
    public init(_ ways: [ComparedWay], rounds: Int) {
        order = (0..<rounds).flatMap { round in
            let first = ways.isEmpty ? 0 : round / 2 % ways.count
            let turned = Array(ways[first...] + ways[..<first])
            return round % 2 == 0 ? turned : turned.reversed()
        }
    }

    public var isOver: Bool { state == .over }

    /// The way that no frame has gone; nil while all is well.
    public var refused: ComparedWay? { state == .refused ? order[place] : nil }

    /// Goes on, as far as the time and the newest frame allow.
    ///
    /// - Parameter newest: the rung of the frame that was committed last, and when; nil before the first.
    /// - Returns: what is to be done, in this order.
    public mutating func advance(at now: UInt64, newest: (path: Statistics.Path, committedAt: UInt64)?) -> [Action] {
        switch state {
        case .idle: return use(at: now)
        case .switching(let since):
            if let newest, (order[place].path ?? newest.path) == newest.path, newest.committedAt >= since {
                state = .settling(until: now + Self.settling)
            } else if now >= since + Self.patience {
                state = .refused
            }
            return []
        case .settling(let end):
            guard now >= end else { return [] }
            state = .counting(until: now + Self.counting)
            return [.begin(order[place])]
        case .counting(let end):
            guard now >= end else { return [] }
            place += 1
            return [.end] + use(at: now)
        case .over, .refused: return []
        }
    }

    private mutating func use(at now: UInt64) -> [Action] {
        guard place < order.count else {
            state = .over
            return []
        }
        state = .switching(since: now)
        return [.use(order[place])]
    }

    /// When it wants to be called again.
    public func next(after now: UInt64) -> UInt64 {
        switch state {
        case .idle, .over, .refused: now
        case .switching: now + Self.pause
        case .settling(let end), .counting(let end): max(end, now)
        }
    }
}
