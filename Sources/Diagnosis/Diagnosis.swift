// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
public import Measurement
public import Surfaces

/// Everything that this machine has for showing a guest without a copy; and everything that it lacks, with what that costs and how to
/// get it.
public struct Diagnosis {
    public let version: String
    /// nil where no compositor could be reached, for the reason in `compositorError`.
    public let compositor: CompositorFacts?
    public let compositorError: String?
    public let findings: [Finding]
    /// The findings about one source; nil where none was asked about.
    public let source: SourceFindings?

    public init(
        version: String, compositor: CompositorFacts?, compositorError: String?, source: SourceFindings? = nil
    ) {
        self.source = source
        self.version = version
        self.compositor = compositor
        self.compositorError = compositorError
        findings = Self.compositorFindings(compositor, compositorError) + DeviceNode.all.map { $0.finding() }
    }

    private static func compositorFindings(_ facts: CompositorFacts?, _ error: String?) -> [Finding] {
        guard let facts else {
            return [
                Finding(
                    "compositor", .missing, error ?? "not reached", cost: "oriel view can't open a window",
                    remedy: "run inside a Wayland session, or set WAYLAND_DISPLAY to its socket")
            ]
        }
        return [Finding("compositor", .good, "\(facts.globals.count) globals"), dmabuf(facts)]
            + (facts.fault.map {
                [
                    Finding(
                        "dmabuf feedback", .missing, $0, cost: "some formats may go through shared memory",
                        remedy: "report it to the compositor's authors")
                ]
            } ?? [])
            + OptionalProtocol.all.map { entry in
                entry.finding(facts.globals.first { $0.interface == entry.interface }?.version)
            }
    }

    private static func dmabuf(_ facts: CompositorFacts) -> Finding {
        guard let version = facts.dmabufVersion else {
            return Finding(
                "zwp_linux_dmabuf_v1", .missing, "not offered in version 3 or later",
                cost: "no zero-copy: frames go through shared memory",
                remedy: "give the compositor a GPU renderer (weston: --renderer=gl)")
        }
        let pairs = facts.tranches.reduce(0) { $0 + $1.formats.reduce(0) { $0 + $1.modifiers.count } }
        let scanout = facts.tranches.contains(where: \.isScanout) ? ", with scanout tranches" : ""
        return Finding("zwp_linux_dmabuf_v1", .good, "version \(version), \(pairs) format and modifier pairs\(scanout)")
    }

    // MARK: Reports

    public var text: String {
        var lines = ["oriel \(version)", ""]
        if let source { lines += [source.url] + source.findings.flatMap(\.lines) + [""] }
        lines += findings.flatMap(\.lines)
        if let compositor {
            lines += ["", "main device: \(compositor.mainDevice ?? Self.noMainDevice(compositor.dmabufVersion))"]
            lines.append("presentation clock: \(compositor.presentationClock ?? "none")")
            lines.append("wl_shm formats: \(compositor.sharedMemoryFormats.joined(separator: " "))")
            lines += compositor.outputs.map(Self.text(of:))
            for tranche in compositor.tranches {
                lines += ["", "formats\(tranche.isScanout ? " for scanout" : "")\(tranche.device.map { " on \($0)" } ?? ""):"]
                lines += tranche.formats.map { "  \($0.format)  \($0.modifiers.joined(separator: " "))" }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Why no main device is known.
    private static func noMainDevice(_ dmabufVersion: UInt32?) -> String {
        guard let dmabufVersion else { return "none (the compositor has no zwp_linux_dmabuf_v1 of version 3 or later)" }
        return dmabufVersion < 4 ? "unknown (zwp_linux_dmabuf_v1 says it from version 4 on)" : "not said by the compositor"
    }

    private static func text(of output: CompositorFacts.Output) -> String {
        let size = output.size.map { "\($0)" } ?? "off"
        let rate = output.refreshMillihertz == 0 ? "" : " at \(Double(output.refreshMillihertz) / 1000) Hz"
        let monitor = [("make", output.make), ("model", output.model), ("description", output.description)].compactMap {
            name, value in value.map { ", \(name) \"\($0.singleLine)\"" }
        }
        return "output \(output.name ?? "(no name)"): \(size)\(rate), scale \(output.scale)\(monitor.joined())"
    }

    public var json: JSON {
        .object([
            ("version", .string(version)),
            ("source", source?.json ?? .null),
            ("findings", .array(findings.map(\.json))),
            ("compositor", compositor.map(Self.json(of:)) ?? .null),
        ])
    }

    private static func json(of facts: CompositorFacts) -> JSON {
        .object([
            ("dmabufVersion", facts.dmabufVersion.map { .integer(UInt64($0)) } ?? .null),
            ("mainDevice", facts.mainDevice.map(JSON.string) ?? .null),
            ("presentationClock", facts.presentationClock.map(JSON.string) ?? .null),
            ("sharedMemoryFormats", .array(facts.sharedMemoryFormats.map(JSON.string))),
            (
                "tranches",
                .array(
                    facts.tranches.map { tranche in
                        .object([
                            ("device", tranche.device.map(JSON.string) ?? .null), ("scanout", .boolean(tranche.isScanout)),
                            ("formats", .object(tranche.formats.map { ($0.format, .array($0.modifiers.map(JSON.string))) })),
                        ])
                    })
            ),
            (
                "outputs",
                .array(
                    facts.outputs.map { output in
                        .object([
                            ("name", output.name.map(JSON.string) ?? .null),
                            ("size", output.size.map { .string("\($0)") } ?? .null),
                            ("refreshMillihertz", .integer(UInt64(output.refreshMillihertz))),
                            ("scale", .number(output.scale)), ("make", output.make.map(JSON.string) ?? .null),
                            ("model", output.model.map(JSON.string) ?? .null),
                            ("description", output.description.map(JSON.string) ?? .null),
                        ])
                    })
            ),
            ("globals", .object(facts.globals.map { ($0.interface, .integer(UInt64($0.version))) })),
        ])
    }
}
