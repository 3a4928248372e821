// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import ArgumentParser
public import Logging
public import Presentation

// Words of the command line that are other rooms' types. The lists are said here, since ArgumentParser would spend a twentieth of
// the start on finding them out.
extension ScaleMode: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension CursorMode: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
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
}
