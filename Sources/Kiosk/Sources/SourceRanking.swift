// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides which of a screen's sources is shown, by their order of preference: a value. Times are CLOCK_MONOTONIC's in nanoseconds.
///
/// - Without a picture, the best source that is there is shown, as soon as all better ones have answered, or after ``patience``.
/// - When the source that is shown goes, its picture stays for a while. Until then only this source, or a better one, replaces it.
/// - A better source is returned to when it has stood for a while. Until then it is open, but nobody sees it.
struct SourceRanking {
    enum Action: Equatable {
        /// Begin to look for this source, and go on until it is dropped.
        case seek(Int)
        /// Close this source, or look for it no more.
        case drop(Int)
        /// Show this source, which is open, in place of what is shown.
        case show(Int)
        /// Show that there is no source.
        case idle
    }

    private enum Presence: Equatable {
        /// Nobody looks for it.
        case unwanted
        /// It is looked for. Whether an attempt has failed since that began.
        case sought(hasAnswered: Bool)
        case standing(since: UInt64)
    }

    private enum Shown: Equatable {
        case source(Int)
        /// Nothing, or the last picture of a source that is gone, until this time. Before it, only sources up to this rank replace the
        /// picture.
        case searching(until: UInt64, ceiling: Int)
        case nothing
    }

    /// How long a source may keep worse ones waiting at the start.
    static let patience: UInt64 = 1_000_000_000

    private var presences: [Presence]
    private var shown = Shown.nothing
    private let preferAfter: UInt64
    private let hold: UInt64

    /// - Parameters:
    ///   - preferAfter: how long a better source must have stood before it is returned to.
    ///   - hold: how long the last picture of a source that is gone stays.
    init(count: Int, preferAfter: UInt64, hold: UInt64) {
        presences = Array(repeating: .unwanted, count: count)
        self.preferAfter = preferAfter
        self.hold = hold
    }

    mutating func start(at now: UInt64) -> [Action] {
        shown = .searching(until: now + Self.patience, ceiling: presences.count - 1)
        return seekAll()
    }

    /// An attempt to open the source has succeeded.
    mutating func opened(_ rank: Int, at now: UInt64) -> [Action] {
        guard case .sought = presences[rank] else { return [] }
        presences[rank] = .standing(since: now)
        return choose(at: now)
    }

    /// An attempt to open the source has failed; others follow.
    mutating func failed(_ rank: Int, at now: UInt64) -> [Action] {
        guard case .sought = presences[rank] else { return [] }
        presences[rank] = .sought(hasAnswered: true)
        return choose(at: now)
    }

    /// A source that was open is gone; it is looked for.
    mutating func ended(_ rank: Int, at now: UInt64) -> [Action] {
        guard case .standing = presences[rank] else { return [] }
        presences[rank] = .sought(hasAnswered: true)
        guard shown == .source(rank) else { return [] }
        shown = .searching(until: now + hold, ceiling: rank)
        return seekAll() + choose(at: now)
    }

    /// The time of ``nextTime`` has come.
    mutating func timeCame(at now: UInt64) -> [Action] { choose(at: now) }

    /// When something is to be decided, if nothing happens before; nil where nothing is.
    var nextTime: UInt64? {
        switch shown {
        case .source(let rank):
            presences[..<rank].compactMap { if case .standing(let since) = $0 { since + preferAfter } else { nil } }.min()
        case .searching(let until, _): until
        case .nothing: nil
        }
    }

    private mutating func seekAll() -> [Action] {
        var actions: [Action] = []
        for rank in presences.indices where presences[rank] == .unwanted {
            presences[rank] = .sought(hasAnswered: false)
            actions.append(.seek(rank))
        }
        return actions
    }

    private mutating func choose(at now: UInt64) -> [Action] {
        let standing = presences.indices.first { if case .standing = presences[$0] { true } else { false } }
        switch shown {
        case .source(let rank):
            let best = presences[..<rank].firstIndex {
                if case .standing(let since) = $0 { since + preferAfter <= now } else { false }
            }
            return best.map { show($0) } ?? []
        case .searching(let until, let ceiling):
            if let standing, now >= until || standing <= ceiling && !isAwaited(before: standing) { return show(standing) }
            guard now >= until else { return [] }
            shown = .nothing
            return [.idle]
        case .nothing:
            return standing.map { show($0) } ?? []
        }
    }

    /// Whether a better source hasn't answered yet.
    private func isAwaited(before rank: Int) -> Bool { presences[..<rank].contains(.sought(hasAnswered: false)) }

    /// Worse sources are of no use any more.
    private mutating func show(_ rank: Int) -> [Action] {
        shown = .source(rank)
        var actions = [Action.show(rank)]
        for worse in presences.indices.dropFirst(rank + 1) where presences[worse] != .unwanted {
            presences[worse] = .unwanted
            actions.append(.drop(worse))
        }
        return actions
    }
}
