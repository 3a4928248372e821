// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// What kind of guest is wanted: the query of a `demo:` URL, parsed and within its limits.
///
/// ```swift
/// try GuestOptions(query: "size=1920x1080&rate=60&pattern=text")
/// ```
public struct GuestOptions: Sendable, Hashable {
    public enum Pattern: String, Sendable, CaseIterable { case bars, text, checker, block }
    public enum Cursor: String, Sendable, CaseIterable { case moving, still, none, only }
    public enum Memory: String, Sendable, CaseIterable { case auto, udmabuf, heap, memfd }

    public private(set) var size = PixelSize(width: 1280, height: 720)
    /// Pictures a second; 0 is a still picture.
    public private(set) var rate = 60.0
    public private(set) var pattern = Pattern.bars
    /// What the cursor does. `only` is a cursor that moves at the guest's rate over a picture that stays as it is.
    public private(set) var cursor = Cursor.moving
    public private(set) var memory = Memory.auto
    /// Nanoseconds between two changes of the mode; nil where it never changes.
    public private(set) var modeSwitchPeriod: UInt64?
    /// Nanoseconds from an input event to the picture that the guest makes for it; nil for a guest that takes no input. Such a guest is
    /// still otherwise, and shows the pattern `block`, unless the query says something else.
    public private(set) var reactionTime: UInt64?
    /// How many displays the guest has, each with pictures of its own.
    public private(set) var consoles = 1
    /// The URL that these options came from.
    public private(set) var url = "demo:"

    /// The smallest screen: the frame counter fits, and the cursor can pass below it.
    public static let smallestSize = PixelSize(width: 144, height: 48)

    /// The most displays of a guest.
    public static let mostConsoles = 16

    /// Parses what follows the `?` of a `demo:` URL; an empty query gives the defaults.
    public init(query: String = "") throws(SourceError) {
        var seen: [String] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = String(parts[0])
            guard parts.count == 2 else { throw Self.wrong(pair, "a key needs a value: use \(key)=VALUE") }
            guard !seen.contains(key) else { throw Self.wrong(pair, "the key is given twice: use it once") }
            seen.append(key)
            try set(key, to: String(parts[1]), in: pair)
        }
        if reactionTime != nil {
            if !seen.contains("rate") { rate = 0 }
            if !seen.contains("pattern") { pattern = .block }
        }
        if modeSwitchPeriod != nil, !Self.fits(smallerSize) {
            throw Self.wrong(
                "size=\(size)",
                "its second mode \(smallerSize) is below \(Self.smallestSize): use a larger size or no modeswitch")
        }
        if !query.isEmpty { url = "demo:?" + Self.printable(query) }
    }

    /// Parses a `demo:` URL, with or without a query.
    public init(url: String) throws(SourceError) {
        guard url.hasPrefix("demo:") else { throw SourceError(.usage, "\(Self.printable(url)): not a guest's URL: use demo:") }
        let rest = url.dropFirst("demo:".count)
        guard rest.isEmpty || rest.first == "?" else {
            throw SourceError(.usage, "\(Self.printable(url)): unexpected text after demo:: use demo:?KEY=VALUE")
        }
        try self.init(query: String(rest.dropFirst()))
    }

    /// The second mode: three quarters of the first, even.
    public var smallerSize: PixelSize {
        PixelSize(width: size.width * 3 / 4 & ~1, height: size.height * 3 / 4 & ~1)
    }

    private mutating func set(_ key: String, to value: String, in pair: Substring) throws(SourceError) {
        switch key {
        case "size": size = try Self.size(value, in: pair)
        case "rate": rate = try Self.number(value, from: 0.01, to: 100_000, "pictures a second", in: pair)
        case "pattern": pattern = try Self.choice(value, in: pair)
        case "cursor": cursor = try Self.choice(value, in: pair)
        case "memory": memory = try Self.choice(value, in: pair)
        case "modeswitch":
            let seconds = try Self.number(value, from: 0.01, to: 86400, "seconds between two modes", in: pair)
            modeSwitchPeriod = seconds == 0 ? nil : UInt64(seconds * 1e9)
        case "react":
            let milliseconds = try Self.number(value, from: 0.01, to: 10_000, "milliseconds from input to a picture", in: pair)
            reactionTime = UInt64(milliseconds * 1e6)
        case "consoles":
            guard Self.isDigits(value[...]), let count = Int(value), (1...Self.mostConsoles).contains(count) else {
                throw Self.wrong(pair, "it is a number of displays: use 1 to \(Self.mostConsoles)")
            }
            consoles = count
        default:
            throw Self.wrong(pair, "there is no such key: use size, rate, pattern, cursor, memory, modeswitch, react or consoles")
        }
    }
}

extension GuestOptions {
    private static func size(_ value: String, in pair: Substring) throws(SourceError) -> PixelSize {
        let sides = value.split(separator: "x", omittingEmptySubsequences: false)
        if sides.count == 2, isDigits(sides[0]), isDigits(sides[1]),
            let width = UInt32(sides[0]), let height = UInt32(sides[1]),
            fits(PixelSize(width: width, height: height))
        {
            return PixelSize(width: width, height: height)
        }
        let largest = LayoutClaim.largestPrimary
        throw wrong(
            pair,
            "a size is WIDTHxHEIGHT from \(smallestSize), where the frame counter fits, to \(largest)x\(largest): "
                + "use size=1280x720")
    }

    private static func fits(_ size: PixelSize) -> Bool {
        size.width >= smallestSize.width && size.height >= smallestSize.height
            && max(size.width, size.height) <= LayoutClaim.largestPrimary
    }

    /// 0, or a decimal number within limits.
    private static func number(
        _ value: String, from least: Double, to most: Double, _ what: String, in pair: Substring
    ) throws(SourceError) -> Double {
        // Double's own parser also takes «inf», «nan» and hexadecimal numbers.
        if value.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(value),
            number == 0 || (least...most).contains(number)
        {
            return number
        }
        throw wrong(pair, "it is a number of \(what): use 0, or \(least) to \(Int(most))")
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: String, in pair: Substring
    ) throws(SourceError) -> Choice {
        if let choice = Choice(rawValue: value) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        throw wrong(pair, "there is no such value: use \(names.dropLast().joined(separator: ", ")) or \(names.last!)")
    }

    private static func isDigits(_ text: Substring) -> Bool { text.allSatisfy { $0.isASCII && $0.isNumber } }

    private static func wrong(_ pair: Substring, _ what: String) -> SourceError {
        SourceError(.usage, "demo:?\(printable(String(pair))): \(what)")
    }

    /// One line of bounded length, whatever was typed.
    private static func printable(_ text: String) -> String {
        let safe = String(text.prefix(120).map { $0.isASCII && !$0.isNewline && $0.asciiValue! >= 0x20 ? $0 : "?" })
        return text.count > 120 ? safe + "…" : safe
    }
}
