// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import GuestInput
internal import PlaneImage
internal import Planes
internal import Viewer
internal import Wayland

/// An unsuccessful end: one line for people, and the exit code that tells scripts what kind it is. This is the one place
/// that makes both out of the rooms' errors.
struct Failure: Error {
    /// Exit codes, numbered as in sysexits.h where they have a name there.
    enum Code: CInt {
        /// Something that the user has asserted isn't so.
        case assertion = 1
        case usage = 64
        case unavailable = 69
        case fault = 70
        case compositor = 74
        case notPermitted = 77
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// nil for errors of the parser.
    init?(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as SourceError: self.init(Self.code(of: error), error.message)
        case let error as WaylandError: self.init(.compositor, "\(error)")
        case let error as EventLoopError: self.init(.fault, "\(error)")
        case let error as FileError: self.init(Self.code(of: error), "\(error)")
        case let error as PlaneImageError: self.init(Self.code(of: error), "\(error)")
        default: return nil
        }
    }

    private static func code(of error: PlaneImageError) -> Code {
        switch error {
        case .unreadableFormat, .unreadableModifier, .tooShort: .unavailable
        case .unmappable: .fault
        case .file: .notPermitted
        }
    }

    /// A name that can't be is the user's mistake.
    private static func code(of error: FileError) -> Code {
        switch error.code {
        case ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, EEXIST: .usage
        case EACCES, EPERM, EROFS: .notPermitted
        default: .fault
        }
    }

    private static func code(of error: SourceError) -> Code {
        switch error.reason {
        case .usage: .usage
        case .unavailable: .unavailable
        case .notPermitted: .notPermitted
        case .fault: .fault
        }
    }

    /// nil where the user or a limit ended the session.
    init?(_ end: SessionEnd) {
        switch end {
        case .closed: return nil
        case .compositor(let message): self.init(.compositor, message)
        case .source(let error): self.init(Self.code(of: error), error.message)
        }
    }

    /// Reads keys as the user wrote them. An error begins with the option's name.
    static func naming<Result>(_ option: String, _ read: () throws(KeyTextError) -> Result) throws(Failure) -> Result {
        do throws(KeyTextError) { return try read() } catch { throw Failure(.usage, "\(option) \(error)") }
    }

    /// Writes the line to standard error and ends the process.
    func exit() -> Never {
        writeLine("oriel: \(message)", to: STDERR_FILENO)
        Glibc.exit(code.rawValue)
    }
}

/// Writes a whole line at once, so that it doesn't mix with another process's. A line that can't be written is lost: there is no other
/// place to say so.
func writeLine(_ text: String, to descriptor: CInt) { _ = OutputFile.write(text + "\n", to: descriptor) }
