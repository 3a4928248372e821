// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestView
internal import GuestWindow
internal import Measurement
internal import Planes

/// The windows of one command, with their guests. Each ends for itself; the last one's end ends the loop.
final class Windows: GuestWindowDelegate {
    private final class Entry {
        let name: String
        let window: GuestWindow
        let keeper: SourceKeeper
        var planes: (any PlaneSource)?
        var isOpen = true

        init(_ name: String, _ window: GuestWindow, _ keeper: SourceKeeper, _ planes: (any PlaneSource)?) {
            self.name = name
            self.window = window
            self.keeper = keeper
            self.planes = planes
        }
    }

    private var all: [Entry] = []
    private let loop: EventLoop
    private let screenshots: ScreenshotSaver
    /// The first end that wasn't the user's or a limit's.
    private(set) var failure: Failure?

    init(_ loop: EventLoop, _ screenshots: ScreenshotSaver) {
        self.loop = loop
        self.screenshots = screenshots
    }

    /// - Parameters:
    ///   - name: what the statistics call it.
    ///   - keeper: of the window's source.
    func add(_ window: GuestWindow, name: String, keeper: SourceKeeper, planes: (any PlaneSource)?) {
        let entry = Entry(name, window, keeper, planes)
        all.append(entry)
        window.delegate = self
        keeper.onGivingUp = { [unowned self, unowned entry] in end(entry, Failure($0)) }
    }

    func attached(_ planes: any PlaneSource, to window: GuestWindow) { entry(window)?.planes = planes }

    /// Ends them all as if the user had closed them.
    func close() {
        for entry in all { end(entry, nil) }
    }

    private func entry(_ window: GuestWindow) -> Entry? { all.first { $0.window === window } }

    private func end(_ entry: Entry, _ reason: Failure?) {
        guard entry.isOpen else { return }
        entry.isOpen = false
        failure = failure ?? reason
        entry.window.close()
        entry.planes?.close()
        if !all.contains(where: \.isOpen) { loop.stop() }
    }

    func windowDidEnd(_ window: GuestWindow, _ end: WindowEnd) {
        guard let entry = entry(window) else { return }
        self.end(entry, Failure(end))
    }

    func window(_ window: GuestWindow, guestDidEnd error: SourceError) {
        guard let entry = entry(window) else { return }
        guard entry.keeper.reconnects else { return end(entry, Failure(error)) }
        entry.planes?.close()
        entry.planes = nil
        window.detach(.lost(error))
        entry.keeper.handleLoss(error)
    }

    func windowWantsScreenshot(_ window: GuestWindow) {
        if let planes = entry(window)?.planes { screenshots.save(planes, for: window) }
    }

    /// One object as for a single window, or a list of such objects with their consoles' names.
    func statistics(asList isList: Bool) -> JSON {
        guard isList else { return all[0].window.statistics.json() }
        return .object([
            (
                "consoles",
                .array(all.map { .object([("name", .string($0.name)), ("statistics", $0.window.statistics.json())]) })
            )
        ])
    }
}
