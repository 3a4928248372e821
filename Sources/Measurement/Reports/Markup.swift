// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A part of a page, valid as HTML and as XML. A text that is interpolated is escaped and bounded, since it may come from a hostile
/// guest; only literals and other markup go in as they are.
///
///     let row: Markup = "<td>\(machine.name)</td>"
struct Markup: ExpressibleByStringInterpolation {
    /// How many Unicode scalars of a text are shown unless the place has another limit.
    static let mostScalars = 240

    private(set) var text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
    init(_ parts: [Markup], separator: String = "") { text = parts.map(\.text).joined(separator: separator) }

    static func + (left: Markup, right: Markup) -> Markup { Markup([left, right]) }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + 16 * interpolationCount) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        mutating func appendInterpolation(_ untrusted: String, atMost limit: Int = Markup.mostScalars) {
            text += Markup.escaped(untrusted, atMost: limit)
        }
        /// A coordinate, to a tenth of a pixel.
        mutating func appendInterpolation(_ coordinate: Double) { text += Figure.Unit.shortDecimals(coordinate, 1) }
    }

    /// A text with the characters escaped that are special in HTML, and with a replacement character for each that is invisible,
    /// changes the order of its neighbours, or isn't allowed in XML.
    private static func escaped(_ untrusted: String, atMost limit: Int) -> String {
        var result = String.UnicodeScalarView(), room = limit, marks = 0
        for scalar in untrusted.unicodeScalars {
            guard room > 0 else {
                result.append("…")
                break
            }
            room -= 1
            let category = scalar.properties.generalCategory
            marks = category == .nonspacingMark || category == .enclosingMark ? marks + 1 : 0
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\n", "\t": result.append(" ")
            // Many marks on one letter would cover the lines around it.
            case _ where marks > 2: continue
            default: result.append(isPlain(category) ? scalar : "\u{FFFD}")
            }
        }
        return String(result)
    }

    private static func isPlain(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        // Format characters include the bidirectional controls (U+202A to U+202E, U+2066 to U+2069) and those without a width.
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}

extension Figure.Unit {
    /// A number without the zeros that end its decimals.
    static func shortDecimals(_ value: Double, _ digits: Int) -> String {
        var text = decimals(value, digits)
        guard text.contains(".") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// A count with a comma between thousands.
    static func grouped(_ count: UInt64) -> String {
        let digits = String(count)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
