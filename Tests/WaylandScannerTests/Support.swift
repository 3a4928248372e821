// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Testing

@testable import WaylandScanner

/// The package's folder, derived from the location of this file.
let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

func parse(_ xml: String) throws(ScannerError) -> ProtocolFile {
    try ProtocolParser.parse(Data(xml.utf8), file: "bad.xml")
}

/// A selection from XML text, which is treated as one file `p.xml`.
func select(_ manifest: String, _ xml: String) throws -> Selection {
    let manifest = try Manifest(parsing: manifest, file: "m.manifest")
    return try Selection(manifest, files: ["p.xml": ProtocolParser.parse(Data(xml.utf8), file: "p.xml")])
}

/// The error of a call, as the line that the user sees.
func problem(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}
