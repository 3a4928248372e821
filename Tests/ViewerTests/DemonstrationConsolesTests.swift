// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

@Suite("The demonstration guest's consoles on a real Weston")
struct DemonstrationConsolesTests {
    private let weston: Weston
    private let source = "demo:?size=160x120&rate=20&memory=memfd&consoles=3"

    init() throws { weston = try Weston() }

    private func statistics(_ arguments: [String]) throws -> [String: Any] {
        let file = weston.directory.file("stats.json")
        let viewer = try weston.oriel(["view", source, "--frames", "2", "--stats", file] + arguments)
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        return try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))) as? [String: Any])
    }

    @Test("have a window and pictures each with --all-consoles")
    func all() throws {
        let consoles = try #require(try statistics(["--all-consoles"])["consoles"] as? [[String: Any]])
        #expect(consoles.map { $0["name"] as? String } == (0..<3).map { "\(source) (console \($0))" })
        for console in consoles {
            let frames = (console["statistics"] as? [String: Any])?["frames"] as? [String: Int]
            #expect(frames?["committed"] == 2)
        }
    }

    @Test("are only the first without it")
    func first() throws {
        let frames = try statistics([])["frames"] as? [String: Int]
        #expect(frames?["committed"] == 2)
    }
}
