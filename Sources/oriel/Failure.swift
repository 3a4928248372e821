// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import GuestInput
internal import PlaneImage
internal import Planes
internal import GuestView
internal import GuestWindow
internal import Surfaces
internal import Wayland

/// An end that isn't the user's: one line, and the exit code that tells scripts what kind it is.
struct Failure: Error {
    /// The design's exit codes, numbered as in sysexits.h where they have a name there.
    enum Code: CInt {
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

    /// nil for errors that aren't a room's.
    init?(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as SourceError: self.init(Self.code(of: error), error.message)
        case let error as WaylandError: self.init(.compositor, "\(error)")
        case let error as EventLoopError: self.init(.fault, "\(error)")
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

    private static func code(of error: SourceError) -> Code {
        switch error.reason {
        case .usage: .usage
        case .unavailable: .unavailable
        case .notPermitted: .notPermitted
        case .fault: .fault
        }
    }

    init?(_ end: WindowEnd) {
        switch end {
        case .closed: return nil
        case .compositor(let message): self.init(.compositor, message)
        }
    }

    /// Runs what reads keys as the user wrote them, with the option's name in front of what is wrong.
    static func naming<Result>(_ option: String, _ read: () throws(KeyTextError) -> Result) throws(Failure) -> Result {
        do throws(KeyTextError) { return try read() } catch { throw Failure(.usage, "\(option) \(error)") }
    }

    /// Says it on standard error and ends the process.
    func exit() -> Never {
        writeLine("oriel: \(message)", to: STDERR_FILENO)
        Glibc.exit(code.rawValue)
    }
}

/// A whole line at once, so that it doesn't mix with another process's. Where nobody can read it, nobody can be told.
func writeLine(_ text: String, to descriptor: CInt) { _ = OutputFile.write(text + "\n", to: descriptor) }
