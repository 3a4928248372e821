// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
package import Planes
package import System

extension MonitorAddress {
    /// A socket to the D-Bus display of this monitor's VM (`-display dbus,p2p=yes`), on which QEMU is the authentication's server.
    /// The monitor is free for others again when this returns.
    ///
    /// - Parameter deadline: CLOCK_MONOTONIC in nanoseconds. A running QEMU needs some milliseconds.
    package func displaySocket(until deadline: UInt64) throws(SourceError) -> OwnedDescriptor {
        let pair: LocalSocket.Pair
        do throws(Errno) { pair = try LocalSocket.pair(.stream, isWaiting: true) } catch { throw fault(error.text) }
        // A loop of its own: nothing else goes on meanwhile.
        let loop: EventLoop
        do throws(EventLoopError) { loop = try EventLoop() } catch { throw fault("\(error)") }
        let request = DisplayRequest(try Monitor(self, loop: loop), giving: pair.theirs.rawValue)
        while request.result == nil {
            guard EventLoop.now() < deadline else { throw silence(greeted: request.isGreeted) }
            do throws(EventLoopError) { try loop.turn(waitingAtMost: 20_000_000) } catch { throw fault("\(error)") }
        }
        try request.result!.get()
        return pair.takeOurs()
    }

    private func fault(_ what: String) -> SourceError {
        SourceError(.fault, "\(self): no socket for the display (\(what)): close other descriptors")
    }

    private func silence(greeted: Bool) -> SourceError {
        greeted
            ? unavailable("QEMU doesn't answer", "see whether its process is stopped or hangs")
            : unavailable(
                "the monitor doesn't greet", "give QEMU a second -qmp, if another program is on this one, or see whether it hangs"
            )
    }
}

/// The three commands that make somebody a client of the D-Bus display.
private final class DisplayRequest {
    private let monitor: Monitor
    private(set) var result: Result<Void, SourceError>?

    /// - Parameter descriptor: QEMU's end; borrowed.
    init(_ monitor: Monitor, giving descriptor: CInt) {
        self.monitor = monitor
        monitor.onEnd = { [unowned self] error in result = .failure(error) }
        monitor.onReady = { [unowned self] in give(descriptor) }
    }

    private func give(_ descriptor: CInt) {
        monitor.send(.takeDescriptor, with: descriptor) { [unowned self] answer in
            guard passed(answer) else { return }
            monitor.send(.addDisplayClient) { [unowned self] answer in
                if passed(answer) { result = .success(()) }
            }
        }
    }

    var isGreeted: Bool { monitor.isReady }

    private func passed(_ answer: Result<JSONValue, MonitorRefusal>) -> Bool {
        guard case .failure(let refusal) = answer else { return true }
        result = .failure(
            monitor.address.unavailable(
                "QEMU gives nobody its display (\(refusal.reason))", "start it with -display dbus,p2p=yes"))
        return false
    }
}
