// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation

import Glibc
import PlaneImage
import Planes
import TestSupport
import Testing

@testable import Measurement

/// The page in a real browser.
@Suite("A report's page in Chromium")
struct HTMLReportChromiumTests {
    @Test("Chromium draws it light and dark, without an error, a request or a line that is too wide")
    func chromium() throws {
        let browser = try Browser()
        var report = MadeUpRun(seconds: 30).report
        report.facts.append((HTMLReportTests.hostile, [(HTMLReportTests.hostile, .string(HTMLReportTests.hostile))]))
        let text = HTMLReport(report, title: HTMLReportTests.hostile).text
        try browser.write(text, to: "report.html")

        let light = try browser.open("report.html", ["--screenshot=\(browser.file("light.png"))", "--window-size=1100,2000"])
        #expect(light.complaints == [] && light.requests == [])
        try Self.check(browser.file("light.png"), page: 0xF7F7F5, surface: 0xFFFFFF, band: 0xA9CDEC, mode: 0x0A6EBD)
        let dark = try browser.open(
            "report.html",
            ["--screenshot=\(browser.file("dark.png"))", "--window-size=1100,2000", "--blink-settings=preferredColorScheme=0"])
        #expect(dark.complaints == [] && dark.requests == [])
        try Self.check(browser.file("dark.png"), page: 0x14171A, surface: 0x1C2024, band: 0x265A86, mode: 0x3585C6)

        // A page around it that may use a script: it tells how the plots are laid out, in a wide window and in a narrow one.
        try browser.write(
            """
            <!DOCTYPE html><meta charset="utf-8"><iframe src="report.html" style="width:1100px;height:900px"></iframe>
            <iframe src="report.html" style="width:390px;height:900px"></iframe><pre></pre>
            <script>onload = () => document.querySelector("pre").textContent =
              [...document.querySelectorAll("iframe")].map(({contentDocument: page}) => [page.documentElement, ...page
                .querySelectorAll("figure svg[role=img]")].map(it => it.scrollWidth + "x" + it.clientHeight).join(" ")).join("|")
            </script>
            """, to: "frames.html")
        let layout = try browser.open("frames.html", ["--dump-dom"]).output
        let told = layout.components(separatedBy: "<pre>").last?.components(separatedBy: "</pre>").first ?? ""
        let sizes = told.split(separator: "|").map {
            $0.split(separator: " ").map { $0.split(separator: "x").compactMap { Int($0) } }
        }
        #expect(sizes.count == 2, "\(layout)")
        for (frame, width) in zip(sizes, [1100, 390]) {
            #expect(frame.count == 6 && frame.allSatisfy { $0.count == 2 && $0[0] > 300 && $0[1] > 100 }, "\(frame)")
            #expect(frame.first?.first == width, "nothing is wider than the window")
        }

        // What is looked for above is found where it is: a picture from elsewhere, with the page's policy and without it.
        let loud = text.replacingOccurrences(of: "</main>", with: "<img alt=\"\" src=\"http://oriel.invalid/\"/></main>")
        try browser.write(loud, to: "blocked.html")
        let blocked = try browser.open("blocked.html", ["--dump-dom"])
        #expect(blocked.complaints.count == 1 && blocked.requests == [])
        try browser.write(loud.replacingOccurrences(of: "default-src 'none'", with: "img-src *"), to: "loud.html")
        #expect(try browser.open("loud.html", ["--dump-dom"]).requests == ["http://oriel.invalid/"])
    }

    /// Expects the page's colours in a screenshot, and letters.
    private static func check(_ path: String, page: UInt32, surface: UInt32, band: UInt32, mode: UInt32) throws {
        let picture = try PNG.read(path)
        var counts: [UInt32: Int] = [:]
        for pixel in stride(from: 0, to: picture.bytes.count, by: 4) {
            let bytes = picture.bytes[pixel..<pixel + 3]
            counts[bytes.reduce(0) { $0 << 8 | UInt32($1) }, default: 0] += 1
        }
        #expect(picture.size == PixelSize(width: 1100, height: 2000))
        for (colour, least) in [(page, 100_000), (surface, 300_000), (band, 5000), (mode, 50_000)] {
            #expect(counts[colour, default: 0] > least, "\(String(colour, radix: 16)) in \(path): \(counts[colour, default: 0])")
        }
        #expect(counts.count > 50, "letters have soft edges")
    }
}

/// Debian's Chromium, without a window and with a profile of its own.
private final class Browser {
    struct Visit {
        let output: String
        /// What the page's console shows.
        let complaints: [String]
        /// The addresses that the page, rather than the browser, asked the network for.
        let requests: [String]
    }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func file(_ name: String) -> String { directory.file(name) }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
    }

    func open(_ page: String, _ arguments: [String]) throws -> Visit {
        let name = "\(page).\(arguments.count)", netLog = file("\(name).net")
        for old in [netLog, file("\(name).log")] { try? FileManager.default.removeItem(atPath: old) }
        // setsid gives it a process group, by which all its processes end with it.
        let process = try ChildProcess(
            [
                "setsid", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-breakpad", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-extensions", "--no-first-run", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND",
                "--hide-scrollbars", "--force-device-scale-factor=1", "--force-color-profile=srgb",
                "--allow-file-access-from-files", "--enable-logging=stderr", "--user-data-dir=\(file("profile"))",
                "--log-net-log=\(netLog)",
            ] + arguments + ["file://\(file(page))"], environment: ["HOME": directory.path], log: file("\(name).log"))
        defer { if process.isRunning { kill(-process.identifier, SIGKILL) } }
        let status = process.waitForEnd()
        guard status == 0 else { throw TestSupportError("chromium ended with \(status ?? -1): \(process.output)") }
        // Its log has an event a line. Requests of the browser itself have no origin.
        let events = try String(contentsOfFile: netLog, encoding: .utf8).split(separator: "\n")
        let requests = events.filter { $0.contains("\"initiator\":\"file://\"") }.map { event in
            event.components(separatedBy: "\"url\":\"").last?.components(separatedBy: "\"").first ?? String(event)
        }
        return Visit(
            output: process.output,
            complaints: process.output.split(separator: "\n").filter { $0.contains(":CONSOLE:") }.map(String.init),
            requests: requests.filter { !$0.hasPrefix("file:") })
    }
}
