// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Glibc
internal import Kiosk
internal import Logging
internal import Planes
internal import Viewer

struct KioskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kiosk",
        abstract: "Shows VMs on whole screens, for months.",
        discussion: """
            The configuration says which sources each screen shows, and how; oriel kiosk --example prints one, and oriel-kiosk(5) explains it. \
            Without --config it is oriel/kiosk.toml in $XDG_CONFIG_HOME or one of $XDG_CONFIG_DIRS, such as /etc/xdg/oriel/kiosk.toml. Without \
            any file, each SOURCE in order of preference is for one screen on any output.

            Sources, outputs and the compositor may go and come back. The command ends on SIGINT or SIGTERM, or by the exit chord if one is \
            configured. SIGHUP, or oriel reload, has it read the configuration anew.
            """)

    @Argument(help: "Sources in place of the configuration's, for all screens, in order of preference.")
    var sources: [String] = []

    @Option(help: "The configuration's file.")
    var config: String?

    @Option(
        help: """
            KEY=VALUE in place of the configuration's value, for all screens; or SCREEN.KEY=VALUE for the screen of this name. Can be given \
            several times.
            """)
    var set: [String] = []

    @Option(help: "The control socket, in place of the configuration's.")
    var control: String?

    @Option(
        help: "Where the metrics can be read: unix:/SOCKET or ADDRESS:PORT. They are off unless this or the configuration says.")
    var metrics: String?

    @Flag(help: "Say what is wrong with the configuration, and end.")
    var check = false

    @Flag(help: "Print a configuration in which every key is explained, and end.")
    var example = false

    @Option(help: "The lowest level that is logged.")
    var logLevel = Logger.Level.info

    func validate() throws {
        if example, check || config != nil || !set.isEmpty || !sources.isEmpty {
            throw ValidationError("--example stands alone.")
        }
    }

    func run() throws {
        guard !example else { return writeLine(ConfigurationExample.text, to: STDOUT_FILENO) }
        let reader = try reader()
        let configuration = try Self.naming { () throws(KioskConfiguration.Faults) in try reader.read() }
        guard !check else {
            try configuration.checkFiles()
            return writeLine("oriel: \(reader.name): no mistakes, \(configuration.screens.count) screen(s)", to: STDOUT_FILENO)
        }
        let log = LineLog.logger(level: logLevel)
        ChildSource.prepare()
        let loop = try EventLoop()
        let kiosk = try KioskRun(
            configuration,
            KioskRun.Settings(version: Oriel.version) { () throws(KioskConfiguration.Faults) in try reader.read() },
            loop: loop, log: log)
        let signals =
            try [SIGINT, SIGTERM].map { try loop.signal($0) { loop.stop() } } + [loop.signal(SIGHUP) { kiosk.reload() }]
        try withExtendedLifetime(signals) { try loop.run() }
        kiosk.close()
    }

    private func reader() throws -> ConfigurationReader {
        var overrides: [ConfigurationOverride] = []
        if !sources.isEmpty { overrides.append(ConfigurationOverride(sources: sources)) }
        for text in set {
            do throws(ConfigurationFault) { overrides.append(try ConfigurationOverride(text, option: "--set")) } catch {
                throw Failure(.usage, "\(error)")
            }
        }
        if let control { overrides.append(ConfigurationOverride(control: control)) }
        if let metrics { overrides.append(ConfigurationOverride(metrics: metrics)) }
        if let path = config ?? ConfigurationFile.find(in: ConfigurationFile.places) {
            return ConfigurationReader(path: path, overrides: overrides)
        }
        guard !sources.isEmpty else {
            let places = ConfigurationFile.places.joined(separator: " or ")
            throw Failure(
                .usage, "there is no configuration: name one with --config, put it at \(places), or name a SOURCE")
        }
        return ConfigurationReader(path: nil, overrides: overrides)
    }

    /// Prints all faults, one in a line, and makes the failure of the last one.
    private static func naming<Result>(
        _ read: () throws(KioskConfiguration.Faults) -> Result
    ) throws(Failure) -> Result {
        do throws(KioskConfiguration.Faults) { return try read() } catch {
            for fault in error.list.dropLast() { writeLine("oriel: \(fault)", to: STDERR_FILENO) }
            throw Failure(.usage, "\(error.list.last!)")
        }
    }
}

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tells how the running kiosk is.",
        discussion: "docs/kiosk/control.md describes the JSON object, and the protocol of the control socket.")

    @Flag(help: "Print the whole status as a JSON object.")
    var json = false

    @Flag(help: "Print it anew each second, until SIGINT.")
    var watch = false

    @Option(help: "The kiosk's control socket. The default is oriel-kiosk.sock in $XDG_RUNTIME_DIR.")
    var control: String?

    func run() throws {
        let path = control ?? ControlSocket.usualPath
        while true {
            let answer = try ControlSocket.ask(.status, at: path)
            let text = json ? answer.text : StatusText(answer.value).text
            guard OutputFile.write(text, to: STDOUT_FILENO) else { return }
            guard watch else { return }
            sleep(1)
        }
    }
}

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Has the running kiosk read its configuration anew.",
        discussion: "A configuration with a mistake changes nothing; the mistake is printed.")

    @Option(help: "The kiosk's control socket. The default is oriel-kiosk.sock in $XDG_RUNTIME_DIR.")
    var control: String?

    func run() throws {
        do throws(SourceError) { _ = try ControlSocket.ask(.reload, at: control ?? ControlSocket.usualPath) } catch {
            let lines = error.message.split(separator: "\n")
            for line in lines.dropLast() { writeLine("oriel: \(line)", to: STDERR_FILENO) }
            throw SourceError(error.reason, String(lines.last ?? ""))
        }
    }
}
