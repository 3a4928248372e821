// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
internal import Glibc
package import System

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
    /// The source has ended; its owner is told why.
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

    /// connect(2) failed on the socket of an address.
    ///
    /// - Parameter start: What the user can do where nobody listens.
    package init(connecting subject: String, _ error: Errno, start: String) {
        let (what, remedy) =
            switch error.code {
            case EACCES, EPERM: ("you may not open its socket", "run as the user who owns it")
            case ENOENT, ENOTDIR: ("there is no such socket", start)
            case ECONNREFUSED: ("nobody listens on this socket", start)
            case EPROTOTYPE: ("it is a socket of another kind", "check the path")
            case EAGAIN, ETIMEDOUT:
                ("its queue of connections is full", "see whether the process that listens there is stopped or hangs")
            default: ("cannot connect (\(error.text))", "check the socket")
            }
        self.init(error.isPermission ? .notPermitted : .unavailable, "\(subject.asSubject) \(what): \(remedy)".singleLine)
    }

    /// No socket can be made to listen at this path.
    package init(listeningAt path: String, _ error: Errno) {
        let (reason, what): (Reason, String) =
            switch error.code {
            case EADDRINUSE: (.unavailable, "another server is running there: use another name, or end that one")
            case EWOULDBLOCK:
                (.unavailable, "a dead server's socket is there, and another program has its folder locked: remove the socket")
            case ENOTSOCK: (.usage, "there is a file that isn't a socket: use another name")
            case EACCES, EPERM, EROFS:
                (.notPermitted, "no socket can be made there (\(error.text)): use a folder of yours")
            case ENOENT, ENOTDIR: (.usage, "there is no such folder: make it first")
            case ENAMETOOLONG: (.usage, "the path exceeds \(LocalSocket.longestPath) bytes: use a shorter one")
            default: (.unavailable, "no socket can be made there (\(error.text)): use another folder")
            }
        self.init(reason, "\(path.singleLine): \(what)")
    }

    public var description: String { message }
}
