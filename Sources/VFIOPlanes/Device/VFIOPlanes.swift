// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
internal import Glibc
package import Logging
public import Planes
internal import System

/// A VFIO device's display as a plane source: a mediated device, a GPU's virtual function, or a device that a VMM hands over.
///
/// Drivers don't report changes: the viewer queries once a refresh (``PolledPlaneSource``). A query is one ioctl per plane; new
/// memory costs one more, once. Planes that are dma-bufs are passed on as they are, those in a region are copied.
public final class VFIOPlanes: PolledPlaneSource, DisplayModes {
    public weak var delegate: (any PlaneSourceDelegate)? {
        // The delegate hears of an end that came before it was set.
        didSet { if delegate != nil, case .ending = life { notices.schedule() } }
    }

    public let name: String

    /// The bytes read out of a region: the whole picture at every query, since only a comparison shows whether it changed. 0 for
    /// dma-bufs.
    public var bytesCopied: UInt64 {
        if case .running(let device) = life { device.bytesCopied } else { bytesCopiedAtEnd }
    }

    /// CLOCK_MONOTONIC in nanoseconds; tests have a clock of their own.
    package var clock: () -> UInt64 = EventLoop.now

    private enum Life {
        case running(DisplayDevice)
        /// The device has gone; the delegate has yet to hear of it.
        case ending(SourceError)
        case over
    }

    private let logger: Logger
    private var life: Life
    private var notices: DeferredSource! = nil
    /// The monitor that the guest sees; nil where the device has no EDID region, and after the end.
    private var monitor: EDIDRegion?
    private var removal: RemovalWatch?
    private var bytesCopiedAtEnd: UInt64 = 0
    private var faults = RateLimit(perSecond: 1)
    private var hasToldHotSpot = false

    /// - Parameters:
    ///   - name: The device's name for people, with which every message begins.
    ///   - owning: The owner of what must stay open as long as the device (container, group); released at `close()`.
    ///   - damage: When a picture in the same memory counts as new.
    /// - Throws: ``SourceError/Reason/unavailable`` where the device has gone or has no display.
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
        notices = DeferredSource(loop: loop) { [unowned self] in tell() }
        logger.debug("\(name): its planes are \(device.isRegion ? "in a region" : "dma-bufs")")
    }

    /// The planes of a device that was just opened, with its monitor and a watch for its removal.
    convenience init(
        _ opened: Result<OpenDevice, OpeningFault>, at address: VFIOAddress, damage: DamagePolicy, loop: EventLoop,
        logger: Logger
    ) throws(SourceError) {
        let device = try opened.mapError { $0.error(for: address) }.get()
        try self.init(
            name: "\(device.address)", calls: device.calls, owning: device.access, damage: damage, loop: loop, logger: logger)
        if let folder = device.folder { watchRemoval(in: folder, loop: loop) }
        monitor = EDIDRegion(of: device.calls, name: name, loop: loop, logger: logger)
        if monitor == nil { logger.debug("\(name): no EDID region: its guest can't be resized") }
    }

    deinit { close() }

    /// While the device can't be read, the last answer stands; the device is queried again after a tenth of a second, then less often.
    public func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState {
        guard case .running(let device) = life else { throw .ended }
        let now = clock()
        do throws(ReadFault) { try device.look(at: kind, now: now) } catch {
            try handle(error, kind, device, at: now)
        }
        if device.isHotSpotWrong, !hasToldHotSpot {
            hasToldHotSpot = true
            logger.info("\(name): its driver names a hot spot outside the cursor: the hot spot counts as unknown")
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

    public var isResizable: Bool { monitor != nil }

    public func request(_ mode: DisplayMode) { monitor?.request(mode) }

    public func close() {
        letGo(.over)
        notices?.cancel()
    }

    /// Ends the source when the device is about to be removed: the removal waits until everything of the device is closed.
    /// - Parameter folder: The device's folder in sysfs.
    private func watchRemoval(in folder: String, loop: EventLoop) {
        removal = RemovalWatch(of: folder, loop: loop) { [unowned self] in
            letGo(
                .ending(
                    SourceError(
                        .unavailable,
                        "\(name) is being removed from this machine: make it or plug it in again, and open it again")))
            tell()
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
            // An invalid claim is thrown to the caller, who reports it.
            if case .invalid = fault { return }
            guard device.record(of: kind).pause?.isNews == true, let held = faults.pass(at: now) else { return }
            logger.warning(
                "\(name): the \(kind) can't be read: \(fault): its last picture stays\(held > 0 ? " (and \(held) faults before it)" : "")"
            )
        case .end:
            letGo(.ending(Self.end(of: name, fault)))
            // The delegate is never called from inside a call to the source.
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

    /// Closes the device and everything that belongs to it.
    private func letGo(_ next: Life) {
        if case .running(let device) = life { bytesCopiedAtEnd = device.bytesCopied }
        // Its guest's monitor is plugged in again while the device is still open.
        monitor = nil
        removal = nil
        life = next
    }

    private func tell() {
        // Without a delegate the end is kept until one is set.
        guard case .ending(let error) = life, let delegate else { return }
        life = .over
        delegate.planeSource(self, didEnd: error)
    }
}

/// Looks once a second whether somebody is removing a device.
///
/// No call on the device reports it: the device answers until its last descriptor is closed, and the removal waits for that. But
/// writing to its file `remove` takes that file away at once (device_remove_file_self in mdev_sysfs.c and pci-sysfs.c).
final class RemovalWatch {
    private static let interval: UInt64 = 1_000_000_000

    private let file: String
    private let handler: () -> Void
    private var timer: TimerSource!

    /// - Parameters:
    ///   - folder: The device's folder in sysfs. The result is nil where it has no file `remove`: such a device can't be removed.
    ///   - handler: Called once, in the loop.
    init?(of folder: String, loop: EventLoop, handler: @escaping () -> Void) {
        file = folder + "/remove"
        self.handler = handler
        guard Files.exists(file) else { return nil }
        timer = loop.timer { [unowned self] in look() }
        timer.arm(after: Self.interval)
    }

    private func look() {
        if Files.exists(file) { timer.arm(after: Self.interval) } else { handler() }
    }
}
