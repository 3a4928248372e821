// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Values by key, the least recently used first, bounded in number. Few enough that a linear search beats hashing.
///
/// Room for the capacity and the newest value is allocated once; finding a value allocates nothing.
///
/// ```swift
/// var names = RecentStore<BufferIdentity, UInt64>(capacity: 64)
/// names.insert(1, as: identity)
/// ```
@frozen
public struct RecentStore<Key: Equatable, Value> {
    public let capacity: Int
    /// Least recently used first, as are the values of the same indices. What the frame path calls is compiled where it is used: a
    /// generic that isn't specialised costs it allocations and thousands of instructions.
    @usableFromInline var keys: [Key] = []
    @usableFromInline var stored: [Value] = []

    /// - Parameter capacity: At least 1.
    @inlinable
    public init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
        keys.reserveCapacity(capacity + 1)
        stored.reserveCapacity(capacity + 1)
    }

    /// Least recently used first.
    @inlinable public var values: [Value] { stored }

    @inlinable public var count: Int { stored.count }

    /// The value of a key, which is the most recently used from now on.
    @inlinable
    public mutating func find(_ key: Key) -> Value? {
        guard let index = keys.lastIndex(where: { $0 == key }) else { return nil }
        if index != keys.count - 1 {
            keys.append(keys.remove(at: index))
            stored.append(stored.remove(at: index))
        }
        return stored[stored.count - 1]
    }

    /// Adds a value as the most recently used; its key must be new. Returns the least recently used one if it had to go.
    @inlinable
    @discardableResult
    public mutating func insert(_ value: Value, as key: Key) -> Value? { insert(value, as: key) { _, _ in false }.first }

    /// Adds a value as the most recently used; its key must be new. Returns the values that had to go, least recently used first.
    ///
    /// Values that are spared make the store grow beyond its capacity: the caller bounds how many there can be.
    ///
    /// - Parameter isSpared: Whether a value must stay, given the number of values in the store. The newest always stays.
    @inlinable
    public mutating func insert(
        _ value: Value, as key: Key, sparing isSpared: (_ value: inout Value, _ count: Int) -> Bool
    ) -> [Value] {
        keys.append(key)
        stored.append(value)
        var evicted: [Value] = []
        var index = 0
        while count > capacity, index < count - 1 {
            if isSpared(&stored[index], count) {
                index += 1
            } else {
                keys.remove(at: index)
                evicted.append(stored.remove(at: index))
            }
        }
        return evicted
    }

    /// Takes out the values that meet a condition, least recently used first.
    @inlinable
    @discardableResult
    public mutating func remove(where condition: (Value) -> Bool) -> [Value] {
        var removed: [Value] = []
        for index in stored.indices.reversed() where condition(stored[index]) {
            keys.remove(at: index)
            removed.append(stored.remove(at: index))
        }
        return removed.reversed()
    }
}
