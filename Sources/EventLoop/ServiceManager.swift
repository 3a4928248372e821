// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd

/// The service manager that started this process (sd_notify(3)). Where none did, nothing is told to anybody.
public struct ServiceManager {
    /// How often it wants to hear from a service that works, in nanoseconds; nil where it doesn't watch.
    public let watchdogInterval: UInt64?

    /// Reads the environment that the manager gave this process.
    public init() {
        var interval: UInt64 = 0
        watchdogInterval = sd_watchdog_enabled(0, &interval) > 0 ? interval &* 1000 : nil
    }

    public enum News {
        case ready
        case stopping
        /// The configuration is being read anew; `ready` follows.
        case reloading
        /// The service works: the time of the watchdog begins anew.
        case working
        /// One line for people.
        case status(String)
    }

    /// Says something about this service. A manager that can't be reached misses it.
    public func tell(_ news: News) {
        let text =
            switch news {
            case .ready: "READY=1"
            case .stopping: "STOPPING=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(EventLoop.now() / 1000)"
            case .working: "WATCHDOG=1"
            case .status(let line): "STATUS=\(line.split(separator: "\n").joined(separator: " "))"
            }
        sd_notify(0, text)
    }
}
