// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Glibc
internal import Logging
internal import PlaneImage
internal import Planes
internal import Viewer

struct Screenshot: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screenshot",
        abstract: "Saves a guest's picture as a PNG file, read from the planes themselves.",
        discussion: "Needs no compositor. The cursor plane is drawn over the picture unless --no-cursor is given.")

    @Argument(help: "The display: demo:, qemu:, vfio:, planes:, … (see oriel --help).")
    var source: String

    @Argument(help: "The PNG file to write.")
    var file: String

    @Flag(inversion: .prefixedNo, help: "Draw the guest's cursor over the picture.")
    var cursor = true

    @Option(help: "Give up when the guest shows nothing for this many seconds.")
    var timeout = 10.0

    func validate() throws {
        guard timeout > 0, timeout <= 1e6 else { throw ValidationError("--timeout must be a number of seconds above 0.") }
    }

    func run() throws {
        let address = try SourceAddress(source)
        try OutputFile.checkWritable(file)
        let loop = try EventLoop()
        let guest = try address.opened(on: loop, log: LineLog.logger(level: .warning))[0].planes
        defer { guest.close() }
        let shot = FirstPicture(of: guest, withCursor: cursor, loop: loop)
        let timer = loop.timer { loop.stop() }
        timer.arm(after: UInt64(timeout * 1e9))
        guard let image = try withExtendedLifetime(timer, { try shot.take() }) else {
            throw Failure(.unavailable, "\(source.asSubject) the guest shows nothing for \(timeout) s: is its display on?")
        }
        try PNG.write(image, to: file)
    }
}
