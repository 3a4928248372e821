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
        let listens = waitUntil {
            guard let socket = try? UnixSocket.connect(to: path) else { return false }
            close(socket)
            return FileManager.default.fileExists(atPath: directory.file("sway.sock"))
        }
        guard listens else { throw TestSupportError("sway didn't start: \(process.output)") }
    }

    /// sway refuses to run as root, and cage should. They then run as the user nobody, who also owns their directory.
    static func unprivileged(in directory: TemporaryDirectory) throws -> [String] {
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

    /// One of sway's commands, as in its configuration: `[app_id="oriel"] move position 0 0`. For some of them sway answers success
    /// and then fails, or does them later: a test asserts what the command was for, with ``ask(_:)`` or by looking at the screen.
    /// It waits for a window that is to be found by its criteria and has only just committed.
    public func command(_ text: String) throws {
        var refusal: (any Error)?
        let isDone = try waitUntil(every: 0.05) {
            do {
                _ = try run(["swaymsg", "--raw", text])
                return true
            } catch let error as TestSupportError where error.description.contains("No matching node") {
                refusal = error
                return false
            }
        }
        if !isDone, let refusal { throw refusal }
    }

    /// The answer to a query (`get_tree`, `get_outputs`, `get_seats`), as the types of JSON.
    public func ask(_ question: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try run(["swaymsg", "--raw", "--type", question]).utf8))
    }

    /// Sets a screen's scale, and waits until it has it.
    public func setScale(_ scale: String, of output: String) throws {
        try command("output \(output) scale \(scale)")
        try require("\(output) has no scale of \(scale)") { try self.output(output)?["scale"] as? Double == Double(scale) }
    }

    /// Shows a workspace, and waits until it is on show.
    public func show(workspace name: String) throws {
        try command("workspace \(name)")
        try require("workspace \(name) isn't shown") { try workspace() == name }
    }

    /// The name of the workspace on show.
    public func workspace() throws -> String? {
        let workspaces = try ask("get_workspaces") as? [[String: Any]]
        return workspaces?.first { $0["focused"] as? Bool == true }?["name"] as? String
    }

    /// Removes a screen, and waits until it is gone. Needs ``canUnplug``: what an older sway does of `output … disable` fails in
    /// its headless backend, behind an answer of success.
    public func unplug(_ output: String) throws {
        try command("output \(output) unplug")
        try require("\(output) is still there") { try self.output(output) == nil }
    }

    /// Whether this sway can remove a screen (sway 1.8, sway-output(5)).
    public static let canUnplug: Bool = {
        guard let directory = try? TemporaryDirectory(),
            let child = try? ChildProcess(["sway", "--version"], log: directory.file("version")), child.waitForEnd() == 0,
            let version = child.output.firstMatch(of: #/(\d+)\.(\d+)/#), let major = Int(version.1), let minor = Int(version.2)
        else { return false }
        return (major, minor) >= (1, 8)
    }()

    /// What sway says of a screen; nil if there is none of this name.
    private func output(_ name: String) throws -> [String: Any]? {
        (try ask("get_outputs") as? [[String: Any]])?.first { $0["name"] as? String == name }
    }

    private func require(_ complaint: String, _ condition: () throws -> Bool) throws {
        guard try waitUntil(condition) else { throw TestSupportError("sway: \(complaint)") }
    }

    /// A PNG of an output, in device pixels; the pointer isn't in it.
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
        guard child.waitForEnd() == 0 else {
            throw TestSupportError("\(program.joined(separator: " ")): \(child.output)")
        }
        return child.output
    }
}
