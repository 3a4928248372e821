// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import System

/// Wayland's signed fixed-point number with 8 fractional bits, mostly used for pointer positions.
public struct Fixed: RawRepresentable, Hashable, Sendable {
    /// The value in units of 1/256.
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The nearest representable value, clamped to Wayland's range of ±2²³.
    public init(_ value: Double) {
        rawValue = Int32(min(max((value * 256).rounded(), -2_147_483_648), 2_147_483_647))
    }

    public var double: Double { Double(rawValue) / 256 }
}

/// A descriptor that is lent for one call: libwayland duplicates it before the call returns.
public struct BorrowedDescriptor {
    public let rawValue: CInt
    public init(rawValue: CInt) { self.rawValue = rawValue }
    public init(_ owner: borrowing OwnedDescriptor) { rawValue = owner.rawValue }
}

/// Receives an object's events (or its requests, in a compositor). One listener may serve many objects, so that creating an
/// object each frame needs no allocation here.
///
/// The object retains its listener. A closure that holds the object's owner strongly is therefore a retain cycle: neither is
/// freed, and the connection's socket stays open. Capture the owner weakly or unowned.
///
/// ```swift
/// let done = Listener<WlCallback.Event> { event in … }
/// frame = surface.frame()
/// frame.listen(done)
/// ```
public final class Listener<Event: ~Copyable> {
    package let handle: (consuming Event) -> Void

    public init(_ handle: @escaping (consuming Event) -> Void) { self.handle = handle }

    @inline(never)
    func call(_ event: consuming Event) { handle(event) }
}

extension [UInt8] {
    /// The values of an array argument, which arrives as bytes in native byte order. An incomplete value at the end is ignored.
    public func wireValues<T: FixedWidthInteger & BitwiseCopyable>(of type: T.Type = T.self) -> [T] {
        let size = MemoryLayout<T>.size
        return withUnsafeBytes { bytes in
            (0..<count / size).map { bytes.loadUnaligned(fromByteOffset: $0 * size, as: T.self) }
        }
    }

    /// The bytes of an array argument with these values.
    public init<T: FixedWidthInteger & BitwiseCopyable>(wireValues values: [T]) {
        self = values.withUnsafeBytes { [UInt8]($0) }
    }
}

extension String? {
    /// Lends the string to a call as a C string, or nil for a missing string.
    package func withCString<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        switch self {
        case let text?: text.withCString(body)
        case nil: body(nil)
        }
    }
}
