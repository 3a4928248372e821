// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop

/// Why a plane isn't available at the moment. The caller acts on the case: it queries again, holds the last frame, or ends.
public enum PlaneError: Error, Sendable {
    /// The plane has moved on since the query: ask again.
    case stale(asked: Generation, current: Generation)
    /// The plane is off: there is no buffer.
    case off
    /// What the guest said fails validation.
    case invalid(PlaneFault)
    /// It may work at the next try (the kernel's ENOMEM, a descriptor limit); errno.
    case temporary(errno: CInt)
    /// The source has ended; its owner hears why.
    case ended
}

/// Why a source can't be opened, or has ended: one line for the user and the exit code's reason.
public struct SourceError: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable {
        /// The URL is wrong (exit code 64).
        case usage
        /// Not there, or gone (69).
        case unavailable
        /// Not permitted (77).
        case notPermitted
        /// A fault of ours (70).
        case fault
    }

    public let reason: Reason
    /// What, which source, what to do: one line.
    public let message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// The loop can't watch another descriptor, or can't be made.
    package init(_ subject: String, _ error: EventLoopError) {
        self.init(.fault, "\(subject.asSubject) \(error): raise the limit of open files".singleLine)
    }

    public var description: String { message }
}
