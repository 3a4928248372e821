// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Testing

@testable import WaylandScanner

/// The package's folder, from this file's place in it.
let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

func parse(_ xml: String) throws(ScannerError) -> ProtocolFile {
    try ProtocolParser.parse(Data(xml.utf8), file: "bad.xml")
}

/// A selection from XML given as text, all from a file `p.xml`.
func select(_ manifest: String, _ xml: String) throws -> Selection {
    let manifest = try Manifest(parsing: manifest, file: "m.manifest")
    return try Selection(manifest, files: ["p.xml": ProtocolParser.parse(Data(xml.utf8), file: "p.xml")])
}

/// What a call fails with, as the line that a person gets.
func problem(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}
