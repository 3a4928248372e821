// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

@testable import Kiosk
import Testing

@Suite("Which screen is on which output")
struct OutputAssignmentTests {
    private typealias Output = OutputAssignment.Output

    private let left = Output(name: "DP-1", make: "Dell", model: "U2412", description: "Dell U2412 YMYH1 (DP-1)")
    private let right = Output(name: "DP-2", make: "Dell", model: "U2412", description: "Dell U2412 YMYH17 (DP-2)")
    private let wall = Output(name: "HDMI-A-1", make: "LG", model: "65UH", description: nil)

    private func assign(_ choices: [OutputChoice], _ outputs: [Output], current: [Int?]? = nil) -> [Int?] {
        OutputAssignment.assign(choices, to: outputs, current: current ?? choices.map { _ in nil })
    }

    @Test("by name, by what the monitor says of itself, and any that is left")
    func ranks() {
        let outputs = [left, right, wall]
        #expect(assign([.any, .monitor(make: "Dell", model: nil, serial: nil), .named("DP-1")], outputs) == [2, 1, 0])
        #expect(assign([.named("DP-3"), .any], outputs) == [nil, 0])
        #expect(assign([.monitor(make: "LG", model: "U2412", serial: nil)], outputs) == [nil])
        #expect(assign([.any], [Output()]) == [0])
        // The more exact one chooses first, wherever it stands.
        let dell = OutputChoice.monitor(make: "Dell", model: nil, serial: nil)
        #expect(assign([dell, .monitor(make: "Dell", model: nil, serial: "YMYH1")], [left, right]) == [1, 0])
        #expect(assign([dell, .monitor(make: nil, model: "U2412", serial: nil)], [left]) == [nil, 0])
        #expect(assign([.named("DP-1"), .any], []) == [nil, nil])
    }

    @Test("a serial number is a whole word of the description")
    func serial() {
        #expect(assign([.monitor(make: nil, model: nil, serial: "YMYH17")], [left, right]) == [1])
        #expect(assign([.monitor(make: nil, model: nil, serial: "YMYH1")], [right, left]) == [1])
        #expect(assign([.monitor(make: nil, model: nil, serial: "65UH")], [wall]) == [nil])
        #expect(assign([.monitor(make: nil, model: nil, serial: "DP-2")], [left, right]) == [1])
    }

    @Test("a screen stays where it is while others come and go, and yields to one that names its output")
    func stays() {
        #expect(assign([.any, .any], [left, right], current: [1, nil]) == [1, 0])
        #expect(assign([.any, .any], [left, right], current: [nil, 0]) == [1, 0])
        #expect(assign([.any, .any], [right], current: [nil, 0]) == [nil, 0])
        #expect(assign([.any, .named("DP-2")], [left, right], current: [1, nil]) == [0, 1])
    }
}
