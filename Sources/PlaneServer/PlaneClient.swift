// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
public import Planes
internal import System

/// A guest's display, given by a plane server in another process (`docs/plane-protocol.md`). ``PlanesOpening`` makes one.
///
/// Nothing here waits for the server. It reports each change by itself; a buffer's memory is requested when the buffer is first
/// named, and the change is passed on when the memory is here. A frame costs one read and one write: releases ride
/// with the commit of the same turn of the loop, and cost a write of their own only if there is none.
public final class PlaneClient: PlaneSource {
    public weak var delegate: (any PlaneSourceDelegate)? {
        // A new delegate is told of changes that came before it.
        didSet { if delegate != nil { notices?.schedule() } }
    }

    /// The guest's name as the server told it.
    public internal(set) var name: String
    public var counts: SourceCounts { SourceCounts(staleAnswers: staleAnswers) }

    /// How far the conversation with the server has come.
    enum Life {
        /// The server hasn't answered the hello.
        case greeting
        /// The server hasn't said what kind of display it has.
        case askingCaps
        case running
        /// The server has ended it; the delegate, or the opening, has yet to hear why.
        case ending(SourceError)
        case over
    }

    let place: String
    var life = Life.greeting
    var capsType = ServerMessage.CapsType.none
    var regionIsAsked = false
    /// Whether a reset of the connection was seen, behind which the server's last words may lie.
    var hadReset = false
    var planes = PerPlane { WatchedPlane(kind: $0) }
    /// The number of requests for memory that came too late. It stays after the end.
    var staleAnswers: UInt64 = 0
    var states = ReceivedStates()
    /// Whether a plane has changed since the delegate was last told.
    var hasNews = false
    var toldChanges: UInt64 = 0
    private var lastSkipped = PerPlane { _ in Generation.none }

    let openedAt = EventLoop.now()
    private let loop: EventLoop
    var socket: PacketSocket?
    /// Both are nil until ``begin()``: while it opens, its ``PlanesOpening`` watches the socket and looks at `life`.
    private var watch: DescriptorSource?
    private var notices: DeferredSource?
    /// Buffers whose release the server is yet to be told of, and what sends it if no commit does.
    private var releases = PerPlane { _ in PendingReleases() }
    private var releaseNotice: DeferredSource?
    private var retryTimer: TimerSource!

    private static let clientName = "oriel"
    /// Nanoseconds.
    private static let retryDelay: UInt64 = 100_000_000

    /// Says hello over a connected SOCK_SEQPACKET socket. Nothing of the answer is read yet.
    init(
        greetingOver socket: consuming OwnedDescriptor, place: String, loop: EventLoop
    ) {
        self.place = place
        self.loop = loop
        name = place
        self.socket = PacketSocket(socket, takesDescriptors: true)
        retryTimer = loop.timer { [unowned self] in retry() }
        send(
            plane_hello(
                PLANE_HELLO, version: PLANE_VERSION, features: PLANE_FEATURE_PUSH | PLANE_FEATURE_MULTI_PLANE,
                name: Self.clientName))
    }

    /// Whether both planes show what the server said last.
    var isUpToDate: Bool { states.isUpToDate }

    /// Listens to the server in the loop from now on. The opening has let go of the socket before.
    func begin() throws(SourceError) {
        guard let socket else { return }
        notices = DeferredSource(loop: loop) { [unowned self] in drainAndTell() }
        releaseNotice = DeferredSource(loop: loop) { [unowned self] in sendReleases() }
        do throws(EventLoopError) {
            watch = try loop.watch(socket.descriptor.rawValue) { [unowned self] _ in drainAndTell() }
        } catch {
            close()
            throw SourceError(place, error)
        }
    }

    deinit { close() }

    public func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        guard case .running = life else { throw .ended }
        switch planes[kind].shown {
        case .off: return .off
        case .showing(let info, _): return .showing(info)
        case .failed(let error): throw error
        }
    }

    public func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard case .running = life else { throw .ended }
        switch planes[kind].shown {
        case .off: throw .off
        case .failed(let error): throw error
        case .showing(let info, let entry):
            guard info.generation == generation else { throw .stale(asked: generation, current: info.generation) }
            return try entry.makeBuffer(info.identity)
        }
    }

    /// Sends one message: that the generation was committed, that nothing older will be, and what was released before.
    public func committed(_ kind: PlaneKind, generation: Generation) {
        guard case .running = life else { return }
        send(
            plane_committed(
                header: plane_header(of: plane_committed.self, PLANE_COMMITTED), plane_type: kind.rawValue, reserved: 0,
                generation: generation.rawValue, sequence: states.acknowledge(), released: releases[kind].takeAll().wire))
        if releases.primary.isEmpty, releases.cursor.isEmpty { releaseNotice?.cancel() }
    }

    /// Sends one message for each generation, however many times it is said.
    public func skipped(_ kind: PlaneKind, generation: Generation) {
        guard case .running = life, lastSkipped[kind] != generation else { return }
        lastSkipped[kind] = generation
        send(
            plane_skipped(
                header: plane_header(of: plane_skipped.self, PLANE_SKIPPED), plane_type: kind.rawValue, reserved: 0,
                generation: generation.rawValue, sequence: states.acknowledge()))
    }

    /// The server hears of it with the next commit of this turn of the loop, or else at the turn's end.
    public func released(_ kind: PlaneKind, _ identity: BufferIdentity) {
        guard case .running = life, let buffer = planes[kind].name(of: identity) else { return }
        if releases[kind].isFull { sendReleases(kind) }
        releases[kind].add(buffer)
        releaseNotice?.schedule()
    }

    private func sendReleases() { for kind in PlaneKind.allCases { sendReleases(kind) } }

    private func sendReleases(_ kind: PlaneKind) {
        guard case .running = life, !releases[kind].isEmpty else { return }
        send(
            plane_released(
                header: plane_header(of: plane_released.self, PLANE_RELEASED), plane_type: kind.rawValue, reserved: 0,
                released: releases[kind].takeAll().wire))
    }

    public func close() { letGo(.over) }

    private func letGo(_ next: Life) {
        life = next
        watch = nil
        socket = nil
        notices?.cancel()
        releaseNotice?.cancel()
        retryTimer?.disarm()
        planes = PerPlane { WatchedPlane(kind: $0) }
    }

    /// Receives the messages that have arrived and passes them on. The delegate may close this.
    private func drainAndTell() {
        drain()
        if case .ending(let error) = life {
            // Without a delegate the end is kept until one is set.
            letGo(delegate == nil ? life : .over)
            delegate?.planeSource(self, didEnd: error)
            return
        }
        guard let delegate, hasNews else { return acknowledge() }
        hasNews = false
        delegate.planeSourceDidChange(self)
        acknowledge()
    }

    /// Gives the server room for more if the delegate committed and skipped nothing: a window that waits for its frame callback must
    /// be able to commit the newest picture when it comes.
    private func acknowledge() {
        guard case .running = life, states.mustAcknowledge else { return }
        send(plane_seen(header: plane_header(of: plane_seen.self, PLANE_SEEN), sequence: states.acknowledge()))
    }

    func send<Message: BitwiseCopyable>(_ message: Message) {
        guard let socket else { return }
        switch socket.send(message) {
        case .sent: break
        case .full: end(.unavailable, "the server doesn't read what is sent to it: see whether its process is stopped")
        // The server's last word, or its end, is read in the next turn.
        case .ended: notices?.schedule()
        }
    }

    /// Notes the end, of which the delegate is told in the loop's next turn.
    func end(_ reason: SourceError.Reason, _ what: String) {
        switch life {
        case .ending, .over: return
        case .greeting, .askingCaps, .running:
            life = .ending(SourceError(reason, "\(place): \(what)".singleLine))
            notices?.schedule()
        }
    }

    func scheduleRetry() { retryTimer.arm(after: Self.retryDelay) }

    private func retry() {
        guard case .running = life else { return }
        if let generation = planes.primary.retry(states.last.primary) { get(.primary, generation) }
        if let generation = planes.cursor.retry(states.last.cursor) { get(.cursor, generation) }
    }
}

/// The states that a server sends, each of both planes and with the next number: a value.
struct ReceivedStates {
    /// The newest: what is asked for again after a failure that passes.
    private(set) var last = plane_state()
    /// The number of the newest that both planes show.
    private var settled: UInt64 = 0
    private var acknowledged: UInt64 = 0

    var isEmpty: Bool { last.sequence == 0 }
    var isUpToDate: Bool { !isEmpty && settled == last.sequence }
    /// Whether the server has no room for another state, and can be given some.
    var mustAcknowledge: Bool { last.sequence - acknowledged >= UInt64(PLANE_STATE_WINDOW) && settled > acknowledged }

    mutating func receive(_ state: plane_state) throws(ProtocolFault) {
        guard state.sequence == last.sequence + 1 else { throw .wrongSequence(state.sequence) }
        guard state.sequence - acknowledged <= UInt64(PLANE_STATE_WINDOW) else { throw .tooManyStates }
        last = state
    }

    /// Both planes show what the newest state says.
    mutating func settle() { settled = last.sequence }

    /// Returns the number that tells the server how far both planes are.
    mutating func acknowledge() -> UInt64 {
        acknowledged = settled
        return settled
    }
}

/// Buffers of a plane to release, as many as a message has room for: a value.
private struct PendingReleases {
    private var buffers = SIMD4<UInt64>(repeating: 0)
    private var count = 0

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == Int(PLANE_RELEASED_ENTRIES) }

    /// Adds a buffer; there must be room.
    mutating func add(_ buffer: UInt64) {
        buffers[count] = buffer
        count += 1
    }

    /// Takes out all of them; unused entries are 0.
    mutating func takeAll() -> SIMD4<UInt64> {
        defer { self = PendingReleases() }
        return buffers
    }
}
