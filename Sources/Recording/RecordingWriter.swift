// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import System

/// A recording while it grows. Records are gathered and written together; whatever was written ends with a whole record.
package final class RecordingWriter {
    private let descriptor: OwnedDescriptor
    /// The largest size in bytes.
    private let limit: UInt64
    private var gathered: [UInt8]
    /// Bytes in the file.
    private var written: UInt64 = 0

    /// How many bytes are gathered before they are written.
    private static let portion = 1 << 20

    /// Begins a recording in an empty file. Nothing is written before the first ``flush()``.
    ///
    /// - Parameter limit: The largest size of the file in bytes; more than its header and its end take.
    package init(_ descriptor: consuming OwnedDescriptor, _ header: RecordingHeader, limit: UInt64) {
        self.descriptor = descriptor
        self.limit = limit
        gathered = header.bytes
    }

    /// The recording's size so far, in bytes.
    package var length: UInt64 { written + UInt64(gathered.count) }

    /// Adds events that belong together: all of them, or none if the recording would become too large.
    ///
    /// - Returns: false if it would.
    package func add(_ events: [RecordedEvent]) throws(Errno) -> Bool {
        let bytes = events.map(\.bytes), count = bytes.reduce(0) { $0 + $1.count }
        guard length + UInt64(count + RecordingFormat.endLength) <= limit else { return false }
        for record in bytes { gathered += record }
        if gathered.count >= Self.portion { try flush() }
        return true
    }

    /// Writes what has been gathered. If that fails, the file keeps what was written before.
    package func flush() throws(Errno) {
        do throws(Errno) { try WholeFile.write(gathered, to: descriptor.rawValue) } catch {
            ftruncate(descriptor.rawValue, off_t(written))
            throw error
        }
        written += UInt64(gathered.count)
        gathered.removeAll(keepingCapacity: true)
    }

    /// Ends the recording.
    package func finish(_ reason: RecordingEnd, at time: UInt64) throws(Errno) {
        gathered += RecordedEvent(.end(reason), at: time).bytes
        try flush()
    }
}
