// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Sends a console's input to QEMU, as fast as QEMU answers.
final class InputSender {
    private let console: Console
    private var queue = InputQueue()
    private var pending: [PendingCall] = []
    /// Called for each call that QEMU, or the connection, refused.
    private let refused: (StaticString, BusError) -> Void

    init(_ console: Console, refused: @escaping (StaticString, BusError) -> Void) {
        self.console = console
        self.refused = refused
    }

    func send(_ call: InputEvent) {
        queue.add(call)
        sendWhatMay()
    }

    var isDelivered: Bool { queue.isDelivered }

    /// The kind of the guest's pointer; nil until QEMU has told. QEMU takes only the motion of this kind.
    var pointerIsAbsolute: Bool? {
        didSet { if pointerIsAbsolute != oldValue { queue.dropMotion() } }
    }

    /// Releases everything that is down, before the connection closes. No answers are requested: QEMU would find the connection
    /// closed when it answers, and drop what it hasn't read.
    func finish() {
        for call in queue.finish() {
            do throws(BusError) {
                try makeMessage(call).sendWithoutReply()
            } catch {
                refused(call.member, error)
            }
        }
    }

    private func makeMessage(_ call: InputEvent) throws(BusError) -> BusMessage {
        let message = try console.makeCall(call.interface, call.member)
        try call.append(to: message)
        return message
    }

    private func sendWhatMay() {
        while let call = queue.next() {
            do throws(BusError) {
                let message = try makeMessage(call)
                // No time limit: a stopped QEMU answers when it runs again, and gets nothing new before.
                pending.append(
                    try PendingCall(message, on: console.machine.connection, patience: .endless) { [unowned self] in
                        answered($0, call.member, $1)
                    })
            } catch {
                queue.answered()
                refused(call.member, error)
            }
        }
    }

    private func answered(_ call: PendingCall, _ member: StaticString, _: borrowing BusMessage) {
        pending.removeAll { $0 === call }
        queue.answered()
        if case .failure(let error) = call.outcome { refused(member, error) }
        sendWhatMay()
    }
}

extension InputEvent {
    fileprivate var interface: ConsoleInterface {
        switch self {
        case .key: .keyboard
        case .button, .place, .motion: .mouse
        case .touch: .touch
        }
    }

    fileprivate var member: StaticString {
        switch self {
        case .key(_, let isDown), .button(_, let isDown): isDown ? "Press" : "Release"
        case .place: "SetAbsPosition"
        case .motion: "RelMotion"
        case .touch: "SendEvent"
        }
    }

    fileprivate func append(to message: borrowing BusMessage) throws(BusError) {
        switch self {
        case .key(let code, _): try message.append(code.number)
        case .button(let button, _): try message.append(button.number)
        case .place(let x, let y):
            try message.append(x)
            try message.append(y)
        case .motion(let x, let y):
            try message.append(x)
            try message.append(y)
        case .touch(let phase, let slot, let x, let y):
            try message.append(phase.number)
            try message.append(UInt64(slot))
            try message.append(x)
            try message.append(y)
        }
    }
}

extension PointerButton {
    /// The number in QEMU's InputButton (qapi/ui.json). Any other number makes QEMU 7.2 abort.
    var number: UInt32 {
        switch self {
        case .left: 0
        case .middle: 1
        case .right: 2
        case .wheelUp: 3
        case .wheelDown: 4
        case .side: 5
        case .extra: 6
        case .wheelLeft: 7
        case .wheelRight: 8
        }
    }
}

extension TouchPhase {
    /// The number in QEMU's InputMultiTouchType (qapi/ui.json).
    var number: UInt32 {
        switch self {
        case .begin: 0
        case .update: 1
        case .end: 2
        case .cancel: 3
        }
    }
}
