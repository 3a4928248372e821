// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Planes
package import System

/// Asks a monitor for a socket to its VM's D-Bus display (`-display dbus,p2p=yes`), on which QEMU is the authentication's server.
/// Nothing waits for the monitor, which is free for other programs once the request is over.
///
/// ```
/// connecting ─► greeting ─► giving ─► over
///  └─◄─┘ EAGAIN  (greeting,  (getfd, add_client)
///                 qmp_capabilities)
/// ```
package final class DisplayRequest {
    private enum Step {
        /// There is no connection yet: this is the first turn, or the monitor's queue of connections is full.
        case connecting
        case greeting(Monitor)
        case giving(Monitor)
        case over
    }

    private let address: MonitorAddress
    private let loop: EventLoop
    private let deadline: UInt64
    private let done: (consuming Result<OwnedDescriptor, SourceError>) -> Void
    private var step = Step.connecting
    private var ours: OwnedDescriptor?
    /// QEMU's end, until QEMU has said that it has one of its own.
    private var theirs: OwnedDescriptor?
    private var timer: TimerSource!

    /// Begins in the loop's next turn. Dropping the request cancels it.
    ///
    /// - Parameters:
    ///   - patience: The time for the whole conversation, in nanoseconds. A running QEMU needs some milliseconds.
    ///   - done: Receives the result once, in the loop: our end of the socket, or one line of error.
    package init(
        _ address: MonitorAddress, patience: UInt64, loop: EventLoop,
        done: @escaping (consuming Result<OwnedDescriptor, SourceError>) -> Void
    ) {
        self.address = address
        self.loop = loop
        self.done = done
        deadline = EventLoop.now() &+ patience
        timer = loop.timer { [unowned self] in handleTimer() }
        timer.arm(after: 0)
    }

    private func handleTimer() {
        switch step {
        case .connecting: connect()
        case .greeting:
            fail(
                address.unavailable(
                    "the monitor doesn't greet",
                    "give QEMU a second -qmp, if another program is on this one, or see whether it hangs"))
        case .giving: fail(address.unavailable("QEMU doesn't answer", "see whether its process is stopped or hangs"))
        case .over: break
        }
    }

    private func connect() {
        do throws(SourceError) {
            guard let socket = try MonitorSocket(address) else {
                guard EventLoop.now() < deadline else { throw address.isBusy }
                return timer.arm(after: LocalSocket.queuePause)
            }
            let monitor = try Monitor(address, over: socket, loop: loop)
            monitor.onEnd = { [unowned self] error in fail(error) }
            monitor.onReady = { [unowned self, unowned monitor] in give(over: monitor) }
            step = .greeting(monitor)
            timer.arm(at: deadline)
        } catch {
            fail(error)
        }
    }

    private func give(over monitor: Monitor) {
        do throws(Errno) {
            let pair = try LocalSocket.pair(.stream, isWaiting: true)
            step = .giving(monitor)
            monitor.send(.takeDescriptor, with: pair.theirs.rawValue) { [unowned self, unowned monitor] answer in
                theirs = nil
                guard passes(answer) else { return }
                monitor.send(.addDisplayClient) { [unowned self] answer in
                    if passes(answer) { finish() }
                }
            }
            ours = consume pair.ours
            theirs = consume pair.theirs
        } catch {
            fail(SourceError(.fault, "\(address): no socket for the display (\(error.text)): close other descriptors"))
        }
    }

    private func passes(_ answer: Result<JSONValue, MonitorRefusal>) -> Bool {
        guard case .failure(let refusal) = answer else { return true }
        fail(
            address.unavailable("QEMU refuses to share its display (\(refusal.reason))", "start it with -display dbus,p2p=yes"))
        return false
    }

    private func finish() {
        guard let socket = ours.take() else { return }
        end()
        done(.success(socket))
    }

    private func fail(_ error: SourceError) {
        end()
        done(.failure(error))
    }

    private func end() {
        step = .over
        timer.disarm()
        ours = nil
        theirs = nil
    }
}
