// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Glibc
internal import Logging
internal import PlaneServer
internal import Planes
internal import SyntheticGuest

struct Guest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guest",
        abstract: "Serves the synthetic guest's planes on a Unix socket, for oriel view planes:/SOCKET.",
        discussion: """
            Only the same user may look, unless --allow-uid says who else. Ends at \
            --duration, or on SIGINT or SIGTERM, and removes its socket. The \
            protocol is described in docs/plane-protocol.md.
            """)

    @Argument(help: "The socket to make: an absolute path.")
    var path: String

    @Option(help: "The guest's screen: WIDTHxHEIGHT.")
    var size: String?

    @Option(help: "Pictures a second; 0 is a still picture.")
    var rate: String?

    @Option(help: "What it draws: \(GuestOptions.Pattern.list).")
    var pattern: String?

    @Option(help: "Its cursor: \(GuestOptions.Cursor.list).")
    var cursor: String?

    @Option(help: "Where its memory comes from: \(GuestOptions.Memory.list).")
    var memory: String?

    @Option(help: "Seconds between two changes of its mode.")
    var modeswitch: String?

    @Option(help: "Another user who may look, by number; can be given several times.")
    var allowUid: [UInt32] = []

    @Option(help: "Viewers at one time.")
    var viewers = 8

    @Option(help: "End after this many seconds.")
    var duration: Double?

    @Option(help: "The least that is logged.")
    var logLevel = Logger.Level.info

    func validate() throws {
        guard (1...64).contains(viewers) else { throw ValidationError("--viewers must be a number from 1 to 64.") }
        try checkDuration(duration)
    }

    func run() throws {
        let log = LineLog.logger(level: logLevel)
        let options = try GuestOptions(query: query)
        let loop = try EventLoop()
        // Before the socket is there: whoever sees it may end us, and then it must go.
        let signals = try loop.endSignals { loop.stop() }
        let guest = try SyntheticGuest(options: options, loop: loop)
        defer { guest.close() }
        var settings = PlaneServer.Options()
        settings.mostViewers = viewers
        settings.allowedUsers = Set(allowUid)
        let service = GuestService(of: guest, at: path, settings, loop: loop, log: log)
        defer { service.close() }
        let timer = try loop.timer { loop.stop() }
        if let duration { timer.arm(after: UInt64(duration * 1e9)) }
        try withExtendedLifetime((signals, timer)) { try loop.run() }
        if let failure = service.failure { throw failure }
    }

    /// The options in the words of a `demo:` URL, whose parser has the limits and their messages.
    private var query: String {
        [
            ("size", size), ("rate", rate), ("pattern", pattern), ("cursor", cursor), ("memory", memory),
            ("modeswitch", modeswitch),
        ]
        .compactMap { key, value in value.map { "\(key)=\($0)" } }.joined(separator: "&")
    }
}
