// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Planes

/// Asks a VM for the properties of some of its consoles.
final class ConsoleSurvey {
    struct Finding {
        let number: UInt32
        let properties: ConsoleProperties
    }

    private struct Question {
        let number: UInt32
        let call: PendingCall
        var properties: ConsoleProperties?
    }

    private let machine: Machine
    private let address: QEMUAddress
    /// nil once it has been called.
    private var done: ((Result<[Finding], SourceError>) -> Void)?
    private var questions: [Question] = []
    private var timer: TimerSource!

    /// - Parameters:
    ///   - patience: The time for all answers, in nanoseconds.
    ///   - done: Receives the result once, in the loop, in the order of `numbers`. Releasing the survey cancels it.
    init(
        _ machine: Machine, consoles numbers: [UInt32], _ address: QEMUAddress, patience: UInt64, loop: EventLoop,
        done: @escaping (Result<[Finding], SourceError>) -> Void
    ) throws(SourceError) {
        self.machine = machine
        self.address = address
        self.done = done
        timer = loop.timer { [unowned self] in
            finish(failedAt: questions.first { $0.properties == nil }?.number, BusError(code: ETIMEDOUT))
        }
        for (index, number) in numbers.enumerated() {
            do throws(BusError) {
                let message = try machine.connection.makePropertiesCall(
                    to: machine.destination, path: Console(machine, number: number).path, interface: ConsoleInterface.console.name
                )
                let call = try PendingCall(message, on: machine.connection, patience: .endless) { [unowned self] call, reply in
                    answered(index, call, reply)
                }
                questions.append(Question(number: number, call: call))
            } catch {
                throw failure(number, error)
            }
        }
        timer.arm(after: questions.isEmpty ? 0 : patience)
    }

    private func answered(_ index: Int, _ call: PendingCall, _ reply: borrowing BusMessage) {
        do throws(BusError) {
            try call.outcome?.get()
            var properties = ConsoleProperties()
            try reply.readProperties { properties.take($0, $1) }
            questions[index].properties = properties
        } catch {
            return finish(failedAt: questions[index].number, error)
        }
        if questions.allSatisfy({ $0.properties != nil }) { finish() }
    }

    private func finish(failedAt number: UInt32? = nil, _ error: BusError? = nil) {
        timer.disarm()
        guard let done = done.take() else { return }
        if let number, let error { return done(.failure(failure(number, error))) }
        done(
            .success(
                questions.compactMap { question in
                    question.properties.map { Finding(number: question.number, properties: $0) }
                }))
    }

    private func failure(_ number: UInt32, _ error: BusError) -> SourceError {
        address.unavailable("\(machine.name) doesn't tell of its console \(number) (\(error.message))", "restart it")
    }
}
