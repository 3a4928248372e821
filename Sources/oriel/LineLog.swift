// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Logging

/// Writes each message as one line to standard error, with its level unless that is plain information, and with the kiosk's screen that it
/// is about.
struct LineLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    static func logger(level: Logger.Level) -> Logger {
        Logger(label: "oriel") { _ in LineLog(logLevel: level) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let prefix = event.level == .info ? "oriel: " : "oriel: \(event.level): "
        let screen = metadata["screen"].map { "screen \($0): " } ?? ""
        writeLine(prefix + screen + event.message.description, to: STDERR_FILENO)
    }
}
