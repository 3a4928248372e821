// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The kinds of clipboard content that can pass between guest and host.
public enum ClipboardKind: Hashable, Sendable, CaseIterable {
    // In order of preference, where a side accepts either.
    case text, png

    /// The MIME type on D-Bus and on Wayland (QEMU's `ui/dbus-clipboard.c` accepts only the first).
    public var mimeType: String {
        switch self {
        case .text: "text/plain;charset=utf-8"
        case .png: "image/png"
        }
    }

    public init?(mimeType: String) {
        guard let kind = Self.allCases.first(where: { $0.mimeType == mimeType }) else { return nil }
        self = kind
    }
}

/// Validated clipboard content from one side.
public struct ClipboardContent: Hashable, Sendable {
    public let kind: ClipboardKind
    /// UTF-8 without NUL, or a PNG file of which only the signature has been checked; whoever decodes it checks the rest.
    public let bytes: [UInt8]

    /// - Parameter limit: The largest permitted size in bytes.
    public init(_ kind: ClipboardKind, _ bytes: UnsafeRawBufferPointer, limit: Int) throws(ClipboardFault) {
        guard bytes.count <= limit else { throw .tooLong(limit: limit) }
        var end = bytes.endIndex
        switch kind {
        case .text:
            // Text from Windows ends with NULs. Anywhere else a NUL would end the text for some readers and not for others.
            while end > bytes.startIndex, bytes[end - 1] == 0 { end -= 1 }
            let text = bytes[..<end]
            guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else { throw .notText }
        case .png:
            guard bytes.starts(with: Self.pngSignature) else { throw .notPNG }
        }
        self.kind = kind
        self.bytes = Array(bytes[..<end])
    }

    public init(_ kind: ClipboardKind, _ bytes: [UInt8], limit: Int) throws(ClipboardFault) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ClipboardFault) in try ClipboardContent(kind, bytes, limit: limit) }
        }
        self = try result.get()
    }

    /// "PNG file signature" in the PNG specification.
    private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
}

/// Why clipboard content isn't passed on.
public enum ClipboardFault: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong(limit: Int)
    /// The content isn't UTF-8, or contains a NUL.
    case notText
    case notPNG
    /// The owner didn't provide the content, or didn't in time.
    case notGiven(String)

    public var description: String {
        switch self {
        case .tooLong(let limit): "it exceeds the limit of \(limit) bytes"
        case .notText: "it isn't UTF-8 text or contains a NUL"
        case .notPNG: "it isn't a PNG"
        case .notGiven(let why): why
        }
    }
}

/// A guest's clipboard, reached through its VMM. Each side announces what it has; content is transferred only on request.
///
/// No call blocks. An announcement by one side replaces that of the other, since there is one clipboard.
public protocol GuestClipboard: AnyObject {
    /// Starts sharing the clipboard.
    ///
    /// - Parameter limit: The largest content accepted from the guest, in bytes.
    func open(for delegate: any GuestClipboardDelegate, limit: Int)

    /// Announces the kinds that the host has. An empty set means that it no longer has anything.
    func offer(_ kinds: Set<ClipboardKind>)

    /// Requests the guest's content. It arrives in ``GuestClipboardDelegate/guestClipboard(_:gave:_:)``.
    func request(_ kind: ClipboardKind)

    /// Provides the content that the guest has requested; nil if the host can't provide it.
    func give(_ content: ClipboardContent?)

    /// Stops sharing. The delegate isn't called again.
    func close()
}

/// Receives a guest clipboard's events. Called on the loop's thread, never from inside a call to the clipboard.
public protocol GuestClipboardDelegate: AnyObject {
    /// The guest announces these kinds, in place of any earlier announcement. An empty set means that it no longer has anything.
    func guestClipboard(_ clipboard: any GuestClipboard, has kinds: Set<ClipboardKind>)

    /// The guest requests the host's content in one of these kinds, and blocks until ``GuestClipboard/give(_:)`` is called. It
    /// makes no other request before that.
    func guestClipboard(_ clipboard: any GuestClipboard, wants kinds: Set<ClipboardKind>)

    /// Answers the oldest unanswered ``GuestClipboard/request(_:)`` for this kind.
    func guestClipboard(
        _ clipboard: any GuestClipboard, gave kind: ClipboardKind, _ content: Result<ClipboardContent, ClipboardFault>)
}
