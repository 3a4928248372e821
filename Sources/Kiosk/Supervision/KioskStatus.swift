// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Measurement

/// How a kiosk is at one moment: what `oriel status` and the metrics tell.
package struct KioskStatus {
    package var version: String
    /// Nanoseconds since the kiosk was started.
    package var uptime: UInt64
    package var hasCompositor: Bool
    /// How often the compositor has come back after it was gone.
    package var compositorReturns: UInt64
    /// How often the configuration was read anew and taken.
    package var reloads: UInt64
    package var process: ProcessStatus
    /// In the order of the configuration.
    package var screens: [ScreenStatus]

    package struct ProcessStatus {
        /// Processor time in seconds.
        package var cpuSeconds: Double
        package var residentBytes: UInt64
        package var openDescriptors: UInt64

        /// This process now.
        static var own: ProcessStatus {
            let cost = ProcessCost.own()
            return ProcessStatus(
                cpuSeconds: Double(cost.processorTime) / 1e9, residentBytes: cost.residentBytes,
                openDescriptors: Statistics.openDescriptors())
        }
    }

    package struct ScreenStatus {
        package var name: String
        /// The output that it is on, by the compositor's name; nil while there is none.
        package var output: String?
        /// The URL of the source that is shown; nil while none is.
        package var source: String?
        /// Counted since the kiosk was started, or the screen's table was changed, whatever was shown.
        package var statistics: Statistics
        /// How often a source that was shown has ended.
        package var losses: UInt64
        /// How often a guest's picture has stood still for too long.
        package var stalls: UInt64
        /// Why sources that are looked for aren't there, in order of preference.
        package var errors: [String]
    }
}

extension KioskStatus {
    /// The version of ``json()``'s members. It goes up when one of them changes its meaning or goes.
    static let jsonVersion: UInt64 = 1

    /// What `oriel status --json` prints.
    package func json() -> JSON {
        .object([
            ("version", .integer(Self.jsonVersion)),
            ("oriel", .string(version)),
            ("uptimeSeconds", .number(Double(uptime) / 1e9)),
            ("compositor", .object([("isConnected", .boolean(hasCompositor)), ("returns", .integer(compositorReturns))])),
            ("reloads", .integer(reloads)),
            (
                "process",
                .object([
                    ("cpuSeconds", .number(process.cpuSeconds)), ("residentBytes", .integer(process.residentBytes)),
                    ("openDescriptors", .integer(process.openDescriptors)),
                ])
            ),
            ("screens", .array(screens.map { $0.json() })),
        ])
    }
}

extension KioskStatus.ScreenStatus {
    fileprivate func json() -> JSON {
        .object([
            ("name", .string(name)), ("output", output.map(JSON.string) ?? .null), ("source", source.map(JSON.string) ?? .null),
            ("losses", .integer(losses)), ("stalls", .integer(stalls)), ("errors", .array(errors.map(JSON.string))),
            ("statistics", statistics.json()),
        ])
    }
}
