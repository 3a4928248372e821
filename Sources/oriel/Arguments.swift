// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import ArgumentParser
internal import EventLoop
internal import Glibc
public import Logging
public import Planes
public import Presentation
public import VFIOPlanes

// Words of the command line that are other rooms' types. The lists are said here, since ArgumentParser would spend a twentieth of
// the start on finding them out.
extension ScaleMode: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension DecorationMode: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension Rotation: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension DamagePolicy: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension IdleInhibition: ExpressibleByArgument {
    public static var allValueStrings: [String] { words }
    public static var allValueDescriptions: [String: String] { [:] }
}

extension ContentType: ExpressibleByArgument {
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

/// What `--duration` and its like take: seconds. More than thirty years is a slip of the hand.
func checkDuration(_ duration: Double?, _ option: String = "--duration") throws {
    guard let duration, !(duration > 0 && duration <= 1e9) else { return }
    throw ValidationError("\(option) must be a number of seconds above 0.")
}

extension EventLoop {
    /// What a user or a service manager ends a command with.
    func endSignals(_ handler: @escaping () -> Void) throws(EventLoopError) -> [SignalSource] {
        var signals: [SignalSource] = []
        for number in [SIGINT, SIGTERM, SIGHUP] { signals.append(try signal(number, handler)) }
        return signals
    }
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
