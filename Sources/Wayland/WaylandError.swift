// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Why there is no talking to the compositor (any more).
public enum WaylandError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody listens at the socket that was tried.
    case noCompositor(display: String)
    /// Somebody listens at the socket and gives no answer.
    case silent
    /// The compositor lacks a global, or offers it only in a lower version than needed.
    case missingGlobal(interface: String, version: UInt32, offered: UInt32?)
    /// The compositor ended the connection because of what was said about one object.
    case protocolError(interface: String, code: UInt32, object: UInt32)
    /// The compositor is gone; a positive errno.
    case disconnected(errno: CInt)

    public var description: String {
        switch self {
        case .noCompositor(let display):
            "no Wayland compositor at \(display): start one, or set WAYLAND_DISPLAY and XDG_RUNTIME_DIR to its socket"
        case .silent:
            "whoever listens at the Wayland socket gives no answer: set WAYLAND_DISPLAY to a compositor's socket"
        case .missingGlobal(let interface, let version, nil):
            "the compositor offers no \(interface) (version \(version) is needed)"
        case .missingGlobal(let interface, let version, let offered?):
            "the compositor offers \(interface) in version \(offered), version \(version) is needed"
        case .protocolError(let interface, let code, let object):
            "the compositor reports error \(code) on \(interface)@\(object) and ended the connection"
        case .disconnected(let code):
            "the compositor is gone: \(String(cString: strerror(code)))"
        }
    }
}
