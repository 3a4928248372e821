// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Foundation

/// A real headless Weston on llvmpipe. It imports dma-bufs, and memfds in their place.
public final class Weston {
    public let directory: TemporaryDirectory
    public private(set) var process: ChildProcess
    private let command: [String]
    private static let socket = "wayland-test"

    /// - Parameters:
    ///   - width: The panel's width before rotation.
    ///   - arguments: Further arguments for Weston.
    public init(width: Int = 1280, height: Int = 720, renderer: String = "gl", arguments: [String] = []) throws {
        directory = try TemporaryDirectory()
        let configuration = directory.file("weston.ini")
        // Only the client is on the screen.
        try
            "[shell]\npanel-position=none\nbackground-color=0xff000000\nlocking=false\nanimation=none\nstartup-animation=none\nclose-animation=none\nfocus-animation=none\n"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        command =
            [
                "weston", "--backend=headless", "--renderer=\(renderer)", "--width=\(width)", "--height=\(height)",
                "--idle-time=0", "--socket=\(Self.socket)", "--debug", "--config=\(configuration)",
            ] + arguments
        process = try Self.start(command, in: directory)
        try awaitSocket()
    }

    private static func start(_ command: [String], in directory: TemporaryDirectory) throws -> ChildProcess {
        try ChildProcess(
            command, environment: ["XDG_RUNTIME_DIR": directory.path], in: directory, log: directory.file("weston.log"))
    }

    private func awaitSocket() throws {
        let path = directory.file(Self.socket)
        let listens = waitUntil {
            guard let socket = try? UnixSocket.connect(to: path) else { return false }
            close(socket)
            return true
        }
        guard listens else { throw TestSupportError("weston didn't start: \(process.output)") }
    }

    /// Kills the compositor.
    public func kill() { process.signal(SIGKILL) }

    /// Starts it again at the same place, after its end.
    public func restart() throws {
        _ = process.waitForEnd()
        process = try Self.start(command, in: directory)
        try awaitSocket()
    }

    /// The environment in which clients find it.
    public var environment: [String: String] {
        ["XDG_RUNTIME_DIR": directory.path, "WAYLAND_DISPLAY": Self.socket]
    }

    /// The path of its socket, for clients inside the test.
    public var display: String { directory.file(Self.socket) }

    /// A PNG of the whole screen.
    public func screenshot() throws -> String {
        let folder = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        let shooter = try ChildProcess(
            ["weston-screenshooter"], environment: environment, in: directory, log: directory.file("shooter.log"))
        guard shooter.waitForEnd() == 0 else { throw TestSupportError("no screenshot: \(shooter.output)") }
        let new = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .filter { $0.hasPrefix("wayland-screenshot") && !folder.contains($0) }
        guard let name = new.first else { throw TestSupportError("no screenshot: \(shooter.output)") }
        return directory.file(name)
    }

    /// Runs `oriel` with these arguments on this compositor.
    public func oriel(_ arguments: [String]) throws -> ChildProcess { try .oriel(arguments, environment, in: directory) }
}

extension ChildProcess {
    /// Runs this package's program, which is built beside the tests.
    public static func oriel(
        _ arguments: [String], _ environment: [String: String], in directory: TemporaryDirectory
    ) throws -> ChildProcess {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(filePath: tests).deletingLastPathComponent().appending(path: "oriel").path
        return try ChildProcess(
            [program] + arguments, environment: environment, in: directory,
            log: directory.file("oriel-\(UUID().uuidString).log"))
    }
}
