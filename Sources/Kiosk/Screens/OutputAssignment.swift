// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides which of the compositor's outputs each screen of a kiosk is on: a value.
enum OutputAssignment {
    /// An output as it describes itself.
    struct Output: Equatable {
        var name: String?
        var make: String?
        var model: String?
        var description: String?
    }

    /// An output is for the screen that names it most exactly. Of the outputs that are left, a screen takes the one that it is on already, or
    /// the first.
    ///
    /// - Parameters:
    ///   - choices: of the screens.
    ///   - current: the output that each screen is on, as an index; nil for none.
    /// - Returns: for each screen the index of its output; nil for none.
    static func assign(_ choices: [OutputChoice], to outputs: [Output], current: [Int?]) -> [Int?] {
        var result = [Int?](repeating: nil, count: choices.count)
        var free = Set(outputs.indices)
        for rank in Rank.allCases {
            let screens = choices.indices.filter { Rank(of: choices[$0]) == rank }
            // Those that stay choose first.
            for screen in screens.sorted(by: { current[$0] != nil && current[$1] == nil }) {
                let fitting = outputs.indices.filter { free.contains($0) && matches(choices[screen], outputs[$0]) }
                guard let output = fitting.first(where: { $0 == current[screen] }) ?? fitting.first else { continue }
                result[screen] = output
                free.remove(output)
            }
        }
        return result
    }

    /// How exactly a choice names its output.
    private enum Rank: CaseIterable {
        case named, serial, model, make, any

        init(of choice: OutputChoice) {
            self =
                switch choice {
                case .named: .named
                case .monitor(_, _, .some): .serial
                case .monitor(_, .some, nil): .model
                case .monitor: .make
                case .any: .any
                }
        }
    }

    private static func matches(_ choice: OutputChoice, _ output: Output) -> Bool {
        switch choice {
        case .any: true
        case .named(let name): output.name == name
        case .monitor(let make, let model, let serial):
            (make.map { $0 == output.make } ?? true) && (model.map { $0 == output.model } ?? true)
                && (serial.map { isWord($0, of: output.description ?? "") } ?? true)
        }
    }

    /// Wayland tells no serial number but among the words of the description.
    private static func isWord(_ serial: String, of description: String) -> Bool {
        " \(description) ".replacing("(", with: " ").replacing(")", with: " ").contains(" \(serial) ")
    }
}
