// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc
public import Logging
public import Planes
package import System

/// A recording as a source: its planes do what the recorded ones did, at the same intervals.
///
/// It begins when somebody listens, holds the last picture at the recording's end, or begins anew. Each recorded buffer has memory of
/// its own, with the recorded layout. Like QEMU, the replay draws when it is time, whether or not the compositor has released the
/// memory.
public final class ReplaySource: PlaneSource {
    public weak var delegate: (any PlaneSourceDelegate)? {
        // A new delegate hears of changes that came before it.
        didSet { if delegate != nil { begin() } }
    }

    /// The name of the recorded source.
    public let name: String
    public let counts = SourceCounts()

    private let address: ReplayAddress
    private let log: Logger
    private var timer: TimerSource!
    /// nil once it is closed.
    private var playing: Playing?
    /// Whether the delegate is to be told at the next turn, whatever has happened.
    private var hasNewDelegate = false
    private var hasToldFault = false

    /// What lives from init to ``close()``.
    fileprivate final class Playing {
        let reader: RecordingReader
        /// /dev/udmabuf, or nil where it can't be opened.
        let device: OwnedDescriptor?
        var planes = PerPlane<ReplayedPlane>(primary: ReplayedPlane(), cursor: ReplayedPlane())
        /// The next event; nil at the end.
        var upcoming: RecordedEvent?
        /// When this round began, in nanoseconds from the beginning of the first.
        var roundBegan: UInt64 = 0
        /// CLOCK_MONOTONIC in nanoseconds; nil before anybody listened.
        var startedAt: UInt64?

        init(_ reader: RecordingReader, _ device: consuming OwnedDescriptor?, first: RecordedEvent) {
            self.reader = reader
            self.device = device
            upcoming = first
        }
    }

    /// The most events that are played before the loop goes on.
    private static let mostEvents = 64

    /// Opens a recording. Nothing is played before there is a delegate.
    ///
    /// - Throws: ``SourceError`` where the file isn't there, isn't a recording, or has not one whole record.
    public init(_ address: ReplayAddress, loop: EventLoop, logger: Logger) throws(SourceError) {
        self.address = address
        log = logger
        let reader = try address.open()
        name = "\(reader.header.name.asPeerName) (recorded)"
        let first: RecordedEvent
        do throws(RecordingFault) { first = try reader.next() } catch { throw address.refusal(error) }
        let device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC)
        playing = Playing(reader, device < 0 ? nil : OwnedDescriptor(adopting: device), first: first)
        timer = loop.timer { [unowned self] in advance() }
    }

    public func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        guard let playing else { throw .ended }
        return playing.planes[kind].state
    }

    public func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard let playing else { throw .ended }
        return try playing.planes[kind].buffer(of: generation)
    }

    public func committed(_ kind: PlaneKind, generation: Generation) { playing?.planes[kind].committed(generation) }

    public func skipped(_ kind: PlaneKind, generation: Generation) {}
    public func released(_ kind: PlaneKind, _ identity: BufferIdentity) {}

    public func close() {
        playing = nil
        timer.disarm()
    }

    /// Plays the next event in this call, whenever it is due, for tests of a replay without a delegate.
    ///
    /// - Returns: false at the end.
    package func step() throws(Errno) -> Bool {
        guard let playing, let event = playing.upcoming else { return false }
        _ = try playing.play(event, at: EventLoop.now())
        fetch(playing)
        return true
    }

    private func begin() {
        guard let playing else { return }
        if playing.startedAt == nil { playing.startedAt = EventLoop.now() }
        hasNewDelegate = true
        timer.arm(after: 0)
    }

    /// Plays what is due, and tells the delegate if anything was.
    private func advance() {
        // Nothing of what is played is retained while the delegate is told, so that a close in there is complete when it returns.
        do throws(Errno) {
            if try playDue() { delegate?.planeSourceDidChange(self) }
        } catch {
            close()
            delegate?.planeSource(
                self,
                didEnd: SourceError(
                    .unavailable, "\(address): no memory for its pictures (\(error.text)): make room for it"))
        }
    }

    /// Returns whether there is news for the delegate.
    private func playDue() throws(Errno) -> Bool {
        guard let playing, let startedAt = playing.startedAt else { return false }
        let now = EventLoop.now()
        var isNews = hasNewDelegate
        hasNewDelegate = false
        for _ in 0..<Self.mostEvents {
            guard let event = playing.upcoming, playing.roundBegan + event.time <= now - startedAt else { break }
            isNews = try playing.play(event, at: now) || isNews
            fetch(playing)
        }
        if let event = playing.upcoming { timer.arm(at: startedAt + playing.roundBegan + event.time) }
        return isNews
    }

    /// Goes on to the next event. A recording that is damaged ends before the damage.
    private func fetch(_ playing: Playing) {
        let last = playing.upcoming
        playing.upcoming = nil
        if let last, case .end = last.content {
        } else {
            do throws(RecordingFault) { playing.upcoming = try playing.reader.next() } catch {
                if !hasToldFault { log.warning("\(address): \(error): what comes before that is played") }
                hasToldFault = true
            }
        }
        if playing.upcoming == nil, address.isLoop { playing.beginAnew(after: last?.time ?? 0) }
    }
}

extension ReplaySource.Playing {
    /// The shortest time between two beginnings, in nanoseconds: that of a recording without any length.
    private static let shortestRound: UInt64 = 20_000_000

    /// Begins another round, this long after the beginning of the one before.
    fileprivate func beginAnew(after time: UInt64) {
        reader.rewind()
        upcoming = try? reader.next()
        roundBegan += max(time, Self.shortestRound)
        planes.primary.beginAnew()
        planes.cursor.beginAnew()
    }

    /// Returns whether a plane shows something else now.
    fileprivate func play(_ event: RecordedEvent, at now: UInt64) throws(Errno) -> Bool {
        switch event.content {
        case .buffer(let kind, let buffer):
            planes[kind].describe(buffer)
            return false
        case .pixels(let kind, let pixels):
            try make(pixels.buffer, kind).write(pixels)
            return false
        case .picture(let kind, let picture):
            planes[kind].show(picture, in: try make(picture.buffer, kind), at: now)
            return true
        case .moved(let kind, let position): return planes[kind].move(to: position)
        case .off(let kind): return planes[kind].turnOff()
        case .end: return false
        }
    }

    /// The memory of a recorded buffer, made when it is first used.
    private func make(_ number: Int, _ kind: PlaneKind) throws(Errno) -> ReplayBuffer {
        switch planes[kind].slots[number] {
        case .made(_, let buffer): return buffer
        case .described(let recorded):
            let pinned = planes.primary.pinnedBytes + planes.cursor.pinnedBytes
            let length = ReplayBuffer.length(of: recorded.layout.replayed(as: kind))
            let canPin = recorded.memory == .dmabuf && pinned + length <= ReplayedPlane.mostPinnedBytes
            let buffer =
                canPin ? try ReplayBuffer(recorded, of: kind, on: device) : try ReplayBuffer(recorded, of: kind, on: nil)
            planes[kind].slots[number] = .made(recorded, buffer)
            return buffer
        case .empty: preconditionFailure("the reader lets no record name a buffer that wasn't described")
        }
    }
}
