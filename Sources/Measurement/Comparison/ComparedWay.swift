// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// One of the ways to show a guest that are compared in turn.
public struct ComparedWay: Hashable, Sendable {
    /// As it is written on the command line and in the report.
    public let name: String
    /// The rung of the fallback ladder that all its frames must take; nil where the way isn't about rungs.
    public let path: Statistics.Path?

    public init(_ path: Statistics.Path) {
        name = path.rawValue
        self.path = path
    }

    public init(named name: String) {
        self.name = name
        path = nil
    }
}
