// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
package import Measurement
internal import System

/// A trace while it grows: whole JSON after each write. A write that fails is the last one: what was written before stays.
package final class TraceFile {
    private let path: String
    private let descriptor: OwnedDescriptor
    private let limit: Int
    private var events: TraceEvents
    /// Where the next event is written: over the end of the JSON.
    private var length = 0
    private var isFull = false
    /// Why it can't be written any more; nil where it can.
    package private(set) var fault: FileError?

    /// The largest size in bytes: about ten minutes at 500 frames a second.
    static let usualLimit = 256 << 20

    /// Makes the file.
    ///
    /// - Parameter overwrites: Whether a file that is there already is replaced.
    package convenience init(_ path: String, source: String, version: String, overwrites: Bool) throws(FileError) {
        let events = TraceEvents(source: source, version: version, start: EventLoop.now())
        self.init(path, try OutputFile.make(path, overwrites: overwrites), events)
    }

    init(_ path: String, _ file: consuming OwnedDescriptor, _ events: TraceEvents, limit: Int = TraceFile.usualLimit) {
        self.path = path
        self.limit = limit
        self.events = events
        descriptor = file
        write(events.beginning)
    }

    /// Adds frames, in the order of their commits, and what happened beside them.
    package func add(_ frames: [FrameRecord], cursors: [CursorCommit] = [], probes: [InputProbes.Outcome] = []) {
        guard fault == nil, !isFull else { return }
        let text = events.events(of: frames, cursors: cursors, probes: probes)
        isFull = length + text.utf8.count > limit
        let time = frames.first?.committedAt ?? cursors.first?.committedAt ?? probes.first?.sentAt ?? 0
        write(isFull ? events.stopped("the trace is full", at: time) : text)
    }

    /// Adds what is due at the end of the run.
    ///
    /// - Returns: A line if the trace is full and lacks what came later.
    package func finish() -> String? {
        write(events.rest())
        return isFull ? "\(path): the trace has reached \(limit >> 20) MiB and lacks what came later: trace a shorter run" : nil
    }

    private func write(_ text: String) {
        guard fault == nil, !text.isEmpty else { return }
        do throws(Errno) {
            try put(text + TraceEvents.end, at: length)
            length += text.utf8.count
        } catch {
            // The end was there before the events that have no room.
            if length > 0, (try? put(TraceEvents.end, at: length)) != nil {
                ftruncate(descriptor.rawValue, off_t(length + TraceEvents.end.utf8.count))
            }
            fault = FileError(path: path, code: error.code, remedy: "make room for it, and measure again")
        }
    }

    private func put(_ text: String, at offset: Int) throws(Errno) {
        var failure: Errno?
        Array(text.utf8).withUnsafeBytes { bytes in
            do throws(Errno) { try OwnedDescriptor.write(bytes, to: descriptor.rawValue, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
