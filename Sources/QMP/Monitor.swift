// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
internal import System

/// A connection to a VM's monitor on the event loop: each command is answered once, and events are ignored. Nothing here waits.
///
/// A monitor serves one program at a time: a second one is connected, but hears nothing until the first has gone.
final class Monitor {
    private enum Life {
        /// The greeting is awaited, then the answer to `qmp_capabilities`.
        case negotiating
        case ready
        case over
    }

    /// A command that QEMU hasn't answered.
    private struct Question {
        let id: UInt64
        let answer: (Result<JSONValue, MonitorRefusal>) -> Void
    }

    let address: MonitorAddress
    /// Called once, when QEMU accepts commands.
    var onReady: (() -> Void)?
    /// Called once, where the monitor has gone or isn't one. No command is answered after that.
    var onEnd: ((SourceError) -> Void)?

    private let socket: MonitorSocket
    private var life = Life.negotiating
    private var splitter = MessageSplitter()
    /// Oldest first.
    private var questions: [Question] = []
    private var lastID: UInt64 = 0
    /// The bytes that the socket hasn't taken yet.
    private var output: [UInt8] = []
    private var watch: DescriptorSource?

    // Before the socket, which comes first among the members.
    deinit { watch = nil }

    /// Connects. Throws at once where nobody listens, or the queue of connections is full.
    convenience init(_ address: MonitorAddress, loop: EventLoop) throws(SourceError) {
        guard let socket = try MonitorSocket(address) else { throw address.isBusy }
        try self.init(address, over: socket, loop: loop)
    }

    init(_ address: MonitorAddress, over socket: MonitorSocket, loop: EventLoop) throws(SourceError) {
        self.address = address
        self.socket = socket
        do throws(EventLoopError) {
            watch = try loop.watch(socket.descriptor.rawValue) { [unowned self] ready in handle(ready) }
        } catch {
            throw SourceError("\(address)", error)
        }
    }

    var isReady: Bool { if case .ready = life { true } else { false } }

    /// Sends a command. The caller keeps the number of unanswered commands small.
    ///
    /// - Parameters:
    ///   - descriptor: A descriptor that goes along; borrowed. It is only sent where nothing else is unsent.
    ///   - answer: Called once, in the loop; not at all where the monitor ends first.
    func send(
        _ command: MonitorCommand, with descriptor: CInt? = nil, _ answer: @escaping (Result<JSONValue, MonitorRefusal>) -> Void
    ) {
        if case .over = life { return }
        lastID += 1
        questions.append(Question(id: lastID, answer: answer))
        let text = command.text(id: lastID)
        guard output.isEmpty else {
            output += text.utf8
            return
        }
        let bytes = Array(text.utf8)
        guard let count = socket.send(bytes[...], with: descriptor) else { return }  // its end is read in the next turn
        output = Array(bytes[count...])
        if !output.isEmpty { watch?.wait(for: [.readable, .writable]) }
    }

    /// Stops listening. Dropping the monitor closes its socket, and so lets the next program in.
    func close() {
        life = .over
        watch = nil
        questions = []
    }

    private func handle(_ ready: Interest) {
        if ready.contains(.writable) { flush() }
        guard ready != .writable else { return }
        switch socket.receive() {
        case .nothing: break
        case .ended: end(address.unavailable("the monitor has gone", "restart its QEMU"))
        case .bytes(let bytes): hear(bytes)
        }
    }

    private func flush() {
        guard !output.isEmpty, let count = socket.send(output[...]) else { return }
        output.removeFirst(count)
        if output.isEmpty { watch?.wait(for: .readable) }
    }

    private func hear(_ bytes: ArraySlice<UInt8>) {
        do throws(MessageSplitter.Fault) {
            try splitter.feed(bytes) { text in
                guard let message = MonitorMessage(text) else {
                    return end(address.unavailable("it doesn't speak QMP", "name the socket of QEMU's -qmp"))
                }
                handle(message)
            }
        } catch {
            end(address.unavailable("it doesn't speak QMP (\(error))", "name the socket of QEMU's -qmp"))
        }
    }

    private func handle(_ message: MonitorMessage) {
        switch (message, life) {
        case (_, .over), (.event, _): break
        case (.greeting, .negotiating) where lastID == 0:
            send(.capabilities) { [unowned self] answer in
                switch answer {
                case .success:
                    life = .ready
                    onReady?()
                case .failure(let refusal):
                    end(address.unavailable("the monitor refuses us (\(refusal.reason))", "report it"))
                }
            }
        case (.greeting, _): end(address.unavailable("it greets twice", "name the socket of QEMU's -qmp"))
        case (.complaint(let refusal), _):
            end(address.unavailable("it doesn't understand us (\(refusal.reason))", "name the socket of QEMU's -qmp"))
        case (.reply(let id, let result), _):
            guard let index = questions.firstIndex(where: { $0.id == id }) else { break }
            questions.remove(at: index).answer(result)
        }
    }

    private func end(_ error: SourceError) {
        if case .over = life { return }
        close()
        onEnd?(error)
    }
}
