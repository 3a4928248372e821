// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc
public import Logging
public import Planes
internal import System

extension QEMUDisplay {
    /// Finds the VM and registers with it. Blocks until QEMU knows us: some milliseconds, or `patience` for each step until it
    /// fails.
    ///
    /// - Parameter patience: nanoseconds; nil for 4 s.
    public convenience init(
        address: QEMUAddress, patience: UInt64? = nil, loop: EventLoop, logger: Logger
    ) throws(SourceError) {
        let machine = try Machine(address, patience: patience ?? Machine.usualPatience)
        guard machine.consoles.contains(address.console) else {
            throw address.unavailable(
                "\(machine.name) has no console \(address.console)",
                machine.consoles.isEmpty
                    ? "give it a display device"
                    : "use ?console=\(machine.consoles.map(String.init).joined(separator: " or "))")
        }
        let label = machine.consoles.count > 1 ? try machine.properties(of: address.console, address).label : nil
        try self.init(machine, console: address.console, label: label, address, loop: loop, logger: logger)
        try Self.finish([self], on: machine, address, loop)
    }

    /// All consoles of the VM that are display devices', in QEMU's order; a terminal of QEMU's own is opened by its number alone.
    /// ``QEMUAddress/console`` doesn't matter. Blocks as opening one does.
    public static func all(address: QEMUAddress, loop: EventLoop, logger: Logger) throws(SourceError) -> [QEMUDisplay] {
        let machine = try Machine(address)
        var labels: [(console: UInt32, label: String?)] = []
        for console in machine.consoles {
            let properties = try machine.properties(of: console, address)
            if properties.isGraphic { labels.append((console, machine.consoles.count > 1 ? properties.label : nil)) }
        }
        guard !labels.isEmpty else {
            throw address.unavailable("\(machine.name) has no display device", "give it one, or choose a ?console=N")
        }
        // From the first registration on QEMU answers nothing until its listener is run.
        var displays: [QEMUDisplay] = []
        for (console, label) in labels {
            displays.append(try QEMUDisplay(machine, console: console, label: label, address, loop: loop, logger: logger))
        }
        try finish(displays, on: machine, address, loop)
        return displays
    }

    /// A console that is being opened: QEMU has been given the listener's other end.
    struct Opening {
        let console: Console
        let number: UInt32
        let registration: PendingCall
    }

    private convenience init(
        _ machine: Machine, console number: UInt32, label: String?, _ address: QEMUAddress, loop: EventLoop, logger: Logger
    ) throws(SourceError) {
        let pair: LocalSocket.Pair
        do throws(Errno) { pair = try LocalSocket.pair(.stream, isWaiting: true) } catch {
            throw SourceError(
                .fault, "\(address.description.asSubject) no socket pair (\(error.text)): close other descriptors")
        }
        try self.init(
            name: label.map { "\(machine.name) (\($0))" } ?? machine.name, listener: pair.ours,
            loop: loop, logger: logger)
        let console = Console(machine, number: number)
        do throws(BusError) {
            opening = Opening(console: console, number: number, registration: try console.register(pair.theirs))
        } catch {
            throw address.unavailable("\(machine.name) isn't reached any more (\(error.message))", "start it anew")
        }
    }

    /// Runs all connections until QEMU knows the listeners and, in most cases, has sent first pictures.
    ///
    /// QEMU calls each listener synchronously: whichever it waits for must be run, while others are opened.
    private static func finish(
        _ displays: [QEMUDisplay], on machine: Machine, _ address: QEMUAddress, _ loop: EventLoop
    ) throws(SourceError) {
        let listeners = displays.map(\.listener.connection)
        var isInTime = false
        do throws(BusError) {
            isInTime = try BusConnection.run([machine.connection] + listeners, until: EventLoop.now() + machine.patience) {
                displays.allSatisfy(\.isRegistered)
            }
        } catch {
            throw address.unavailable("\(machine.name) doesn't show its display (\(error.message))", "start it anew")
        }
        for display in displays { try display.checkOpening(isInTime, machine, address) }
        // QEMU's main loop, and with it the guest, waits in synchronous calls up to its first ScanoutMap; a caller may have
        // much to do before it runs the loop, and after a second QEMU would fall back to bytes for good.
        _ = try? BusConnection.run(listeners, until: EventLoop.now() + min(firstPicturePatience, machine.patience)) {
            displays.allSatisfy(\.hasPictureOrEnd)
        }
        // What follows isn't the opening's: a source that is looked for again opens with little patience.
        machine.connection.limitCalls(to: Machine.usualPatience)
        do throws(BusError) {
            try machine.connection.attach(to: loop)
            for display in displays { try display.takeControl(address) }
        } catch {
            throw fault(machine.name, error.message)
        }
        let clipboard = try QEMUClipboard(machine, loop: loop, logger: displays[0].logger)
        for display in displays { display.clipboard = clipboard }
    }

    /// Registered, or it has failed.
    private var isRegistered: Bool {
        switch opening?.registration.outcome {
        case .failure: true
        case .success: listener.isKnown || listener.hasEnded
        case nil: listener.hasEnded
        }
    }

    private var hasPictureOrEnd: Bool { if case .off = screen { listener.hasEnded } else { true } }

    private func checkOpening(_ isInTime: Bool, _ machine: Machine, _ address: QEMUAddress) throws(SourceError) {
        guard let opening else { return }
        let problem: BusError? =
            if case .failure(let error) = opening.registration.outcome { error } else {
                isInTime && listener.isKnown ? nil : BusError(code: ETIMEDOUT)
            }
        guard let problem else { return }
        throw address.unavailable(
            "\(machine.name) doesn't show its console \(opening.number) (\(problem.message))", "start it anew")
    }

    private func takeControl(_ address: QEMUAddress) throws(BusError) {
        guard let opening else { return }
        self.opening = nil
        logger.debug("\(name): listening on console \(opening.number) of \(address)")
        try control(opening.console)
    }
}

extension Machine {
    fileprivate func properties(of console: UInt32, _ address: QEMUAddress) throws(SourceError) -> ConsoleProperties {
        do throws(BusError) { return try connection.consoleProperties(console, of: destination) } catch {
            throw address.unavailable("\(name) doesn't tell of its console \(console) (\(error.message))", "start it anew")
        }
    }
}
