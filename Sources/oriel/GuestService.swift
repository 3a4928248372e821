// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import PlaneServer
internal import Planes
internal import SyntheticGuest

/// A synthetic guest and its server, which listens only once there is a picture: nobody finds a guest whose display is off.
final class GuestService: PlaneSourceDelegate {
    private let guest: SyntheticGuest
    private let path: String
    private let settings: PlaneServer.Options
    private let loop: EventLoop
    private let log: Logger
    private var server: PlaneServer?
    /// Why the loop was stopped, where that was no wish of the user's.
    private(set) var failure: SourceError?

    init(of guest: SyntheticGuest, at path: String, _ settings: PlaneServer.Options, loop: EventLoop, log: Logger) {
        self.guest = guest
        self.path = path
        self.settings = settings
        self.loop = loop
        self.log = log
        guest.delegate = self
    }

    /// The first picture has come; from here on the server is the guest's delegate.
    func planeSourceDidChange(_ source: any PlaneSource) {
        do throws(SourceError) {
            let server = try PlaneServer(path: path, source: guest, options: settings, loop: loop, logger: log)
            server.onEnd = { [unowned self] in fail($0) }
            self.server = server
            log.info("serving \(guest.name) at planes:\(path), memory \(guest.memoryReason)")
        } catch {
            fail(error)
        }
    }

    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { fail(error) }

    func close() { server?.close() }

    private func fail(_ error: SourceError) {
        failure = error
        loop.stop()
    }
}
