// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import SyntheticGuest
import Testing

@Suite("A demo: URL")
struct GuestOptionsTests {
    @Test("without a query is a moving picture of 1280x720 at 60 Hz that never changes its mode", arguments: ["demo:", "demo:?"])
    func defaults(url: String) throws {
        let options = try GuestOptions(url: url)
        #expect(options.size == PixelSize(width: 1280, height: 720))
        #expect(options.rate == 60)
        #expect(options.pattern == .bars)
        #expect(options.cursor == .moving)
        #expect(options.memory == .auto)
        #expect(options.modeSwitchPeriod == nil && options.reactionTime == nil && options.consoles == 1)
        #expect(options.url == "demo:")
    }

    struct Good: Sendable, CustomTestStringConvertible {
        let query: String
        let isAsSaid: @Sendable (GuestOptions) -> Bool
        var testDescription: String { query }
    }

    static let good: [Good] = [
        Good(query: "size=1920x1080") { $0.size == PixelSize(width: 1920, height: 1080) },
        Good(query: "size=144x48") { $0.size == GuestOptions.smallestSize },
        Good(query: "size=16384x16384") { $0.size.width == 16384 },
        Good(query: "rate=0") { $0.rate == 0 },
        Good(query: "rate=100000") { $0.rate == 100_000 },
        Good(query: "rate=59.94") { $0.rate == 59.94 },
        Good(query: "pattern=text") { $0.pattern == .text },
        Good(query: "pattern=checker&cursor=still") { $0.pattern == .checker && $0.cursor == .still },
        Good(query: "cursor=none") { $0.cursor == .none },
        Good(query: "cursor=only") { $0.cursor == .only },
        Good(query: "consoles=16") { $0.consoles == 16 },
        Good(query: "memory=udmabuf") { $0.memory == .udmabuf },
        Good(query: "memory=heap") { $0.memory == .heap },
        Good(query: "memory=memfd") { $0.memory == .memfd },
        Good(query: "modeswitch=2") { $0.modeSwitchPeriod == 2_000_000_000 },
        Good(query: "modeswitch=0.5") { $0.modeSwitchPeriod == 500_000_000 },
        Good(query: "modeswitch=0") { $0.modeSwitchPeriod == nil },
        Good(query: "react=0") { $0.reactionTime == 0 && $0.rate == 0 && $0.pattern == .block },
        Good(query: "rate=10&react=2.5&pattern=text") {
            $0.reactionTime == 2_500_000 && $0.rate == 10 && $0.pattern == .text
        },
        Good(query: "react=10000") { $0.reactionTime == 10_000_000_000 },
        Good(query: "pattern=block") { $0.pattern == .block && $0.rate == 60 && $0.reactionTime == nil },
        Good(query: "size=1281x721&modeswitch=1") { $0.smallerSize == PixelSize(width: 960, height: 540) },
        Good(query: "size=640x480&rate=30&pattern=bars&cursor=moving&memory=auto&modeswitch=5") {
            $0.size.width == 640 && $0.rate == 30 && $0.url.hasSuffix("modeswitch=5")
        },
    ]

    @Test("is taken as it is said", arguments: good)
    func accepted(row: Good) throws {
        #expect(row.isAsSaid(try GuestOptions(url: "demo:?" + row.query)))
    }

    @Test(
        "that is wrong is refused in one line that says where",
        arguments: [
            "size=", "size=1280", "size=1280x", "size=x720", "size=1280x720x1", "size=-1x720", "size=0x0", "size=16x16",
            "size=143x48",
            "size=16385x720", "size=99999999999x720", "size=1280×720", "size=1e3x720", "rate=fast", "rate=-1", "rate=100001",
            "rate=nan",
            "rate=inf", "rate=0x10", "rate=0.0000001", "rate=", "pattern=Bars", "pattern=", "cursor=yes", "memory=gpu",
            "modeswitch=-1",
            "modeswitch=soon", "modeswitch=86401", "size=150x50&modeswitch=1", "colour=red", "size", "=", "rate=60&rate=30",
            "react=", "react=yes", "react=-1", "react=10001", "consoles=0", "consoles=17", "consoles=",
            "consoles=+2", "consoles=two",
            "rate=1\n2",
        ])
    func refused(query: String) {
        let error = #expect(throws: SourceError.self) { _ = try GuestOptions(url: "demo:?" + query) }
        guard let error else { return }
        #expect(error.reason == .usage)
        #expect(error.message.hasPrefix("demo:?"))
        #expect(!error.message.contains("\n"))
        #expect(error.message.contains(": use "))
    }

    @Test("is no other URL", arguments: ["", "demo", "demo:size=1x1", "qemu:", "Demo:"])
    func foreign(url: String) {
        let error = #expect(throws: SourceError.self) { _ = try GuestOptions(url: url) }
        #expect(error?.reason == .usage)
    }

    @Test("that is huge gives a line of bounded length")
    func huge() {
        let error = #expect(throws: SourceError.self) {
            _ = try GuestOptions(url: "demo:?" + String(repeating: "x", count: 100_000) + "=1")
        }
        #expect((error?.message.utf8.count ?? 0) < 400)
    }
}
