// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
@testable import Kiosk
import Testing

@Suite("The manual of the configuration")
struct ManualTests {
    private let lines: [String]

    init() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/kiosk/oriel-kiosk.5")
        lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("explains each key, and no other")
    func keys() {
        let keys = KioskKey.allCases.map(\.rawValue).filter { $0 != "screen" } + ScreenKey.allCases.map(\.rawValue)
        #expect(Set(lines.filter { $0.hasPrefix(".It Ic ") }.map { String($0.dropFirst(7)) }) == Set(keys))
    }

    @Test("has three good examples: one screen, four, and a touch terminal")
    func examples() throws {
        let parts = lines.split { $0.hasPrefix(".Bd -literal") || $0 == ".Ed" }
        let examples = parts.filter { $0.contains("[[screen]]") }.map { $0.joined(separator: "\n") }
        let screens = try examples.map { try KioskConfiguration(Array($0.utf8), file: "example").screens }
        #expect(screens.map(\.count) == [1, 4, 1])
        #expect(screens[2][0].input == .pointer)
    }
}
