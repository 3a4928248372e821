// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
internal import Glibc
internal import GuestInput
package import Logging
package import Measurement
package import Planes
package import GuestView
package import GuestWindow
internal import QMP

/// Why a session ended.
package enum SessionEnd {
    /// The user or a limit ended it.
    case closed
    /// The compositor is gone or refused us.
    case compositor(String)
    /// The source isn't there, or is gone, or can't be shown.
    case source(SourceError)
}

/// The guests of one source and their windows. It owns both; windows borrow their guests.
///
/// Its policy is that of `oriel view`: windows open when the first attempt at the source is done. A window ends with its guest, unless
/// the session is to reconnect. A window that the user closes isn't reconnected. The last window's end is the session's.
///
/// ```swift
/// let link = GuestLink(loop: loop) { address.open(on: loop, log: log, done: $0) }
/// link.open()
/// let session = try Session(link, on: Desktop(compositor), options, loop: loop, log: log)
/// let end = try session.run()
/// ```
package final class Session {
    /// Why it ended; nil while it goes on.
    package private(set) var end: SessionEnd?

    /// The link of the first attempt, which is the first window's too.
    private let link: GuestLink
    private let desktop: Desktop
    private var options: SessionOptions
    private let loop: EventLoop
    private let log: Logger
    private let screenshots: ScreenshotSaver
    /// Takes the input of all windows in place of the guests; nil where they do.
    private let monitor: QMPInput?
    /// nil where the clipboard isn't shared.
    private let clipboard: HostClipboard?
    private var views: [View] = []
    /// The first end that wasn't the user's or a limit's.
    private var failure: SessionEnd?
    private var durationTimer: TimerSource!
    private var isRunning = false

    /// A window with the link to its guest. The window has ended when it isn't open any more.
    private final class View {
        let link: GuestLink
        let window: GuestWindow
        /// What the statistics call it.
        let name: String
        var isOpen = true

        init(_ link: GuestLink, _ window: GuestWindow, name: String) {
            self.link = link
            self.window = window
            self.name = name
        }
    }

    /// - Parameters:
    ///   - link: under way already, so that the source may answer while the compositor is bound. Nothing has come of it yet.
    ///   - desktop: its compositor has said what it has.
    package init(
        _ link: GuestLink, on desktop: Desktop, _ options: SessionOptions, loop: EventLoop, log: Logger
    ) throws {
        self.link = link
        self.desktop = desktop
        self.options = options
        self.loop = loop
        self.log = log
        screenshots = try ScreenshotSaver(
            in: options.screenshots, withCursor: options.window.view.cursor != .hidden, loop: loop, log: log)
        monitor =
            if case .monitor(let address) = options.input {
                try QMPInput(address, isAwaited: options.waits, loop: loop, logger: log)
            } else { nil }
        clipboard = try options.clipboardLimit.map { try desktop.makeClipboard(limit: $0, loop: loop, log: log) }
        durationTimer = loop.timer { [unowned self] in close() }
        if let duration = options.duration { durationTimer.arm(after: duration) }
        link.delegate = self
    }

    /// Runs the loop until the session has ended.
    package func run() throws(EventLoopError) -> SessionEnd {
        isRunning = true
        if end == nil { try loop.run() }
        screenshots.finish()
        return end ?? .closed
    }

    /// Ends it as if the user had closed all windows.
    package func close() {
        for view in views { end(view, .closed) }
        conclude()
    }

    /// The window's statistics as one object, or a list of such objects with their guests' names. They are all zeros where no window
    /// has been opened.
    package func statistics(asList isList: Bool) -> JSON {
        guard isList else { return (views.first?.window.statistics ?? Statistics()).json() }
        return .object([
            (
                "consoles",
                .array(
                    views.map { .object([("name", .string($0.name)), ("statistics", $0.window.statistics.json())]) })
            )
        ])
    }

    /// What the first window shows, or has shown last; nil where none was opened.
    package var shown: (guest: String, statistics: Statistics, layout: PlaneLayout?)? {
        views.first.map { ($0.window.name, $0.window.statistics, $0.window.pictureLayout) }
    }

    /// Who takes the first window's input now, nil where nobody does, and the size of the screen that is pointed at; nil as a whole where
    /// no guest is there or has shown anything.
    package var inputTarget: (sink: (any InputSink)?, screen: PixelSize)? {
        guard let view = views.first, view.isOpen, let guest = view.link.guest, let layout = view.window.pictureLayout else {
            return nil
        }
        return ((try? sink(for: guest)) ?? nil, layout.size)
    }

    /// Uses this rung of the fallback ladder alone from now on, in all windows; nil for the highest that takes a picture.
    package func force(_ path: Statistics.Path?) {
        options.window.view.forcedPath = path
        for view in views { view.window.force(path) }
    }

    /// Commits by this mode from now on, in all windows.
    package func use(_ latency: LatencyMode) {
        options.window.view.latency = latency
        for view in views { view.window.use(latency) }
    }

    // MARK: Windows

    /// Opens a window with nothing to show yet.
    private func openWindow(_ link: GuestLink, name: String) throws(SourceError) -> View {
        var windowOptions = options.window
        windowOptions.title = options.title ?? name
        let window: GuestWindow
        do throws(EventLoopError) {
            window = try GuestWindow(on: desktop, options: windowOptions, loop: loop, log: log)
        } catch {
            throw SourceError(name, error)
        }
        // It was good for one window.
        options.window.activationToken = nil
        window.delegate = self
        link.delegate = self
        let view = View(link, window, name: name)
        views.append(view)
        return view
    }

    private func attach(_ guest: Guest, to window: GuestWindow) throws(SourceError) {
        if options.title == nil { window.name = guest.planes.name }
        window.attach(guest, input: try sink(for: guest))
    }

    /// nil where the guest takes no input, or is to have none.
    private func sink(for guest: Guest) throws(SourceError) -> (any InputSink)? {
        switch options.input {
        case .nobody: return nil
        case .guest: return guest.input
        case .monitor: return monitor
        case .guestAlways:
            guard let sink = guest.input else {
                throw SourceError(
                    .usage,
                    "\(options.source.asSubject) this source takes no input: leave out --grab-on-focus and --host-chords")
            }
            return sink
        }
    }

    // MARK: Ends

    /// Ends one window and its link. The first failure is the session's.
    private func end(_ view: View, _ reason: SessionEnd) {
        guard view.isOpen else { return }
        view.isOpen = false
        note(reason)
        // The window first: it lets go of held keys while the guest can still hear that.
        view.window.close()
        view.link.cut()
        if !views.contains(where: \.isOpen) { conclude() }
    }

    /// The source isn't available.
    private func fail(_ error: SourceError) {
        note(.source(error))
        for view in views { end(view, .source(error)) }
        conclude()
    }

    private func note(_ reason: SessionEnd) {
        if case .closed = reason { return }
        failure = failure ?? reason
    }

    private func conclude() {
        guard end == nil else { return }
        end = failure ?? .closed
        link.cut()
        durationTimer.disarm()
        clipboard?.attach(nil)
        if isRunning { loop.stop() }
    }
}

extension Session: GuestLinkDelegate {
    package func link(_ link: GuestLink, didOpen guests: [Guest], in search: GuestLink.Search?) throws(SourceError) {
        if let view = views.first(where: { $0.link === link }), let search {
            try attach(guests[0], to: view.window)
            log.info(
                "\(guests[0].planes.name.asSubject) \(search.reason == .lost ? "back" : "there") after \(seconds(since: search.since)) s"
            )
        } else {
            for (number, guest) in guests.enumerated() {
                let view = try openWindow(number == 0 ? link : GuestLink(to: guest), name: guest.planes.name)
                try attach(guest, to: view.window)
            }
        }
        // All consoles of a VM have the same one.
        clipboard?.attach(guests[0].clipboard)
    }

    package func link(_ link: GuestLink, didFail error: SourceError, in search: GuestLink.Search?) {
        guard var search else { return firstAttemptFailed(error) }
        guard let view = views.first(where: { $0.link === link }) else { return }
        log.debug("\(error.message)")
        guard isWorthAnother(error, search.reason) else { return end(view, .source(error)) }
        // A window goes on saying why it lost its guest, and says why the guest that it awaits isn't there now.
        if search.reason == .awaited {
            search.error = error
            view.window.detach(.awaited(error), input: monitor)
        }
        link.retry(search)
    }

    package func link(_ link: GuestLink, didGiveUp error: SourceError) {
        if let view = views.first(where: { $0.link === link }) { end(view, .source(error)) }
    }

    private func firstAttemptFailed(_ error: SourceError) {
        guard options.waits, case .unavailable = error.reason, views.isEmpty else { return fail(error) }
        log.info("\(error.message) (waiting for it)")
        do throws(SourceError) {
            let view = try openWindow(link, name: options.source)
            view.window.detach(.awaited(error), input: monitor)
            link.wait(after: error, limit: options.waitLimit)
        } catch {
            fail(error)
        }
    }

    /// A device that comes back is closed to us until udev has set its permissions. When one is awaited, only the user can change them.
    private func isWorthAnother(_ error: SourceError, _ reason: GuestLink.Search.Reason) -> Bool {
        switch (error.reason, reason) {
        case (.usage, _), (.notPermitted, .awaited): false
        case (.notPermitted, .lost), (.unavailable, _), (.fault, _): true
        }
    }

    /// Seconds since then, with one decimal.
    private func seconds(since start: UInt64) -> String {
        let tenths = (EventLoop.now() - start) / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension Session: GuestWindowDelegate {
    package func windowDidEnd(_ window: GuestWindow, _ end: WindowEnd) {
        guard let view = views.first(where: { $0.window === window }) else { return }
        switch end {
        case .closed, .left: self.end(view, .closed)
        case .compositor(let message): self.end(view, .compositor(message))
        }
    }

    package func window(_ window: GuestWindow, guestDidEnd error: SourceError) {
        guard let view = views.first(where: { $0.window === window }), view.isOpen else { return }
        guard options.reconnects, view.link.canReopen else { return end(view, .source(error)) }
        log.warning("\(error.message) (waiting for its return)")
        window.detach(.lost(error), input: monitor)
        view.link.lose(error)
        clipboard?.attach(nil)
    }

    package func windowWantsScreenshot(_ window: GuestWindow) {
        guard let view = views.first(where: { $0.window === window }), let guest = view.link.guest else { return }
        screenshots.save(guest.planes, for: window)
    }
}

extension EventLoop {
    /// Calls `handler` for each signal by which a user or a service manager ends a command.
    package func endSignals(_ handler: @escaping () -> Void) throws(EventLoopError) -> [SignalSource] {
        var signals: [SignalSource] = []
        for number in [SIGINT, SIGTERM, SIGHUP] { signals.append(try signal(number, handler)) }
        return signals
    }
}
