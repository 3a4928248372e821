// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Logging

/// What a logger was told from the level notice on, on one thread.
final class Lines: @unchecked Sendable {
    private(set) var all: [String] = []

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.notice
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { lines.all.append(event.message.description) }
    }
}
