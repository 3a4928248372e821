// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import GuestInput
import Logging
import Measurement
import Planes
import TestCompositor
import TestSupport
import Wayland

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

/// A guest, a window and a compositor on one thread, turned by the test.
final class World {
    let server: TestCompositor
    let guest: ScriptedSource
    /// Who takes the window's input, if anybody does.
    let sink: ScriptedSink?
    let loop: EventLoop
    private(set) var desktop: Desktop!
    private(set) var owner: WindowOwner!
    let log = LogLines()
    private let options: WindowOptions

    init(
        isPolled: Bool = false, scale: ScaleMode? = nil, cursor: CursorMode = .subsurface, frameLimit: UInt64? = nil,
        resizesGuest: Bool = true,
        sink: ScriptedSink? = nil, input: InputOptions = InputOptions(), _ behave: (inout Behaviour) -> Void = { _ in },
        choose: (inout WindowOptions) -> Void = { _ in }
    ) throws {
        self.sink = sink
        guest = isPolled ? PolledScriptedSource() : ScriptedSource()
        var behaviour = Behaviour()
        behave(&behaviour)
        server = TestCompositor(behaviour)
        loop = try EventLoop()
        var options = WindowOptions(title: "test")
        options.scale = scale
        options.view.cursor = cursor
        options.view.frameLimit = frameLimit
        options.resizesGuest = resizesGuest
        options.input = input
        // Most tests are about what is inside.
        options.decorations = .none
        // Tests step their guest faster than any screen refreshes, which would be kept back; LatencyTests is about that.
        options.view.latency = .low
        choose(&options)
        self.options = options
        let socket = server.connect()
        desktop = Desktop(try server.serve { try Compositor(Connection(adopting: socket)) })
        // The seat's devices come with the first window, and would be in the list of what it sends: the seat is bound, then it says
        // which there are, then they are asked for.
        _ = desktop.seats
        for _ in 0..<3 { try server.serve { try compositor.connection.roundtrip() } }
        _ = server.takeRequests()
    }

    /// A world whose window shows a first picture, with nothing left to do; what it took is forgotten.
    static func showing(
        _ memory: ScriptedSource.Memory, cursor: ScriptedSource.Memory? = nil, scale: ScaleMode? = nil,
        sink: ScriptedSink? = nil, input: InputOptions = InputOptions(), _ behave: (inout Behaviour) -> Void = { _ in },
        choose: (inout WindowOptions) -> Void = { _ in }
    ) throws -> World {
        let world = try World(scale: scale, sink: sink, input: input, behave, choose: choose)
        world.guest.show(.primary, memory)
        if let cursor { world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20)) }
        try world.open()
        _ = try world.requests()
        return world
    }

    /// - Parameter isAwaited: whether the guest isn't there yet.
    func open(isAwaited: Bool = false) throws {
        owner = WindowOwner(
            try GuestWindow(on: desktop, options: options, loop: loop, log: Logger(label: "test") { [log] _ in log }))
        if !isAwaited { owner.attach(guest, input: sink) }
    }

    /// Opens another window over the same connection, with a guest of its own.
    func openAnother(
        _ guest: ScriptedSource, input: ScriptedSink? = nil, _ choose: (inout WindowOptions) -> Void = { _ in }
    ) throws -> WindowOwner {
        var options = WindowOptions(title: "another")
        options.decorations = .none
        options.view.latency = .low
        choose(&options)
        let owner = WindowOwner(
            try GuestWindow(on: desktop, options: options, loop: loop, log: Logger(label: "test") { [log] _ in log }))
        owner.attach(guest, input: input)
        return owner
    }

    /// Lets both sides act until neither has anything to do.
    func settle() throws {
        var quiet = 0
        while quiet < 3 {
            let acted = try loop.turn(waitingAtMost: 0)
            quiet = server.turn() || acted ? 0 : quiet + 1
        }
    }

    /// What the window has sent since the last call, when everything has come to rest.
    func requests() throws -> [String] {
        try settle()
        return server.takeRequests()
    }

    /// A change that the guest tells of, and all that comes of it.
    func after(_ change: () -> Void) throws -> [String] {
        change()
        guest.announce()
        return try requests()
    }

    /// What the window sends next of its own accord, however long it takes, and how many nanoseconds after `change` was begun.
    func next(after change: () throws -> Void = {}) throws -> (requests: [String], delay: UInt64) {
        let start = EventLoop.now()
        try change()
        var requests = try requests()
        _ = try loop.runUntil {
            if requests.isEmpty { requests = try self.requests() }
            return !requests.isEmpty
        }
        return (requests, EventLoop.now() - start)
    }

    /// Lets so much time pass for timers; the machine may let more pass.
    func wait(nanoseconds: UInt64) throws {
        let end = EventLoop.now() + nanoseconds
        while EventLoop.now() < end {
            try settle()
            try loop.turn(waitingAtMost: 5_000_000)
        }
    }

    /// Lets go of everything of the client's.
    func dropClient() {
        owner = nil
        desktop = nil
    }

    var compositor: Compositor { desktop.compositor }
    var window: GuestWindow { owner.window }
    var endings: [WindowOwner.End] { owner.endings }

    var statistics: Statistics {
        window.finishStatistics()
        return window.statistics
    }
}

/// What was logged.
final class LogLines: LogHandler, @unchecked Sendable {  // used on the test's thread alone
    var warnings: [String] = []
    var lines: [String] = []
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.append("\(event.message)")
        if event.level >= .warning { warnings.append("\(event.message)") }
    }
}

/// What changes a pointer's look shows the serial of its coming, which no test cares about.
func withoutPointerSerial(_ request: String) -> String {
    request.replacing(#/(set_cursor|set_shape)\(\d+, /#) { "\($0.1)(" }
}
