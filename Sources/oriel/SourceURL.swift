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

    /// What asks for something that the source hasn't is refused, since nothing that the user asks for is ignored in silence.
    ///
    /// - Parameters:
    ///   - damage: when a VFIO device's picture counts as new whose memory is the same. Other sources tell of each change.
    ///   - allConsoles: whether all of a VM's consoles are meant rather than one. Other sources have one display.
    ///   - clipboard: whether the guest's clipboard is wanted. Other sources than QEMU's have none.
    init(
        _ text: String, damage: DamagePolicy? = nil, allConsoles: Bool = false, clipboard: Bool = false
    ) throws(SourceError) {
        switch text.firstIndex(of: ":").map({ text[..<$0] }) {
        case "demo"?: self = .demo(try GuestOptions(url: text))
        case "qemu"?: self = .qemu(try QEMUAddress(url: text))
        case "vfio"?: self = .vfio(try VFIOAddress(url: text), damage ?? .generation)
        case "planes"?: self = .planes(try PlanesAddress(url: text))
        default:
            throw SourceError(
                .usage, "\(text.asSubject) no source begins like this: use demo:, qemu:, vfio: or planes: (see oriel --help)")
        }
        if let damage {
            guard case .vfio = self else {
                throw SourceError(
                    .usage,
                    "--damage \(damage.rawValue): \(text) tells of each change itself: use --damage with vfio: sources alone")
            }
        }
        if clipboard {
            guard case .qemu = self else {
                throw SourceError(.usage, "--clipboard: \(text) has no clipboard: use --clipboard with qemu: sources alone")
            }
        }
        if allConsoles {
            guard case .qemu = self, !text.contains("?console=") else {
                throw SourceError(
                    .usage, "--all-consoles: \(text) is one display: use --all-consoles with qemu: sources without ?console=N")
            }
        }
    }

    /// Whether opening it starts a thread of our own that draws, and waits for nobody.
    var drawsItself: Bool { if case .demo = self { true } else { false } }

    /// - Parameter patience: nanoseconds that a source behind a socket may take to answer; nil for what its room thinks best.
    func open(on loop: EventLoop, log: Logger, patience: UInt64? = nil) throws(SourceError) -> any PlaneSource {
        switch self {
        case .demo(let options):
            let guest = try SyntheticGuest(options: options, loop: loop)
            log.info("\(guest.name): memory \(guest.memoryReason)")
            return guest
        case .planes(let address): return try PlaneClient.open(address: address, patience: patience, loop: loop, logger: log)
        case .qemu(let address): return try Self.open(address, .addressed, patience, loop, log)[0]
        case .vfio(let address, let damage):
            return try VFIOPlanes.open(address: address, damage: damage, loop: loop, logger: log)
        }
    }

    /// All displays that the source has, one for each window.
    func openAll(on loop: EventLoop, log: Logger) throws(SourceError) -> [any PlaneSource] {
        guard case .qemu(let address) = self else { return [try open(on: loop, log: log)] }
        return try Self.open(address, .all, nil, loop, log)
    }

    /// Turns the loop until QEMU's displays are open.
    private static func open(
        _ address: QEMUAddress, _ consoles: QEMUOpening.Consoles, _ patience: UInt64?, _ loop: EventLoop, _ log: Logger
    ) throws(SourceError) -> [any PlaneSource] {
        var result: Result<[Planes.Guest], SourceError>?
        let opening = try QEMUOpening(address, consoles: consoles, patience: patience, loop: loop, logger: log) { result = $0 }
        defer { opening.cancel() }
        do throws(EventLoopError) { while result == nil { try loop.turn(waitingAtMost: 1_000_000_000) } } catch {
            throw SourceError(.fault, "\(address): \(error): raise the limit of open files")
        }
        return try result!.get().map(\.planes)
    }
}
