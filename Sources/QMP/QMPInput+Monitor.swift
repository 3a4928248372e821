// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import System

/// The monitor as it comes and goes, and what it knows of the guest's mice.
extension QMPInput {
    /// How often the pointer's kind is asked for.
    private static let miceInterval: UInt64 = 2_000_000_000
    /// After this long without a greeting, somebody else is on the monitor.
    private static let greetingPatience: UInt64 = 2_000_000_000

    func connect() throws(SourceError) {
        let monitor = try Monitor(address, loop: loop)
        life = .connected(monitor)
        monitor.onReady = { [unowned self, unowned monitor] in handleReady(monitor) }
        monitor.onEnd = { [unowned self] error in handleEnd(error) }
        timer.arm(after: Self.greetingPatience)
    }

    private func handleReady(_ monitor: Monitor) {
        pause = RetryPause()
        if let lostAt { logger.info("\(address): the monitor is there after \((EventLoop.now() - lostAt) / 1_000_000) ms") }
        lostAt = nil
        askForMice(monitor)
        drain(to: monitor)
    }

    /// The monitor is gone, or isn't there yet.
    func handleEnd(_ error: SourceError) {
        life = .away
        queue = InputQueue()
        if lostAt == nil {
            lostAt = EventLoop.now()
            logger.warning("\(error.message); there is no input until then")
        }
        timer.arm(after: pause.next())
    }

    func handleTimer() {
        switch life {
        case .connected(let monitor) where monitor.isReady: askForMice(monitor)
        case .connected:
            logger.warning("\(address): the monitor doesn't greet: give QEMU a second -qmp, if another program is on this one")
        case .away:
            do throws(SourceError) { try connect() } catch { timer.arm(after: pause.next()) }
        case .over: break
        }
    }

    /// QEMU's answer is a list, in which the guest's present pointer is marked as current.
    private func askForMice(_ monitor: Monitor) {
        monitor.send(.queryMice) { [unowned self] answer in
            timer.arm(after: Self.miceInterval)
            guard case .success(let mice) = answer else { return }
            let current = mice.elements?.first { $0["current"]?.boolean == true }
            learn(absolutePointer: current?["absolute"]?.boolean ?? false)
        }
    }
}
