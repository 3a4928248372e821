// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import ArgumentParser
public import Logging
public import Presentation

// Words of the command line that are other rooms' types.
extension ScaleMode: ExpressibleByArgument {}
extension CursorMode: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
    /// For help texts.
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
