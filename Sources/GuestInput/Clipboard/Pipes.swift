// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// Reads what another program writes into a pipe, without blocking, within limits of size and time.
final class PipeReader {
    typealias Outcome = Result<[UInt8], ClipboardFault>

    private let descriptor: OwnedDescriptor
    private let limit: Int
    private let done: (Outcome) -> Void
    private var bytes: [UInt8] = []
    private var source: DescriptorSource?
    private var timer: TimerSource?
    /// The bytes that one turn of the loop reads: a pipe's usual size.
    private var portion = [UInt8](repeating: 0, count: 1 << 16)

    /// - Parameters:
    ///   - patience: how long the whole transfer may take, in nanoseconds.
    ///   - give: passes on the end to write into, which is valid during the call.
    ///   - done: called once, from the loop.
    init(
        limit: Int, patience: UInt64, loop: EventLoop, give: (borrowing OwnedDescriptor) -> Void,
        done: @escaping (Outcome) -> Void
    ) throws(ClipboardFault) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .notGiven("no pipe (\(String(cString: strerror(errno))))") }
        descriptor = OwnedDescriptor(adopting: ends[0])
        let theirs = OwnedDescriptor(adopting: ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // Only our end: other programs don't expect writes to fail with EAGAIN.
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        self.limit = limit
        self.done = done
        do throws(EventLoopError) { source = try loop.watch(ends[0]) { [unowned self] _ in read() } } catch {
            throw .notGiven(error.description)
        }
        timer = loop.timer { [unowned self] in end(.failure(.notGiven("it takes too long"))) }
        timer?.arm(after: patience)
        give(theirs)
    }

    // Before the descriptor, which comes first among the members.
    deinit { source = nil }

    private func read() {
        let count = portion.withUnsafeMutableBytes { Glibc.read(descriptor.rawValue, $0.baseAddress, $0.count) }
        let code = errno
        bytes += portion.prefix(max(count, 0))
        switch count {
        case 0: end(.success(bytes))
        case 1...: if bytes.count > limit { end(.failure(.tooLong(limit: limit))) }
        default: if code != EAGAIN, code != EINTR { end(.failure(.notGiven(String(cString: strerror(code))))) }
        }
    }

    private func end(_ outcome: Outcome) {
        source = nil
        timer = nil
        done(outcome)
    }
}

/// Writes into a pipe that another program reads at its own pace, until everything is written, the reader is gone, or it read
/// nothing for too long. SIGPIPE must be ignored.
final class PipeWriter {
    private let descriptor: OwnedDescriptor
    private let loop: EventLoop
    private let patience: UInt64
    private let done: (PipeWriter) -> Void
    /// The content; nil until it is known.
    private var bytes: [UInt8]?
    private var written = 0
    private var source: DescriptorSource?
    private var timer: TimerSource!

    /// - Parameters:
    ///   - patience: how long the content may take to come, and each portion to be read, in nanoseconds.
    ///   - done: called once, from the loop or from inside ``write(_:)``. Release the writer then.
    init(
        _ descriptor: consuming OwnedDescriptor, patience: UInt64, loop: EventLoop, done: @escaping (PipeWriter) -> Void
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.patience = patience
        self.done = done
        _ = fcntl(self.descriptor.rawValue, F_SETFL, fcntl(self.descriptor.rawValue, F_GETFL) | O_NONBLOCK)
        timer = loop.timer { [unowned self] in end() }
        timer.arm(after: patience)
    }

    // Before the descriptor, which comes first among the members.
    deinit { source = nil }

    var isWaiting: Bool { bytes == nil }

    func write(_ bytes: [UInt8]) {
        self.bytes = bytes
        writeOn()
    }

    private func writeOn() {
        guard let bytes, written < bytes.count else { return end() }
        let count = bytes.withUnsafeBytes {
            Glibc.write(descriptor.rawValue, $0.baseAddress! + written, bytes.count - written)
        }
        if count > 0 {
            written += count
            timer.arm(after: patience)
        } else if errno != EAGAIN, errno != EINTR {
            return end()
        }
        guard written < bytes.count else { return end() }
        do throws(EventLoopError) {
            if source == nil { source = try loop.watch(descriptor.rawValue, for: .writable) { [unowned self] _ in writeOn() } }
        } catch {
            end()
        }
    }

    private func end() {
        source = nil
        timer.disarm()
        done(self)
    }
}
