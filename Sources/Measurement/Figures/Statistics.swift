// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// All counters of a run. The window owns this value and counts in it without allocating.
public struct Statistics {
    /// The protocol path that frames take.
    public enum Path: String, Sendable {
        case dmabuf
        case sharedMemory = "shared-memory"
        case copy
        case none
    }

    public struct Frames: Sendable {
        public var queried: UInt64 = 0
        public var changed: UInt64 = 0
        public var committed: UInt64 = 0
        public var superseded: UInt64 = 0
        public var presented: UInt64 = 0
        public var discarded: UInt64 = 0
        public var zeroCopy: UInt64 = 0
        public var cursorMoves: UInt64 = 0
        /// Requests for a buffer that failed because the plane had moved on.
        public var stale: UInt64 = 0
        /// Pictures of the guest's that never reached the source.
        public var lost: UInt64 = 0
    }

    public struct Buffers: Sendable {
        public var imports: UInt64 = 0
        public var importFailures: UInt64 = 0
        public var cacheHits: UInt64 = 0
        public var evictions: UInt64 = 0
        public var live: UInt64 = 0
    }

    public var path = Path.none
    public var pathReason = "no frame yet"
    /// The raw value of the plane's `PlaneMemory`, or «none».
    public var memory = "none"
    public var frames = Frames()
    public var buffers = Buffers()
    public var bytesCopied: UInt64 = 0
    /// How often the source returned after it had ended.
    public var reconnects: UInt64 = 0
    public var changeToCommit = LatencyHistogram()
    public var commitToPresent = LatencyHistogram()
    public var changeToPresent = LatencyHistogram()
    private let startedAt = Self.now()

    public init() {}

    /// The statistics as one JSON object. Its members are documented in the README.
    public func json() -> JSON {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        return .object([
            ("path", .string(path.rawValue)),
            ("pathReason", .string(pathReason)),
            ("memory", .string(memory)),
            (
                "frames",
                .object([
                    ("queried", .integer(frames.queried)), ("changed", .integer(frames.changed)),
                    ("committed", .integer(frames.committed)), ("superseded", .integer(frames.superseded)),
                    ("presented", .integer(frames.presented)), ("discarded", .integer(frames.discarded)),
                    ("zeroCopy", .integer(frames.zeroCopy)), ("cursorMoves", .integer(frames.cursorMoves)),
                    ("stale", .integer(frames.stale)), ("lost", .integer(frames.lost)),
                ])
            ),
            (
                "buffers",
                .object([
                    ("imports", .integer(buffers.imports)), ("importFailures", .integer(buffers.importFailures)),
                    ("cacheHits", .integer(buffers.cacheHits)), ("evictions", .integer(buffers.evictions)),
                    ("live", .integer(buffers.live)),
                ])
            ),
            ("pixels", .object([("bytesCopied", .integer(bytesCopied))])),
            ("reconnects", .integer(reconnects)),
            (
                "latency",
                .object([
                    ("changeToCommit", changeToCommit.json()),
                    ("commitToPresent", commitToPresent.json()),
                    ("changeToPresent", changeToPresent.json()),
                ])
            ),
            (
                "process",
                .object([
                    ("cpuSeconds", .number(cpu)),
                    ("maxResidentBytes", .integer(UInt64(usage.ru_maxrss) * 1024)),
                    ("openDescriptors", .integer(Self.openDescriptors())),
                ])
            ),
            ("durationSeconds", .number(Double(Self.now() - startedAt) / 1e9)),
        ])
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The number of open descriptors of this process, not counting the one that reads the list.
    public static func openDescriptors() -> UInt64 {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count: UInt64 = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count - 1
    }
}
