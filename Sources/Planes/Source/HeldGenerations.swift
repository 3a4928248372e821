// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The generations of one plane that a viewer shows or may be about to show: at most sixteen, unordered, stored inline.
public struct HeldGenerations: Hashable, Sendable {
    /// 0 is no generation.
    private var values = SIMD16<UInt64>(repeating: 0)

    /// The largest number of generations that fit.
    public static let capacity = 16
    /// The empty set.
    public static let none = HeldGenerations()

    public init() {}

    /// Only this one.
    public init(only generation: Generation) { values[0] = generation.rawValue }

    public init(_ generations: some Sequence<Generation>) {
        for generation in generations { insert(generation) }
    }

    /// Adds a generation. ``Generation/none``, one that is already there, and a seventeenth are left out.
    public mutating func insert(_ generation: Generation) {
        guard generation != .none, !contains(generation) else { return }
        for index in 0..<Self.capacity where values[index] == 0 {
            values[index] = generation.rawValue
            return
        }
    }

    public func contains(_ generation: Generation) -> Bool {
        generation != .none && any(values .== SIMD16(repeating: generation.rawValue))
    }

    // The values stand side by side from the first on.
    public var isEmpty: Bool { values[0] == 0 }

    /// Whether every one of them meets the condition.
    public func allSatisfy(_ condition: (Generation) -> Bool) -> Bool {
        for index in 0..<Self.capacity {
            guard values[index] != 0 else { break }
            guard condition(Generation(values[index])) else { return false }
        }
        return true
    }
}
