// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Diagnosis
internal import Glibc
internal import Measurement
internal import Presentation
internal import Wayland

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tells what this machine has for zero-copy, what is missing, what that costs and how to get it.")

    @Flag(help: "As one JSON object.")
    var json = false

    func run() throws {
        var facts: CompositorFacts?
        var problem: String?
        do throws(WaylandError) {
            facts = try Compositor(display: nil).facts()
        } catch {
            problem = "\(error)"
        }
        let diagnosis = Diagnosis(version: Oriel.version, compositor: facts, compositorError: problem)
        writeLine(json ? diagnosis.json.text : diagnosis.text, to: STDOUT_FILENO)
    }
}
