// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import System

/// The wire's signed number with 8 bits behind the point: positions of a pointer, mostly.
public struct Fixed: RawRepresentable, Hashable, Sendable {
    /// In 1/256.
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The nearest value within the wire's range of ±2²³.
    public init(_ value: Double) {
        rawValue = Int32(min(max((value * 256).rounded(), -2_147_483_648), 2_147_483_647))
    }

    public var double: Double { Double(rawValue) / 256 }
}

/// A descriptor lent for one call: libwayland duplicates it before the call returns.
public struct BorrowedDescriptor {
    public let rawValue: CInt
    public init(rawValue: CInt) { self.rawValue = rawValue }
    public init(_ owner: borrowing OwnedDescriptor) { rawValue = owner.rawValue }
}

/// What hears an object's events (or, in a compositor, its requests). One listener may serve many objects, so that an object a
/// frame costs no allocation.
///
/// The object keeps its listener, so a closure that holds the object's owner strongly is a cycle: neither ends, and the
/// connection's socket stays open with them. Capture the owner weakly or unowned.
///
/// ```swift
/// let done = Listener<WlCallback.Event> { event in … }
/// frame = surface.frame()
/// frame.listen(done)
/// ```
public final class Listener<Event: ~Copyable> {
    package let handle: (consuming Event) -> Void

    public init(_ handle: @escaping (consuming Event) -> Void) { self.handle = handle }
}

extension [UInt8] {
    /// The values of an array argument, which comes as bytes in native order; a rest too short for one is left out.
    public func wireValues<T: FixedWidthInteger & BitwiseCopyable>(of type: T.Type = T.self) -> [T] {
        let size = MemoryLayout<T>.size
        return withUnsafeBytes { bytes in
            (0..<count / size).map { bytes.loadUnaligned(fromByteOffset: $0 * size, as: T.self) }
        }
    }

    /// An array argument of these values.
    public init<T: FixedWidthInteger & BitwiseCopyable>(wireValues values: [T]) {
        self = values.withUnsafeBytes { [UInt8]($0) }
    }
}

extension String? {
    /// Lends the bytes as C string for a call, or nil.
    package func withCString<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        switch self {
        case let text?: text.withCString(body)
        case nil: body(nil)
        }
    }
}
