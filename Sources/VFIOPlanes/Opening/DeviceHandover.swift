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
    typealias Outcome = Result<OwnedDescriptor, DeviceError>

    /// The pause after each attempt at a full queue of connections, in nanoseconds. The kernel doesn't say when there is room
    /// (unix(7)).
    private static let connectPause: UInt64 = 10_000_000

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
    ///   - done: Hears the descriptor or why there is none: called once, in the loop, and never after ``cancel()``. ETIMEDOUT where
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

    /// The same, waited for on a loop of its own.
    static func wait(from path: String, patience: UInt64) throws(DeviceError) -> OwnedDescriptor {
        final class Box {
            var outcome: Outcome?
        }
        let box = Box()
        let loop: EventLoop
        do throws(EventLoopError) { loop = try EventLoop() } catch { throw DeviceError(errno: error.code) }
        let handover = DeviceHandover(from: path, patience: patience, loop: loop) { outcome in box.outcome = consume outcome }
        defer { handover.cancel() }
        while true {
            if let outcome = box.outcome.take() { return try outcome.get() }
            do throws(EventLoopError) { try loop.turn(waitingAtMost: 1_000_000_000) } catch {
                throw DeviceError(errno: error.code)
            }
        }
    }

    /// The next attempt to connect is due, or the time is up.
    private func handleTimer() {
        guard socket == nil else { return finish(.failure(DeviceError(errno: ETIMEDOUT))) }
        do throws(DeviceError) { try connect() } catch {
            switch error.errno {
            // Somebody listens, on the other kind of socket (connect(2)).
            case EPROTOTYPE where kind == .stream:
                kind = .packets
                timer.arm(after: 0)
            case EAGAIN, EINTR:
                guard EventLoop.now() < deadline else { return finish(.failure(DeviceError(errno: ETIMEDOUT))) }
                timer.arm(after: Self.connectPause)
            default: finish(.failure(error))
            }
        }
    }

    private func connect() throws(DeviceError) {
        let socket: OwnedDescriptor
        do throws(Errno) { socket = try Self.connection(to: path, kind) } catch { throw DeviceError(errno: error.code) }
        let number = socket.rawValue
        do throws(EventLoopError) { watch = try loop.watch(number) { [unowned self] _ in receive(from: number) } } catch {
            throw DeviceError(errno: error.code)
        }
        self.socket = consume socket
        timer.arm(at: deadline)
    }

    private static func connection(to path: String, _ kind: LocalSocket.Kind) throws(Errno) -> OwnedDescriptor {
        let socket = try LocalSocket.make(kind)
        try LocalSocket.connect(socket, to: path)
        return socket
    }

    private func receive(from socket: CInt) {
        let result = oriel_receive_device(socket)
        if result >= 0 { return finish(.success(OwnedDescriptor(adopting: result))) }
        if result != -EAGAIN, result != -EINTR { finish(.failure(DeviceError(errno: -result))) }
    }

    /// Whoever hears this may drop the handover: nothing of it is touched afterwards.
    private func finish(_ outcome: consuming Outcome) {
        cancel()
        done(outcome)
    }
}
