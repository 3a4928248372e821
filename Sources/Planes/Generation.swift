// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Which picture a plane shows: it goes up whenever the plane's contents or layout change, and says nothing of which
/// memory holds them (that is ``BufferIdentity``). From the 2017 proposal's `plane_info.generation`, widened to 64 bits
/// so that it doesn't wrap in any run.
public struct Generation: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ value: UInt64) { rawValue = value }

    /// Before the first picture.
    public static let none = Generation(0)

    public var next: Generation { Generation(rawValue &+ 1) }
    public var description: String { "generation \(rawValue)" }

    public static func < (left: Generation, right: Generation) -> Bool { left.rawValue < right.rawValue }
}
