// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
public import Planes
internal import System

/// The place of a recording: a `replay:` URL, parsed.
///
/// | URL | means |
/// |---|---|
/// | `replay:FILE` | the recording in this file, played once; `%20` and the like stand for any byte |
/// | `replay:FILE?loop` | the same, again and again |
public struct ReplayAddress: Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let isLoop: Bool

    /// - Throws: ``SourceError/Reason/usage`` with a line that says what is wrong and what to write instead.
    public init(url: String) throws(SourceError) {
        do throws(URLMistake) {
            guard url.hasPrefix("replay:") else { throw URLMistake("not a recording's URL", use: "replay:FILE") }
            let parts = url.dropFirst("replay:".count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[1] != "loop" { throw URLMistake("unknown option '\(parts[1])'", use: "?loop") }
            path = try String(decoding: parts[0])
            guard !path.isEmpty else { throw URLMistake("no recording is named", use: "replay:FILE") }
            isLoop = parts.count == 2
        } catch {
            throw error.error(in: url)
        }
    }

    /// The URL without its option, for messages.
    public var description: String { "replay:\(path)".singleLine }

    /// Opens the file and reads the recording's header.
    func open() throws(SourceError) -> RecordingReader {
        // A pipe or a device that nobody writes to must not be waited for.
        let number = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard number >= 0 else {
            let error = Errno.last
            let what =
                error.code == ENOENT ? "there is no such file: make one with oriel record" : "can't be opened (\(error.text))"
            throw SourceError(error.isPermission ? .notPermitted : .unavailable, "\(self): \(what)")
        }
        let file = OwnedDescriptor(adopting: number)
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SourceError(.unavailable, "\(self): it isn't a file: name a recording of oriel record")
        }
        do throws(RecordingFault) { return try RecordingReader(file) } catch { throw refusal(error) }
    }

    /// Nothing of the recording can be played.
    func refusal(_ fault: RecordingFault) -> SourceError {
        SourceError(.unavailable, "\(self): \(fault): record it again".singleLine)
    }
}
