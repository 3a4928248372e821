// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Planes
internal import QMP
internal import System

/// Connects to where an address leads, and asks the VMs there who they are. Nothing waits for a peer: each answer, and each limit of
/// time, is an event of the loop.
///
/// ```
///                     ┌──── qmp= ─► asking the monitor ────┐          ┌── a peer ──┐
/// connecting ─────────┴────────────────────────────────────┴─► authenticating      ├─► describing ─► over
///  └─◄─┘ EAGAIN                                                ├─ socket ─► greeting ┤
///                                                              └─ session bus ─► listing
/// ```
final class MachineSearch {
    enum Extent {
        /// The VM that the address means: without a name the first in the queue, the name's owner, whatever comes after it.
        case addressed
        /// All VMs that answer.
        case everything
    }

    struct Findings {
        /// Exactly one with ``Extent/addressed``.
        var machines: [Machine] = []
        /// How many VMs didn't answer.
        var silent = 0
    }

    /// A program on the bus that owns QEMU's name, or waits for it.
    private enum Candidate {
        case awaited(PendingCall)
        case silent
        case machine(Machine)
    }

    private enum Step {
        /// There is no connection yet: this is the first turn, or the listener's queue of connections is full.
        case connecting(until: UInt64)
        case askingMonitor(DisplayRequest)
        case authenticating(BusConnection)
        /// Hello is on its way: a bus answers it, a peer knows no such method.
        case greeting(BusConnection, PendingCall)
        case listing(BusConnection, PendingCall)
        case describing(BusConnection, [Candidate])
    }

    /// The most VMs on a bus that are asked.
    private static let mostCandidates = 256

    private let address: QEMUAddress
    private let extent: Extent
    private let patience: UInt64
    private let loop: EventLoop
    /// nil once it has been called.
    private var done: ((Result<Findings, SourceError>) -> Void)?
    private var step: Step
    private var filter: BusFilter?
    private var timer: TimerSource!

    /// Begins in the loop's next turn. Releasing the search cancels it.
    ///
    /// - Parameters:
    ///   - patience: The limit of each step, in nanoseconds.
    ///   - done: Receives the result once, in the loop.
    init(
        _ address: QEMUAddress, _ extent: Extent, patience: UInt64, loop: EventLoop,
        done: @escaping (Result<Findings, SourceError>) -> Void
    ) {
        self.address = address
        self.extent = extent
        self.patience = patience
        self.loop = loop
        self.done = done
        step = .connecting(until: EventLoop.now() &+ patience)
        timer = loop.timer { [unowned self] in handleTimer() }
        timer.arm(after: 0)
    }

    private func enter(_ step: Step) {
        self.step = step
        timer.arm(after: patience)
    }

    private func finish(_ result: Result<Findings, SourceError>) {
        timer.disarm()
        // The connection stays as it is until this search is released: this may run inside the reply to one of its calls.
        done.take()?(result)
    }

    /// The next attempt to connect is due, or the time for the present step is up.
    private func handleTimer() {
        switch step {
        case .connecting(let deadline): connect(until: deadline)
        case .authenticating:
            fail("it doesn't answer as D-Bus does", "name a socket of dbus-daemon or of a QEMU with p2p=yes")
        case .greeting, .listing: failBus(BusError(code: ETIMEDOUT))
        case .describing(_, let candidates): settle(candidates, isTimeUp: true)
        case .askingMonitor: break  // the request has a limit of its own
        }
    }

    // MARK: Connecting

    private func connect(until deadline: UInt64) {
        do throws(BusError) {
            switch address.endpoint {
            case .sessionBus: try authenticate(try BusConnection.sessionBus())
            case .socket(let path): try authenticate(try BusConnection(path: path))
            case .monitor(let monitor): ask(monitor)
            }
        } catch {
            if error.code == EAGAIN, EventLoop.now() < deadline { return timer.arm(after: LocalSocket.queuePause) }
            finish(.failure(address.cannotConnect(errno: error.code)))
        }
    }

    private func ask(_ monitor: MonitorAddress) {
        step = .askingMonitor(
            DisplayRequest(monitor, patience: patience, loop: loop) { [unowned self] result in
                switch consume result {
                case .success(let socket): authenticate(over: socket)
                case .failure(let error): finish(.failure(error))
                }
            })
    }

    private func authenticate(over socket: consuming OwnedDescriptor) {
        do throws(BusError) { try authenticate(try BusConnection(over: socket)) } catch {
            finish(.failure(address.cannotConnect(errno: error.code)))
        }
    }

    private func authenticate(_ connection: BusConnection) throws(BusError) {
        filter = try BusFilter(connection) { [unowned self] in watch($0) }
        try connection.attach(to: loop)
        enter(.authenticating(connection))
    }

    /// sd-bus's own signals end the authentication. In later steps sd-bus answers the calls when the connection goes.
    private func watch(_ message: borrowing BusMessage) {
        guard case .authenticating(let connection) = step else { return }
        if message.isConnected {
            switch address.endpoint {
            case .sessionBus: list(connection)
            case .socket: greet(connection)
            case .monitor: describe([nil], on: connection)
            }
        } else if message.isDisconnected {
            fail(
                "the D-Bus handshake failed: it isn't D-Bus, or another user's",
                "name a socket of dbus-daemon or QEMU, as the user who runs it")
        }
    }

    // MARK: Asking

    private func greet(_ connection: BusConnection) {
        do throws(BusError) {
            let call = try PendingCall(
                try connection.makeBusCall("Hello"), on: connection, patience: .endless
            ) { [unowned self] call, _ in
                switch call.outcome {
                // A peer answers that there is no such method. An answer without a name is the connection's end.
                case .failure(let error) where error.name.hasPrefix("org.freedesktop.DBus.Error.Unknown"):
                    describe([nil], on: connection)
                case .failure(let error): failBus(error)
                default: list(connection)
                }
            }
            enter(.greeting(connection, call))
        } catch {
            failBus(error)
        }
    }

    /// Asks for the owner of QEMU's name, and those who wait for it.
    private func list(_ connection: BusConnection) {
        do throws(BusError) {
            let message = try connection.makeBusCall("ListQueuedOwners")
            try message.append("org.qemu")
            let call = try PendingCall(message, on: connection, patience: .endless) { [unowned self] call, reply in
                do throws(BusError) {
                    try call.outcome?.get()
                    describe(try reply.readStrings(), on: connection)
                } catch {
                    guard error.name == "org.freedesktop.DBus.Error.NameHasNoOwner" else { return failBus(error) }
                    describe([], on: connection)
                }
            }
            enter(.listing(connection, call))
        } catch {
            failBus(error)
        }
    }

    /// - Parameter owners: The unique names of the VMs, or nil for the peer itself.
    private func describe(_ owners: [String?], on connection: BusConnection) {
        let isOneMeant = extent == .addressed && address.virtualMachine == nil
        do throws(BusError) {
            var candidates: [Candidate] = []
            for (index, owner) in owners.prefix(isOneMeant ? 1 : Self.mostCandidates).enumerated() {
                let call = try PendingCall(
                    try Machine.makeQuestion(to: owner, on: connection), on: connection, patience: .endless
                ) { [unowned self] call, reply in
                    guard case .describing(_, var candidates) = step else { return }
                    let machine = (try? call.outcome?.get()).flatMap { Machine(reading: reply, from: owner, on: connection) }
                    candidates[index] = machine.map { .machine($0) } ?? .silent
                    step = .describing(connection, candidates)
                    settle(candidates, isTimeUp: false)
                }
                candidates.append(.awaited(call))
            }
            enter(.describing(connection, candidates))
            if candidates.isEmpty { settle([], isTimeUp: true) }
        } catch {
            failBus(error)
        }
    }

    /// Ends the search once enough is known, or the time is up. A VM isn't chosen while one before it may still turn out to be meant.
    private func settle(_ candidates: [Candidate], isTimeUp: Bool) {
        var findings = Findings()
        for candidate in candidates {
            switch candidate {
            case .awaited where !isTimeUp: return
            case .awaited, .silent: findings.silent += 1
            case .machine(let machine) where extent == .addressed && address.means(machine):
                return finish(.success(Findings(machines: [machine])))
            case .machine(let machine): findings.machines.append(machine)
            }
        }
        switch extent {
        case .everything: finish(.success(findings))
        case .addressed:
            finish(.failure(address.machineNotFound(among: findings.machines.map(\.name), silent: findings.silent)))
        }
    }

    private func fail(_ what: String, _ remedy: String) { finish(.failure(address.unavailable(what, remedy))) }

    private func failBus(_ error: BusError) { fail("the bus doesn't answer (\(error.message))", "check it with busctl") }
}

extension QEMUAddress {
    fileprivate func means(_ machine: Machine) -> Bool {
        guard let virtualMachine else { return true }
        return machine.name == virtualMachine.asPeerName || machine.uuid.lowercased() == virtualMachine.lowercased()
    }
}
