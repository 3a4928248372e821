// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import System

/// The clipboard of a VM's guest over QEMU's D-Bus interface (`org.qemu.Display1.Clipboard`), which both sides implement: QEMU calls
/// ours once it has registered us. A VM has one clipboard, whatever its consoles.
///
/// Only the clipboard itself is shared; the primary and the secondary selection aren't. QEMU 10 passes on nothing but text.
/// An agent connects QEMU with the guest (`-chardev qemu-vdagent,clipboard=on` and spice-vdagent in the guest).
///
/// ``ClipboardLedger`` decides, ``ClipboardMethods`` receives QEMU's calls, and this executes.
final class QEMUClipboard: GuestClipboard {
    static let path: StaticString = "/org/qemu/Display1/Clipboard"
    static let interface: StaticString = "org.qemu.Display1.Clipboard"
    /// `QEMU_CLIPBOARD_SELECTION_CLIPBOARD`, ui/clipboard.h
    static let selection: UInt32 = 0

    /// How long news for the host is gathered, in nanoseconds: a guest may grab as often as it likes.
    private static let gathering: UInt64 = 10_000_000

    let machine: String
    let connection: BusConnection
    /// QEMU's unique name on the bus; nil where the connection leads straight to QEMU.
    let destination: String?
    let logger: Logger
    private(set) weak var delegate: (any GuestClipboardDelegate)?
    private(set) var limit = 0
    private var ledger = ClipboardLedger()
    private var methods: ClipboardMethods?
    private var filter: BusFilter?
    private var pending: [PendingCall] = []
    /// QEMU's call for the host's content. QEMU, and with it the guest, stands still until it has the answer.
    private var owed: BusMessage?

    /// The news to tell the host next.
    private var news: Set<ClipboardKind>?
    private var answers: [(kind: ClipboardKind, content: Result<ClipboardContent, ClipboardFault>)] = []
    private var newsTimer: TimerSource! = nil
    private var faults = RateLimit(perSecond: 1)

    init(_ machine: Machine, loop: EventLoop, logger: Logger) {
        self.machine = machine.name
        connection = machine.connection
        destination = machine.destination
        self.logger = logger
        newsTimer = loop.timer { [unowned self] in tell() }
    }

    deinit { close() }

    func open(for delegate: any GuestClipboardDelegate, limit: Int) {
        self.delegate = delegate
        self.limit = limit
        do throws(BusError) {
            methods = try ClipboardMethods(self)
            filter = try BusFilter(connection) { [unowned self] message in
                if message.isDisconnected { execute(ledger.ended()) }
            }
            // QEMU looks at our side before it answers, and so isn't waited for.
            try call("Register", patience: .endless) { _ in
            } then: { [unowned self] outcome, _ in
                switch outcome {
                case .success: execute(ledger.registered())
                case .failure(let error): refused(error)
                }
            }
        } catch {
            refused(error)
        }
    }

    func offer(_ kinds: Set<ClipboardKind>) { execute(ledger.hostHas(kinds)) }

    func request(_ kind: ClipboardKind) { execute(ledger.hostWants(kind)) }

    func give(_ content: ClipboardContent?) {
        guard let call = owed.take() else { return }
        ledger.gave()
        if let content {
            call.answer { reply throws(BusError) in
                try reply.append(content.kind.mimeType)
                try reply.append(content.bytes)
            }
        } else {
            call.answer(error: "org.freedesktop.DBus.Error.Failed", "the host doesn't give it")
        }
    }

    func close() {
        guard methods != nil else { return }
        give(nil)
        do throws(BusError) {
            // QEMU itself would leave the guest with an offer that nobody answers.
            if !ledger.hostHas([]).isEmpty {
                let release = try makeCall("Release")
                try release.append(Self.selection)
                try release.sendWithoutReply()
            }
            try makeCall("Unregister").sendWithoutReply()
        } catch {
            logger.debug("QEMU \(machine): its clipboard isn't left in order (\(error.message))")
        }
        delegate = nil
        methods = nil
        filter = nil
        pending = []
        newsTimer.disarm()
    }

    // MARK: What QEMU calls

    func restarted() { execute(ledger.restarted()) }

    func guestGrabs(serial: UInt32, _ kinds: Set<ClipboardKind>) { execute(ledger.guestGrabs(serial: serial, kinds)) }

    func guestReleases() { execute(ledger.guestReleases()) }

    func guestWants(_ kinds: Set<ClipboardKind>, _ call: consuming BusMessage) {
        let both = delegate == nil ? [] : ledger.guestWants(kinds)
        guard !both.isEmpty else {
            return call.answer(error: "org.freedesktop.DBus.Error.Failed", "the host has no such content")
        }
        owed = consume call
        delegate?.guestClipboard(self, wants: both)
    }

    /// Logs a wrong call of QEMU's, or of somebody in its place.
    func complain(_ member: StaticString, _ reason: String) {
        guard let held = faults.pass(at: EventLoop.now()) else { return }
        let more = held > 0 ? " (and \(held) faults before it)" : ""
        logger.warning("QEMU \(machine): Clipboard.\(member) is refused: \(reason.singleLine)\(more)")
    }

    // MARK: What is done about it

    private func execute(_ actions: [ClipboardLedger.Action]) {
        for action in actions {
            do throws(BusError) {
                switch action {
                case .grab(let serial, let kinds): try grab(serial, kinds)
                case .release: try call("Release") { message throws(BusError) in try message.append(Self.selection) }
                case .request(let kind): try ask(for: kind)
                case .tell(let kinds):
                    gather()
                    news = kinds
                case .deny(let kind): answer(kind, .failure(.notGiven("the guest no longer has it")))
                }
            } catch {
                complain("call", error.message)
                if case .request(let kind) = action { answered(kind, .failure(.notGiven(error.message))) }
            }
        }
    }

    private func grab(_ serial: UInt32, _ kinds: Set<ClipboardKind>) throws(BusError) {
        try call("Grab") { message throws(BusError) in
            try message.append(Self.selection)
            try message.append(serial)
            try message.append(types: ClipboardKind.allCases.filter(kinds.contains))
        }
    }

    private func ask(for kind: ClipboardKind) throws(BusError) {
        try call("Request", patience: .guest) { message throws(BusError) in
            try message.append(Self.selection)
            try message.append(types: [kind])
        } then: { [unowned self] outcome, reply in
            switch outcome {
            case .success: answered(kind, reply.readContent(kind, limit: limit))
            case .failure(let error): answered(kind, .failure(.notGiven(error.message)))
            }
        }
    }

    private func answered(_ kind: ClipboardKind, _ content: Result<ClipboardContent, ClipboardFault>) {
        answer(kind, content)
        execute(ledger.answered())
    }

    private func answer(_ kind: ClipboardKind, _ content: Result<ClipboardContent, ClipboardFault>) {
        gather()
        answers.append((kind, content))
    }

    private func gather() {
        if news == nil, answers.isEmpty { newsTimer.arm(after: Self.gathering) }
    }

    private func tell() {
        if let kinds = news {
            news = nil
            delegate?.guestClipboard(self, has: kinds)
        }
        let answers = answers
        self.answers = []
        for answer in answers { delegate?.guestClipboard(self, gave: answer.kind, answer.content) }
    }

    private func refused(_ error: BusError) {
        logger.warning(
            "QEMU \(machine): its clipboard isn't shared (\(error.message)): close other viewers of this VM")
        execute(ledger.ended())
    }

    private func makeCall(_ member: StaticString) throws(BusError) -> BusMessage {
        try connection.makeCall(to: destination, path: "\(Self.path)", interface: Self.interface, member: member)
    }

    private func call(
        _ member: StaticString, patience: PendingCall.Patience = .usual,
        _ write: (borrowing BusMessage) throws(BusError) -> Void,
        then: ((Result<Void, BusError>, borrowing BusMessage) -> Void)? = nil
    ) throws(BusError) {
        let message = try makeCall(member)
        try write(message)
        pending.append(
            try PendingCall(message, on: connection, patience: patience) { [unowned self] call, reply in
                pending.removeAll { $0 === call }
                guard let outcome = call.outcome else { return }
                if let then {
                    then(outcome, reply)
                } else if case .failure(let error) = outcome {
                    complain(member, error.message)
                }
            })
    }
}

extension BusMessage {
    /// Reads the text or picture in the answer to QEMU's Request.
    fileprivate func readContent(_ kind: ClipboardKind, limit: Int) -> Result<ClipboardContent, ClipboardFault> {
        guard hasSignature("say"), let type = try? readString(), let bytes = try? readBytes() else {
            return .failure(.notGiven("QEMU's answer isn't 'say'"))
        }
        guard ClipboardKind(mimeType: type) == kind else { return .failure(.notGiven("QEMU gave another kind of content")) }
        return Result { () throws(ClipboardFault) in try ClipboardContent(kind, bytes, limit: limit) }
    }

    fileprivate func append(types: [ClipboardKind]) throws(BusError) {
        try inContainer("a", "s") { () throws(BusError) in for kind in types { try append(kind.mimeType) } }
    }
}
