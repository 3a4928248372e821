// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
internal import GuestWindow
package import Logging
internal import Measurement
internal import Planes
internal import Surfaces
internal import Viewer
internal import Wayland

/// A running kiosk: its screens, the compositor that they are on, and whoever asks how they are. Nothing that happens to a guest, a
/// compositor or an output ends it; only its owner does, or the exit chord.
///
/// ```swift
/// let kiosk = try KioskRun(configuration, settings, loop: loop, log: log)
/// try loop.run()
/// kiosk.close()
/// ```
package final class KioskRun {
    package struct Settings {
        /// The version of Oriel.
        package var version: String
        /// Makes one attempt to connect to the compositor, without waiting: to the one in the environment.
        var connect: () throws(WaylandError) -> Connection = CompositorLink.connect
        /// Reads the configuration anew.
        package var read: () throws(KioskConfiguration.Faults) -> KioskConfiguration

        package init(version: String, read: @escaping () throws(KioskConfiguration.Faults) -> KioskConfiguration) {
            self.version = version
            self.read = read
        }
    }

    private let settings: Settings
    private let loop: EventLoop
    private let log: Logger
    private let link: CompositorLink
    private let manager = ServiceManager()
    private let startedAt = EventLoop.now()
    private var configuration: KioskConfiguration
    private var screens: [KioskScreen] = []
    private var control: AnswerServer?
    /// The one before, until the end of the turn.
    private var oldControl: AnswerServer?
    private var turn: DeferredSource!
    private var metrics: AnswerServer?
    private var watchdog: Watchdog?
    private var isReady = false
    private var toldStatus = ""
    private var hasHadCompositor = false
    private var returns: UInt64 = 0
    private var reloads: UInt64 = 0

    /// Begins to look for the compositor and the sources.
    ///
    /// - Throws: ``SourceError`` for a socket that can't be made, or an idle picture that can't be read.
    package init(_ configuration: KioskConfiguration, _ settings: Settings, loop: EventLoop, log: Logger) throws {
        self.configuration = configuration
        self.settings = settings
        self.loop = loop
        self.log = log
        link = CompositorLink(socket: Connection.socket(nil), loop: loop, log: log, connect: settings.connect)
        turn = DeferredSource(loop: loop) { [unowned self] in oldControl = nil }
        screens = try configuration.screens.map { try makeScreen($0) }
        control = try serveControl(configuration)
        metrics = try serveMetrics(configuration)
        if let interval = manager.watchdogInterval {
            watchdog = Watchdog(every: interval, over: link, loop: loop) { [unowned self] in
                manager.tell(.working)
                tellStatus()
            }
        }
        link.delegate = self
        link.open()
        for screen in screens { screen.start() }
        tellStatus()
    }

    /// Closes all windows and guests.
    package func close() {
        manager.tell(.stopping)
        for screen in screens { screen.close() }
        watchdog = nil
        link.close()
        (control, metrics) = (nil, nil)
    }

    /// Reads the configuration anew, and replaces the screens whose table has changed. One that can't be used changes nothing.
    package func reload() {
        if let fault = takeConfiguration() {
            for line in fault { log.error("\(line)") }
            log.error("the configuration stays as it was")
        }
    }

    // MARK: Configuration

    /// Returns what is wrong with the new configuration; nil for one that was taken.
    private func takeConfiguration() -> [String]? {
        manager.tell(.reloading)
        defer { if isReady { manager.tell(.ready) } }
        do {
            let new = try settings.read()
            let kept = screens.filter { new.screens.contains($0.configuration) && $0.isCurrent }
            let all = try new.screens.map { wanted in try kept.first { $0.configuration == wanted } ?? makeScreen(wanted) }
            // A socket that stays where it is goes on listening.
            let newControl = path(of: new) == path(of: configuration) ? nil : try serveControl(new)
            if new.metrics != configuration.metrics { try replaceMetrics(new) }
            if let newControl {
                // This may be a question of the old one's.
                oldControl = control
                control = newControl
                turn.schedule()
            }
            for screen in screens where !all.contains(where: { $0 === screen }) { screen.close() }
            let fresh = all.filter { screen in !screens.contains { $0 === screen } }
            (screens, configuration) = (all, new)
            reloads += 1
            arrange()
            for screen in fresh { screen.start() }
            log.info("the configuration was read anew: \(fresh.count) of \(all.count) screens have changed")
            tellStatus()
            return nil
        } catch let faults as KioskConfiguration.Faults {
            return faults.list.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    private func path(of configuration: KioskConfiguration) -> String {
        configuration.control ?? ControlSocket.usualPath
    }

    /// The new address may contain the old one, which therefore goes first, and comes back where the new one can't be had.
    private func replaceMetrics(_ new: KioskConfiguration) throws(SourceError) {
        metrics = nil
        do throws(SourceError) { metrics = try serveMetrics(new) } catch {
            metrics = try? serveMetrics(configuration)
            throw error
        }
    }

    private func makeScreen(_ configuration: ScreenConfiguration) throws(SourceError) -> KioskScreen {
        var log = log
        log[metadataKey: "screen"] = "\(configuration.name)"
        let screen = try KioskScreen(configuration, loop: loop, log: log) { [loop, log] address in
            { address.open(on: loop, log: log, done: $0) }
        }
        screen.delegate = self
        return screen
    }

    // MARK: Outputs

    /// Puts each screen on its output.
    private func arrange() {
        let desktop = link.desktop
        let outputs = desktop?.compositor.screens.described ?? []
        let facts = outputs.map { screen in
            OutputAssignment.Output(
                name: screen.facts.name, make: screen.facts.make, model: screen.facts.model,
                description: screen.facts.description)
        }
        let places = OutputAssignment.assign(
            screens.map(\.configuration.output), to: facts,
            current: screens.map { screen in outputs.firstIndex { $0 === screen.output } })
        // What leaves an output goes before what comes to it.
        for (screen, place) in zip(screens, places) where place.map({ outputs[$0] }) !== screen.output {
            screen.show(on: nil, of: nil)
        }
        for (screen, place) in zip(screens, places) {
            let output = place.map { outputs[$0] }
            if output == nil, desktop != nil { tellMissing(screen, among: facts) }
            screen.show(on: output, of: desktop)
        }
        // One that isn't shown yet may have gone.
        tellReadiness()
        tellStatus()
    }

    /// Says once for each set of outputs that a screen's isn't among them.
    private func tellMissing(_ screen: KioskScreen, among outputs: [OutputAssignment.Output]) {
        let names = outputs.map { $0.name ?? "one without a name" }.joined(separator: ", ")
        screen.complain(
            "the output '\(screen.configuration.output.text)' isn't there, or another screen has it; there are: \(names.isEmpty ? "none" : names)"
        )
    }

    // MARK: What the kiosk tells

    private func serveControl(_ configuration: KioskConfiguration) throws(SourceError) -> AnswerServer {
        try ControlSocket.serve(at: path(of: configuration), on: loop) { [unowned self] request in
            switch request {
            case .status: return status.json()
            case .reload:
                guard let faults = takeConfiguration() else { return .object([("reloads", .integer(reloads))]) }
                return .object([
                    ("error", .string("the configuration stays as it was")), ("faults", .array(faults.map(JSON.string))),
                ])
            }
        }
    }

    private func serveMetrics(_ configuration: KioskConfiguration) throws(SourceError) -> AnswerServer? {
        guard let address = configuration.metrics else { return nil }
        return try MetricsEndpoint.serve(at: address, on: loop) { [unowned self] in status }
    }

    var status: KioskStatus {
        KioskStatus(
            version: settings.version, uptime: EventLoop.now() - startedAt, hasCompositor: link.desktop != nil,
            compositorReturns: returns, reloads: reloads, process: .own, screens: screens.map(\.status))
    }

    /// Tells the service manager when everything is on screen for the first time. A screen whose output is missing keeps nobody waiting.
    private func tellReadiness() {
        let placed = screens.filter { $0.output != nil }
        guard !isReady, !placed.isEmpty, placed.allSatisfy(\.isShown) else { return }
        isReady = true
        manager.tell(.ready)
        log.info("all screens show a picture")
    }

    private func tellStatus() {
        let status = screens.map(\.summary).joined(separator: "; ")
        guard status != toldStatus else { return }
        toldStatus = status
        manager.tell(.status(status))
    }
}

extension KioskRun: CompositorLinkDelegate {
    func compositorCame(_ desktop: Desktop) {
        if hasHadCompositor { returns += 1 }
        hasHadCompositor = true
        log.info("the compositor is there")
        watchdog?.compositorDidChange()
        desktop.compositor.screens.onChange = { [unowned self] in arrange() }
        arrange()
    }

    func compositorWent() {
        watchdog?.compositorDidChange()
        arrange()
    }
}

extension KioskRun: KioskScreenDelegate {
    func screenWasShown(_ screen: KioskScreen) {
        tellReadiness()
        tellStatus()
    }

    func screenDidChange(_ screen: KioskScreen) { tellStatus() }

    func screenWasLeft(_ screen: KioskScreen) {
        log.info("the exit chord was pressed over screen \(screen.configuration.name)")
        loop.stop()
    }
}
