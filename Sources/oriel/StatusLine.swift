// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Viewer

/// One line on a terminal that is written over again and again. It isn't shown where standard error is no terminal.
struct StatusLine {
    private let isShown = isatty(STDERR_FILENO) != 0

    /// - Parameter text: Not made where nobody sees it.
    func show(_ text: @autoclosure () -> String) { if isShown { write(text()) } }

    func clear() { if isShown { write("") } }

    /// Ends at the line's beginning, so that a line of the log writes over it.
    private func write(_ text: String) { _ = OutputFile.write("\r\u{1B}[K\(text)\r", to: STDERR_FILENO) }
}
