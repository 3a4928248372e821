// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
public import EventLoop
internal import Glibc
public import Planes
internal import System

/// The opening of a `planes:` source. Nothing waits for the server: each of its answers, and each time limit, is an event of the loop.
///
/// ```swift
/// opening = PlanesOpening(try PlanesAddress(url: "planes:/run/user/1000/guest.sock"), loop: loop) { result in … }
/// ```
///
/// ```
/// connecting ─► greeting ─► awaitingPicture ─► over
///  └─◄─┘ EAGAIN     (hello, capabilities)
/// ```
public final class PlanesOpening: GuestOpening {
    private enum Stage {
        /// There is no connection yet: this is the first turn, or the server's queue of connections is full.
        case connecting
        /// The server hasn't said what kind of display it has.
        case greeting(PlaneClient)
        /// The client is usable, and its first picture may be on its way.
        case awaitingPicture(PlaneClient)
        /// The result has been told, or never will be.
        case over
    }

    /// How long an opening waits for a first picture, which a client can do without; nanoseconds.
    static let usualPicturePatience: UInt64 = 300_000_000

    private let place: String
    private let connect: () throws(SourceError) -> OwnedDescriptor?
    /// CLOCK_MONOTONIC in nanoseconds.
    private let deadline: UInt64
    private let picturePatience: UInt64
    private let loop: EventLoop
    private let done: (Result<PlaneClient, SourceError>) -> Void
    private var stage = Stage.connecting
    private var watch: DescriptorSource?
    private var timer: TimerSource!

    /// Begins to open the guest; the first attempt to connect is made in the loop's next turn.
    ///
    /// - Parameters:
    ///   - patience: How long the server may take, in nanoseconds; nil for the protocol's 5 s.
    ///   - done: Receives the result: called once, in the loop, and never after ``cancel()``. Fails with
    ///     ``SourceError/Reason/unavailable`` where there is no server or it doesn't answer as one, and with
    ///     ``SourceError/Reason/notPermitted`` where either end may not talk to the other.
    public convenience init(
        _ address: PlanesAddress, patience: UInt64? = nil, loop: EventLoop,
        done: @escaping (Result<Guest, SourceError>) -> Void
    ) {
        self.init(
            place: "\(address)", patience: patience, loop: loop,
            connect: { () throws(SourceError) in try address.connect() }, done: { done($0.map { Guest(planes: $0) }) })
    }

    /// - Parameter connect: Returns a connected socket, or nil where it is to be called again after a pause.
    init(
        place: String, patience: UInt64?, picturePatience: UInt64 = usualPicturePatience, loop: EventLoop,
        connect: @escaping () throws(SourceError) -> OwnedDescriptor?,
        done: @escaping (Result<PlaneClient, SourceError>) -> Void
    ) {
        self.place = place
        self.picturePatience = picturePatience
        self.loop = loop
        self.connect = connect
        self.done = done
        deadline = EventLoop.now() &+ (patience ?? UInt64(PLANE_HELLO_SECONDS) * 1_000_000_000)
        timer = loop.timer { [unowned self] in handleTimer() }
        timer.arm(after: 0)
    }

    deinit { cancel() }

    public func cancel() {
        timer?.disarm()
        watch = nil
        // A client that nobody has been given closes its connection as it goes.
        stage = .over
    }

    /// The next attempt to connect is due, or the time for the present stage is up.
    private func handleTimer() {
        switch stage {
        case .connecting:
            do throws(SourceError) {
                if let socket = try connect() { return try greet(over: socket) }
                guard EventLoop.now() < deadline else {
                    throw SourceError(
                        .unavailable, "\(place): its server takes no connection: see whether its process is stopped or hangs")
                }
                timer.arm(after: LocalSocket.queuePause)
            } catch {
                fail(error)
            }
        case .greeting:
            fail(
                SourceError(
                    .unavailable,
                    "\(place): what listens there doesn't speak the plane protocol: see whether it is a plane server, and not stopped"
                ))
        case .awaitingPicture(let client): hand(over: client)
        case .over: break
        }
    }

    private func greet(over socket: consuming OwnedDescriptor) throws(SourceError) {
        let descriptor = socket.rawValue
        let client = PlaneClient(greetingOver: socket, place: place, loop: loop)
        if case .ending(let error) = client.life { throw error }
        do throws(EventLoopError) { watch = try loop.watch(descriptor) { [unowned self] _ in handleAnswer() } } catch {
            throw SourceError(place, error)
        }
        stage = .greeting(client)
        timer.arm(at: deadline)
    }

    private func handleAnswer() {
        let client: PlaneClient
        switch stage {
        case .connecting, .over: return
        case .greeting(let it), .awaitingPicture(let it): client = it
        }
        client.drain()
        switch (client.life, stage) {
        case (.ending(let error), _): fail(error)
        case (.running, _) where client.isUpToDate:
            // The loop watches a descriptor only once, and gives a watch up when its handler has returned: the client begins in the
            // next turn.
            stage = .awaitingPicture(client)
            timer.arm(after: 0)
        case (.running, .greeting):
            stage = .awaitingPicture(client)
            timer.arm(at: min(deadline, EventLoop.now() &+ picturePatience))
        default: break
        }
    }

    private func hand(over client: PlaneClient) {
        watch = nil
        do throws(SourceError) { try client.begin() } catch { return fail(error) }
        stage = .over
        // The caller may drop the opening: nothing of it is touched afterwards.
        done(.success(client))
    }

    private func fail(_ error: SourceError) {
        cancel()
        done(.failure(error))
    }
}

extension PlanesAddress {
    /// Connects to a server of the right user, without waiting. Returns nil where the server's queue of connections is full.
    func connect() throws(SourceError) -> OwnedDescriptor? {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(.last) }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SourceError(.unavailable, "\(self): it isn't a socket: name the socket of a plane server")
        }
        guard let socket = try attempt({ () throws(Errno) in try LocalSocket.connection(to: path, .packets) }) else { return nil }
        let user = try attempt { () throws(Errno) in try LocalSocket.peer(of: socket.rawValue).user }
        guard allowsAnyUser || user == geteuid() || user == 0 else {
            throw SourceError(.notPermitted, "\(self): its server runs as user \(user): say \(self)?any-user to trust it")
        }
        return socket
    }

    private func attempt<Result: ~Copyable>(_ call: () throws(Errno) -> Result) throws(SourceError) -> Result {
        do throws(Errno) { return try call() } catch { throw failure(error) }
    }

    private func failure(_ error: Errno) -> SourceError {
        SourceError(connecting: "\(self)", error, start: "start its server, for instance oriel guest")
    }
}
