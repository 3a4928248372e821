// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

@Suite("The command line")
struct CommandTests {
    /// Runs `oriel` where there is no compositor.
    private func run(_ arguments: [String]) throws -> (code: Int32?, text: String) {
        let directory = try TemporaryDirectory()
        let program = try ChildProcess.oriel(
            arguments, ["XDG_RUNTIME_DIR": directory.path, "WAYLAND_DISPLAY": "none"], in: directory)
        return (program.waitForEnd(), program.output)
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let code: Int32
        /// What the line must name.
        let names: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let wrong = [
        Wrong(arguments: ["view", "nothing"], code: 64, names: "nothing"),
        Wrong(arguments: ["view", "ftp:x"], code: 64, names: "demo:"),
        Wrong(arguments: ["view", "demo:?size=big"], code: 64, names: "size"),
        Wrong(arguments: ["view", "demo:?colour=red"], code: 64, names: "colour"),
        Wrong(arguments: ["view", "qemu:unix:path=relative"], code: 64, names: "relative"),
        Wrong(arguments: ["view", "vfio:nothing"], code: 64, names: "vfio:nothing"),
        Wrong(arguments: ["view", "vfio:/dev/vfio/12"], code: 64, names: "/dev/vfio/12"),
        Wrong(arguments: ["view", "vfio:fd=1"], code: 64, names: "vfio:fd=1"),
        Wrong(arguments: ["view", "demo:", "--damage", "refresh"], code: 64, names: "--damage"),
        Wrong(arguments: ["view", "vfio:", "--damage", "generation"], code: 74, names: "none"),
        Wrong(arguments: ["view", "demo:", "--all-consoles"], code: 64, names: "--all-consoles"),
        Wrong(arguments: ["view", "qemu:?console=1", "--all-consoles"], code: 64, names: "?console=1"),
        Wrong(arguments: ["view", "demo:", "--clipboard"], code: 64, names: "--clipboard"),
        Wrong(arguments: ["doctor", "vfio:nothing"], code: 64, names: "vfio:nothing"),
        Wrong(arguments: ["doctor", "nothing"], code: 64, names: "vfio:"),
        Wrong(arguments: ["screenshot", "vfio:fd=99", "x.png"], code: 69, names: "descriptor 99"),
        Wrong(arguments: ["screenshot", "vfio:unix=/nowhere/socket", "x.png"], code: 69, names: "/nowhere/socket"),
        Wrong(
            arguments: ["screenshot", "vfio:00000000-0000-0000-0000-000000000000", "x.png"], code: 69, names: "oriel list"),
        Wrong(arguments: ["view", "demo:", "--stats", "/nowhere/stats.json"], code: 64, names: "/nowhere"),
        Wrong(arguments: ["view", "demo:", "--stats", "/tmp"], code: 64, names: "/tmp"),
        Wrong(arguments: ["view", "demo:"], code: 74, names: "none"),
        Wrong(arguments: ["screenshot", "demo:?rate=0", "/nowhere/x.png"], code: 64, names: "/nowhere"),
        Wrong(arguments: ["screenshot", "qemu:unix:path=/nowhere/socket", "x.png"], code: 69, names: "/nowhere/socket"),
        Wrong(arguments: ["screenshot", "planes:relative", "x.png"], code: 64, names: "absolute"),
        Wrong(arguments: ["screenshot", "planes:", "x.png"], code: 64, names: "oriel: planes: the socket's path"),
        Wrong(arguments: ["screenshot", "planes:/nowhere/socket", "x.png"], code: 69, names: "/nowhere/socket"),
        Wrong(arguments: ["screenshot", "planes:/dev/null", "x.png"], code: 69, names: "isn't a socket"),
        Wrong(arguments: ["screenshot", "replay:", "x.png"], code: 64, names: "replay:FILE"),
        Wrong(arguments: ["screenshot", "replay:/nowhere/a.rec", "x.png"], code: 69, names: "/nowhere/a.rec"),
        Wrong(arguments: ["screenshot", "replay:/dev/null", "x.png"], code: 69, names: "isn't a file"),
        Wrong(arguments: ["record", "nothing", "x.rec"], code: 64, names: "nothing"),
        Wrong(arguments: ["record", "demo:", "/nowhere/x.rec"], code: 64, names: "/nowhere"),
        Wrong(arguments: ["record", "demo:", "/dev/null"], code: 64, names: "--force"),
        Wrong(arguments: ["guest", "relative", "--rate", "0"], code: 64, names: "absolute"),
        Wrong(arguments: ["guest", "/nowhere/socket", "--rate", "0"], code: 64, names: "/nowhere"),
        Wrong(arguments: ["view", "demo:", "--grab-chord", "ctrl+foo"], code: 64, names: "--grab-chord «ctrl+foo»"),
        Wrong(arguments: ["view", "demo:", "--host-chords", "super+l,f1"], code: 64, names: "--host-chords «F1»"),
        Wrong(arguments: ["view", "demo:", "--guest-chords", "ctrl+alt+q"], code: 64, names: "--guest-chords «Ctrl+Alt+Q»"),
        Wrong(arguments: ["view", "demo:", "--touch", "thumb"], code: 64, names: "--touch"),
        Wrong(arguments: ["measure", "nothing"], code: 64, names: "nothing"),
        Wrong(arguments: ["measure", "demo:"], code: 74, names: "none"),
        Wrong(arguments: ["measure", "demo:", "--assert", "zeroCopyShar >= 1"], code: 64, names: "zeroCopyShare"),
        Wrong(arguments: ["measure", "demo:", "--assert", "commitToPresent.p99 <= 20"], code: 64, names: "ms"),
        Wrong(arguments: ["measure", "demo:", "--report", "/nowhere/report"], code: 64, names: "/nowhere"),
        Wrong(arguments: ["measure", "demo:", "--trace", "/nowhere/trace.json"], code: 64, names: "/nowhere"),
        Wrong(arguments: ["measure", "demo:", "--trace", "/dev/null"], code: 64, names: "--force"),
        Wrong(arguments: ["measure", "demo:", "--report", "/dev/null"], code: 64, names: "/dev/null"),
        Wrong(arguments: ["measure", "demo:", "--compare", "dmabuf"], code: 64, names: "--compare dmabuf: name two or three"),
        Wrong(arguments: ["measure", "demo:", "--compare", "copy,dmabuf,copy"], code: 64, names: "shared-memory"),
        Wrong(arguments: ["measure", "demo:", "--compare", "dmabuf,none"], code: 64, names: "--compare dmabuf,none"),
        Wrong(arguments: ["measure", "demo:", "--compare", "dmabuf,copy,"], code: 64, names: "--compare dmabuf,copy,"),
        Wrong(
            arguments: ["measure", "demo:", "--compare", "dmabuf,copy", "--duration", "19"], code: 64, names: "--duration 20"),
        Wrong(arguments: ["measure", "demo:", "--compare", "copy,dmabuf"], code: 74, names: "none"),
        Wrong(arguments: ["measure", "demo:", "--baseline", "/nowhere/report.json"], code: 64, names: "/nowhere/report.json"),
        Wrong(arguments: ["measure", "demo:", "--baseline", "/dev/null"], code: 64, names: "/dev/null"),
        Wrong(arguments: ["measure", "demo:", "--assert", "ratio.presentRate > 1"], code: 64, names: "--baseline"),
        Wrong(
            arguments: ["measure", "demo:?react=0", "--probe", "nothing"], code: 64, names: "--probe nothing: there is no such"),
        Wrong(arguments: ["measure", "demo:?react=0", "--probe", "key:"], code: 64, names: "--probe «»"),
        Wrong(arguments: ["measure", "demo:?react=0", "--probe", "key:nokey"], code: 64, names: "there is no key «nokey»"),
        Wrong(arguments: ["measure", "demo:?react=0", "--probe", "a\nb"], code: 64, names: "there is no such probe"),
        Wrong(arguments: ["measure", "demo:?react=0", "--probe", "motion", "--view-only"], code: 64, names: "--view-only"),
        Wrong(arguments: ["measure", "demo:?react=0", "--assert", "inputToPresent.p50 < 1s"], code: 64, names: "--probe"),
        Wrong(arguments: ["measure", "demo:", "--assert", "inputToPresen.p50 < 1s"], code: 64, names: "inputToPresent"),
        Wrong(arguments: ["measure", "demo:", "--probe", "motion"], code: 69, names: "demo: this source takes no input"),
        Wrong(arguments: ["measure", "planes:/x", "--probe", "key:a"], code: 69, names: "planes:/x: this source takes no input"),
        Wrong(arguments: ["measure", "demo:?react=0", "--probe", "key:ctrl+alt+f2"], code: 74, names: "none"),
        Wrong(arguments: ["measure", "demo:", "--assert", "ratio.rate > 1"], code: 64, names: "ratio.presentRate"),
        Wrong(arguments: ["send", "demo:?rate=0", "ctrl+alt+delete"], code: 64, names: "qemu:"),
        Wrong(arguments: ["send", "demo:", "a"], code: 64, names: "oriel: demo: this source takes no keys"),
        Wrong(arguments: ["send", "qmp:", "a"], code: 64, names: "oriel: qmp: not a monitor's socket"),
        Wrong(arguments: ["send", "qemu:", "ctrl+alt+\u{1B}[2Jdelete"], code: 64, names: "there is no key"),
        Wrong(arguments: ["send", "qemu:unix:path=/nowhere/socket", "a"], code: 69, names: "/nowhere/socket"),
        Wrong(arguments: ["guest", "/tmp/socket", "--size", "big"], code: 64, names: "size=big"),
        Wrong(arguments: ["view", "qemu:qmp=relative"], code: 64, names: "qemu:qmp=/SOCKET"),
        Wrong(arguments: ["screenshot", "qemu:qmp=/nowhere/qmp", "x.png"], code: 69, names: "qmp:/nowhere/qmp"),
        Wrong(arguments: ["view", "demo:", "--input", "/run/qmp"], code: 64, names: "qmp:/SOCKET"),
        Wrong(arguments: ["send", "qmp:relative", "a"], code: 64, names: "qmp:relative"),
        Wrong(arguments: ["send", "qmp:/nowhere/qmp", "a"], code: 69, names: "/nowhere/qmp"),
        Wrong(arguments: ["kiosk", "nothing"], code: 64, names: "nothing"),
        Wrong(arguments: ["kiosk", "--config", "/nowhere/k.toml"], code: 64, names: "/nowhere/k.toml"),
        Wrong(arguments: ["kiosk", "demo:", "--set", "colour=red"], code: 64, names: "there is no key 'colour'"),
        Wrong(arguments: ["kiosk", "demo:", "--set", "scale=huge"], code: 64, names: "--set scale=huge: 'scale'"),
        Wrong(arguments: ["kiosk", "demo:", "--metrics", "9736"], code: 64, names: "ADDRESS:PORT"),
        Wrong(arguments: ["kiosk", "demo:", "--metrics", "0.0.0.0:9736"], code: 64, names: "metrics-anywhere"),
        Wrong(arguments: ["kiosk", "demo:", "--control", "relative"], code: 64, names: "--control relative"),
        Wrong(arguments: ["kiosk", "demo:", "--control", "/nowhere/socket"], code: 64, names: "/nowhere/socket"),
        Wrong(
            arguments: ["kiosk", "demo:", "--check", "--set", "idle-picture=/dev/null"], code: 64,
            names: "'idle-picture' can't be shown: /dev/null"),
        Wrong(arguments: ["status", "--control", "/nowhere/socket"], code: 69, names: "/nowhere/socket"),
        Wrong(arguments: ["status", "--control", "/dev/null"], code: 69, names: "/dev/null"),
        Wrong(arguments: ["reload", "--control", "/nowhere/socket"], code: 69, names: "start oriel kiosk"),
    ]

    @Test("bad input is one line that names the thing, with its exit code", arguments: wrong)
    func bad(row: Wrong) throws {
        let (code, text) = try run(row.arguments)
        #expect(code == row.code)
        #expect(text.contains(row.names) && !text.replacing("[::1]", with: "").contains("::"), "\(text)")
        #expect(text.split(separator: "\n").count == 1, "\(text)")
    }

    @Test(
        "options out of range are the parser's usage errors",
        arguments: [
            ["view"], ["view", "demo:", "--wait", "--wait-limit", "0"], ["view", "demo:", "--wait-limit", "5"],
            ["view", "demo:", "--view-only", "--input", "qmp:/x"], ["view", "qemu:", "--all-consoles", "--reconnect"],
            ["view", "qemu:", "--clipboard-limit", "1"], ["view", "qemu:", "--clipboard", "--clipboard-limit", "64"],
            ["view", "demo:", "--frames", "0"], ["view", "demo:", "--duration", "-1"],
            ["view", "demo:", "--scale", "huge"], ["view", "vfio:", "--damage", "none"], ["list", "vfio:"],
            ["view", "demo:", "--cursor", "big"], ["nonsense"],
            ["measure", "demo:", "--warmup", "-1"], ["measure", "demo:", "--force"], ["measure", "demo:", "--frames", "5"],
            ["measure", "qemu:", "--all-consoles"], ["measure", "demo:", "--pid", "0"], ["measure", "demo:", "--duration", "0"],
            ["measure", "demo:", "--compare", "dmabuf,copy", "--baseline", "/x"],
            ["measure", "demo:", "--compare", "dmabuf,copy", "--until-stable"],
            ["measure", "demo:?react=0", "--compare", "dmabuf,copy", "--probe", "motion"],
            ["measure", "demo:", "--compare", "dmabuf,copy", "--assert", "frames.late == 0"],
            ["view", "demo:", "--view-only", "--grab-on-focus"], ["view", "demo:", "--view-only", "--touch", "pointer"],
            ["send", "qemu:"], ["doctor", "--fullscreen"], ["doctor", "demo:", "--output", "X"],
            ["view", "demo:", "--overlay-chord", "ctrl"], ["view", "demo:", "--overlay-chord", "ctrl+alt+g"],
            ["kiosk", "--example", "--check"], ["kiosk", "--example", "demo:"], ["status", "now"],
            ["record", "demo:"], ["record", "demo:", "x", "--limit", "0"], ["record", "demo:", "x", "--duration", "0"],
        ])
    func usage(arguments: [String]) throws {
        #expect(try run(arguments).code == 64)
    }

    @Test(
        "each command has help, and the help names each option",
        arguments: [
            (
                ["--help"],
                [
                    "view", "measure", "record", "screenshot", "send", "guest", "list", "doctor", "planes:", "replay:FILE?loop",
                    "vfio:UUID", "Exit codes",
                ]
            ),
            (
                ["view", "--help"],
                [
                    "--fullscreen", "--output", "--scale", "--keep-aspect", "--rotate", "270", "--decorations", "--cursor",
                    "--damage", "--title", "--frames", "--duration", "--stats",
                    "--log-level", "stretch", "--view-only", "--grab-chord", "--grab-on-focus", "--host-chords",
                    "--guest-chords", "--touch",
                    "--clipboard", "--clipboard-limit",
                ]
            ),
            (
                ["measure", "--help"],
                [
                    "--warmup", "--duration", "--until-stable", "--report", "--force", "--trace", "--assert", "--pid",
                    "--fullscreen", "--probe",
                    "--output",
                    "--fullscreen", "--output",
                ]
            ),
            (["record", "--help"], ["--pixels", "--limit", "--duration", "--force", "docs/recording.md"]),
            (["screenshot", "--help"], ["--no-cursor", "PNG"]),
            (["send", "--help"], ["ctrl+alt+delete", "--timeout"]),
            (["list", "--help"], ["--json", "VFIO"]),
            (["kiosk", "--help"], ["--config", "--set", "--control", "--metrics", "--check", "--example", "oriel-kiosk(5)"]),
            (["status", "--help"], ["--json", "--watch", "--control"]), (["reload", "--help"], ["--control"]),
            (["doctor", "--help"], ["--json", "source", "--fullscreen", "--output"]),
            (
                ["guest", "--help"],
                [
                    "--size", "--rate", "--pattern", "--cursor", "--memory", "--modeswitch", "--allow-uid", "--viewers",
                    "--duration",
                    "--log-level",
                ]
            ),
        ])
    func help(arguments: [String], words: [String]) throws {
        let (code, text) = try run(arguments)
        #expect(code == 0)
        for word in words { #expect(text.contains(word), "\(word) in \(text)") }
    }

    @Test("a socket of somebody else's is one line and exit code 74, soon", .timeLimit(.minutes(5)))
    func mute() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("mute")
        let socket = try UnixSocket.listen(at: path)
        defer { close(socket) }
        let viewer = try ChildProcess.oriel(["view", "demo:"], ["WAYLAND_DISPLAY": path], in: directory)
        #expect(viewer.waitForEnd() == 74, "\(viewer.output)")
        // The guest, opened meanwhile, has said what its memory is.
        let complaints = viewer.output.split(separator: "\n").filter { !$0.hasPrefix("oriel: demo: memory ") }
        #expect(complaints.count == 1, "\(viewer.output)")
    }

    @Test("a device is written into and stays one; a full one is exit code 77", .timeLimit(.minutes(5)))
    func devices() throws {
        #expect(try run(["screenshot", "demo:?rate=0", "/dev/full"]).code == 77)
        #expect(try run(["screenshot", "demo:?rate=0", "/dev/null"]).code == 0)
        for (device, number) in [("/dev/null", 3), ("/dev/full", 7)] {
            var status = stat()
            #expect(stat(device, &status) == 0)
            #expect(status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == UInt(1 << 8 | number))
        }
    }

    @Test("bad input leaves nothing behind")
    func nothingBehind() throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("stats.json")
        for arguments in [["view", "demo:", "--stats", file], ["screenshot", "qemu:unix:path=/nowhere/socket", file]] {
            let program = try ChildProcess.oriel(
                arguments, ["XDG_RUNTIME_DIR": directory.path, "WAYLAND_DISPLAY": "none"], in: directory)
            #expect(program.waitForEnd() ?? 0 > 0)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { !$0.hasPrefix("oriel-") }
        #expect(left.isEmpty)
    }

    @Test("the version is one line")
    func version() throws {
        let (code, text) = try run(["--version"])
        #expect(code == 0)
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test("a screenshot needs no compositor and is the guest's picture in its own size")
    func screenshot() throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("shot.png")
        #expect(try run(["screenshot", "demo:?size=320x240&rate=0", file]).code == 0)
        let bytes = try Data(contentsOf: URL(filePath: file))
        #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(bytes[16..<24].elementsEqual([0, 0, 1, 64, 0, 0, 0, 240]))
    }

    @Test("doctor tells what is missing without a compositor, as JSON too")
    func doctor() throws {
        #expect(try run(["doctor"]).text.contains("compositor"))
        let (code, text) = try run(["doctor", "--json"])
        #expect(code == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["compositor"] is NSNull)
        let findings = try #require(object["findings"] as? [[String: Any]])
        #expect(findings.contains { $0["subject"] as? String == "/dev/udmabuf" })
    }
}

@Suite("The command line on a real Weston", .serialized)
struct CommandWestonTests {
    private func statistics(_ path: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
    }

    @Test("500 frames: imports as many as buffers, nothing copied, exit code 0", .timeLimit(.minutes(5)))
    func frames() throws {
        let weston = try Weston(width: 640, height: 480)
        let file = weston.directory.file("stats.json")
        let viewer = try weston.oriel(
            ["view", "demo:?size=320x240&rate=60&memory=memfd", "--frames", "500", "--stats", file])
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        let statistics = try statistics(file)
        let frames = try #require(statistics["frames"] as? [String: Int])
        let buffers = try #require(statistics["buffers"] as? [String: Int])
        #expect(frames["committed"] == 500)
        #expect(buffers["imports"] == buffers["live"])
        #expect(buffers["importFailures"] == 0)
        #expect((statistics["pixels"] as? [String: Int])?["bytesCopied"] == 0)
        #expect(statistics["path"] as? String == "dmabuf")
        #expect(statistics["memory"] as? String == "memfd")
    }

    @Test("a long run with mode switches gives back every descriptor that a short one does", .timeLimit(.minutes(5)))
    func givenBack() throws {
        let weston = try Weston(width: 640, height: 480)
        var descriptors: [Int] = []
        for frames in ["3", "200"] {
            let file = weston.directory.file("stats-\(frames).json")
            let viewer = try weston.oriel(
                [
                    "view", "demo:?size=320x240&rate=60&memory=memfd&modeswitch=0.3", "--frames", frames, "--stats", file,
                ])
            #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
            let process = try #require(try statistics(file)["process"] as? [String: Any])
            descriptors.append(try #require(process["openDescriptors"] as? Int))
        }
        #expect(descriptors[0] == descriptors[1])
    }

    @Test("a signal ends it cleanly and writes the statistics", .timeLimit(.minutes(5)), arguments: [SIGINT, SIGTERM, SIGHUP])
    func signalled(number: Int32) throws {
        let weston = try Weston(width: 640, height: 480)
        let file = weston.directory.file("stats.json")
        let viewer = try weston.oriel(["view", "demo:?size=320x240", "--stats", file])
        #expect(waitUntil { viewer.output.contains("path") })
        viewer.signal(number)
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        #expect((try statistics(file)["frames"] as? [String: Int])?["committed"] ?? 0 > 0)
    }

    @Test(
        "a signal while the source is being opened ends it cleanly, with statistics", .timeLimit(.minutes(5)),
        arguments: [false, true])
    func signalledWhileOpening(waits: Bool) throws {
        let weston = try Weston(width: 640, height: 480)
        let path = weston.directory.file("silent"), file = weston.directory.file("stats.json")
        let socket = try UnixSocket.listen(at: path)
        defer { close(socket) }
        let viewer = try weston.oriel(["view", "qemu:unix:path=\(path)", "--stats", file] + (waits ? ["--wait"] : []))
        var interest = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        #expect(poll(&interest, 1, 60_000) == 1, "\(viewer.output)")
        viewer.signal(SIGTERM)
        #expect(viewer.waitForEnd() == 0 && viewer.output.isEmpty, "\(viewer.output)")
        #expect((try statistics(file)["frames"] as? [String: Int])?["committed"] == 0)
    }

    @Test("a compositor that dies is one line and exit code 74, statistics written", .timeLimit(.minutes(5)))
    func compositorGone() throws {
        let weston = try Weston(width: 640, height: 480)
        let file = weston.directory.file("stats.json")
        let viewer = try weston.oriel(["view", "demo:?size=320x240", "--stats", file])
        #expect(waitUntil { viewer.output.contains("path") })
        weston.kill()
        #expect(viewer.waitForEnd() == 74, "\(viewer.output)")
        // The memory, the path, and the end.
        #expect(viewer.output.split(separator: "\n").count == 3, "\(viewer.output)")
        #expect(FileManager.default.fileExists(atPath: file))
    }

    @Test("doctor lists what the compositor offers", .timeLimit(.minutes(5)))
    func doctor() throws {
        let weston = try Weston(width: 640, height: 480)
        let doctor = try weston.oriel(["doctor", "--json"])
        #expect(doctor.waitForEnd() == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(doctor.output.utf8)) as? [String: Any])
        let compositor = try #require(object["compositor"] as? [String: Any])
        #expect(compositor["dmabufVersion"] as? Int == 3)
        #expect(compositor["presentationClock"] as? String == "CLOCK_MONOTONIC_RAW")
        let tranches = try #require(compositor["tranches"] as? [[String: Any]])
        let formats = try #require(tranches.first?["formats"] as? [String: [String]])
        #expect(formats["XR24"]?.contains("LINEAR") == true)
        let output = try #require((compositor["outputs"] as? [[String: Any]])?.first)
        #expect(output["name"] as? String == "headless" && output["size"] as? String == "640x480")
        #expect(output["scale"] as? Double == 1)
        let words = try weston.oriel(["doctor"])
        #expect(words.waitForEnd() == 0)
        #expect(words.output.contains("output headless: 640x480 at 60.0 Hz, scale 1.0"), "\(words.output)")
        // Weston's headless backend has no devices, and its desktop leaves title bars to clients.
        for missing in ["wl_seat", "zxdg_decoration_manager_v1", "wp_fractional_scale_manager_v1", "xdg_activation_v1"] {
            #expect(words.output.contains("missing    \(missing): not offered\n             cost:   "), "\(words.output)")
        }
    }

    @Test("a screen that isn't there is one line with those that are, and exit code 64", .timeLimit(.minutes(5)))
    func output() throws {
        let weston = try Weston(width: 640, height: 480)
        let wrong = try weston.oriel(["view", "demo:?size=320x240&memory=memfd", "--output", "DP-7"])
        #expect(wrong.waitForEnd() == 64)
        let lines = wrong.output.split(separator: "\n").filter { $0.contains("screen") }
        #expect(lines == ["oriel: --output DP-7: there is no such screen: use one of headless"])
        let right = try weston.oriel(["view", "demo:?size=320x240&memory=memfd", "--output", "headless", "--frames", "5"])
        #expect(right.waitForEnd() == 0, "\(right.output)")
    }
}
