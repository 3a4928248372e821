// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

@testable import Kiosk
import Testing

@Suite("A kiosk's endpoints")
struct EndpointTests {
    private func answer(_ request: String) -> String {
        #expect(MetricsEndpoint.isWhole(Array(request.utf8)))
        let bytes = MetricsEndpoint.answer(Array(request.utf8)) {
            KioskStatus(
                version: "0.1.0", uptime: 0, hasCompositor: true, compositorReturns: 0, reloads: 0,
                process: .init(cpuSeconds: 0, residentBytes: 0, openDescriptors: 0), screens: [])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("metrics are given in the format that the server asks for, with their length")
    func metrics() throws {
        let plain = answer("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(plain.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        let body = try #require(plain.firstRange(of: "\r\n\r\n")).upperBound
        #expect(plain.contains("\r\nContent-Length: \(plain[body...].utf8.count)\r\n"))
        #expect(plain[body...].hasPrefix("# HELP oriel_build_info"))
        let open = answer("GET /metrics?x HTTP/1.0\nACCEPT: text/plain;q=0.5, application/openmetrics-text;version=1.0.0\n\n")
        #expect(open.contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"))
        #expect(open.hasSuffix("# EOF\n"))
        #expect(answer("HEAD /metrics HTTP/1.1\r\n\r\n").hasSuffix("\r\n\r\n"))
    }

    @Test(
        "anything else is refused",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", "404"), ("GET /metricsx HTTP/1.1\r\n\r\n", "404"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
            ("GET /metrics\r\n\r\n", "400"), ("GET /metrics HTTP/2\r\n\r\n", "400"), ("\r\n\r\n", "400"),
            ("\u{0}\u{1}\n\n", "400"),
        ])
    func refused(_ request: String, _ code: String) {
        #expect(answer(request).hasPrefix("HTTP/1.1 \(code) "))
    }

    @Test("a request is whole with its empty line, and not before")
    func whole() {
        let request = Array("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        for length in 0..<request.count { #expect(!MetricsEndpoint.isWhole(Array(request.prefix(length)))) }
        #expect(MetricsEndpoint.isWhole(request))
    }

    @Test("a control request is read as it was written, and anything else is refused with what is right")
    func control() throws {
        for request in ControlRequest.allCases {
            #expect(ControlRequest.isWhole(Array(request.line.utf8)))
            #expect(try ControlRequest(Array(request.line.utf8)) == request)
        }
        #expect(!ControlRequest.isWhole(Array("oriel-kiosk 1 status".utf8)))
        for (line, text) in [
            ("", "'' isn't 'oriel-kiosk 1 COMMAND'"), ("oriel-kiosk 1", "'oriel-kiosk 1' isn't 'oriel-kiosk 1 COMMAND'"),
            ("oriel-kiosk 2 status", "this kiosk speaks version 1 of the protocol, not 2"),
            ("oriel-kiosk 1 quit", "there is no command 'quit': use one of status, reload"),
            ("\u{1B}[2J", "' [2J' isn't 'oriel-kiosk 1 COMMAND'"),
        ] {
            #expect(throws: ControlRequest.Refusal(text: text)) { try ControlRequest(Array("\(line)\n".utf8)) }
        }
    }
}
