// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
internal import System

/// The metrics over HTTP/1.1 (RFC 9112), as much of it as a Prometheus server speaks: `GET /metrics`, one request for each connection.
enum MetricsEndpoint {
    static func serve(
        at address: MetricsAddress, on loop: EventLoop, _ status: @escaping () -> KioskStatus
    ) throws(SourceError) -> AnswerServer {
        let socket: ListeningSocket
        do throws(Errno) {
            socket =
                switch address {
                case .unix(let path): try ListeningSocket(at: path, .stream, isShared: false)
                case .inet(let host, let port): try ListeningSocket(host: host, port: port)
                }
        } catch {
            throw SourceError(listeningAt: address.text, error)
        }
        do throws(EventLoopError) {
            return try AnswerServer(
                on: socket, loop: loop, .init(isWhole: isWhole, answer: { answer($0, status: status) }))
        } catch {
            throw SourceError(address.text, error)
        }
    }

    static func isWhole(_ request: [UInt8]) -> Bool { head(request) != nil }

    /// - Parameter status: asked only where the request wants it.
    static func answer(_ request: [UInt8], status: () -> KioskStatus) -> [UInt8] {
        let lines = (head(request) ?? "").split(separator: "\n")
        let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return response("400 Bad Request", "") }
        guard ["GET", "HEAD"].contains(words[0]) else { return response("405 Method Not Allowed", "", ["Allow: GET, HEAD"]) }
        let path = words[1].prefix { $0 != "?" }
        guard path == "/metrics" else { return response("404 Not Found", "The metrics are at /metrics.\n") }
        let accepted = lines.dropFirst().first { $0.lowercased().hasPrefix("accept:") }
        let takesOpenMetrics = accepted?.lowercased().contains("application/openmetrics-text") == true
        let format = takesOpenMetrics ? MetricsText.Format.openMetrics : .prometheus
        let text = MetricsText(status(), as: format).text
        return response("200 OK", text, type: format.contentType, hasBody: words[0] == "GET")
    }

    /// The request's lines up to the empty one; nil where that hasn't come yet.
    private static func head(_ request: [UInt8]) -> String? {
        // No body follows what is served here, and so the empty line is the end.
        guard request.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] || request.suffix(2) == [0x0A, 0x0A] else { return nil }
        return String(decoding: request, as: UTF8.self).replacing("\r\n", with: "\n")
    }

    private static func response(
        _ status: String, _ body: String, _ fields: [String] = [], type: String = "text/plain; charset=utf-8",
        hasBody: Bool = true
    ) -> [UInt8] {
        let lines =
            ["HTTP/1.1 \(status)", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)", "Connection: close"] + fields
        return Array((lines.map { "\($0)\r\n" }.joined() + "\r\n" + (hasBody ? body : "")).utf8)
    }
}
