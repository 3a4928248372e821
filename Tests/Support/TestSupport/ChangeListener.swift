// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// Hears what a source says that isn't meant to end.
public final class ChangeListener: PlaneSourceDelegate {
    public private(set) var changes = 0
    public var onChange: () -> Void = {}
    private let onEnd: (SourceError) -> Void

    /// - Parameter onEnd: fails the test.
    public init(onEnd: @escaping (SourceError) -> Void) { self.onEnd = onEnd }

    public func planeSourceDidChange(_ source: any PlaneSource) {
        changes += 1
        onChange()
    }

    public func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { onEnd(error) }
}
