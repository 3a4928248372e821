// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Foundation

/// A real headless sway that draws with pixman. It has no linux-dmabuf, but a seat, fractional scales, several outputs, and all
/// of xdg-shell; a test controls it with ``command(_:)``.
public final class Sway {
    public let directory: TemporaryDirectory
    public let process: ChildProcess
    private static let socket = "wayland-1"  // the first name that sway tries in an empty directory

    /// - Parameters:
    ///   - configuration: Lines added to the default ones, which leave only clients on the screen, without borders.
    ///   - outputs: The number of outputs, `HEADLESS-1` and so on, all of the same size.
    public init(width: Int = 1280, height: Int = 720, outputs: Int = 1, configuration: [String] = []) throws {
        directory = try TemporaryDirectory()
        let file = directory.file("sway.conf")
        try
            ([
                "output * mode \(width)x\(height)@60Hz", "output * background #000000 solid_color", "xwayland disable",
                "default_border none", "default_floating_border none", "focus_follows_mouse no",
            ] + configuration).joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let environment = [
            "XDG_RUNTIME_DIR": directory.path, "SWAYSOCK": directory.file("sway.sock"), "WLR_BACKENDS": "headless",
            "WLR_HEADLESS_OUTPUTS": "\(outputs)", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1",
        ]
        process = try ChildProcess(
            try Self.unprivileged(in: directory) + ["sway", "--config", file], environment: environment, in: directory,
            log: directory.file("sway.log"))
        let path = directory.file(Self.socket)
        let listens = wait(forAtMost: 20) {
            guard let socket = try? UnixSocket.connect(to: path) else { return false }
            close(socket)
            return FileManager.default.fileExists(atPath: directory.file("sway.sock"))
        }
        guard listens else { throw TestSupportError("sway didn't start: \(process.output)") }
    }

    /// sway refuses to run as root. It then runs as the user nobody, who also owns its directory.
    private static func unprivileged(in directory: TemporaryDirectory) throws -> [String] {
        guard geteuid() == 0 else { return [] }
        guard let user = getpwnam("nobody")?.pointee, chown(directory.path, user.pw_uid, user.pw_gid) == 0 else {
            throw TestSupportError("sway can't run as root, and there is no user nobody")
        }
        return ["setpriv", "--reuid=\(user.pw_uid)", "--regid=\(user.pw_gid)", "--clear-groups", "--"]
    }

    /// The environment in which clients find it.
    public var environment: [String: String] {
        ["XDG_RUNTIME_DIR": directory.path, "WAYLAND_DISPLAY": Self.socket]
    }

    /// The path of its socket, for clients inside the test.
    public var display: String { directory.file(Self.socket) }

    /// Runs a sway command, written as in its configuration: `output HEADLESS-1 scale 1.5`.
    public func command(_ text: String) throws { _ = try run(["swaymsg", "--raw", text]) }

    /// The answer to a query (`get_tree`, `get_outputs`, `get_seats`), as the types of JSON.
    public func ask(_ question: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try run(["swaymsg", "--raw", "--type", question]).utf8))
    }

    /// A PNG of an output in device pixels, without the pointer.
    public func screenshot(of output: String = "HEADLESS-1") throws -> String {
        let file = directory.file("screen-\(UUID().uuidString).png")
        _ = try run(["grim", "-o", output, file])
        return file
    }

    /// Runs `oriel` with these arguments on this compositor.
    public func oriel(_ arguments: [String]) throws -> ChildProcess { try .oriel(arguments, environment, in: directory) }

    private func run(_ program: [String]) throws -> String {
        let environment = environment.merging(["SWAYSOCK": directory.file("sway.sock")]) { $1 }
        let child = try ChildProcess(
            program, environment: environment, in: directory, log: directory.file("command-\(UUID().uuidString).log"))
        guard child.waitForEnd(20) == 0 else {
            throw TestSupportError("\(program.joined(separator: " ")): \(child.output)")
        }
        return child.output
    }
}
