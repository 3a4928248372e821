// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import ArgumentParser
public import Logging

/// What happens when the window isn't as large as the guest's screen.
enum ResizeMode: String, CaseIterable {
    /// The guest is asked to take the window's size; until it does, its picture is scaled.
    case guest
    /// The picture is scaled.
    case picture
}

/// The value that a word of the command line names; nil where the option isn't given.
///
/// - Parameter option: the option's name, for the error.
func value<Value: CaseIterable & RawRepresentable>(
    of word: String?, _ option: String
) throws(Failure) -> Value? where Value.RawValue == String {
    guard let word else { return nil }
    guard let value = Value(rawValue: word) else {
        throw Failure(.usage, "\(option) \(word): there is no such value: use one of \(Value.list)")
    }
    return value
}

/// Checks a number of seconds, as `--duration` takes it. More than thirty years is taken for a slip of the hand.
func checkDuration(_ duration: Double?, _ option: String = "--duration") throws {
    guard let duration, !(duration > 0 && duration <= 1e9) else { return }
    throw ValidationError("\(option) must be a number of seconds above 0.")
}

extension Logger.Level: @retroactive ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
    @inline(__always) static var words: [String] {
        var words: [String] = []
        for word in allCases { words.append(word.rawValue) }
        return words
    }

    /// The words as a list, for help texts.
    static var list: String {
        var list = ""
        for word in allCases { list += list.isEmpty ? word.rawValue : ", \(word.rawValue)" }
        return list
    }
}
