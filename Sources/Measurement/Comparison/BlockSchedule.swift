// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides which rung of the fallback ladder is measured when: a value. Events go in, actions come out, and only the run executes them.
///
/// ```
///             a frame has taken the rung        settled
///  switching ────────────────────────► settling ───────► counting ───► switching … ───► over
///      └── patience ended: refused
/// ```
/// In a round each rung has one block. The order changes from round to round, and each second one is the reverse of the one before,
/// so that whatever drifts meanwhile, such as a processor's temperature, hits all rungs alike.
public struct BlockSchedule: Sendable {
    public enum Action: Equatable, Sendable {
        /// Use this rung alone, and have it show the current picture again.
        case force(Statistics.Path)
        /// Frames count from now on.
        case begin(Statistics.Path)
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
    /// How long frames take the new rung before they count.
    public static let settling: UInt64 = 400_000_000
    /// How long frames count.
    public static let counting: UInt64 = 1_500_000_000
    /// How long the first frame on a new rung is awaited.
    public static let patience: UInt64 = 5_000_000_000
    /// How often it is looked for.
    private static let pause: UInt64 = 20_000_000
    /// The fewest rounds after which each rung has enough blocks for a comparison.
    public static let leastRounds = Bootstrap.leastBlocks
    /// The most blocks of one run: a series keeps no more.
    private static let mostBlocks = BlockSeries.most

    private let order: [Statistics.Path]
    private var place = 0
    private var state = State.idle

    /// The number of rounds that a run of some nanoseconds has room for.
    public static func rounds(of paths: Int, in duration: UInt64) -> Int {
        Int(min(duration / (block * UInt64(max(paths, 1))), UInt64(mostBlocks / max(paths, 1))))
    }

    /// - Parameter paths: the rungs, each once.
    public init(_ paths: [Statistics.Path], rounds: Int) {
        order = (0..<rounds).flatMap { round in
            let first = paths.isEmpty ? 0 : round / 2 % paths.count
            let turned = Array(paths[first...] + paths[..<first])
            return round % 2 == 0 ? turned : turned.reversed()
        }
    }

    public var isOver: Bool { state == .over }

    /// The rung that no frame has taken; nil while all is well.
    public var refused: Statistics.Path? { state == .refused ? order[place] : nil }

    /// Goes on, as far as the time and the newest frame allow.
    ///
    /// - Parameter newest: the rung of the frame that was committed last, and when; nil before the first.
    /// - Returns: what is to be done, in this order.
    public mutating func advance(at now: UInt64, newest: (path: Statistics.Path, committedAt: UInt64)?) -> [Action] {
        switch state {
        case .idle: return force(at: now)
        case .switching(let since):
            if let newest, newest.path == order[place], newest.committedAt >= since {
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
            return [.end] + force(at: now)
        case .over, .refused: return []
        }
    }

    private mutating func force(at now: UInt64) -> [Action] {
        guard place < order.count else {
            state = .over
            return []
        }
        state = .switching(since: now)
        return [.force(order[place])]
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
