// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Logging

/// A log that a test can read. It is used only on the test's own thread.
public final class CountingLog: @unchecked Sendable {
    public private(set) var messages: [String] = []

    public init() {}

    public var logger: Logger { Logger(label: "test", factory: { _ in Handler(log: self) }) }

    private struct Handler: LogHandler {
        let log: CountingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { log.messages.append("\(event.message)") }
    }
}
