// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Foundation

/// A headless cage, whose one output of 1280×720 shows whatever client is the last to come. Debian 12's (0.1.4) has no wp_viewporter.
public final class Cage {
    private let directory: TemporaryDirectory
    private let process: ChildProcess
    private static let socket = "wayland-0"  // the first name that it tries in an empty directory

    public init() throws {
        directory = try TemporaryDirectory()
        let environment = [
            "XDG_RUNTIME_DIR": directory.path, "WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman",
            "WLR_LIBINPUT_NO_DEVICES": "1",
        ]
        // It ends with its own client.
        process = try ChildProcess(
            try Sway.unprivileged(in: directory) + ["cage", "--", "sleep", "3600"], environment: environment, in: directory,
            log: directory.file("cage.log"))
        let path = directory.file(Self.socket)
        let listens = waitUntil {
            guard let socket = try? UnixSocket.connect(to: path) else { return false }
            close(socket)
            return true
        }
        guard listens else { throw TestSupportError("cage didn't start: \(process.output)") }
    }

    private var environment: [String: String] {
        ["XDG_RUNTIME_DIR": directory.path, "WAYLAND_DISPLAY": Self.socket]
    }

    /// A PNG of its output.
    public func screenshot() throws -> String {
        let file = directory.file("screen-\(UUID().uuidString).png")
        let grim = try ChildProcess(["grim", file], environment: environment, in: directory, log: directory.file("grim.log"))
        guard grim.waitForEnd() == 0 else { throw TestSupportError("grim: \(grim.output)") }
        return file
    }

    /// Runs `oriel` with these arguments on it.
    public func oriel(_ arguments: [String]) throws -> ChildProcess { try .oriel(arguments, environment, in: directory) }
}
