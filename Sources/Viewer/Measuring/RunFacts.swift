// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Measurement
internal import Planes
package import Surfaces
internal import Wayland

/// What was measured and on what, for a report: first what is known before the run, then what the run has shown.
package struct RunFacts {
    package typealias Group = (group: String, members: [(name: String, value: JSON)])

    private let oriel: Group
    private let compositor: Group
    private let startedAt = RunFacts.universalTime()

    /// - Parameters:
    ///   - arguments: the command line's.
    ///   - compositor: its globals have said what they have.
    package init(version: String, arguments: [String], on compositor: Compositor) {
        oriel = ("oriel", [("version", .string(version)), ("arguments", .array(arguments.map(JSON.string)))])
        let facts = compositor.facts()
        self.compositor = (
            "compositor",
            MachineFacts.peer(of: compositor.connection.descriptor) + [
                ("dmabufVersion", facts.dmabufVersion.map { .integer(UInt64($0)) } ?? .null),
                ("mainDevice", Self.text(facts.mainDevice)),
                ("presentationClock", Self.text(facts.presentationClock)),
                ("outputs", .array(facts.outputs.map(Self.output))),
            ]
        )
    }

    /// - Parameters:
    ///   - source: its URL.
    ///   - session: it has ended.
    ///   - run: so has the measurement.
    package func groups(
        source: String, _ session: Session, _ run: MeasurementRun, _ options: MeasurementRun.Options, _ figures: RunFigures
    ) -> [Group] {
        let shown = session.shown, layout = shown?.layout
        return [
            oriel,
            (
                "source",
                [
                    ("url", .string(source)), ("guest", Self.text(shown?.guest)),
                    ("path", Self.text(shown?.statistics.path.rawValue)), ("pathReason", Self.text(shown?.statistics.pathReason)),
                    ("memory", Self.text(shown?.statistics.memory)), ("size", Self.text(layout.map { "\($0.size)" })),
                    ("format", Self.text(layout.map { "\($0.format)" })),
                    ("modifier", Self.text(layout.map { "\($0.modifier)" })),
                ]
            ),
            ("machine", MachineFacts.machine), compositor,
            (
                "run",
                [
                    ("startedAt", .string(startedAt)), ("warmupSeconds", .number(Double(options.warmup) / 1e9)),
                    ("durationSeconds", .number(Double(figures.duration) / 1e9)),
                    ("clockErrorNanoseconds", .integer(UInt64(figures.screen.clockError))),
                    ("leadNanoseconds", .integer(figures.lead)), ("probe", Self.text(run.prober?.probe.name)),
                ]
            ),
            ("cost", [("processes", .array(run.costs.map { Self.cost($0.process, $0.meter) }))]),
        ]
    }

    private static func cost(_ process: Int32, _ meter: CostMeter) -> JSON {
        .object([
            ("program", text(MachineFacts.program(of: process))), ("processorNanoseconds", .integer(meter.used.processorTime)),
            ("wakeUps", .integer(meter.used.wakeUps)), ("preemptions", .integer(meter.used.preemptions)),
            ("pageFaults", .integer(meter.used.pageFaults)), ("residentBytes", .integer(meter.used.residentBytes)),
            ("mostResidentBytes", .integer(meter.mostResidentBytes)), ("grownBytes", .number(Double(meter.growth))),
        ])
    }

    private static func output(_ output: CompositorFacts.Output) -> JSON {
        .object([
            ("name", text(output.name)), ("size", text(output.size.map { "\($0)" })),
            ("refreshHertz", output.refreshMillihertz == 0 ? .null : .number(Double(output.refreshMillihertz) / 1000)),
            ("scale", .number(output.scale)),
        ])
    }

    private static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }

    /// The time of day as ISO 8601 has it.
    private static func universalTime() -> String {
        var now = time(nil), parts = tm()
        gmtime_r(&now, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            let length = strftime(buffer.baseAddress!, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
