// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import PlaneServer
internal import Planes
internal import QEMUDisplay
internal import SyntheticGuest
internal import VFIOPlanes

/// A source's URL, understood before anything is opened.
enum SourceURL {
    case demo(GuestOptions)
    case qemu(QEMUAddress)
    case vfio(VFIOAddress, DamagePolicy)
    case planes(PlanesAddress)

    /// - Parameter damage: when a VFIO device's picture counts as new whose memory is the same. Other sources tell of each change:
    ///   there a policy is refused, since nothing that the user asks for is ignored in silence.
    init(_ text: String, damage: DamagePolicy? = nil) throws(SourceError) {
        switch text.prefix(while: { $0 != ":" }) {
        case "demo" where text.contains(":"): self = .demo(try GuestOptions(url: text))
        case "qemu" where text.contains(":"): self = .qemu(try QEMUAddress(url: text))
        case "vfio" where text.contains(":"): self = .vfio(try VFIOAddress(url: text), damage ?? .generation)
        case "planes" where text.contains(":"): self = .planes(try PlanesAddress(url: text))
        default:
            throw SourceError(
                .usage, "\(text): no source begins like this: use demo:, qemu:, vfio: or planes: (see oriel --help)")
        }
        if let damage {
            guard case .vfio = self else {
                throw SourceError(
                    .usage,
                    "--damage \(damage.rawValue): \(text) tells of each change itself: use --damage with vfio: sources alone")
            }
        }
    }

    func open(on loop: EventLoop, log: Logger) throws(SourceError) -> any PlaneSource {
        switch self {
        case .demo(let options):
            let guest = try SyntheticGuest(options: options, loop: loop)
            log.info("\(guest.name): memory \(guest.memoryReason)")
            return guest
        case .planes(let address): return try PlaneClient(address: address, loop: loop, logger: log)
        case .qemu(let address): return try QEMUDisplay(address: address, loop: loop, logger: log)
        case .vfio(let address, let damage):
            return try VFIOPlanes.open(address: address, damage: damage, loop: loop, logger: log)
        }
    }
}
