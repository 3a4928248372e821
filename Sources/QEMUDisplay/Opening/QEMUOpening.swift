// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc
public import Logging
public import Planes
internal import QMP
internal import System

/// The opening of a `qemu:` source. Nothing waits for QEMU, for a bus or for a monitor: each answer, and each limit of time, is an
/// event of the loop.
///
/// ```swift
/// opening = QEMUOpening(try QEMUAddress(url: "qemu:debian"), consoles: .addressed, loop: loop, logger: logger) { result in … }
/// ```
///
/// ```
/// searching ─► surveying ─► registering ─► awaitingPictures ─► concluding ─► over
///   (MachineSearch)  (ConsoleSurvey, where there is more than one console)
/// ```
/// A failure of any step leads to `concluding`.
///
/// QEMU calls a listener synchronously as soon as it is registered, and answers nothing else until it has its answer; so all
/// listeners are on the loop before the first is registered, and nothing else is asked of QEMU before all of them are known.
public final class QEMUOpening: GuestOpening {
    /// Which consoles of the VM become guests.
    public enum Consoles: Sendable {
        /// The console that the address names.
        case addressed
        /// All consoles of display devices, in QEMU's order. A terminal of QEMU's own is opened by its number alone.
        case all
    }

    /// A console whose display has given QEMU the other end of its listener's socket.
    private struct Registration {
        let number: UInt32
        let console: Console
        let display: QEMUDisplay
        let call: PendingCall

        /// Whether QEMU has answered, and has asked which of its methods it may use.
        var isComplete: Bool { if case .success = call.outcome { display.isKnown } else { false } }
    }

    private indirect enum Step {
        case searching(MachineSearch)
        case surveying(ConsoleSurvey)
        case registering(Machine, [Registration])
        /// QEMU's main loop, and with it the guest, waits in synchronous calls up to its first ScanoutMap. The new owner may
        /// have much to do before it runs the loop again, and after a second QEMU would fall back to bytes for good.
        case awaitingPictures(Machine, [Registration])
        /// The result is told in the next turn. Until then the last step's connections live on: one of them may be what called us.
        case concluding(Result<[Guest], SourceError>, after: Step)
        case over
    }

    /// The limit of each step in nanoseconds, where nothing else is said. A running QEMU needs milliseconds for all steps.
    static let usualPatience: UInt64 = 4_000_000_000
    /// How long an opening waits for first pictures, which it can do without; nanoseconds. QEMU refreshes every 30 ms.
    private static let picturePatience: UInt64 = 300_000_000

    private let address: QEMUAddress
    private let consoles: Consoles
    private let patience: UInt64
    private let loop: EventLoop
    private let logger: Logger
    private let done: (Result<[Guest], SourceError>) -> Void
    private var step = Step.over
    private var timer: TimerSource!
    private var conclusion: DeferredSource!
    private var observer: DisplayObserver!

    /// Begins to open the guests; the first attempt to connect is made in the loop's next turn.
    ///
    /// - Parameters:
    ///   - patience: The limit of each step, in nanoseconds; nil for 4 s. First pictures are waited for for 300 ms at most.
    ///   - done: Receives the result: called once, in the loop, and never after ``cancel()`` or after the opening has been released.
    ///     There is one guest for each console. Fails with ``SourceError/Reason/unavailable`` where the VM isn't there or doesn't
    ///     answer, and with ``SourceError/Reason/notPermitted`` where its socket is another user's.
    public init(
        _ address: QEMUAddress, consoles: Consoles, patience: UInt64? = nil, loop: EventLoop, logger: Logger,
        done: @escaping (Result<[Guest], SourceError>) -> Void
    ) {
        self.address = address
        self.consoles = consoles
        self.patience = patience ?? Self.usualPatience
        self.loop = loop
        self.logger = logger
        self.done = done
        timer = loop.timer { [unowned self] in handleTimer() }
        conclusion = DeferredSource(loop: loop) { [unowned self] in tell() }
        observer = DisplayObserver(
            changed: { [unowned self] in advance() }, ended: { [unowned self] in displayEnded($0) })
        step = .searching(
            MachineSearch(address, .addressed, patience: self.patience, loop: loop) { [unowned self] result in
                follow(result) { (findings) throws(SourceError) in try choose(findings.machines[0]) }
            })
    }

    public func cancel() {
        timer.disarm()
        conclusion.cancel()
        step = .over
    }

    // MARK: Choosing consoles

    private func follow<Success>(
        _ result: Result<Success, SourceError>, _ next: (Success) throws(SourceError) -> Void
    ) {
        do throws(SourceError) { try next(try result.get()) } catch { conclude(.failure(error)) }
    }

    private func choose(_ machine: Machine) throws(SourceError) {
        guard let all = machine.consoles else {
            throw address.unavailable("\(machine.name) doesn't tell its consoles", "restart it")
        }
        var chosen = all
        if consoles == .addressed {
            guard all.contains(address.console) else {
                throw address.unavailable(
                    "\(machine.name) has no console \(address.console)",
                    all.isEmpty ? "give it a display device" : "use ?console=\(all.map(String.init).joined(separator: " or "))")
            }
            chosen = [address.console]
            if all.count == 1 { return try register([(address.console, nil)], of: machine) }
        }
        step = .surveying(
            try ConsoleSurvey(machine, consoles: chosen, address, patience: patience, loop: loop) { [unowned self] result in
                follow(result) { (findings) throws(SourceError) in try choose(findings, of: machine) }
            })
    }

    private func choose(_ findings: [ConsoleSurvey.Finding], of machine: Machine) throws(SourceError) {
        let chosen = consoles == .addressed ? findings : findings.filter(\.properties.isGraphic)
        guard !chosen.isEmpty else {
            throw address.unavailable("\(machine.name) has no display device", "give it one, or choose a ?console=N")
        }
        let isOnlyOne = machine.consoles?.count == 1
        try register(chosen.map { ($0.number, isOnlyOne ? nil : $0.properties.label) }, of: machine)
    }

    // MARK: Registering

    private func register(_ chosen: [(number: UInt32, label: String?)], of machine: Machine) throws(SourceError) {
        var registrations: [Registration] = []
        for (number, label) in chosen {
            let name = label.map { "\(machine.name) (\($0))" } ?? machine.name
            registrations.append(try register(number, name, machine))
        }
        step = .registering(machine, registrations)
        timer.arm(after: patience)
    }

    private func register(_ number: UInt32, _ name: String, _ machine: Machine) throws(SourceError) -> Registration {
        let pair: LocalSocket.Pair
        do throws(Errno) { pair = try LocalSocket.pair(.stream, isWaiting: true) } catch {
            throw SourceError(
                .fault, "\(address.description.asSubject) no socket pair (\(error.text)): close other descriptors")
        }
        let display = try QEMUDisplay(name: name, listener: pair.ours, loop: loop, logger: logger)
        display.delegate = observer
        let console = Console(machine, number: number)
        do throws(BusError) {
            let call = try console.register(pair.theirs) { [unowned self] in advance() }
            return Registration(number: number, console: console, display: display, call: call)
        } catch {
            throw lost(machine, error)
        }
    }

    /// Goes on where a step's condition has come to hold.
    private func advance() {
        switch step {
        case .registering(let machine, let registrations):
            for registration in registrations {
                if case .failure(let error) = registration.call.outcome {
                    return conclude(.failure(refusal(machine, registration.number, error.message)))
                }
            }
            guard registrations.allSatisfy(\.isComplete) else { return }
            step = .awaitingPictures(machine, registrations)
            timer.arm(after: min(Self.picturePatience, patience))
            advance()
        case .awaitingPictures(let machine, let registrations):
            if registrations.allSatisfy(\.display.hasPicture) { handOver(registrations, of: machine) }
        case .searching, .surveying, .concluding, .over: break
        }
    }

    private func displayEnded(_ display: any PlaneSource) {
        switch step {
        case .registering(let machine, let registrations), .awaitingPictures(let machine, let registrations):
            guard let registration = registrations.first(where: { $0.display === display }) else { return }
            conclude(.failure(refusal(machine, registration.number, "it closed the connection")))
        case .searching, .surveying, .concluding, .over: break
        }
    }

    private func handleTimer() {
        switch step {
        case .registering(let machine, let registrations):
            guard let late = registrations.first(where: { !$0.isComplete }) else { return }
            conclude(.failure(refusal(machine, late.number, BusError(code: ETIMEDOUT).message)))
        case .awaitingPictures(let machine, let registrations): handOver(registrations, of: machine)
        case .searching, .surveying, .concluding, .over: break
        }
    }

    private func refusal(_ machine: Machine, _ console: UInt32, _ reason: String) -> SourceError {
        address.unavailable("\(machine.name) doesn't show its console \(console) (\(reason))", "restart it")
    }

    private func handOver(_ registrations: [Registration], of machine: Machine) {
        do throws(SourceError) {
            for registration in registrations {
                registration.display.delegate = nil
                do throws(BusError) { try registration.display.control(registration.console) } catch {
                    throw lost(machine, error)
                }
                logger.debug("\(registration.display.name): listening on console \(registration.number) of \(address)")
            }
            let clipboard = QEMUClipboard(machine, loop: loop, logger: logger)
            conclude(
                .success(
                    registrations.map { registration in
                        registration.display.clipboard = clipboard
                        return Guest(
                            planes: registration.display, input: registration.display, clipboard: clipboard,
                            modes: registration.display)
                    }))
        } catch {
            conclude(.failure(error))
        }
    }

    private func lost(_ machine: Machine, _ error: BusError) -> SourceError {
        address.unavailable("\(machine.name) isn't reached any more (\(error.message))", "restart it")
    }

    // MARK: Concluding

    private func conclude(_ result: Result<[Guest], SourceError>) {
        step = .concluding(result, after: step)
        timer.disarm()
        conclusion.schedule()
    }

    private func tell() {
        guard case .concluding(let result, _) = step else { return }
        step = .over
        // The caller may release the opening: nothing of it is touched afterwards.
        done(result)
    }
}

/// The delegate of displays that haven't been handed over yet.
private final class DisplayObserver: PlaneSourceDelegate {
    private let changed: () -> Void
    private let ended: (any PlaneSource) -> Void

    init(changed: @escaping () -> Void, ended: @escaping (any PlaneSource) -> Void) {
        self.changed = changed
        self.ended = ended
    }

    func planeSourceDidChange(_ source: any PlaneSource) { changed() }
    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { ended(source) }
}
