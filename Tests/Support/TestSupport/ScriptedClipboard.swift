// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// A guest's clipboard that records the calls to it and makes the announcements that a test asks for.
public final class ScriptedClipboard: GuestClipboard {
    public private(set) weak var delegate: (any GuestClipboardDelegate)?
    private var heard: [String] = []

    public init() {}

    /// The calls since the last `take`, in the words of ``GuestClipboard``.
    public func take() -> [String] {
        defer { heard = [] }
        return heard
    }

    public func has(_ kinds: ClipboardKind...) { delegate?.guestClipboard(self, has: Set(kinds)) }

    public func wants(_ kinds: ClipboardKind...) { delegate?.guestClipboard(self, wants: Set(kinds)) }

    public func gives(_ text: String) throws {
        let content = try ClipboardContent(.text, Array(text.utf8), limit: .max)
        delegate?.guestClipboard(self, gave: .text, .success(content))
    }

    public func givesNothing(_ kind: ClipboardKind) {
        delegate?.guestClipboard(self, gave: kind, .failure(.notGiven("a test's whim")))
    }

    public func open(for delegate: any GuestClipboardDelegate, limit: Int) {
        self.delegate = delegate
        heard.append("open")
    }

    public func offer(_ kinds: Set<ClipboardKind>) {
        heard.append("offer" + ClipboardKind.allCases.filter(kinds.contains).map { " \($0)" }.joined())
    }

    public func request(_ kind: ClipboardKind) { heard.append("request \(kind)") }

    public func give(_ content: ClipboardContent?) {
        heard.append(content.map { "give \($0.kind): \(String(decoding: $0.bytes, as: UTF8.self))" } ?? "give nothing")
    }

    public func close() { heard.append("close") }
}
