// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import GuestWindow
package import QMP

/// What a user can choose about a session.
package struct SessionOptions {
    /// What the source is called until there is a guest with a name: its URL.
    package var source: String
    /// The options that all windows have in common; their titles follow from `title`, `source` and the guests' names.
    package var window: WindowOptions
    /// The windows' title in place of the guest's name.
    package var title: String?
    /// Whether a window waits for a source that isn't there yet.
    package var waits = false
    /// Nanoseconds after which such a window gives up; nil for no limit.
    package var waitLimit: UInt64?
    /// Whether a window stays when its source ends, and looks for its return.
    package var reconnects = false
    /// Who gets the windows' input.
    package var input = Input.guest
    /// Bytes that may pass at once through the clipboard that host and guest share; nil where they don't.
    package var clipboardLimit: Int?
    /// The folder for screenshots; nil for the user's own.
    package var screenshots: ScreenshotFolder?
    /// Nanoseconds after which the session ends; nil for no limit.
    package var duration: UInt64?

    package enum Input {
        case nobody
        /// The guest itself, where it takes input.
        case guest
        /// The guest itself; one that takes no input is refused.
        case guestAlways
        /// A VM's monitor.
        case monitor(MonitorAddress)
    }

    package init(source: String, window: WindowOptions) {
        self.source = source
        self.window = window
    }
}

/// A launcher passes its user's attention on by a token (xdg-activation): the first window may then have the focus.
package enum ActivationToken {
    private static let variable = "XDG_ACTIVATION_TOKEN"
    /// In bytes; a Wayland message has room for 4096.
    private static let longest = 1024

    /// Takes the token out of the environment: it is good for one window.
    package static func take() -> String? {
        let token = getenv(variable).map { String(cString: $0) }
        unsetenv(variable)
        return token.flatMap { $0.isEmpty || $0.utf8.count > longest ? nil : $0 }
    }
}
