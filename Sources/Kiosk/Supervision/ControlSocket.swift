// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Measurement
package import Planes
package import QMP
internal import System

/// The socket at which a running kiosk is asked how it is, and told to read its configuration anew.
package enum ControlSocket {
    /// The path where none is configured: in the user's runtime directory, or in /run for root.
    package static var usualPath: String {
        let folder = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) }
        return "\(folder.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/run")/oriel-kiosk.sock"
    }

    /// - Parameter answer: makes the answer to a question of the same user, or root.
    static func serve(
        at path: String, on loop: EventLoop, _ answer: @escaping (ControlRequest) -> JSON
    ) throws(SourceError) -> AnswerServer {
        let socket: ListeningSocket
        do throws(Errno) { socket = try ListeningSocket(at: path, .stream, isShared: false) } catch {
            throw SourceError(listeningAt: path, error)
        }
        let user = getuid()
        let conversation = AnswerServer.Conversation(
            admits: { socket in (try? LocalSocket.peer(of: socket)).map { [user, 0].contains($0.user) } ?? false },
            isWhole: ControlRequest.isWhole,
            answer: { question in
                let result: JSON
                do throws(ControlRequest.Refusal) { result = answer(try ControlRequest(question)) } catch { result = error.json }
                return Array((result.text + "\n").utf8)
            })
        do throws(EventLoopError) { return try AnswerServer(on: socket, loop: loop, conversation) } catch {
            throw SourceError(path, error)
        }
    }

    /// In bytes. The status of the largest number of screens takes a tenth of it.
    private static let longestAnswer = 1 << 20
    /// Milliseconds. A kiosk that works answers at once.
    private static let patience: CInt = 5000

    /// Asks the kiosk that listens there, and waits for its answer.
    ///
    /// - Returns: the answer, as it came and as it was understood.
    /// - Throws: why there is none, or what the kiosk refuses: of a configuration with mistakes each of them in a line.
    package static func ask(_ request: ControlRequest, at path: String) throws(SourceError) -> (text: String, value: JSONValue) {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try exchange(request.line, at: path) } catch {
            switch error.code {
            case EMSGSIZE, EBADMSG: throw SourceError(.unavailable, "\(path): what listens there is no kiosk: use --control")
            default: throw SourceError(connecting: path, error, start: "start oriel kiosk, or use --control")
            }
        }
        guard !bytes.isEmpty else {
            throw SourceError(.notPermitted, "\(path): no answer: a kiosk answers its own user and root alone")
        }
        guard let value = JSONValue(parsing: bytes) else {
            throw SourceError(.unavailable, "\(path): what listens there is no kiosk: use --control")
        }
        if let refusal = value["error"]?.text {
            let faults = value["faults"]?.elements?.compactMap(\.text) ?? []
            guard !faults.isEmpty else { throw SourceError(.unavailable, "\(path): \(refusal)") }
            throw SourceError(.usage, (faults + [refusal]).joined(separator: "\n"))
        }
        return (String(decoding: bytes, as: UTF8.self), value)
    }

    private static func exchange(_ question: String, at path: String) throws(Errno) -> [UInt8] {
        guard let socket = try LocalSocket.connection(to: path, .stream) else { throw Errno(code: EAGAIN) }
        let text = Array(question.utf8)
        guard send(socket.rawValue, text, text.count, CInt(MSG_NOSIGNAL)) == text.count else { throw .last }
        var answer: [UInt8] = [], part = [UInt8](repeating: 0, count: 65536)
        while true {
            var ready = pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, patience) > 0 else { throw Errno(code: errno == EINTR ? EINTR : ETIMEDOUT) }
            let count = recv(socket.rawValue, &part, part.count, 0)
            guard count >= 0 else { throw .last }
            guard count > 0 else { return answer }
            answer += part[..<count]
            guard answer.count <= longestAnswer else { throw Errno(code: EMSGSIZE) }
        }
    }
}
