// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import PlaneImage

/// What a run of the virtual machine left: a folder a scenario, as scripts/vm/scenarios names them.
enum Results {
    /// Set by `make test-vm`.
    static let folder = ProcessInfo.processInfo.environment["ORIEL_VM_RESULTS"]

    static func file(_ scenario: String, _ name: String) -> String { "\(folder ?? "")/\(scenario)/\(name)" }

    /// Whether the scenario was among those that ran, and came to its end.
    static func has(_ scenario: String) -> Bool { lines("verdicts").contains { $0.hasPrefix("passed|\(scenario)|") } }

    static func lines(_ path: String) -> [String] {
        let text = try? String(contentsOfFile: "\(folder ?? "")/\(path)", encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    static func statistics(_ scenario: String, _ run: String) throws -> RunStatistics {
        let data = try Data(contentsOf: URL(filePath: file(scenario, "\(run).json")))
        return try JSONDecoder().decode(RunStatistics.self, from: data)
    }

    static func picture(_ scenario: String, _ name: String) throws -> RGBAImage {
        try PNG.read(file(scenario, "\(name).png"))
    }
}

/// The part of `--stats` that is asserted.
struct RunStatistics: Decodable {
    struct Frames: Decodable {
        let changed, committed, superseded, presented, discarded, zeroCopy, lost: Int
    }
    struct Buffers: Decodable {
        let imports, importFailures: Int
    }
    struct Pixels: Decodable {
        let bytesCopied: Int
    }
    let path, memory: String
    let frames: Frames
    let buffers: Buffers
    let pixels: Pixels
}
