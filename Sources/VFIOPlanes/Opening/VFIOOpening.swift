// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
public import Logging
public import Planes

/// The opening of a `vfio:` source.
///
/// ```swift
/// opening = VFIOOpening(try VFIOAddress(url: "vfio:"), loop: loop, logger: logger) { result in … }
/// ```
///
/// A VMM that hands its device over is waited for in the loop. A device that is opened here takes the loop's thread: to open a PCI
/// device resets it, which takes a tenth of a second and more. No turn opens two devices.
///
/// A device that is open in a VMM can't be opened twice: it is read through a descriptor of the VMM's.
public final class VFIOOpening: GuestOpening {
    private let opening: DeviceOpening

    /// - Parameters:
    ///   - damage: When a picture in the same memory counts as new.
    ///   - patience: How long a VMM may take to hand its device over, in nanoseconds; nil for 5 s.
    ///   - logger: Receives informational messages, such as a fallback to the group.
    ///   - done: Receives the result: called once, in the loop, and never after ``cancel()``. An error is one line that names the
    ///     device or file and says what to do. ``SourceError/Reason/unavailable`` where the device isn't there, is open elsewhere or
    ///     has no display; ``SourceError/Reason/notPermitted`` where this user may not open a file; ``SourceError/Reason/usage``
    ///     where the address leaves open which device is meant.
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
        let opener = DeviceOpener(calls: calls, tree: tree, logger: logger)
        opening = DeviceOpening(address, by: opener, patience: patience, loop: loop) { device in
            let planes = Result { () throws(SourceError) in
                try VFIOPlanes(device, at: address, damage: damage, loop: loop, logger: logger)
            }
            done(planes.map { Guest(planes: $0, modes: $0.isResizable ? $0 : nil) })
        }
    }

    public func cancel() { opening.cancel() }
}
