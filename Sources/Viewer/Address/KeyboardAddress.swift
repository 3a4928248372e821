// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
package import Planes
package import QMP

/// A guest that can be given keys without a window: a source's URL, or a VM's monitor as `qmp:/SOCKET`.
package enum KeyboardAddress {
    case source(SourceAddress, url: String)
    case monitor(MonitorAddress)

    /// - Throws: ``SourceError/Reason/usage`` with a line that says what is wrong with the URL and what is right.
    package init(_ text: String) throws(SourceError) {
        self =
            text.hasPrefix("qmp:")
            ? .monitor(try MonitorAddress(url: text)) : .source(try SourceAddress(text), url: text)
    }

    /// Opens it, turning the loop until that is done.
    ///
    /// - Returns: what takes the keys, and the guest's planes where there are some: somebody must look at them meanwhile.
    package func opened(
        on loop: EventLoop, log: Logger
    ) throws(SourceError) -> (planes: (any PlaneSource)?, sink: any InputSink) {
        switch self {
        case .monitor(let address): return (nil, try QMPInput(address, loop: loop, logger: log))
        case .source(let address, let url):
            let guests = try address.opened(on: loop, log: log)
            guard let sink = guests[0].input else {
                for guest in guests { guest.planes.close() }
                throw SourceError(
                    .usage, "\(url.asSubject) this source takes no keys: use a qemu: source, or its monitor as qmp:/SOCKET")
            }
            return (guests[0].planes, sink)
        }
    }
}
