// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import System

/// Answers short questions over stream sockets. Each connection brings one question, gets its answer and is closed.
///
/// Nothing that a client does keeps the loop waiting or takes more than a few kilobytes and seconds: whether it says nothing, says too
/// much, or doesn't read its answer. While as many are connected as may be, others wait in the socket's queue.
final class AnswerServer {
    struct Limits {
        var clients = 16
        /// In bytes.
        var question = 4096
        /// How long a client may take from its connection until it has read the answer, in nanoseconds.
        var patience: UInt64 = 5_000_000_000
    }

    /// What makes an answer of a question.
    struct Conversation {
        /// Whether the client is to be heard at all.
        var admits: (_ socket: CInt) -> Bool = { _ in true }
        /// Whether these bytes are a whole question.
        var isWhole: ([UInt8]) -> Bool
        var answer: ([UInt8]) -> [UInt8]
    }

    private let socket: ListeningSocket
    private let loop: EventLoop
    private let conversation: Conversation
    private let limits: Limits
    private var clients: [Client] = []
    private var watch: DescriptorSource?
    private var pauseTimer: TimerSource!

    /// Between two attempts while no connection can be taken, for want of descriptors; in nanoseconds.
    private static let pause: UInt64 = 1_000_000_000

    init(
        on socket: ListeningSocket, loop: EventLoop, limits: Limits = Limits(), _ conversation: Conversation
    ) throws(EventLoopError) {
        self.socket = socket
        self.loop = loop
        self.limits = limits
        self.conversation = conversation
        pauseTimer = loop.timer { [unowned self] in watch?.wait(for: .readable) }
        watch = try loop.watch(socket.descriptor.rawValue) { [unowned self] _ in accept() }
    }

    // Before the socket, which comes first among the members.
    deinit { watch = nil }

    /// One connection is taken in each turn, so that a crowd keeps nobody waiting.
    private func accept() {
        do throws(Errno) {
            guard let connection = try LocalSocket.accept(socket.descriptor) else { return }
            guard conversation.admits(connection.rawValue) else { return }
            let client = try Client(connection, of: self)
            clients.append(client)
            if clients.count >= limits.clients { watch?.wait(for: []) }
        } catch {
            watch?.wait(for: [])
            pauseTimer.arm(after: Self.pause)
        }
    }

    private func remove(_ client: Client) {
        clients.removeAll { $0 === client }
        watch?.wait(for: .readable)
    }

    /// One connection.
    private final class Client {
        private let socket: OwnedDescriptor
        private unowned let server: AnswerServer
        private var watch: DescriptorSource!
        private var deadline: TimerSource!
        private var question: [UInt8] = []
        /// What is left to send; nil until the question is whole.
        private var answer: ArraySlice<UInt8>?

        init(_ socket: consuming OwnedDescriptor, of server: AnswerServer) throws(Errno) {
            self.socket = socket
            self.server = server
            do throws(EventLoopError) {
                watch = try server.loop.watch(self.socket.rawValue) { [unowned self] _ in serve() }
            } catch { throw Errno(code: error.code) }
            deadline = server.loop.timer { [unowned self] in server.remove(self) }
            deadline.arm(after: server.limits.patience)
        }

        deinit { watch = nil }

        private func serve() {
            if answer == nil, !read() { return server.remove(self) }
            if answer != nil, !write() { server.remove(self) }
        }

        /// Returns whether the client may go on.
        private func read() -> Bool {
            var bytes = [UInt8](repeating: 0, count: server.limits.question + 1)
            let count = recv(socket.rawValue, &bytes, bytes.count, 0)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            question += bytes[..<count]
            guard question.count <= server.limits.question else { return false }
            if server.conversation.isWhole(question) { answer = server.conversation.answer(question)[...] }
            return true
        }

        /// Returns whether there is more to write.
        private func write() -> Bool {
            while let rest = answer, !rest.isEmpty {
                let count = rest.withUnsafeBytes { send(socket.rawValue, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    guard errno == EAGAIN else { return false }
                    watch.wait(for: .writable)
                    return true
                }
                answer = rest.dropFirst(count)
            }
            return false
        }
    }
}
