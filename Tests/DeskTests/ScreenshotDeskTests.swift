// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import PlaneImage
import TestSupport
import Testing

@testable import Viewer

@Suite("A screenshot while viewing", .serialized)
struct ScreenshotDeskTests {
    @Test("the chord saves what a guest without input shows, as often as it's pressed, and says where", .timeLimit(.minutes(5)))
    func chord() throws {
        let sway = try Sway(width: 640, height: 480)
        let input = try VirtualInput(sway)
        let folder = sway.directory.file("shots")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let viewer = try sway.oriel(
            ["view", "demo:?size=320x200&memory=memfd", "--fullscreen", "--screenshot-dir", folder])
        #expect(waitUntil { viewer.output.contains(": path ") }, "\(viewer.output)")
        func files() -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }
        for count in 1...2 {
            let isSaved = waitUntil(every: 0.5) {
                try? input.press(.leftControl, isDown: true)
                try? input.press(.leftAlt, isDown: true)
                try? input.tap(.s)
                try? input.press(.leftAlt, isDown: false)
                try? input.press(.leftControl, isDown: false)
                return viewer.output.components(separatedBy: "screenshot saved: ").count > count
            }
            #expect(isSaved, "\(viewer.output)")
        }
        // For a moment the window says it too: below the last line there is its box's paper.
        let isSaid = waitUntil {
            (try? PNG.read(sway.screenshot()).pixel(x: 320, y: 480 - 16 - 6)) == [0x18, 0x1C, 0x22, 0xFF]
        }
        #expect(isSaid)
        func told() -> [String] {
            viewer.output.components(separatedBy: "\n").compactMap {
                $0.components(separatedBy: "saved: \(folder)/").dropFirst().first
            }
        }
        // The chord may have been pressed once more than was needed.
        waitForAMoment()
        #expect(waitUntil { told().sorted() == files() })
        viewer.signal(SIGTERM)
        #expect(viewer.waitForEnd() == 0)
        #expect(told().sorted() == files() && told().count >= 2)
        for file in files() {
            #expect(file.wholeMatch(of: #/oriel-demo_size_320x200_memory_memfd-\d{8}-\d{6}(-\d+)?\.png/#) != nil, "\(file)")
            let data = try Data(contentsOf: URL(filePath: "\(folder)/\(file)"))
            // Width and height in the file's first chunk: the guest's own, not the screen's.
            #expect([UInt8](data[16..<24]) == [0, 0, 1, 64, 0, 0, 0, 200])
        }
    }

    @Test("a guest's name can do no harm in a file's, and no file is replaced")
    func names() throws {
        for (name, safe) in [
            ("debian", "debian"), ("../../etc/passwd", "etc_passwd"), ("..", "guest"), ("", "guest"), ("a\nb\u{0}c", "a_b_c"),
            ("Gäste 1.2", "Gäste_1.2"), ("-rf", "rf"),
        ] { #expect(ScreenshotFolder.safe(name) == safe) }
        #expect(ScreenshotFolder.safe(String(repeating: "ä", count: 5000)).utf8.count == 100)
        let directory = try TemporaryDirectory()
        let folder = try ScreenshotFolder(directory.path)
        let files = try (0..<20).map { _ in try folder.reserve(for: "x") }
        #expect(Set(files).count == 20 && files.allSatisfy { $0.hasPrefix("\(directory.path)/oriel-x-") })
        #expect(throws: FileError.self) { try ScreenshotFolder("/dev/null") }
        #expect(throws: FileError.self) { try ScreenshotFolder(directory.file("none")) }
    }

    @Test(
        "the user's folder of pictures is read as xdg-user-dirs writes it",
        arguments: [
            ("XDG_PICTURES_DIR=\"$HOME/Bilder\"\n", "/home/a/Bilder"),
            ("# x\nXDG_PICTURES_DIR=\"/mnt/a \\\"b\\\"\"", "/mnt/a \"b\""),
            ("XDG_PICTURES_DIR=\"relative\"", nil), ("XDG_MUSIC_DIR=\"$HOME/Musik\"", nil), ("XDG_PICTURES_DIR=\"", nil),
        ] as [(String, String?)])
    func folder(_ text: String, _ path: String?) { #expect(ScreenshotFolder.pictures(in: text, home: "/home/a") == path) }
}
