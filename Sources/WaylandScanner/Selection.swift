// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The interfaces that a manifest selects, pinned to their versions: its globals and everything they create.
struct Selection {
    struct Item {
        /// The interface, reduced to the pinned version.
        let interface: Interface
        let stem: String
        let isGlobal: Bool
        /// The messages of the pinned version by opcode, including dropped ones, which keep their place in the interface table.
        let requestTable: [Message]
        let eventTable: [Message]
        var version: Int { interface.version }
    }

    let side: Manifest.Side
    /// The selected interfaces in the order in which the manifest reaches them. The position is the index in the interface table.
    let items: [Item]
    private let indices: [String: Int]

    func index(of interface: String) -> Int { indices[interface]! }
    func contains(_ interface: String) -> Bool { indices[interface] != nil }
    func items(of stem: String) -> [Item] { items.filter { $0.stem == stem } }

    /// The enum that an argument of `interface` refers to; nil if its interface isn't generated.
    func enumeration(_ name: String, in interface: String) -> (interface: String, enumeration: Enumeration)? {
        let parts = name.split(separator: ".").map(String.init)
        let owner = parts.count == 2 ? parts[0] : interface
        guard let index = indices[owner] else { return nil }
        let found = items[index].interface.enumerations.first { $0.name == parts.last! }
        return found.map { (owner, $0) }
    }

    init(_ manifest: Manifest, files: [String: ProtocolFile]) throws(ScannerError) {
        var declared: [String: (interface: Interface, stem: String)] = [:]
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            for interface in file.interfaces {
                if let other = declared[interface.name], manifest.files.contains(path) {
                    throw ScannerError(
                        location: interface.location,
                        problem: "\(interface.name) is declared in \(other.interface.location.file) too; name one of them")
                }
                declared[interface.name] = (interface, file.stem)
            }
        }
        try Self.refuseUnknownDrops(manifest, declared.mapValues(\.interface))

        // An object has the version of its factory. If several factories create it, the highest version is used.
        var versions: [String: Int] = [:]
        var order: [String] = []
        var waiting: [(name: String, version: Int)] = []
        for global in manifest.globals {
            guard declared[global.interface] != nil else {
                throw ScannerError(location: global.location, problem: "\(global.file) declares no \(global.interface)")
            }
            waiting.append((global.interface, global.highestVersion))
            while !waiting.isEmpty {
                let (name, version) = waiting.removeFirst()
                guard let (interface, _) = declared[name], versions[name] ?? 0 < version else { continue }
                if versions[name] == nil { order.append(name) }
                versions[name] = version
                for message in interface.requests + interface.events
                where message.since <= version && manifest.dropped["\(name).\(message.name)"] == nil {
                    if let made = message.newObject?.kind.interface { waiting.append((made, version)) }
                }
            }
        }

        let globals = Set(manifest.globals.map(\.interface))
        side = manifest.side
        indices = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        items = order.map { name in
            let (interface, stem) = declared[name]!
            return Item(
                interface, pinnedTo: versions[name]!, stem: stem, isGlobal: globals.contains(name),
                dropped: manifest.dropped)
        }
        try refuseMissingTypes()
    }

    private static func refuseUnknownDrops(
        _ manifest: Manifest, _ declared: [String: Interface]
    ) throws(ScannerError) {
        for (name, location) in manifest.dropped {
            let parts = name.split(separator: ".").map(String.init)
            let interface = parts.count == 2 ? declared[parts[0]] : nil
            guard let interface, (interface.requests + interface.events).contains(where: { $0.name == parts[1] }) else {
                throw ScannerError(location: location, problem: "there is no message \(name) to drop")
            }
            // libwayland creates the object of an event whether or not anybody handles the event, and needs its interface for
            // that.
            guard !interface.events.contains(where: { $0.name == parts[1] && $0.newObject != nil }) else {
                throw ScannerError(location: location, problem: "\(name) creates an object and can't be dropped")
            }
        }
    }

    private func refuseMissingTypes() throws(ScannerError) {
        for item in items {
            for message in item.interface.requests + item.interface.events {
                for argument in message.arguments {
                    let name = "\(item.interface.name).\(message.name)"
                    if let missing = argument.kind.interface, !contains(missing) {
                        throw ScannerError(
                            location: message.location,
                            problem: "\(name) needs \(missing), which the manifest doesn't select: add it or «drop \(name)»")
                    }
                    guard let wanted = argument.enumeration else { continue }
                    let owner = wanted.split(separator: ".").map(String.init)
                    if owner.count == 1 || contains(owner[0]), enumeration(wanted, in: item.interface.name) == nil {
                        throw ScannerError(location: message.location, problem: "\(name) refers to the unknown enum \(wanted)")
                    }
                }
            }
        }
    }
}

extension Selection.Item {
    fileprivate init(
        _ full: Interface, pinnedTo highest: Int, stem: String, isGlobal: Bool, dropped: [String: Location]
    ) {
        let version = min(full.version, highest)
        func isKept(_ message: Message) -> Bool {
            message.since <= version && dropped["\(full.name).\(message.name)"] == nil
        }
        var pinned = Interface(name: full.name, version: version, location: full.location, summary: full.summary)
        pinned.requests = full.requests.filter(isKept)
        pinned.events = full.events.filter(isKept)
        pinned.enumerations = full.enumerations.filter { $0.since <= version }.map { enumeration in
            var enumeration = enumeration
            enumeration.entries.removeAll { $0.since > version }
            return enumeration
        }
        interface = pinned
        self.stem = stem
        self.isGlobal = isGlobal
        requestTable = full.requests.upToLast { $0.since <= version }
        eventTable = full.events.upToLast { $0.since <= version }
    }
}

extension Array {
    /// All elements up to and including the last one that satisfies the condition.
    fileprivate func upToLast(_ condition: (Element) -> Bool) -> [Element] {
        lastIndex(where: condition).map { Array(self[...$0]) } ?? []
    }
}
