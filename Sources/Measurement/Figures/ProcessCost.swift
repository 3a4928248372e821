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
        cost.residentBytes = ProcessCost(of: getpid())?.residentBytes ?? 0
        return cost
    }

    /// Another process; nil where it isn't there.
    public init?(of process: Int32) {
        guard let stat = Self.contents("/proc/\(process)/stat"), let fields = Self.fields(ofStat: stat) else { return nil }
        let tick = 1_000_000_000 / UInt64(max(1, sysconf(CInt(_SC_CLK_TCK))))
        pageFaults = fields.pageFaults
        processorTime = fields.ticks * tick
        residentBytes = fields.residentPages * UInt64(max(0, sysconf(CInt(_SC_PAGESIZE))))
        guard let tasks = opendir("/proc/\(process)/task") else { return }
        defer { closedir(tasks) }
        while let entry = readdir(tasks) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard let status = Self.contents("/proc/\(process)/task/\(name)/status") else { continue }
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
    static func fields(ofStat text: String) -> (pageFaults: UInt64, ticks: UInt64, residentPages: UInt64)? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map { UInt64($0) ?? 0 }
        // state is field 3 of the page: minflt is 10, majflt 12, utime 14, stime 15, rss 24.
        guard fields.count > 21 else { return nil }
        return (fields[7] + fields[9], fields[11] + fields[12], fields[21])
    }

    static func number(_ name: String, in status: String) -> UInt64 {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return 0 }
        return UInt64(line.dropFirst(name.count).filter(\.isNumber)) ?? 0
    }

    private static func contents(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
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
