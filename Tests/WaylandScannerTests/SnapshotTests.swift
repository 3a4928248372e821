// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Testing

@testable import WaylandScanner

/// Pins the generated code for one protocol that uses every feature. After an intended change run `ORIEL_RECORD=1 swift test
/// --filter Snapshot` and review the difference.
@Suite("The generated code")
struct SnapshotTests {
    private let resources = package.appending(path: "Tests/WaylandScannerTests/Resources")

    @Test("matches the snapshot", arguments: [Manifest.Side.client, .server])
    func snapshot(side: Manifest.Side) throws {
        let manifest = try Manifest(
            parsing: "side \(side)\nkitchen_manager_v1 3 kitchen-v1.xml\n", file: "kitchen.manifest")
        let xml = resources.appending(path: "kitchen-v1.xml")
        let selection = try Selection(manifest, files: ["kitchen-v1.xml": ProtocolParser.parse(contentsOf: xml)])
        let text = selection.generate(stems: ["kitchen-v1"]).map { "// \($0.name)\n\($0.text)" }.joined(separator: "\n")

        let snapshot = resources.appending(path: "kitchen-v1.\(side).swift.txt")
        if ProcessInfo.processInfo.environment["ORIEL_RECORD"] != nil { try Data(text.utf8).write(to: snapshot) }
        let expected = try String(contentsOf: snapshot, encoding: .utf8)
        for (line, (made, wanted)) in zip(text.split(separator: "\n"), expected.split(separator: "\n")).enumerated() {
            try #require(made == wanted, "line \(line + 1), not counting blank lines")
        }
        #expect(text == expected)
    }
}
