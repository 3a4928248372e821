// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
public import Logging
public import Planes

extension VFIOPlanes {
    /// Opens a device and reads its planes. Blocks for some milliseconds; where a VMM hands the device over, for five seconds at most.
    ///
    /// ```swift
    /// let source = try VFIOPlanes.open(address: VFIOAddress(url: "vfio:"), loop: loop, logger: logger)
    /// source.delegate = window
    /// ```
    ///
    /// A device that is open in a VMM can't be opened twice: it is read through a descriptor of the VMM's.
    ///
    /// - Parameters:
    ///   - address: where the device is.
    ///   - damage: when a picture counts as new whose memory is the same.
    ///   - loop: whose thread all calls are made on.
    ///   - logger: hears what isn't an error: another way than the first one taken, a guest that can't be resized.
    /// - Throws: one line that names the device or file and says what to do. ``SourceError/Reason/unavailable`` where it isn't there,
    ///   is open elsewhere or has no display; ``SourceError/Reason/notPermitted`` where a file is closed to this user;
    ///   ``SourceError/Reason/usage`` where the address leaves open which device is meant.
    public static func open(
        address: VFIOAddress, damage: DamagePolicy = .generation, loop: EventLoop, logger: Logger
    ) throws(SourceError) -> VFIOPlanes {
        try open(
            address: address, damage: damage, loop: loop, logger: logger, calls: KernelOpening(), tree: DeviceTree())
    }

    package static func open(
        address: VFIOAddress, damage: DamagePolicy, loop: EventLoop, logger: Logger, calls: any OpeningCalls, tree: DeviceTree
    ) throws(SourceError) -> VFIOPlanes {
        let device: OpenDevice
        do throws(OpeningFault) {
            device = try DeviceOpener(calls: calls, tree: tree, logger: logger).open(address)
        } catch {
            throw error.error(for: address)
        }
        let planes = try VFIOPlanes(
            name: "\(device.address)", calls: device.calls, owning: device.access, damage: damage, loop: loop, logger: logger)
        if let folder = device.folder { try planes.watchRemoval(in: folder, loop: loop) }
        if let region = EDIDRegion(of: device.calls, name: planes.name, loop: loop, logger: logger) {
            // Held by this closure alone: when the planes let go of it, the monitor is plugged in and the device closed.
            planes.modeRequester = { region.request($0) }
        } else {
            logger.debug("\(planes.name): no EDID region: its guest can't be resized")
        }
        return planes
    }
}
