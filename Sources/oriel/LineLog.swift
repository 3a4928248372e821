// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Logging

/// One line a message on standard error, with the level where it isn't plain information.
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

    func log(
        level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
        function: String, line: UInt
    ) {
        writeLine(level == .info ? "oriel: \(message)" : "oriel: \(level): \(message)", to: STDERR_FILENO)
    }
}
