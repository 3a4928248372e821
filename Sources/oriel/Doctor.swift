// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Diagnosis
internal import Glibc
internal import Logging
internal import Measurement
internal import Surfaces
internal import Viewer
internal import Wayland

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what this machine has for zero-copy, what is missing, what that costs and how to get it.",
        discussion: """
            With a SOURCE it says first whether that can be opened, and for a VFIO device step by step why not. --fullscreen shows the \
            SOURCE for three seconds, and says whether the display reads its frames from the guest's memory, and if not, why.
            """)

    @Argument(help: "The display to examine: demo:, qemu:, vfio:, … (see oriel --help).")
    var source: String?

    @Flag(help: "Show the SOURCE full screen for a moment, and say what keeps its frames from being scanned out.")
    var fullscreen = false

    @Option(help: "With --fullscreen: the screen to use, by the compositor's name for it.")
    var output: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if fullscreen, source == nil { throw ValidationError("--fullscreen shows a SOURCE: name one, such as demo:.") }
        if output != nil, !fullscreen { throw ValidationError("--output is for --fullscreen: add it.") }
    }

    func run() throws {
        let log = LineLog.logger(level: .warning)
        var examined = try source.map { try SourceFindings(of: SourceAddress($0), url: $0, log: log) }
        var facts: CompositorFacts?
        var problem: String?
        do throws(WaylandError) {
            facts = try Compositor(display: nil).facts()
        } catch {
            problem = "\(error)"
        }
        if fullscreen, facts != nil, let openable = examined, openable.findings.allSatisfy({ $0.state == .good }) {
            examined = openable.adding(try ScanoutTrial(source!, on: output).findings())
        }
        let diagnosis = Diagnosis(
            version: Oriel.version, compositor: facts, compositorError: problem, source: examined)
        writeLine(json ? diagnosis.json.text : diagnosis.text, to: STDOUT_FILENO)
    }
}
