// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import PlaneServer
internal import Planes
internal import QEMUDisplay
internal import SyntheticGuest

/// A source's URL, understood before anything is opened.
enum SourceURL {
    case demo(GuestOptions)
    case qemu(QEMUAddress)
    case planes(PlanesAddress)

    init(_ text: String) throws(SourceError) {
        switch text.prefix(while: { $0 != ":" }) {
        case "demo" where text.contains(":"): self = .demo(try GuestOptions(url: text))
        case "qemu" where text.contains(":"): self = .qemu(try QEMUAddress(url: text))
        case "planes" where text.contains(":"): self = .planes(try PlanesAddress(url: text))
        default:
            throw SourceError(.usage, "\(text): no source begins like this: use demo:, qemu: or planes: (see oriel --help)")
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
        }
    }
}
