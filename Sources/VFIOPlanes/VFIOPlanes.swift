// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
internal import Glibc
package import Logging
public import Planes
internal import System

/// A VFIO device's display as a plane source: an mdev, a GPU's virtual function, or whatever a VMM hands over.
///
/// A driver doesn't tell of changes: whoever shows it queries it, once a refresh (``PolledPlaneSource``). A query is one ioctl per plane;
/// new memory costs one more, once. Planes that are dma-bufs go on as they are, a region's are copied.
public final class VFIOPlanes: PolledPlaneSource, DisplayModes {
    public weak var delegate: (any PlaneSourceDelegate)? {
        // An end that came before the delegate isn't lost on it.
        didSet { if delegate != nil, case .ending = life { notices.schedule() } }
    }

    public let name: String

    /// Bytes read out of a region: the whole picture at every query, since only a comparison tells whether it changed. 0 for
    /// dma-bufs.
    public var bytesCopied: UInt64 {
        if case .running(let device) = life { device.bytesCopied } else { bytesCopiedAtEnd }
    }

    /// Who asks the guest for another mode, where the device lets anybody do that.
    package var modeRequester: ((DisplayMode) -> Void)?

    /// CLOCK_MONOTONIC in nanoseconds; tests have another.
    package var clock: () -> UInt64 = EventLoop.now

    private enum Life {
        case running(DisplayDevice)
        /// The device has gone; the delegate is yet to be told.
        case ending(SourceError)
        case over
    }

    private let logger: Logger
    private var life: Life
    private var notices: DeferredSource! = nil
    private var removal: RemovalWatch?
    private var bytesCopiedAtEnd: UInt64 = 0
    private var faults = RateLimit(perSecond: 1)
    private var hasToldHotSpot = false

    /// - Parameters:
    ///   - name: what the device is to a person; the start of every message.
    ///   - owning: what must stay open as long as the device is read (container, group), let go at `close()`.
    ///   - damage: when a picture in the same memory counts as new.
    /// - Throws: `.unavailable` where the device has gone or has no display.
    package init(
        name: String, calls: any DeviceCalls, owning: AnyObject?, damage: DamagePolicy, loop: EventLoop, logger: Logger
    ) throws(SourceError) {
        self.name = name
        self.logger = logger
        let device: DisplayDevice?
        do throws(ReadFault) {
            device = try DisplayDevice(calls, owning: owning, damage: damage)
        } catch {
            throw Self.end(of: name, error)
        }
        guard let device else {
            throw SourceError(
                .unavailable, "\(name) has no display: its driver offers planes neither as dma-bufs nor in a region: use another")
        }
        life = .running(device)
        do throws(EventLoopError) { notices = try DeferredSource(loop: loop) { [unowned self] in tell() } } catch {
            throw SourceError(.fault, "\(name): \(error): close other descriptors, or report it")
        }
        logger.debug("\(name): its planes are \(device.isRegion ? "in a region" : "dma-bufs")")
    }

    deinit { close() }

    /// While the device can't be read, the answer is what it last was; it is asked again after a tenth of a second, then less often.
    public func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        guard case .running(let device) = life else { throw .ended }
        let now = clock()
        do throws(ReadFault) { try device.look(at: kind, now: now) } catch {
            try handle(error, kind, device, at: now)
        }
        if device.isHotSpotWrong, !hasToldHotSpot {
            hasToldHotSpot = true
            logger.info("\(name): its driver names a hot spot outside of the cursor: it counts as unknown")
        }
        return try device.record(of: kind).answer
    }

    public func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard case .running(let device) = life else { throw .ended }
        return try device.record(of: kind).buffer(generation: generation)
    }

    public func committed(_ kind: PlaneKind, generation: Generation) {
        if case .running(let device) = life { device.committed(kind, generation) }
    }

    /// A device doesn't wait for its pictures to be shown.
    public func skipped(_ kind: PlaneKind, generation: Generation) {}

    public func released(_ kind: PlaneKind, _ identity: BufferIdentity) {
        if case .running(let device) = life { device.released(kind, identity) }
    }

    public var counts: SourceCounts { SourceCounts(bytesCopied: bytesCopied) }

    public var isResizable: Bool { modeRequester != nil }

    public func request(_ mode: DisplayMode) {
        if case .running = life { modeRequester?(mode) }
    }

    public func close() {
        letGo(.over)
        notices?.cancel()
    }

    /// Ends when the device is about to be removed: the removal waits until everything of it is closed.
    /// - Parameter folder: the device's own in sysfs.
    func watchRemoval(in folder: String, loop: EventLoop) throws(SourceError) {
        do throws(EventLoopError) {
            removal = try RemovalWatch(of: folder, loop: loop) { [unowned self] in
                letGo(
                    .ending(
                        SourceError(
                            .unavailable,
                            "\(name) is being removed from this machine: make it or plug it in again, and open it anew")))
                tell()
            }
        } catch {
            throw SourceError(.fault, "\(name): \(error): close other descriptors, or report it")
        }
    }

    private func handle(
        _ fault: ReadFault, _ kind: PlaneKind, _ device: DisplayDevice, at now: UInt64
    ) throws(PlaneError) {
        switch fault.consequence(for: kind) {
        case .nextTime:
            guard case .movedOn = fault else { throw .temporary(errno: fault.code) }
            let known = device.record(of: kind).changes.generation
            throw .stale(asked: known, current: known.next)
        case .pause:
            // What isn't believed the caller tells, since it is thrown to it.
            if case .invalid = fault { return }
            guard device.record(of: kind).pause?.isNews == true, let held = faults.pass(at: now) else { return }
            logger.warning(
                "\(name): the \(kind) can't be read: \(fault): its last picture stays\(held > 0 ? " (and \(held) faults before it)" : "")"
            )
        case .end:
            letGo(.ending(Self.end(of: name, fault)))
            // Never from inside of a call.
            notices.schedule()
            throw .ended
        }
    }

    private static func end(of name: String, _ fault: ReadFault) -> SourceError {
        if case .call(let call, ENOTTY) = fault {
            return SourceError(.unavailable, "\(name) has no display: its driver doesn't know \(call): use another")
        }
        return SourceError(.unavailable, "\(name) has gone (\(fault)): see whether its VM runs, and open it again")
    }

    /// Closes everything of the device.
    private func letGo(_ next: Life) {
        if case .running(let device) = life { bytesCopiedAtEnd = device.bytesCopied }
        modeRequester = nil
        removal = nil
        life = next
    }

    private func tell() {
        // Without a delegate the end is kept until there is one.
        guard case .ending(let error) = life, let delegate else { return }
        life = .over
        delegate.planeSource(self, didEnd: error)
    }
}
