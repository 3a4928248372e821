// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement

/// A kiosk's status as a Prometheus server reads it.
///
/// The two formats differ in the name of a counter's family (the OpenMetrics Specification 1.0; Prometheus's «Exposition formats»,
/// version 0.0.4) and in the end.
struct MetricsText {
    enum Format {
        case openMetrics
        case prometheus

        /// What an HTTP answer's Content-Type says.
        var contentType: String {
            switch self {
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            }
        }
    }

    private(set) var text = ""
    private let format: Format

    init(_ status: KioskStatus, as format: Format) {
        self.format = format
        addKiosk(status)
        addScreens(status.screens)
        addProcess(status.process)
        if format == .openMetrics { text += "# EOF\n" }
    }

    private typealias Labels = [(name: String, value: String)]

    // MARK: Families

    private mutating func addKiosk(_ status: KioskStatus) {
        gauge("oriel_build_info", "The version of Oriel.", [([("version", status.version)], 1)])
        gauge("oriel_uptime_seconds", "The time since the kiosk was started.", [([], Double(status.uptime) / 1e9)])
        gauge("oriel_compositor_connected", "Whether there is a compositor.", [([], status.hasCompositor ? 1 : 0)])
        counter(
            "oriel_compositor_returns", "How often the compositor has come back after it was gone.",
            [([], Double(status.compositorReturns))])
        counter("oriel_configuration_reloads", "How often the configuration was read anew.", [([], Double(status.reloads))])
    }

    private mutating func addScreens(_ screens: [KioskStatus.ScreenStatus]) {
        func values(_ value: (KioskStatus.ScreenStatus) -> UInt64) -> [(Labels, Double)] {
            screens.map { ([("screen", $0.name)], Double(value($0))) }
        }
        gauge("oriel_screen_connected", "Whether the screen has an output.", values { $0.output == nil ? 0 : 1 })
        gauge(
            "oriel_screen_source_info", "What a screen shows, and how it gets there.",
            screens.compactMap { screen in
                guard let source = screen.source else { return nil }
                let path = screen.statistics.path.rawValue
                return ([("screen", screen.name), ("source", source), ("path", path), ("memory", screen.statistics.memory)], 1)
            })
        counter("oriel_source_losses", "How often a source that was shown has ended.", values(\.losses))
        counter("oriel_source_stalls", "How often a guest's picture has stood still for too long.", values(\.stalls))
        counter("oriel_frames_committed", "Frames given to the compositor.", values(\.statistics.frames.committed))
        counter(
            "oriel_frames_presented", "Frames that the compositor has reported as shown.", values(\.statistics.frames.presented))
        counter(
            "oriel_frames_zero_copy", "Presented frames that the display controller read from the guest's memory.",
            values(\.statistics.frames.zeroCopy))
        counter("oriel_frames_discarded", "Frames that the compositor didn't show.", values(\.statistics.frames.discarded))
        counter(
            "oriel_frames_superseded", "Pictures of the guest that a newer one replaced before they were committed.",
            values(\.statistics.frames.superseded))
        counter("oriel_copied_bytes", "Bytes of pixels that Oriel has copied.", values(\.statistics.bytesCopied))
        summary(
            "oriel_change_to_commit_seconds", "The time from a guest's change to its commit.",
            screens.map { ($0.name, $0.statistics.changeToCommit) })
        summary(
            "oriel_commit_to_present_seconds", "The time from a commit until the screen shows it.",
            screens.map { ($0.name, $0.statistics.commitToPresent) })
        summary(
            "oriel_change_to_present_seconds", "The time from a guest's change until the screen shows it.",
            screens.map { ($0.name, $0.statistics.changeToPresent) })
    }

    private mutating func addProcess(_ process: KioskStatus.ProcessStatus) {
        counter("process_cpu_seconds", "Processor time of the kiosk.", [([], process.cpuSeconds)])
        gauge("process_resident_memory_bytes", "Memory of the kiosk.", [([], Double(process.residentBytes))])
        gauge("process_open_fds", "Open descriptors of the kiosk.", [([], Double(process.openDescriptors))])
    }

    // MARK: Lines

    private mutating func gauge(_ name: String, _ help: String, _ samples: [(Labels, Double)]) {
        begin(name, "gauge", help)
        for (labels, value) in samples { add(name, labels, value) }
    }

    /// - Parameter name: without `_total`.
    private mutating func counter(_ name: String, _ help: String, _ samples: [(Labels, Double)]) {
        begin(format == .openMetrics ? name : "\(name)_total", "counter", help)
        for (labels, value) in samples { add("\(name)_total", labels, value) }
    }

    private mutating func summary(_ name: String, _ help: String, _ samples: [(screen: String, LatencyHistogram)]) {
        begin(name, "summary", help)
        for (screen, histogram) in samples {
            for (quantile, percentile) in [("0.5", 50.0), ("0.95", 95), ("0.99", 99)] where histogram.count > 0 {
                add(name, [("screen", screen), ("quantile", quantile)], Double(histogram.percentile(percentile)) / 1e9)
            }
            add("\(name)_sum", [("screen", screen)], histogram.mean * Double(histogram.count) / 1e9)
            add("\(name)_count", [("screen", screen)], Double(histogram.count))
        }
    }

    private mutating func begin(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func add(_ name: String, _ labels: Labels, _ value: Double) {
        let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        let number = value == value.rounded() && value.magnitude <= 0x1p53 ? "\(Int64(value))" : "\(value)"
        text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(number)\n"
    }

    /// A label's value; a guest's or a source's name may be anything.
    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
