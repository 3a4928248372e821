// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// Reads what another program writes into a pipe, without waiting, within a limit and a time.
final class PipeReader {
    typealias Outcome = Result<[UInt8], ClipboardFault>

    private let descriptor: OwnedDescriptor
    private let limit: Int
    private let done: (Outcome) -> Void
    private var bytes: [UInt8] = []
    private var source: DescriptorSource?
    private var timer: TimerSource?
    /// For what one turn of the loop reads: a pipe's usual size.
    private var portion = [UInt8](repeating: 0, count: 1 << 16)

    /// - Parameters:
    ///   - patience: nanoseconds until all must have come.
    ///   - give: gets the end that is to be written into, for the call alone.
    ///   - done: called once, in the loop.
    init(
        limit: Int, patience: UInt64, loop: EventLoop, give: (borrowing OwnedDescriptor) -> Void,
        done: @escaping (Outcome) -> Void
    ) throws(ClipboardFault) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .notGiven("no pipe (\(String(cString: strerror(errno))))") }
        descriptor = OwnedDescriptor(adopting: ends[0])
        let theirs = OwnedDescriptor(adopting: ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // Ours alone: other programs don't expect that writing fails because nobody has read yet.
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        self.limit = limit
        self.done = done
        do throws(EventLoopError) {
            source = try loop.watch(ends[0]) { [unowned self] _ in read() }
            timer = try loop.timer { [unowned self] in end(.failure(.notGiven("it takes too long"))) }
        } catch {
            throw .notGiven(error.description)
        }
        timer?.arm(after: patience)
        give(theirs)
    }

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
