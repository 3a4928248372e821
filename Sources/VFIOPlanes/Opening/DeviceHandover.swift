// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// The handing over of a device's descriptor by the VMM that listens on a Unix socket (``VFIOAddress/Endpoint/socket(path:)``).
/// Nothing waits for the VMM: its message, and each time limit, is an event of the loop.
final class DeviceHandover {
    typealias Outcome = Result<OwnedDescriptor, Errno>

    private let path: String
    /// CLOCK_MONOTONIC in nanoseconds.
    private let deadline: UInt64
    private let loop: EventLoop
    private let done: (consuming Outcome) -> Void
    /// A stream at first; packets where the VMM listens for those.
    private var kind = LocalSocket.Kind.stream
    /// nil until there is a connection, and after the end.
    private var socket: OwnedDescriptor?
    private var watch: DescriptorSource?
    private var timer: TimerSource!

    /// - Parameters:
    ///   - patience: How long the VMM may take, in nanoseconds.
    ///   - done: Receives the descriptor or why there is none: called once, in the loop, and never after ``cancel()``. ETIMEDOUT where
    ///     the time is up, ENODATA where the VMM closes the connection first, EBADMSG where it sends anything else.
    init(
        from path: String, patience: UInt64, loop: EventLoop, done: @escaping (consuming Outcome) -> Void
    ) {
        self.path = path
        self.loop = loop
        self.done = done
        deadline = EventLoop.now() &+ patience
        timer = loop.timer { [unowned self] in handleTimer() }
        timer.arm(after: 0)
    }

    deinit { cancel() }

    func cancel() {
        timer?.disarm()
        watch = nil
        socket = nil
    }

    /// The next attempt to connect is due, or the time is up.
    private func handleTimer() {
        guard socket == nil else { return finish(.failure(Errno(code: ETIMEDOUT))) }
        do throws(Errno) { try connect() } catch {
            // Somebody listens, on the other kind of socket (connect(2)).
            guard error.code == EPROTOTYPE, kind == .stream else { return finish(.failure(error)) }
            kind = .packets
            timer.arm(after: 0)
        }
    }

    private func connect() throws(Errno) {
        guard let socket = try LocalSocket.connection(to: path, kind) else {
            guard EventLoop.now() < deadline else { throw Errno(code: ETIMEDOUT) }
            return timer.arm(after: LocalSocket.queuePause)
        }
        let number = socket.rawValue
        do throws(EventLoopError) { watch = try loop.watch(number) { [unowned self] _ in receive(from: number) } } catch {
            throw Errno(code: error.code)
        }
        self.socket = consume socket
        timer.arm(at: deadline)
    }

    private func receive(from socket: CInt) {
        let result = oriel_receive_device(socket)
        if result >= 0 { return finish(.success(OwnedDescriptor(adopting: result))) }
        if result != -EAGAIN, result != -EINTR { finish(.failure(Errno(code: -result))) }
    }

    /// The caller may drop the handover: nothing of it is touched afterwards.
    private func finish(_ outcome: consuming Outcome) {
        cancel()
        done(outcome)
    }
}
