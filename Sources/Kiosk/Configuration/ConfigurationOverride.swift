// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A value of the command line that comes before the configuration's: `KEY=VALUE`, for the kiosk or for each of its screens, or
/// `SCREEN.KEY=VALUE` for the screen of this name. The value is written as in the file; a word needs no quotes.
package struct ConfigurationOverride {
    /// nil for the kiosk, or all screens.
    let screen: String?
    let key: String
    let node: ConfigurationNode

    /// - Parameter option: the option with its dashes, for faults.
    package init(_ text: String, option: String) throws(ConfigurationFault) {
        let place = TextPlace("\(option) \(text)")
        guard let equals = text.firstIndex(of: "=") else {
            throw ConfigurationFault(place, "write KEY=VALUE, or SCREEN.KEY=VALUE for one screen")
        }
        let path = text[..<equals], value = text[text.index(after: equals)...]
        let dot = path.lastIndex(of: ".")
        let screen = dot.map { String(path[..<$0]) }
        let key = String(dot.map { path[path.index(after: $0)...] } ?? path)
        let isKnown =
            if let known = KioskKey(rawValue: key) { known != .screen && screen == nil } else { ScreenKey(rawValue: key) != nil }
        guard isKnown else {
            let near =
                TableReader<ScreenKey>.nearest(to: key).map { "did you mean '\($0.rawValue)'?" } ?? "see 'oriel kiosk --example'"
            throw ConfigurationFault(place, "there is no key '\(key)': \(near)")
        }
        (self.screen, self.key) = (screen, key)
        node = try Self.value(String(value), place)
    }

    /// The control socket.
    package init(control path: String) { self.init(.control, path, option: "--control") }

    /// Where metrics can be read.
    package init(metrics address: String) { self.init(.metrics, address, option: "--metrics") }

    private init(_ key: KioskKey, _ text: String, option: String) {
        screen = nil
        self.key = key.rawValue
        node = ConfigurationNode(place: TextPlace("\(option) \(text)"), value: .string(text))
    }

    /// The sources of all screens.
    package init(sources: [String]) {
        let place = TextPlace("SOURCE")
        screen = nil
        key = ScreenKey.sources.rawValue
        node = ConfigurationNode(
            place: place, value: .array(sources.map { ConfigurationNode(place: TextPlace($0), value: .string($0)) }))
    }

    private static func value(_ text: String, _ place: TextPlace) throws(ConfigurationFault) -> ConfigurationNode {
        let root: ConfigurationNode
        do throws(ConfigurationFault) {
            root = try ConfigurationNode.parse(Array("value = \(text)".utf8), file: place.file)
        } catch {
            // A word, a path or a URL.
            guard !text.contains(where: { "\"'[]{}\n".contains($0) }) else { throw ConfigurationFault(place, error.text) }
            return ConfigurationNode(place: place, value: .string(text))
        }
        guard case .table(let table) = root.value, table.count == 1, let entry = table["value"] else {
            throw ConfigurationFault(place, "this is more than one value")
        }
        return ConfigurationNode(place: place, value: entry.node.value)
    }

    /// Puts the value in its place. Faults of what isn't there are found when the tables are read.
    func apply(to root: inout [String: ConfigurationNode.Entry], _ faults: FaultList) {
        let entry = ConfigurationNode.Entry(place: node.place, node: node)
        guard ScreenKey(rawValue: key) != nil else { return root[key] = entry }
        guard let screens = root[KioskKey.screen.rawValue], case .array(let tables) = screens.node.value else { return }
        var hits = 0
        let changed = tables.map { table in
            guard case .table(var entries) = table.value, screen.map({ $0 == Self.name(of: entries) }) ?? true else {
                return table
            }
            hits += 1
            entries[key] = entry
            return ConfigurationNode(place: table.place, value: .table(entries))
        }
        if hits == 0, let screen { faults.add(node.place, "there is no screen of the name '\(screen)'") }
        root[KioskKey.screen.rawValue] = ConfigurationNode.Entry(
            place: screens.place, node: ConfigurationNode(place: screens.node.place, value: .array(changed)))
    }

    /// The name that a screen has by its table.
    private static func name(of screen: [String: ConfigurationNode.Entry]) -> String {
        for key in [ScreenKey.name, .output] {
            if case .string(let text)? = screen[key.rawValue]?.node.value { return text }
        }
        return OutputChoice.any.text
    }
}
