// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A positive error number of the system (errno(3)).
package struct Errno: Error, Equatable, CustomStringConvertible {
    package let code: CInt

    package init(code: CInt) { self.code = code }

    /// The error of the call that failed last on this thread. Read it before anything else can fail.
    package static var last: Errno { Errno(code: errno) }

    /// The C library's words for it, for example "No such file or directory".
    package var text: String { String(cString: strerror(code)) }
    package var description: String { text }

    /// Whether the user isn't allowed to do this.
    package var isPermission: Bool { code == EACCES || code == EPERM }

    /// The result of a call that returns -1 and sets errno on failure.
    package static func checked(_ result: CInt) throws(Errno) -> CInt {
        guard result >= 0 else { throw .last }
        return result
    }

    /// The result of a call that returns a negative error number on failure, as those of CLinux do.
    package static func checkedNegative(_ result: CInt) throws(Errno) -> CInt {
        guard result >= 0 else { throw Errno(code: -result) }
        return result
    }
}
