// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Keeps the records of the newest commits until somebody takes them. All its memory is allocated at the start, and a frame costs a
/// few assignments; whoever takes the records does so between frames.
///
/// Each record has a number, by which what is heard of it later finds it.
public final class FrameRecorder {
    /// A record as the frame path knows it.
    public typealias Number = UInt64

    // No access can overlap another, so the frame path skips the runtime's exclusivity checks.
    @exclusivity(unchecked) private var records: [FrameRecord]
    /// The next record's number. 0 is that of frames that weren't recorded.
    @exclusivity(unchecked) private var next: Number = 1
    /// The first one that hasn't been taken.
    @exclusivity(unchecked) private var first: Number = 1
    /// When the first frame of all was committed; nil before that.
    public private(set) var begunAt: UInt64?
    /// How many records nobody took in time.
    public private(set) var lost: UInt64 = 0

    /// Commits of the cursor plane that nobody has taken yet.
    @exclusivity(unchecked) private var cursors: [CursorCommit] = []

    /// - Parameter capacity: how many records are kept: as many as the screen shows between two takings, and several times that.
    public init(capacity: Int = 8192) {
        records = Array(repeating: FrameRecord(), count: capacity)
        cursors.reserveCapacity(capacity)
    }

    /// Notes a commit. Of too many that nobody takes, the oldest is lost.
    public func begin(_ record: FrameRecord) -> Number {
        if next - first == UInt64(records.count) {
            first += 1
            lost += 1
        }
        if begunAt == nil { begunAt = record.committedAt }
        let number = next
        records[place(number)] = record
        next += 1
        return number
    }

    /// Notes that the commits so far have been flushed, and their source was told.
    public func answered(at time: UInt64) {
        guard next > first, records[place(next - 1)].answeredAt == 0 else { return }
        records[place(next - 1)].answeredAt = time
        // The compositor has a copy, and the guest's own memory is free from here on.
        if records[place(next - 1)].path == .copy { records[place(next - 1)].releasedAt = time }
    }

    /// The rung of the newest commit, and when that was; nil before the first.
    public var newest: (path: Statistics.Path, committedAt: UInt64)? {
        guard next > 1 else { return nil }
        let record = records[place(next - 1)]
        return (record.path, record.committedAt)
    }

    /// Notes when and how a frame was presented.
    public func presented(
        _ number: Number, at time: UInt64, error: UInt32, refreshInterval: UInt32, sequence: UInt64, flags: FrameRecord.Flags
    ) {
        guard isKept(number) else { return }
        let place = place(number)
        records[place].fate = .presented
        records[place].presentedAt = time
        records[place].clockError = error
        records[place].refreshInterval = refreshInterval
        records[place].sequence = sequence
        records[place].flags = flags
    }

    /// Notes that a frame will never be shown.
    public func discarded(_ number: Number) {
        guard isKept(number) else { return }
        records[place(number)].fate = number + 1 < next ? .superseded : .discarded
    }

    /// Notes that the compositor has let go of a frame's buffer.
    public func released(_ number: Number, at time: UInt64) {
        guard isKept(number) else { return }
        records[place(number)].releasedAt = time
    }

    /// Takes out records in the order of their commits: those of which everything is known, and those that were committed before
    /// `deadline`, whatever is known of them.
    public func take(committedBefore deadline: UInt64, _ body: (FrameRecord) -> Void) {
        while first < next {
            let record = records[place(first)]
            let isComplete = record.fate != .unreported && record.releasedAt != 0
            guard isComplete || record.committedAt < deadline else { return }
            first += 1
            body(record)
        }
    }

    /// Notes a commit of the cursor plane. Of too many that nobody takes, the newest are lost.
    public func add(_ commit: CursorCommit) { if cursors.count < records.count { cursors.append(commit) } }

    /// Takes out the commits of the cursor plane.
    public func takeCursors(_ body: (CursorCommit) -> Void) {
        cursors.forEach(body)
        cursors.removeAll(keepingCapacity: true)
    }

    /// The records of frames that were committed since `time`, in the order of the commits, those that were taken included. Old ones
    /// may have been overwritten.
    public func recent(since time: UInt64) -> [FrameRecord] {
        var frames: [FrameRecord] = []
        let oldest = next > UInt64(records.count) ? next - UInt64(records.count) : 1
        for number in stride(from: next - 1, through: oldest, by: -1) {
            let record = records[place(number)]
            guard record.committedAt >= time else { break }
            frames.append(record)
        }
        return frames.reversed()
    }

    private func isKept(_ number: Number) -> Bool { first <= number && number < next }

    private func place(_ number: Number) -> Int { Int(number % UInt64(records.count)) }
}
