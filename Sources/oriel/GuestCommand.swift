// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Logging
internal import PlaneServer
internal import SyntheticGuest
internal import Viewer

struct GuestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guest",
        abstract: "Serves the demonstration guest's planes on a Unix socket, for oriel view planes:/SOCKET.",
        discussion: """
            Only the same user may connect, unless --allow-uid names others. The command ends after --duration, or on SIGINT, \
            SIGTERM or SIGHUP, and removes its socket. docs/plane-protocol.md describes the protocol.
            """)

    @Argument(help: "The socket to make: an absolute path.")
    var path: String

    @Option(help: "The size of the guest's screen: WIDTHxHEIGHT.")
    var size: String?

    @Option(help: "Pictures a second; 0 is a still picture.")
    var rate: String?

    @Option(help: "The picture: \(GuestOptions.Pattern.list).")
    var pattern: String?

    @Option(help: "The cursor: \(GuestOptions.Cursor.list).")
    var cursor: String?

    @Option(help: "The kind of memory: \(GuestOptions.Memory.list).")
    var memory: String?

    @Option(help: "Seconds between two changes of the guest's mode.")
    var modeswitch: String?

    @Option(help: "The number of another user who may connect; can be given several times.")
    var allowUid: [UInt32] = []

    @Option(help: "The largest number of viewers at one time.")
    var viewers = 8

    @Option(help: "End after this many seconds.")
    var duration: Double?

    @Option(help: "The lowest level that is logged.")
    var logLevel = Logger.Level.info

    func validate() throws {
        guard (1...64).contains(viewers) else { throw ValidationError("--viewers must be a number from 1 to 64.") }
        try checkDuration(duration)
    }

    func run() throws {
        let log = LineLog.logger(level: logLevel)
        let options = try GuestOptions(query: query)
        let loop = try EventLoop()
        // Before the socket is there: whoever sees it may end this process, which must then remove it.
        let signals = try loop.endSignals { loop.stop() }
        var settings = PlaneServer.Options()
        settings.mostViewers = viewers
        settings.allowedUsers = Set(allowUid)
        let guest = try SyntheticGuest(options: options, loop: loop)
        let service = GuestService(of: guest, at: path, settings, loop: loop, log: log)
        let timer = loop.timer { loop.stop() }
        if let duration { timer.arm(after: UInt64(duration * 1e9)) }
        try withExtendedLifetime((signals, timer)) { try service.run() }
    }

    /// The options as the query of a `demo:` URL, whose parser knows the limits and has the messages.
    private var query: String {
        [
            ("size", size), ("rate", rate), ("pattern", pattern), ("cursor", cursor), ("memory", memory),
            ("modeswitch", modeswitch),
        ]
        .compactMap { key, value in value.map { "\(key)=\($0)" } }.joined(separator: "&")
    }
}
