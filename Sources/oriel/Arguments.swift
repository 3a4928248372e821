// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import ArgumentParser
public import Logging
public import Presentation
public import VFIOPlanes

// Words of the command line that are other rooms' types. The lists are said here, since ArgumentParser would spend a twentieth of
// the start on finding them out.
extension ScaleMode: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension DamagePolicy: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension CursorMode: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

/// Who gives way when the window isn't as large as the guest's screen.
enum ResizeMode: String, CaseIterable, ExpressibleByArgument {
    /// The guest is asked to take the window's size; until it does, its picture is scaled.
    case guest
    /// The picture is scaled.
    case picture

    static var allValueStrings: [String] { words }
    static var allValueDescriptions: [String: String] { [:] }
}

extension Logger.Level: @retroactive ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
    @inline(__always) fileprivate static var words: [String] {
        var words: [String] = []
        for word in allCases { words.append(word.rawValue) }
        return words
    }

    /// For help texts.
    static var list: String { words.joined(separator: ", ") }
}
