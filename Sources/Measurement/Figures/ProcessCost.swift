// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// What a process has used so far, all of its threads together (proc_pid_stat(5), proc_pid_status(5)).
public struct ProcessCost: Equatable, Sendable {
    /// Nanoseconds of a processor; the kernel counts other processes in hundredths of a second.
    public var processorTime: UInt64 = 0
    /// How often a thread has waited and was woken up again.
    public var wakeUps: UInt64 = 0
    /// How often the kernel has taken the processor away from a thread.
    public var preemptions: UInt64 = 0
    public var pageFaults: UInt64 = 0
    public var residentBytes: UInt64 = 0

    public init() {}

    /// This process, exactly.
    public static func own() -> ProcessCost {
        var usage = rusage(), cost = ProcessCost()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func nanoseconds(_ time: timeval) -> UInt64 { UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_usec) * 1000 }
        cost.processorTime = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)
        cost.wakeUps = UInt64(usage.ru_nvcsw)
        cost.preemptions = UInt64(usage.ru_nivcsw)
        cost.pageFaults = UInt64(usage.ru_minflt) + UInt64(usage.ru_majflt)
        // The second field of proc_pid_statm(5). A recorder asks once a second, so nothing here allocates.
        let pages = withContents("/proc/self/statm") { NumberFields($0).dropFirst().first { _ in true } }
        cost.residentBytes = (pages ?? nil).map { $0 * pageSize } ?? 0
        return cost
    }

    /// Another process; nil where it isn't there.
    public init?(of process: Int32) {
        guard let fields = Self.withContents("/proc/\(process)/stat", { Self.fields(ofStat: $0) }) ?? nil else { return nil }
        let tick = 1_000_000_000 / UInt64(max(1, sysconf(CInt(_SC_CLK_TCK))))
        pageFaults = fields.pageFaults
        processorTime = fields.ticks * tick
        residentBytes = fields.residentPages * Self.pageSize
        guard let tasks = opendir("/proc/\(process)/task") else { return }
        defer { closedir(tasks) }
        while let entry = readdir(tasks) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard let status = Self.withContents("/proc/\(process)/task/\(name)/status", { String(decoding: $0, as: UTF8.self) })
            else {
                continue
            }
            wakeUps += Self.number("voluntary_ctxt_switches:", in: status)
            preemptions += Self.number("nonvoluntary_ctxt_switches:", in: status)
        }
    }

    /// What was used between an earlier time and this one. The memory is what is resident now.
    public func since(_ earlier: ProcessCost) -> ProcessCost {
        var cost = self
        cost.processorTime -= min(earlier.processorTime, processorTime)
        cost.wakeUps -= min(earlier.wakeUps, wakeUps)
        cost.preemptions -= min(earlier.preemptions, preemptions)
        cost.pageFaults -= min(earlier.pageFaults, pageFaults)
        return cost
    }

    /// The program's name may have any characters, parentheses and spaces included: what counts comes behind the last parenthesis.
    static func fields(
        ofStat text: some BidirectionalCollection<UInt8>
    ) -> (pageFaults: UInt64, ticks: UInt64, residentPages: UInt64)? {
        guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        var pageFaults: UInt64 = 0, ticks: UInt64 = 0
        // state is field 3 of the page: minflt is 10, majflt 12, utime 14, stime 15, rss 24.
        for (index, value) in NumberFields(text[text.index(after: end)...]).enumerated() {
            switch index + 3 {
            case 10, 12: pageFaults &+= value
            case 14, 15: ticks &+= value
            case 24: return (pageFaults, ticks, value)
            default: break
            }
        }
        return nil
    }

    static func number(_ name: String, in status: String) -> UInt64 {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return 0 }
        return UInt64(line.dropFirst(name.count).filter(\.isNumber)) ?? 0
    }

    private static let pageSize = UInt64(max(0, sysconf(CInt(_SC_PAGESIZE))))

    /// Calls the body with a file's first 4096 bytes; nil where it can't be read.
    private static func withContents<Result>(_ path: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            return count < 0 ? nil : body(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
        }
    }
}

/// The fields of a text, divided by spaces, as numbers; what isn't a digit doesn't count.
private struct NumberFields<Text: Collection<UInt8>>: Sequence, IteratorProtocol {
    private var rest: Text.SubSequence

    init(_ text: Text) { rest = text[...] }

    mutating func next() -> UInt64? {
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        guard !rest.isEmpty else { return nil }
        let field = rest.prefix { $0 != UInt8(ascii: " ") }
        rest = rest[field.endIndex...]
        return field.reduce(0) { value, byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? value &* 10 &+ UInt64(byte - UInt8(ascii: "0")) : value
        }
    }
}

/// What a process uses during a run: a value that is told the cost from time to time.
public struct CostMeter: Sendable {
    private let start: ProcessCost
    private var last: ProcessCost
    /// The most memory that was seen at once.
    public private(set) var mostResidentBytes: UInt64

    public init(from start: ProcessCost) {
        self.start = start
        last = start
        mostResidentBytes = start.residentBytes
    }

    public mutating func add(_ cost: ProcessCost) {
        last = cost
        mostResidentBytes = max(mostResidentBytes, cost.residentBytes)
    }

    public var used: ProcessCost { last.since(start) }
    /// How much more memory is resident now than at the start; negative where it is less.
    public var growth: Int64 { Int64(clamping: last.residentBytes) - Int64(clamping: start.residentBytes) }
}
