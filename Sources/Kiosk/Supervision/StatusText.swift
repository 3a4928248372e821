// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import QMP

/// A kiosk's status as people read it.
package struct StatusText {
    package private(set) var text = ""

    /// - Parameter status: the answer of a kiosk's control socket.
    package init(_ status: JSONValue) {
        let seconds = status["uptimeSeconds"]?.number ?? 0
        let isConnected = status["compositor"]?["isConnected"]?.boolean == true
        let returns = status["compositor"]?["returns"]?.integer ?? 0
        add("oriel \(status["oriel"]?.text ?? "of an unknown version"), up for \(Self.duration(seconds))")
        add("compositor: \(isConnected ? "there" : "gone"), came back \(Self.times(returns))")
        let memory = Double(status["process"]?["residentBytes"]?.integer ?? 0) / 1e6
        let processor = status["process"]?["cpuSeconds"]?.number ?? 0
        add("process: \(Self.rounded(memory)) MB, \(Self.rounded(processor)) s of processor time")
        for screen in status["screens"]?.elements ?? [] { add(screen) }
    }

    private mutating func add(_ line: String) { text += line + "\n" }

    private mutating func add(_ screen: JSONValue) {
        add("screen \(screen["name"]?.text ?? "?"):")
        add("  output: \(screen["output"]?.text ?? "none")")
        add("  source: \(screen["source"]?.text ?? "none"), lost \(Self.times(screen["losses"]?.integer ?? 0))")
        let statistics = screen["statistics"], frames = statistics?["frames"]
        add("  path: \(statistics?["path"]?.text ?? "none") (\(statistics?["pathReason"]?.text ?? "unknown"))")
        let presented = frames?["presented"]?.integer ?? 0, direct = frames?["zeroCopy"]?.integer ?? 0
        let share = presented > 0 ? ", \(direct * 100 / presented) % zero-copy" : ""
        add("  frames: \(frames?["committed"]?.integer ?? 0) committed, \(presented) presented\(share)")
        if let latency = statistics?["latency"]?["changeToPresent"], (latency["count"]?.integer ?? 0) > 0 {
            let values = ["p50", "p99"].map { "\($0) \(Self.rounded(Double(latency[$0]?.integer ?? 0) / 1e6)) ms" }
            add("  change to screen: \(values.joined(separator: ", "))")
        }
        for error in screen["errors"]?.elements ?? [] { add("  not there: \(error.text ?? "?")") }
    }

    private static func times(_ count: Int64) -> String { count == 1 ? "once" : "\(count) times" }

    private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int64(max(0, min(seconds, 1e12)))
        let parts = [("d", whole / 86_400), ("h", whole / 3600 % 24), ("min", whole / 60 % 60), ("s", whole % 60)]
        let shown = parts.drop { $0.1 == 0 }.prefix(2)
        return shown.isEmpty ? "0 s" : shown.map { "\($0.1) \($0.0)" }.joined(separator: " ")
    }
}
