// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Glibc
@testable import Kiosk
import Measurement
import QMP
import TestSupport
import Testing

/// Debian's own Prometheus, as scripts/prometheus.sh unpacks it.
private enum Prometheus {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.build/prometheus/usr/bin")
        .standardizedFileURL.path
    static let isThere = access("\(folder)/promtool", X_OK) == 0

    static func check(_ arguments: [String], input: String = "/dev/null") throws -> (code: CInt?, output: String) {
        let directory = try TemporaryDirectory()
        let tool = try ChildProcess(
            ["sh", "-c", "exec \"$0\" \"$@\" < \(input)", "\(folder)/promtool"] + arguments, in: directory,
            log: directory.file("log"))
        return (tool.waitForEnd(), tool.output)
    }
}

@Suite(
    "A real Prometheus", .serialized, .enabled(if: Prometheus.isThere, "Debian's package couldn't be fetched"),
    .timeLimit(.minutes(5)))
struct PrometheusTests {
    private var documents: String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/kiosk").standardizedFileURL.path
    }

    /// A port that nobody listens on at this moment.
    private func freePort() throws -> UInt16 {
        let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw TestSupportError("no free port: \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    @Test("finds no fault in the metrics of a running kiosk, and reads them")
    func scrape() throws {
        let weston = try Weston(width: 640, height: 480)
        let port = try freePort(), own = try freePort(), control = weston.directory.file("control.sock")
        let kiosk = try weston.oriel([
            "kiosk", "demo:?size=640x480&rate=20", "--set", "name='le\"ft\\'", "--metrics", "127.0.0.1:\(port)", "--control",
            control,
        ])
        let configuration = weston.directory.file("prometheus.yml")
        try """
        global: {scrape_interval: 1s}
        rule_files: ["\(documents)/alerts.yml"]
        scrape_configs:
          - job_name: oriel-kiosk
            static_configs: [{targets: ["127.0.0.1:\(port)"]}]
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        let server = try ChildProcess(
            [
                "\(Prometheus.folder)/prometheus", "--config.file=\(configuration)",
                "--storage.tsdb.path=\(weston.directory.file("data"))", "--web.listen-address=127.0.0.1:\(own)",
            ], in: weston.directory, log: weston.directory.file("prometheus.log"))
        func value(of query: String) throws -> Double? {
            let answer = try http("127.0.0.1", own, "/api/v1/query?query=\(query)")
            let result = JSONValue(parsing: answer.body.utf8)?["data"]?["result"]?.elements?.first
            #expect(result?["metric"]?["screen"]?.text ?? "le\"ft\\" == "le\"ft\\")
            return result?["value"]?.elements?.last?.text.flatMap { Double($0) }
        }
        let isScraped = waitUntil(every: 0.2) { (try? value(of: "oriel_frames_presented_total")) ?? 0 > 10 }
        #expect(isScraped, "\(kiosk.output) \(server.output.suffix(2000))")
        #expect(try value(of: "up") == 1)
        #expect(try value(of: "oriel_change_to_commit_seconds{quantile=%220.5%22}") ?? 0 > 0)
        // What promtool checks is the older format.
        let text = try http("127.0.0.1", port, "/metrics").body, file = weston.directory.file("metrics")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let check = try Prometheus.check(["check", "metrics"], input: file)
        #expect(check.code == 0 && check.output.isEmpty, "\(check.output)")
    }

    @Test("takes the example's rules, whose metrics there are")
    func rules() throws {
        let check = try Prometheus.check(["check", "rules", "\(documents)/alerts.yml"])
        #expect(check.code == 0, "\(check.output)")
    }

    private func http(_ host: String, _ port: UInt16, _ path: String) throws -> (head: String, body: String) {
        let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw TestSupportError("nobody listens on port \(port)") }
        let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        guard write(socket, request, request.utf8.count) == request.utf8.count else { throw TestSupportError("write: \(errno)") }
        var bytes: [UInt8] = [], part = [UInt8](repeating: 0, count: 65536)
        while case let count = read(socket, &part, part.count), count > 0 { bytes += part[..<count] }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { throw TestSupportError("no answer: \(text)") }
        return (String(text[..<end.lowerBound]), String(text[end.upperBound...]))
    }
}

@Suite("What is to watch kiosks with")
struct WatchingTests {
    private func document(_ name: String) throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/kiosk/\(name)")
        return try String(contentsOf: path, encoding: .utf8)
    }

    @Test(
        "rules, dashboard and documentation name only metrics that there are",
        arguments: ["alerts.yml", "grafana.json", "control.md"])
    func names(file: String) throws {
        let status = KioskStatus(
            version: "1", uptime: 1, hasCompositor: true, compositorReturns: 0, reloads: 0,
            process: .init(cpuSeconds: 1, residentBytes: 1, openDescriptors: 1),
            screens: [
                .init(name: "a", output: "b", source: "c", statistics: Statistics(), losses: 0, stalls: 0, errors: [])
            ])
        let metrics = MetricsText(status, as: .prometheus).text
        let text = try document(file)
        let names = Set(text.matches(of: #/\b(oriel|process)_[a-z_]+[a-z]/#).map { String($0.output.0) })
        #expect(names.count > 3)
        for name in names { #expect(metrics.contains("\(name){") || metrics.contains("\(name) "), "\(name)") }
    }

    @Test("the dashboard is JSON whose panels each ask something")
    func dashboard() throws {
        let panels = try #require(JSONValue(parsing: try document("grafana.json").utf8)?["panels"]?.elements)
        #expect(panels.count == 8 && panels.allSatisfy { $0["targets"]?.elements?.isEmpty == false })
    }
}
