// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
public import Logging
public import Planes
internal import System

/// The opening of a `vfio:` source.
///
/// ```swift
/// opening = VFIOOpening(try VFIOAddress(url: "vfio:"), loop: loop, logger: logger) { result in … }
/// ```
///
/// A VMM that hands its device over is waited for in the loop. A device that is opened here is not: open(2) and ioctl(2) are the
/// kernel's own answers and depend on no peer, and they take some milliseconds, within the loop's next turn.
///
/// A device that is open in a VMM can't be opened twice: it is read through a descriptor of the VMM's.
public final class VFIOOpening: GuestOpening {
    private enum Stage {
        /// The device is opened in the loop's next turn.
        case scheduled(DeferredSource)
        case awaitingVMM(DeviceHandover)
        /// The result has been told, or never will be.
        case over
    }

    private let address: VFIOAddress
    private let damage: DamagePolicy
    private let opener: DeviceOpener
    private let loop: EventLoop
    private let logger: Logger
    private let done: (Result<Guest, SourceError>) -> Void
    private var stage = Stage.over

    /// - Parameters:
    ///   - damage: When a picture in the same memory counts as new.
    ///   - patience: How long a VMM may take to hand its device over, in nanoseconds; nil for 5 s.
    ///   - logger: Hears what isn't an error: another way than the first one taken, a guest that can't be resized.
    ///   - done: Hears the result: called once, in the loop, and never after ``cancel()``. An error is one line that names the device
    ///     or file and says what to do. ``SourceError/Reason/unavailable`` where the device isn't there, is open elsewhere or has no
    ///     display; ``SourceError/Reason/notPermitted`` where a file is closed to this user; ``SourceError/Reason/usage`` where the
    ///     address leaves open which device is meant.
    public convenience init(
        _ address: VFIOAddress, damage: DamagePolicy = .generation, patience: UInt64? = nil, loop: EventLoop, logger: Logger,
        done: @escaping (Result<Guest, SourceError>) -> Void
    ) {
        self.init(
            address, damage: damage, patience: patience, loop: loop, logger: logger, calls: KernelOpening(), tree: DeviceTree(),
            done: done)
    }

    package init(
        _ address: VFIOAddress, damage: DamagePolicy, patience: UInt64?, loop: EventLoop, logger: Logger,
        calls: any OpeningCalls, tree: DeviceTree, done: @escaping (Result<Guest, SourceError>) -> Void
    ) {
        self.address = address
        self.damage = damage
        self.loop = loop
        self.logger = logger
        self.done = done
        opener = DeviceOpener(calls: calls, tree: tree, logger: logger)
        if case .socket(let path) = address.endpoint {
            stage = .awaitingVMM(
                DeviceHandover(from: path, patience: patience ?? DeviceOpener.patience, loop: loop) { [unowned self] in
                    handleHandover($0)
                })
        } else {
            let start = DeferredSource(loop: loop) { [unowned self] in openDevice() }
            stage = .scheduled(start)
            start.schedule()
        }
    }

    deinit { cancel() }

    public func cancel() {
        switch stage {
        case .scheduled(let start): start.cancel()
        case .awaitingVMM(let handover): handover.cancel()
        case .over: break
        }
        stage = .over
    }

    private func openDevice() {
        finish(Result { () throws(OpeningFault) in try opener.open(address) })
    }

    private func handleHandover(_ outcome: consuming DeviceHandover.Outcome) {
        let descriptor: OwnedDescriptor
        do throws(Errno) { descriptor = try outcome.get() } catch {
            return finish(.failure(.socket(errno: error.code)))
        }
        do throws(OpeningFault) { finish(.success(try opener.adopt(descriptor, as: address))) } catch { finish(.failure(error)) }
    }

    private func finish(_ device: Result<OpenDevice, OpeningFault>) {
        stage = .over
        let planes = Result { () throws(SourceError) in
            try VFIOPlanes(device, at: address, damage: damage, loop: loop, logger: logger)
        }
        // Whoever hears this may drop the opening: nothing of it is touched afterwards.
        done(planes.map { Guest(planes: $0, modes: $0.isResizable ? $0 : nil) })
    }
}

extension VFIOPlanes {
    /// Opens a device and waits until that is done: for a program that has nothing else to do yet, such as `oriel screenshot`. A
    /// window never calls this; see ``VFIOOpening``, whose parameters and errors these are.
    public static func open(
        address: VFIOAddress, damage: DamagePolicy = .generation, loop: EventLoop, logger: Logger
    ) throws(SourceError) -> VFIOPlanes {
        try open(
            address: address, damage: damage, loop: loop, logger: logger, calls: KernelOpening(), tree: DeviceTree())
    }

    package static func open(
        address: VFIOAddress, damage: DamagePolicy, loop: EventLoop, logger: Logger, calls: any OpeningCalls, tree: DeviceTree
    ) throws(SourceError) -> VFIOPlanes {
        let opener = DeviceOpener(calls: calls, tree: tree, logger: logger)
        let device = Result { () throws(OpeningFault) in try opener.open(address) }
        return try VFIOPlanes(device, at: address, damage: damage, loop: loop, logger: logger)
    }
}
