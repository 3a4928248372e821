// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Measurement
internal import Planes

/// What `oriel status` and `oriel reload` ask a running kiosk over its control socket: one line, `oriel-kiosk 1 COMMAND`. The answer is
/// one JSON object; a member `error` in it says that there is no other.
package enum ControlRequest: String, CaseIterable {
    case status
    case reload

    /// The version of the protocol. A kiosk of another one says so.
    package static let version = 1
    private static let name = "oriel-kiosk"

    /// The question as it is sent.
    package var line: String { "\(Self.name) \(Self.version) \(rawValue)\n" }

    /// Why a line is no question, for whoever sent it.
    struct Refusal: Error, Equatable {
        let text: String

        var json: JSON { .object([("error", .string(text))]) }
    }

    static func isWhole(_ question: [UInt8]) -> Bool { question.contains(0x0A) }

    /// - Parameter question: up to a line's end; what follows it is ignored.
    init(_ question: [UInt8]) throws(Refusal) {
        let line = String(decoding: question.prefix { $0 != 0x0A }, as: UTF8.self).singleLine(atMost: 80)
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == Self.name else {
            throw Refusal(text: "'\(line)' isn't '\(Self.name) \(Self.version) COMMAND'")
        }
        guard words[1] == "\(Self.version)" else {
            throw Refusal(text: "this kiosk speaks version \(Self.version) of the protocol, not \(words[1])")
        }
        guard let request = ControlRequest(rawValue: String(words[2])) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal(text: "there is no command '\(words[2])': use one of \(known)")
        }
        self = request
    }
}
