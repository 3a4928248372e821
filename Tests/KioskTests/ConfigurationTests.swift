// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import GuestView
@testable import Kiosk
import Planes
import Testing

@Suite("A kiosk's configuration")
struct ConfigurationTests {
    @Test("each key has its meaning, and other units than the file's where the code wants them")
    func everyKey() throws {
        let configuration = try read(
            """
            control = "/run/kiosk.sock"
            metrics = "127.0.0.1:9736"

            [[screen]]
            name = "left"
            output = "HDMI-A-1"
            sources = ["qemu:", "demo:?rate=0"]
            prefer-after = 2.5
            scale = "integer"
            rotate = 270
            cursor = "pointer"
            hide-cursor-after = 5
            input = "all"
            host-chords = ["super+l"]
            exit-chord = "ctrl+alt+q"
            idle-picture = "/idle.png"
            idle-text = "Please wait"
            hold = 0
            stall-after = 60
            stall-command = ["/usr/bin/logger", "-t", "kiosk"]

            [[screen]]
            output = { make = "Dell", serial = "1" }
            sources = "demo:"
            """)
        #expect(configuration.control == "/run/kiosk.sock")
        #expect(configuration.metrics == .inet(host: "127.0.0.1", port: 9736))
        let left = configuration.screens[0], right = configuration.screens[1]
        #expect(left.name == "left" && left.output == .named("HDMI-A-1"))
        #expect(left.sources.map(\.text) == ["qemu:", "demo:?rate=0"])
        #expect(left.preferAfter == 2_500_000_000 && left.hold == 0)
        #expect(left.scale == .integer && left.rotation == .threeQuarters && left.cursor == .pointer)
        #expect(left.hideCursorAfter == 5_000_000_000 && left.stallAfter == 60_000_000_000)
        #expect(left.input == .all)
        #expect(try left.hostChords == [Chord("super+l")] && left.exitChord == Chord("ctrl+alt+q"))
        #expect(left.idlePicture == "/idle.png" && left.idleText == "Please wait")
        #expect(left.stallCommand == ["/usr/bin/logger", "-t", "kiosk"])
        #expect(right.name == "Dell 1" && right.output == .monitor(make: "Dell", model: nil, serial: "1"))
    }

    @Test("a screen that says only what it shows has the defaults that the example names")
    func defaults() throws {
        let screen = try read("[[screen]]\nsources = [\"demo:\"]").screens[0]
        #expect(screen.name == "*" && screen.output == .any)
        #expect(screen.preferAfter == 10_000_000_000 && screen.hold == 3_000_000_000)
        #expect(screen.scale == .fit && screen.rotation == .none && screen.cursor == .subsurface && screen.input == .none)
        #expect(screen.hideCursorAfter == nil && screen.exitChord == nil && screen.hostChords.isEmpty)
        #expect(screen.idlePicture == nil && screen.idleText == nil)
        #expect(screen.stallAfter == nil && screen.stallCommand.isEmpty)
    }

    struct Wrong: CustomTestStringConvertible {
        let text: String
        let faults: [String]

        init(_ text: String, _ faults: String...) { (self.text, self.faults) = (text, faults) }

        var testDescription: String { text.replacing("\n", with: "; ") }
    }

    private static let words = "see 'oriel kiosk --example'"

    @Test(
        "a mistake is told with its line and column, and with what is right",
        arguments: [
            Wrong("", "k.toml: there is no [[screen]]: add one, as 'oriel kiosk --example' shows"),
            Wrong("screen = 5", "k.toml:1:1: 'screen' is written as [[screen]], 1 to 32 times"),
            Wrong("screen = [5]", "k.toml:1:11: a screen is a table, not a number: write [[screen]]"),
            Wrong("[[screen]]\nname = \"a\"", "k.toml:1:1: a screen needs 'sources', a list of URLs such as \"qemu:\""),
            Wrong(screen("outptu = \"a\""), "k.toml:3:1: a screen has no key 'outptu': did you mean 'output'?"),
            Wrong(screen("colour = \"a\""), "k.toml:3:1: a screen has no key 'colour': \(words)"),
            Wrong("metric = 1\n" + screen(""), "k.toml:1:1: a kiosk has no key 'metric': did you mean 'metrics'?"),
            Wrong(screen("output = { maker = \"a\" }"), "k.toml:3:12: a monitor has no key 'maker': did you mean 'make'?"),
            Wrong(screen("output = {}"), "k.toml:3:1: 'output' names no monitor: use make, model or serial"),
            Wrong(
                screen("scale = \"fill\""),
                "k.toml:3:9: 'scale' can't be \"fill\": use one of \"fit\", \"integer\", \"native\", \"stretch\""),
            Wrong(screen("scale = 2"), "k.toml:3:9: 'scale' takes a string, not a number: put it in quotes"),
            Wrong(screen("name = \"\""), "k.toml:3:8: 'name' is empty: leave it out"),
            Wrong(screen("name = \"a\\u0000b\""), "k.toml:3:8: 'name' has a zero byte in it"),
            Wrong(screen("rotate = 45"), "k.toml:3:10: 'rotate' takes 0, 90, 180 or 270, the degrees clockwise"),
            Wrong(screen("hold = -1"), "k.toml:3:8: 'hold' takes a number of seconds from 0 to 86400"),
            Wrong(screen("hold = nan"), "k.toml:3:8: 'hold' takes a number of seconds from 0 to 86400"),
            Wrong(screen("hold = 2026-11-28"), "k.toml:3:8: 'hold' takes a number of seconds from 0 to 86400"),
            Wrong(screen("exit-chord = \"ctrl+nix\""), "k.toml:3:14: 'exit-chord' «ctrl+nix»: there is no key «nix»"),
            Wrong(screen("input = \"all\"\nhost-chords = [\"super+l\", \"l\"]"), "k.toml:4:27: 'host-chords' «L»"),
            Wrong(
                screen("host-chords = [\"super+l\"]"),
                "k.toml:3:1: 'host-chords' is for a guest that gets the keyboard: set input = \"all\""),
            Wrong(
                screen("cursor = \"hidden\"\nhide-cursor-after = 1"),
                "k.toml:4:1: 'hide-cursor-after' is for a cursor that is seen"),
            Wrong(
                screen("stall-command = [\"/bin/true\"]"),
                "k.toml:3:1: 'stall-command' is for a guest that is watched: set 'stall-after'"),
            Wrong(
                screen("stall-after = 1\nstall-command = [\"true\"]"),
                "k.toml:4:1: 'stall-command' begins with a program's whole path"),
            Wrong(screen("idle-picture = \"idle.png\""), "k.toml:3:1: 'idle-picture' takes a whole path, which begins with /"),
            Wrong("[[screen]]\nsources = []", "k.toml:2:11: 'sources' takes a list of 1 to 16 strings"),
            Wrong("[[screen]]\nsources = [\"demo:\", \"demon:\"]", "k.toml:2:21: 'sources' demon: no source begins like this"),
            Wrong(screen("") + screen(""), "k.toml:4:1: another screen has the output '*', too: each screen needs its own"),
            Wrong(
                screen("name = \"a\"\noutput = \"A\"") + screen("name = \"a\"\noutput = \"B\""),
                "k.toml:5:1: another screen has the name 'a', too: each screen needs its own"),
            Wrong(
                "metrics = \"localhost:80\"\n" + screen(""), "k.toml:1:11: 'metrics' takes \"unix:/SOCKET\" or \"ADDRESS:PORT\""),
            Wrong(
                "metrics = \"127.0.0.1:0\"\n" + screen(""), "k.toml:1:11: 'metrics' takes \"unix:/SOCKET\" or \"ADDRESS:PORT\""),
            Wrong("metrics = \"unix:a\"\n" + screen(""), "k.toml:1:11: 'metrics' takes \"unix:/SOCKET\" or \"ADDRESS:PORT\""),
            Wrong("metrics = \"0.0.0.0:80\"\n" + screen(""), "k.toml:1:11: 'metrics' is open to other machines there"),
            Wrong("metrics-anywhere = 1\n" + screen(""), "k.toml:1:20: 'metrics-anywhere' is true or false, not a number"),
            Wrong("control = \"a\"\n" + screen(""), "k.toml:1:11: 'control' takes a whole path, which begins with /"),
            Wrong("[[screen]\n", "k.toml:1:10: this is no TOML: "),
            Wrong(screen("name = \"a\"\nname = \"b\""), "k.toml:4:8: this is no TOML: "),
            // All of them at once, in the order of the text.
            Wrong(
                screen("hold = 1e9\nfoo = 1\nrotate = \"90\""), "k.toml:3:8: 'hold'", "k.toml:4:1: a screen has no key 'foo'",
                "k.toml:5:10: 'rotate'"),
        ])
    func mistakes(_ wrong: Wrong) throws {
        let told = try #require(faults(wrong.text))
        #expect(told.count == wrong.faults.count, "\(told)")
        for (fault, start) in zip(told, wrong.faults) { #expect(fault.hasPrefix(start), "\(fault)") }
    }

    @Test("what nobody writes is refused in one line, and nothing crashes")
    func hostile() throws {
        let nested = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        #expect(try #require(faults("a = \(nested)"))[0].hasPrefix("k.toml:1:"))
        let path = String(repeating: "a.", count: 500)
        #expect(try #require(faults("\(path)a = 1"))[0].hasPrefix("k.toml"))
        #expect(try #require(faults("[\(path)a]\n\(path)a = 1"))[0].hasPrefix("k.toml"))
        // Each line nests as much again.
        for levels in [3, 120] {
            let lists =
                "a = [\n" + String(repeating: "{\(path)b = [\n", count: levels) + String(repeating: "]}\n", count: levels) + "]"
            #expect(try #require(faults(lists))[0].hasPrefix("k.toml:"))
        }
        #expect(
            try #require(faults(Self.screen("name = [[[[[[[1]]]]]]]")))
                == ["k.toml:3:8: 'name' takes a string, not a list: put it in quotes"])
        let long = "a = \"" + String(repeating: "x", count: 1024) + "\""
        #expect(try #require(faults("\n" + long)) == ["k.toml:2:1: the line has more than 1024 bytes: break it up"])
        #expect(try #require(faults("name = \"a\0b\""))[0].hasPrefix("k.toml:1:"))
        #expect(try #require(faults([0x61, 0x3D, 0x22, 0xFF, 0xFE, 0x22]))[0].hasPrefix("k.toml:1:"))
        #expect(
            try #require(faults([UInt8](repeating: 0x0A, count: 10 << 20)))
                == ["k.toml: it has more than 256 KiB: leave out what isn't needed"])
        // One fault a line, and no more than there is time to read.
        let many = Self.screen("") + (0..<5000).map { "k\($0) = 1\n" }.joined()
        #expect(try #require(faults(many)).count == 50)
        // Nothing that moves a terminal's cursor.
        let told = try #require(faults("\"\\u001b[2J\" = 1\n" + Self.screen("")))
        #expect(told.count == 1 && !told[0].unicodeScalars.contains("\u{1B}"))
    }

    @Test("every bit of a good file may flip: it is good or refused, and nothing else happens")
    func flippedBits() {
        let text = Array(ConfigurationExample.text.replacing("\n# ", with: "\n").utf8)
        for index in text.indices where index % 3 == 0 {
            for bit in 0..<8 {
                var changed = text
                changed[index] ^= 1 << bit
                _ = faults(changed)
            }
        }
    }

    @Test("the command line's values come before the file's, for one screen or all of them")
    func overrides() throws {
        let text = Self.screen("name = \"a\"\noutput = \"A\"\nhold = 1") + Self.screen("output = \"B.1\"")
        let configuration = try read(text, ["hold=7", "a.input=all", "B.1.scale=\"native\"", "metrics=unix:/m", "a.rotate=90"])
        #expect(configuration.screens.map(\.hold) == [7_000_000_000, 7_000_000_000])
        #expect(configuration.screens.map(\.input) == [.all, .none])
        #expect(configuration.screens.map(\.scale) == [.fit, .native])
        #expect(configuration.screens.map(\.rotation) == [.quarter, .none])
        #expect(configuration.metrics == .unix("/m"))
        let sources = try KioskConfiguration(
            Array(text.utf8), file: "k.toml", overrides: [ConfigurationOverride(sources: ["qemu:", "demo:"])])
        #expect(sources.screens.map { $0.sources.map(\.text) } == [["qemu:", "demo:"], ["qemu:", "demo:"]])
    }

    @Test(
        "a value of the command line that can't be is told with its option",
        arguments: [
            ("hold", "--set hold: write KEY=VALUE, or SCREEN.KEY=VALUE for one screen"),
            ("holt=5", "--set holt=5: there is no key 'holt': did you mean 'hold'?"),
            ("screen=5", "--set screen=5: there is no key 'screen'"),
            ("a.control=/x", "--set a.control=/x: there is no key 'control'"),
            ("b.hold=5", "--set b.hold=5: there is no screen of the name 'b'"),
            ("hold=-5", "--set hold=-5: 'hold' takes a number of seconds from 0 to 86400"),
            ("hold=[1", "--set hold=[1: "),
            ("hold=1\nname=\"b\"", "--set hold=1 name=\"b\": this is more than one value"),
        ])
    func wrongOverrides(_ text: String, _ start: String) throws {
        let fault: String
        do {
            _ = try read(Self.screen("name = \"a\""), [text])
            fault = ""
        } catch let error as ConfigurationFault {
            fault = "\(error)"
        } catch let error as KioskConfiguration.Faults {
            fault = "\(error.list[0])"
        }
        #expect(fault.hasPrefix(start), "\(fault)")
    }

    @Test("the example is a good file as it is, and with all of its keys in use")
    func example() throws {
        let text = ConfigurationExample.text
        #expect(try read(text).screens.map { $0.sources.map(\.text) } == [["qemu:", "demo:"]])
        let keys = KioskKey.allCases.map(\.rawValue) + ScreenKey.allCases.map(\.rawValue)
        let used = text.split(separator: "\n").map { line in
            let bare = line.drop { $0 == "#" || $0 == " " }
            return keys.contains { bare.hasPrefix("\($0) = ") } ? String(bare) : String(line)
        }
        let all = try read(used.joined(separator: "\n")).screens[0]
        #expect(all.output == .named("HDMI-A-1") && all.rotation == .quarter)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 132 })
    }

    @Test("the file is looked for where the XDG specification says")
    func places() {
        func places(_ environment: [String: String]) -> [String] { ConfigurationFile.places { environment[$0] } }
        #expect(places(["HOME": "/h"]) == ["/h/.config/oriel/kiosk.toml", "/etc/xdg/oriel/kiosk.toml"])
        #expect(
            places(["HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_CONFIG_DIRS": "/a:b:/d"])
                == ["/c/oriel/kiosk.toml", "/a/oriel/kiosk.toml", "/d/oriel/kiosk.toml"])
        #expect(places(["HOME": "/h", "XDG_CONFIG_HOME": "", "XDG_CONFIG_DIRS": ""]).count == 2)
        #expect(places(["XDG_CONFIG_HOME": "relative"]) == ["/etc/xdg/oriel/kiosk.toml"])
    }

    // MARK: The world

    private static func screen(_ keys: String) -> String { "[[screen]]\nsources = [\"demo:\"]\n\(keys)\n" }

    private func read(_ text: String, _ overrides: [String] = []) throws -> KioskConfiguration {
        try KioskConfiguration(
            Array(text.utf8), file: "k.toml", overrides: overrides.map { try ConfigurationOverride($0, option: "--set") })
    }

    private func faults(_ text: String) -> [String]? { faults(Array(text.utf8)) }

    private func faults(_ text: [UInt8]) -> [String]? {
        do throws(KioskConfiguration.Faults) {
            _ = try KioskConfiguration(text, file: "k.toml")
            return nil
        } catch { return error.list.map(\.description) }
    }
}
