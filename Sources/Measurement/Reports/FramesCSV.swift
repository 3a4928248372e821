// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// `frames.csv`: a row for each commit with a new picture (RFC 4180, without quotes, as no value needs any). `docs/measuring.md` says
/// what the columns mean. Where one means the same as a column of PresentMon's, it has that one's name.
public struct FramesCSV {
    public static let columns = [
        "TimeInSeconds", "Generation", "PassedOver", "PresentMode", "Rung", "Import", "Dropped", "msBetweenPresents",
        "msUntilDisplayed", "msBetweenDisplayChange", "msFromChangeToCommit", "msFromQueryToCommit", "msFromChangeToAnswer",
        "msFromCommitToRelease",
        "msRefresh", "Sequence", "DamagedPixels", "Obstacles", "nsClockError", "nsChanged", "nsQueried", "nsCommitted",
        "nsPresented",
        "nsReleased",
    ]

    /// CLOCK_MONOTONIC in nanoseconds: what `TimeInSeconds` counts from.
    private let start: UInt64
    private var lastCommitted: UInt64?
    private var lastPresented: UInt64?

    public init(from start: UInt64) { self.start = start }

    public var header: String { Self.columns.joined(separator: ",") + "\n" }

    /// The rows of these frames, which come in the order of their commits.
    public mutating func rows(of frames: [FrameRecord]) -> String {
        var text = ""
        text.reserveCapacity(frames.count * 240)
        for frame in frames { append(frame, to: &text) }
        return text
    }

    private mutating func append(_ frame: FrameRecord, to text: inout String) {
        let isPresented = frame.fate == .presented
        var fields: [String] = []
        fields.reserveCapacity(Self.columns.count)
        fields.append(Self.decimal(frame.committedAt - min(start, frame.committedAt), 1_000_000_000))
        fields.append(String(frame.generation))
        fields.append(String(frame.passedOver))
        fields.append(frame.presentMode.rawValue)
        fields.append(frame.path.rawValue)
        fields.append(frame.isImport ? "1" : "0")
        fields.append(frame.fate == .superseded || frame.fate == .discarded ? "1" : "0")
        fields.append(Self.milliseconds(from: lastCommitted, to: frame.committedAt))
        fields.append(isPresented ? Self.milliseconds(from: frame.committedAt, to: frame.presentedAt) : "")
        fields.append(isPresented ? Self.milliseconds(from: lastPresented, to: frame.presentedAt) : "")
        fields.append(Self.milliseconds(from: Self.known(frame.changedAt), to: frame.committedAt))
        fields.append(Self.milliseconds(from: Self.known(frame.queriedAt), to: frame.committedAt))
        fields.append(frame.answeredAt > 0 ? Self.milliseconds(from: Self.known(frame.changedAt), to: frame.answeredAt) : "")
        fields.append(frame.releasedAt > 0 ? Self.milliseconds(from: frame.committedAt, to: frame.releasedAt) : "")
        fields.append(frame.refreshInterval > 0 ? Self.decimal(UInt64(frame.refreshInterval), 1_000_000) : "")
        fields.append(frame.sequence > 0 ? String(frame.sequence) : "")
        fields.append(String(frame.damagedPixels))
        fields.append(frame.obstacles.names.joined(separator: " "))
        fields.append(isPresented ? String(frame.clockError) : "")
        for time in [frame.changedAt, frame.queriedAt, frame.committedAt, frame.presentedAt, frame.releasedAt] {
            fields.append(time > 0 ? String(time) : "")
        }
        text += fields.joined(separator: ",")
        text += "\n"
        lastCommitted = frame.committedAt
        if isPresented { lastPresented = frame.presentedAt }
    }

    private static func known(_ time: UInt64) -> UInt64? { time == 0 ? nil : time }

    /// A difference in milliseconds; empty where the earlier time is unknown. It is negative where the two are the other way round.
    private static func milliseconds(from earlier: UInt64?, to later: UInt64) -> String {
        guard let earlier else { return "" }
        return later >= earlier ? decimal(later - earlier, 1_000_000) : "-" + decimal(earlier - later, 1_000_000)
    }

    /// A whole number of parts, with a unit of so many (a power of ten), with all its decimals.
    private static func decimal(_ parts: UInt64, _ unit: UInt64) -> String {
        let fraction = String(parts % unit), digits = String(unit).count - 1
        return "\(parts / unit).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}
