// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
package import PlaneServer
package import Planes
package import SyntheticGuest

/// The demonstration guest with a plane server. The server begins to listen when there is a first picture, so that nobody finds a
/// guest whose display is off.
package final class GuestService: PlaneSourceDelegate {
    private let guest: SyntheticGuest
    private let path: String
    private let options: PlaneServer.Options
    private let loop: EventLoop
    private let log: Logger
    private var server: PlaneServer?
    private var failure: SourceError?

    package init(
        of guest: SyntheticGuest, at path: String, _ options: PlaneServer.Options, loop: EventLoop, log: Logger
    ) {
        self.guest = guest
        self.path = path
        self.options = options
        self.loop = loop
        self.log = log
        guest.delegate = self
    }

    /// Runs the loop until somebody stops it, and then ends the server and the guest.
    ///
    /// - Throws: ``SourceError`` where one of the two ended by itself.
    package func run() throws {
        defer {
            server?.close()
            guest.close()
        }
        try loop.run()
        if let failure { throw failure }
    }

    /// The first picture has come. From here on the server is the guest's delegate.
    package func planeSourceDidChange(_ source: any PlaneSource) {
        do throws(SourceError) {
            let server = try PlaneServer(path: path, source: guest, options: options, loop: loop, logger: log)
            server.onEnd = { [unowned self] in fail($0) }
            self.server = server
            log.info("serving \(guest.name) at planes:\(path), memory \(guest.memoryReason)")
        } catch {
            fail(error)
        }
    }

    package func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { fail(error) }

    private func fail(_ error: SourceError) {
        failure = error
        loop.stop()
    }
}
