// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Where the configuration is, by the XDG Base Directory Specification.
package enum ConfigurationFile {
    private static let name = "oriel/kiosk.toml"

    /// The places that are looked at, in this order. A relative folder is none, as the specification has it.
    ///
    /// - Parameter variable: the environment; nil or empty for a variable that isn't set.
    package static func places(_ variable: (String) -> String?) -> [String] {
        func folder(_ text: String?) -> String? { text.flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let home = folder(variable("XDG_CONFIG_HOME")) ?? folder(variable("HOME")).map { "\($0)/.config" }
        let shared = variable("XDG_CONFIG_DIRS").flatMap { $0.isEmpty ? nil : $0 } ?? "/etc/xdg"
        return ([home] + shared.split(separator: ":").map { folder(String($0)) }).compactMap { $0.map { "\($0)/\(name)" } }
    }

    /// The first of these places that has a file; nil where none has.
    package static func find(in places: [String]) -> String? { places.first { access($0, F_OK) == 0 } }

    /// The places that this process's environment names.
    package static var places: [String] { places { getenv($0).map { String(cString: $0) } } }
}
