// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A key of a table, as it is written in the file.
protocol ConfigurationKey: CaseIterable, Hashable, RawRepresentable<String> {
    /// What a table with these keys is called in errors: `a screen`.
    static var table: String { get }
}

/// Collects the faults of a configuration: it is checked as a whole, so that one run tells of all mistakes.
final class FaultList {
    private(set) var faults: [ConfigurationFault] = []

    /// So many are told. A file of nothing but mistakes is cut off there.
    static let most = 50

    func add(_ place: TextPlace, _ text: String) {
        if faults.count < Self.most { faults.append(ConfigurationFault(place, text)) }
    }
}

/// Reads the values of a table's keys. What a key has that it can't have is added to the faults, and counts as not given.
struct TableReader<Key: ConfigurationKey> {
    private let entries: [String: ConfigurationNode.Entry]
    private let faults: FaultList

    /// Adds a fault for each unknown key.
    init(_ entries: [String: ConfigurationNode.Entry], _ faults: FaultList) {
        self.entries = entries
        self.faults = faults
        for (name, entry) in entries where Key(rawValue: name) == nil {
            let near = Self.nearest(to: name).map { "did you mean '\($0.rawValue)'?" } ?? "see 'oriel kiosk --example'"
            faults.add(entry.place, "\(Key.table) has no key '\(name.singleLine(atMost: 80))': \(near)")
        }
    }

    func entry(_ key: Key) -> ConfigurationNode.Entry? { entries[key.rawValue] }

    /// Adds a fault of the key's value.
    func refuse(_ key: Key, at place: TextPlace, _ what: String) { faults.add(place, "'\(key.rawValue)' \(what)") }

    /// A string that isn't empty.
    func string(_ key: Key) -> String? { entry(key).flatMap { string(key, $0.node) } }

    private func string(_ key: Key, _ node: ConfigurationNode) -> String? {
        guard case .string(let text) = node.value else {
            refuse(key, at: node.place, "takes a string, not \(node.kind): put it in quotes")
            return nil
        }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            refuse(key, at: node.place, text.isEmpty ? "is empty: leave it out" : "has a zero byte in it")
            return nil
        }
        return text
    }

    /// The strings of a list, each with its place; a string alone is a list of one. Never empty.
    func strings(_ key: Key, atMost most: Int) -> [(text: String, place: TextPlace)]? {
        guard let node = entry(key)?.node else { return nil }
        guard case .array(let elements) = node.value else { return string(key, node).map { [($0, node.place)] } }
        guard (1...most).contains(elements.count) else {
            refuse(key, at: node.place, "takes a list of 1 to \(most) strings")
            return nil
        }
        var texts: [(String, TextPlace)] = []
        for element in elements { if let text = string(key, element) { texts.append((text, element.place)) } }
        return texts.count == elements.count ? texts : nil
    }

    /// What `make` makes of a string. It throws the rest of the line that begins with the key.
    func value<Value, Fault: Error>(_ key: Key, _ make: (String) throws(Fault) -> Value) -> Value? {
        guard let entry = entry(key), let text = string(key, entry.node) else { return nil }
        do throws(Fault) { return try make(text) } catch {
            refuse(key, at: entry.node.place, "\(error)")
            return nil
        }
    }

    /// One of a type's words.
    func word<Value: CaseIterable & RawRepresentable<String>>(_ key: Key) -> Value? {
        guard let entry = entry(key), let text = string(key, entry.node) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let words = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        refuse(key, at: entry.node.place, "can't be \"\(text.singleLine(atMost: 80))\": use one of \(words)")
        return nil
    }

    func boolean(_ key: Key) -> Bool? {
        guard let node = entry(key)?.node else { return nil }
        if case .boolean(let value) = node.value { return value }
        refuse(key, at: node.place, "is true or false, not \(node.kind)")
        return nil
    }

    /// A number of seconds, in nanoseconds.
    func seconds(_ key: Key, in range: ClosedRange<Double>) -> UInt64? {
        guard let node = entry(key)?.node else { return nil }
        let number: Double? =
            switch node.value {
            case .integer(let number): Double(number)
            case .float(let number): number
            default: nil
            }
        guard let number, range.contains(number) else {
            refuse(key, at: node.place, "takes a number of seconds from \(range.lowerBound.short) to \(range.upperBound.short)")
            return nil
        }
        return UInt64(number * 1e9)
    }

    /// The known key that a word differs from in the fewest letters, if these are few.
    static func nearest(to word: String) -> Key? {
        let word = Array(word.unicodeScalars.prefix(64))
        let candidates = Key.allCases.map { (key: $0, distance: editDistance(word, Array($0.rawValue.unicodeScalars))) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, best.key.rawValue.count / 3) ? best.key : nil
    }

    /// The number of letters to insert, remove or replace (Levenshtein's distance).
    private static func editDistance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (letter == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}

extension Double {
    /// Without a fraction where there is none.
    fileprivate var short: String { self == rounded() ? "\(Int64(self))" : "\(self)" }
}
