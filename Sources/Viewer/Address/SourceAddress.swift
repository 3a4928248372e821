// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import PlaneServer
package import QEMUDisplay
package import Recording
package import SyntheticGuest
package import VFIOPlanes

/// A source's URL, understood before anything is opened.
///
/// ```swift
/// let address = try SourceAddress("qemu:debian")
/// let opening = try address.open(on: loop, log: log) { result in … }
/// ```
package enum SourceAddress {
    /// One console of a VM, or a guest for each of its display devices.
    case demo(GuestOptions, allConsoles: Bool)
    case qemu(QEMUAddress, allConsoles: Bool)
    case vfio(VFIOAddress, DamagePolicy)
    case planes(PlanesAddress)
    case replay(ReplayAddress)

    /// - Throws: ``SourceError/Reason/usage`` with a line that says what is wrong with the URL and what is right.
    package init(_ text: String) throws(SourceError) {
        switch text.firstIndex(of: ":").map({ text[..<$0] }) {
        case "demo"?: self = .demo(try GuestOptions(url: text), allConsoles: false)
        case "qemu"?: self = .qemu(try QEMUAddress(url: text), allConsoles: false)
        case "vfio"?: self = .vfio(try VFIOAddress(url: text), .generation)
        case "planes"?: self = .planes(try PlanesAddress(url: text))
        case "replay"?: self = .replay(try ReplayAddress(url: text))
        default:
            throw SourceError(
                .usage,
                "\(text.asSubject) no source begins like this: use demo:, qemu:, vfio:, planes: or replay: (see oriel --help)")
        }
    }

    /// The same source, whose picture counts as new by this policy; nil where the source tells of each change itself.
    package func with(_ damage: DamagePolicy) -> SourceAddress? {
        if case .vfio(let address, _) = self { .vfio(address, damage) } else { nil }
    }

    /// All display devices of the VM in place of one console; nil where the source has only one display.
    package var withAllConsoles: SourceAddress? {
        switch self {
        case .demo(let options, _): options.consoles > 1 ? .demo(options, allConsoles: true) : nil
        case .qemu(let address, _): .qemu(address, allConsoles: true)
        case .vfio, .planes, .replay: nil
        }
    }

    /// Whether its guests take input themselves.
    package var takesInput: Bool {
        switch self {
        case .demo(let options, _): options.reactionTime != nil
        case .qemu: true
        case .vfio, .planes, .replay: false
        }
    }

    /// Whether its guests may have a clipboard.
    package var hasClipboard: Bool { if case .qemu = self { true } else { false } }
}
