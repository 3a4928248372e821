// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Whoever starts a program for its user says so by a token (xdg-activation): its first window may have the focus.
enum ActivationToken {
    private static let variable = "XDG_ACTIVATION_TOKEN"
    /// A message has room for 4096 bytes.
    private static let longest = 1024

    /// The token, once: it is good for one window.
    static func take() -> String? {
        let token = getenv(variable).map { String(cString: $0) }
        unsetenv(variable)
        return token.flatMap { $0.isEmpty || $0.utf8.count > longest ? nil : $0 }
    }
}
