// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Measurement
internal import Presentation

/// The windows of one command. Each ends for itself; the last one's end ends the loop.
final class Windows {
    private var all: [(name: String, window: GuestWindow, keeper: SourceKeeper)] = []
    private var open = 0
    private let loop: EventLoop
    /// Of the first end that wasn't the user's or a limit's.
    private(set) var failure: Failure?

    init(_ loop: EventLoop) { self.loop = loop }

    /// - Parameters:
    ///   - name: what the statistics call it.
    ///   - keeper: of the window's source.
    func add(_ window: GuestWindow, name: String, keeper: SourceKeeper) {
        all.append((name, window, keeper))
        open += 1
        window.onEnd = { [unowned self] in ended($0) }
    }

    /// Ends them all as if the user had closed them.
    func close() {
        for entry in all { entry.window.close() }
    }

    private func ended(_ end: WindowEnd) {
        failure = failure ?? Failure(end)
        open -= 1
        if open == 0 { loop.stop() }
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
