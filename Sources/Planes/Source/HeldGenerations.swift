// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The generations of one plane that a viewer may be showing or about to show: up to eight, in no order, kept inline.
public struct HeldGenerations: Hashable, Sendable {
    /// 0 is no generation.
    private var values = SIMD8<UInt64>(repeating: 0)

    /// Room for so many.
    public static let capacity = 8
    /// Nothing is held.
    public static let none = HeldGenerations()

    public init() {}

    /// Only this one.
    public init(only generation: Generation) { values[0] = generation.rawValue }

    public init(_ generations: some Sequence<Generation>) {
        for generation in generations { insert(generation) }
    }

    /// Adds one; ``Generation/none``, one that is there, and a ninth are left out.
    public mutating func insert(_ generation: Generation) {
        guard generation != .none, !contains(generation) else { return }
        for index in 0..<Self.capacity where values[index] == 0 {
            values[index] = generation.rawValue
            return
        }
    }

    public func contains(_ generation: Generation) -> Bool {
        generation != .none && any(values .== SIMD8(repeating: generation.rawValue))
    }

    public var isEmpty: Bool { self == .none }

    public var count: Int { (0..<Self.capacity).count { values[$0] != 0 } }

    /// The lowest of them; nil where there is none.
    public var oldest: Generation? {
        (0..<Self.capacity).compactMap { values[$0] == 0 ? nil : Generation(values[$0]) }.min()
    }
}
