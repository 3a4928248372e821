// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement

/// One thing that was examined, and the cost of its absence.
public struct Finding: Sendable {
    public enum State: String, Sendable {
        case good
        /// Not there. Oriel works without it, at the price that `cost` names.
        case missing
        /// There, but closed to this user.
        case forbidden
    }

    public let subject: String
    public let state: State
    /// The state of the thing, in a few words.
    public let detail: String
    /// The loss without it; nil where there is none.
    public let cost: String?
    /// How to get it; nil where nothing is to be done.
    public let remedy: String?

    public init(_ subject: String, _ state: State, _ detail: String, cost: String? = nil, remedy: String? = nil) {
        self.subject = subject
        self.state = state
        self.detail = detail
        self.cost = state == .good ? nil : cost
        self.remedy = state == .good ? nil : remedy
    }

    var json: JSON {
        .object([
            ("subject", .string(subject)), ("state", .string(state.rawValue)), ("detail", .string(detail)),
            ("cost", cost.map(JSON.string) ?? .null), ("remedy", remedy.map(JSON.string) ?? .null),
        ])
    }

    var lines: [String] {
        let mark = state == .good ? "ok       " : state == .missing ? "missing  " : "forbidden"
        var lines = ["\(mark)  \(subject): \(detail)"]
        if let cost { lines.append("             cost:   \(cost)") }
        if let remedy { lines.append("             remedy: \(remedy)") }
        return lines
    }
}

/// The findings about one source. They are made from what the source's room says, by a room that imports both.
public struct SourceFindings: Sendable {
    public let url: String
    public let findings: [Finding]

    public init(_ url: String, _ findings: [Finding]) {
        self.url = url
        self.findings = findings
    }

    var json: JSON { .object([("url", .string(url)), ("findings", .array(findings.map(\.json)))]) }
}
