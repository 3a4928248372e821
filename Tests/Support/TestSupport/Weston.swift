// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Foundation

/// A real Weston, headless, on llvmpipe: it takes dma-bufs, and memfds in their place.
public final class Weston {
    public let directory: TemporaryDirectory
    public let program: Program
    private static let socket = "wayland-test"

    public struct DidNotStart: Error { public let log: String }

    public init(width: Int = 1280, height: Int = 720, renderer: String = "gl") throws {
        directory = try TemporaryDirectory()
        let configuration = directory.file("weston.ini")
        // Nothing but the client on the screen.
        try "[shell]\npanel-position=none\nbackground-color=0xff000000\nlocking=false\nanimation=none\nstartup-animation=none\nclose-animation=none\nfocus-animation=none\n"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        program = try Program(
            "/usr/bin/weston",
            [
                "--backend=headless", "--renderer=\(renderer)", "--width=\(width)", "--height=\(height)", "--idle-time=0",
                "--socket=\(Self.socket)", "--debug", "--config=\(configuration)",
            ],
            environment: ["XDG_RUNTIME_DIR": directory.path], in: directory)
        let socket = directory.file(Self.socket)
        guard wait(seconds: 20, until: { accepts(socket) }) else {
            throw DidNotStart(log: program.text)
        }
    }

    /// What a client needs to find it.
    public var environment: [String: String] {
        ["XDG_RUNTIME_DIR": directory.path, "WAYLAND_DISPLAY": Self.socket]
    }

    /// The socket's path, for clients inside the test.
    public var display: String { directory.file(Self.socket) }

    /// A PNG of the whole screen.
    public func screenshot() throws -> String {
        let folder = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        let shooter = try Program("/usr/bin/weston-screenshooter", [], environment: environment, in: directory)
        guard shooter.wait(seconds: 20) == 0 else { throw DidNotStart(log: shooter.text) }
        let new = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .filter { $0.hasPrefix("wayland-screenshot") && !folder.contains($0) }
        guard let name = new.first else { throw DidNotStart(log: shooter.text) }
        return directory.file(name)
    }

    /// Runs `oriel` with these arguments on it.
    public func oriel(_ arguments: [String]) throws -> Program {
        try Program(builtProgram("oriel"), arguments, environment: environment, in: directory)
    }
}

/// Whether somebody listens at a socket: its file is there a moment earlier.
private func accepts(_ path: String) -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
    }
}
