// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import GuestInput
package import GuestView
package import Planes
package import Viewer

/// What one screen of a kiosk shows, and how: a `[[screen]]` table.
package struct ScreenConfiguration: Equatable, Sendable {
    /// What status, metrics and the journal call it. No two screens have the same.
    package var name: String
    package var output: OutputChoice
    /// In order of preference; never empty.
    package var sources: [ConfiguredSource]
    /// How long a better source must have stood before the screen returns to it, in nanoseconds.
    package var preferAfter: UInt64 = 10_000_000_000
    package var scale = ScaleMode.fit
    package var rotation = Rotation.none
    package var cursor = CursorMode.subsurface
    /// Nanoseconds without a movement after which the cursor is hidden; nil for never.
    package var hideCursorAfter: UInt64?
    package var input = KioskInput.none
    /// Chords that the guest never gets.
    package var hostChords: [Chord] = []
    /// Ends the kiosk; nil for no way out.
    package var exitChord: Chord?
    /// What is shown without a guest: a PNG file, or else the text, or else nothing but black.
    package var idlePicture: String?
    package var idleText: String?
    /// How long the last picture stays when its source has gone, in nanoseconds.
    package var hold: UInt64 = 3_000_000_000
    /// Nanoseconds without a new picture after which a guest counts as stalled; nil for a guest that may stand still.
    package var stallAfter: UInt64?
    /// The program and its arguments that are run for a guest that has stalled. Empty for none.
    package var stallCommand: [String] = []
}

/// Which input a guest gets.
package enum KioskInput: String, CaseIterable, Sendable {
    case none
    /// Pointer and touch.
    case pointer
    /// The keyboard, too, but for `host-chords`.
    case all
}

/// A source of a configuration. Two are equal when they are written alike.
package struct ConfiguredSource: Equatable, Sendable {
    package let text: String
    package let address: SourceAddress

    package static func == (one: ConfiguredSource, other: ConfiguredSource) -> Bool { one.text == other.text }
}

/// Which of the compositor's outputs a screen is for.
package enum OutputChoice: Equatable, Sendable {
    /// Any output that no other screen names.
    case any
    /// The output whose connector has this name, as the compositor calls it.
    case named(String)
    /// The output of the monitor that says this of itself. nil matches anything; at least one of the three isn't nil.
    case monitor(make: String?, model: String?, serial: String?)
}

enum ScreenKey: String, ConfigurationKey {
    case name, output, sources
    case preferAfter = "prefer-after"
    case scale, rotate, cursor
    case hideCursorAfter = "hide-cursor-after"
    case input
    case hostChords = "host-chords"
    case exitChord = "exit-chord"
    case idlePicture = "idle-picture"
    case idleText = "idle-text"
    case hold
    case stallAfter = "stall-after"
    case stallCommand = "stall-command"

    static let table = "a screen"
}

enum MonitorKey: String, ConfigurationKey {
    case make, model, serial

    static let table = "a monitor"
}

extension ScreenConfiguration {
    /// The largest number of seconds that a key takes: a day.
    private static let longest = 86_400.0
    private static let mostSources = 16
    private static let mostChords = 64
    private static let mostArguments = 64

    /// Reads a `[[screen]]` table. nil where it can't be used, with the reason among the faults.
    init?(_ table: [String: ConfigurationNode.Entry], at place: TextPlace, _ faults: FaultList) {
        let reader = TableReader<ScreenKey>(table, faults)
        let output = Self.output(reader, faults)
        guard let sources = Self.sources(reader) else {
            if reader.entry(.sources) == nil { faults.add(place, "a screen needs 'sources', a list of URLs such as \"qemu:\"") }
            return nil
        }
        self.init(name: reader.string(.name) ?? output.text, output: output, sources: sources)
        if let delay = reader.seconds(.preferAfter, in: 0...Self.longest) { preferAfter = delay }
        if let mode: ScaleMode = reader.word(.scale) { scale = mode }
        if let rotation = Self.rotation(reader) { self.rotation = rotation }
        if let mode: CursorMode = reader.word(.cursor) { cursor = mode }
        hideCursorAfter = reader.seconds(.hideCursorAfter, in: 0.1...Self.longest)
        if let input: KioskInput = reader.word(.input) { self.input = input }
        exitChord = reader.value(.exitChord) { text throws(KeyTextError) in try Chord(text) }
        hostChords = Self.chords(reader)
        idlePicture = reader.string(.idlePicture)
        idleText = reader.string(.idleText)
        if let delay = reader.seconds(.hold, in: 0...Self.longest) { hold = delay }
        stallAfter = reader.seconds(.stallAfter, in: 1...Self.longest)
        stallCommand = reader.strings(.stallCommand, atMost: Self.mostArguments)?.map(\.text) ?? []
        checkTogether(reader)
    }

    /// Keys that make no sense without another one.
    private func checkTogether(_ reader: TableReader<ScreenKey>) {
        func refuse(_ key: ScreenKey, _ what: String) {
            if let entry = reader.entry(key) { reader.refuse(key, at: entry.place, what) }
        }
        if input != .all { refuse(.hostChords, "is for a guest that gets the keyboard: set input = \"all\"") }
        if cursor == .hidden {
            refuse(.hideCursorAfter, "is for a cursor that is seen: leave out one of this and cursor = \"hidden\"")
        }
        if stallAfter == nil { refuse(.stallCommand, "is for a guest that is watched: set 'stall-after'") }
        if let program = stallCommand.first, !program.hasPrefix("/") {
            refuse(.stallCommand, "begins with a program's whole path, such as \"/usr/bin/logger\"")
        }
        if let idlePicture, !idlePicture.hasPrefix("/") { refuse(.idlePicture, "takes a whole path, which begins with /") }
    }

    private static func output(_ reader: TableReader<ScreenKey>, _ faults: FaultList) -> OutputChoice {
        guard let entry = reader.entry(.output) else { return .any }
        guard case .table(let table) = entry.node.value else {
            return reader.string(.output).map { $0 == "*" ? .any : .named($0) } ?? .any
        }
        let monitor = TableReader<MonitorKey>(table, faults)
        let (make, model, serial) = (monitor.string(.make), monitor.string(.model), monitor.string(.serial))
        guard make != nil || model != nil || serial != nil else {
            if table.isEmpty { reader.refuse(.output, at: entry.place, "names no monitor: use make, model or serial") }
            return .any
        }
        return .monitor(make: make, model: model, serial: serial)
    }

    private static func sources(_ reader: TableReader<ScreenKey>) -> [ConfiguredSource]? {
        guard let texts = reader.strings(.sources, atMost: mostSources) else { return nil }
        var sources: [ConfiguredSource] = []
        for (text, place) in texts {
            do throws(SourceError) {
                sources.append(ConfiguredSource(text: text, address: try SourceAddress(text)))
            } catch {
                reader.refuse(.sources, at: place, error.message)
            }
        }
        return sources.count == texts.count ? sources : nil
    }

    private static func rotation(_ reader: TableReader<ScreenKey>) -> Rotation? {
        guard let node = reader.entry(.rotate)?.node else { return nil }
        guard case .integer(let degrees) = node.value, let rotation = Rotation(rawValue: "\(degrees)") else {
            reader.refuse(.rotate, at: node.place, "takes 0, 90, 180 or 270, the degrees clockwise")
            return nil
        }
        return rotation
    }

    private static func chords(_ reader: TableReader<ScreenKey>) -> [Chord] {
        var chords: [Chord] = []
        for (text, place) in reader.strings(.hostChords, atMost: mostChords) ?? [] {
            do throws(KeyTextError) {
                let chord = try Chord(text)
                _ = try ChordTable(grab: nil, host: [chord])
                chords.append(chord)
            } catch {
                reader.refuse(.hostChords, at: place, "\(error)")
            }
        }
        return chords
    }
}

extension OutputChoice {
    /// What a screen is called that has no name of its own.
    package var text: String {
        switch self {
        case .any: "*"
        case .named(let name): name
        case .monitor(let make, let model, let serial): [make, model, serial].compactMap(\.self).joined(separator: " ")
        }
    }
}
