// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Records every request in order, with names in place of object ids: `picture.attach(buffer1, 0, 0)`.
///
/// An object is named when its role is known, which may be after its first requests. Names are therefore filled in when the log
/// is read.
final class RequestLog {
    private final class Name {
        var text: String
        var parent: Name?
        init(_ text: String) { self.text = text }
        var full: String { parent.map { $0.full + "." + text } ?? text }
    }

    private enum Piece {
        case text(String)
        case object(Name)
    }

    private var names: [UInt32: Name] = [:]
    private var lines: [[Piece]] = []
    /// The number of requests since the start.
    private(set) var count = 0

    func hear(_ text: String) {
        count += 1
        lines.append(pieces(text))
    }

    /// Registers an object created by an event.
    func introduce(_ id: UInt32, as text: String) { names[id] = Name(text) }

    /// Names the object that currently has this id. With a parent it reads as `parent.text`.
    func name(_ id: UInt32, _ text: String, of parent: UInt32? = nil) {
        names[id]?.text = text
        names[id]?.parent = parent.flatMap { names[$0] }
    }

    /// Returns the requests since the last call.
    func take() -> [String] {
        defer { lines.removeAll() }
        return lines.map { line in
            Self.readable(
                line.map { piece in
                    switch piece {
                    case .text(let text): text
                    case .object(let name): name.full
                    }
                }.joined())
        }
    }

    /// Splits a message around the object names of libwayland: `wl_surface@5`, and `new wl_surface@5` for a new object.
    private func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(text)
        while let match = rest.firstMatch(of: /(new )?([a-z][a-z0-9_]*)@([0-9]+)/) {
            let id = UInt32(match.3)!
            if match.1 != nil || names[id] == nil { names[id] = Name(Self.plain(match.2)) }
            pieces.append(.text(String(rest[..<match.range.lowerBound]) + (match.1 ?? "")))
            pieces.append(.object(names[id]!))
            rest = rest[match.range.upperBound...]
        }
        return pieces + [.text(String(rest))]
    }

    /// Shortens an interface's name: `zwp_linux_dmabuf_v1` becomes `linux_dmabuf`.
    static func plain(_ interface: Substring) -> String {
        var name = interface
        if let prefix = ["wl_", "xdg_", "zwp_", "wp_"].first(where: name.hasPrefix), name != "xdg_surface" {
            name.removeFirst(prefix.count)
        }
        if name.hasSuffix("_v1") { name.removeLast(3) }
        switch name {
        case "linux_buffer_params": return "params"
        case "presentation_feedback": return "feedback"
        case "single_pixel_buffer_manager": return "single_pixel"
        default: return String(name)
        }
    }

    private static func readable(_ line: String) -> String {
        guard line.hasPrefix("params.create(") else { return line }
        return [PixelFormat.xrgb8888, .argb8888, .rgb565].reduce(line) {
            $0.replacing(", \($1.fourcc), ", with: ", \(PixelFormat.name(of: $1.fourcc)), ")
        }
    }
}
