// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Diagnosis
internal import EventLoop
internal import Glibc
internal import Logging
internal import Measurement
internal import Planes
internal import GuestView
internal import GuestWindow
internal import Surfaces
internal import VFIOPlanes
internal import Wayland

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tells what this machine has for zero-copy, what is missing, what that costs and how to get it.",
        discussion: "With a SOURCE it tells first whether that can be read, and of a VFIO device step by step why not.")

    @Argument(help: "Whose display: demo:, qemu:, vfio:, … (see oriel --help).")
    var source: String?

    @Flag(help: "As one JSON object.")
    var json = false

    func run() throws {
        let examined = try source.map { try SourceFindings($0, Self.findings(of: SourceURL($0))) }
        var facts: CompositorFacts?
        var problem: String?
        do throws(WaylandError) {
            facts = try Compositor(display: nil).facts()
        } catch {
            problem = "\(error)"
        }
        let diagnosis = Diagnosis(
            version: Oriel.version, compositor: facts, compositorError: problem, source: examined)
        writeLine(json ? diagnosis.json.text : diagnosis.text, to: STDOUT_FILENO)
    }

    private static func findings(of url: SourceURL) throws -> [Finding] {
        if case .vfio(let address, _) = url { return DeviceExamination(of: address).steps.map(Finding.init) }
        // The other rooms' own errors say as much as there is to say.
        do throws(SourceError) {
            let loop: EventLoop
            do throws(EventLoopError) { loop = try EventLoop() } catch { throw SourceError(.fault, "\(error)") }
            try url.open(on: loop, log: LineLog.logger(level: .warning)).close()
            return [Finding("opening", .good, "it can be opened")]
        } catch {
            let state: Finding.State = if case .notPermitted = error.reason { .forbidden } else { .missing }
            return [Finding("opening", state, error.message, cost: "it can't be shown")]
        }
    }
}

extension Finding {
    /// A source room's words as the diagnosis's: neither imports the other.
    fileprivate init(_ step: DeviceExamination.Step) {
        let state: State =
            switch step.outcome {
            case .good: .good
            case .missing: .missing
            case .forbidden: .forbidden
            }
        self.init(step.subject, state, step.detail, cost: step.cost, remedy: step.remedy)
    }
}
