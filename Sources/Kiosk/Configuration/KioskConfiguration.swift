// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import System

/// The configuration of `oriel kiosk`, read and checked as a whole.
///
/// ```swift
/// let configuration = try KioskConfiguration.read("/etc/xdg/oriel/kiosk.toml")
/// ```
package struct KioskConfiguration: Equatable, Sendable {
    /// Never empty.
    package var screens: [ScreenConfiguration]
    /// The path of the control socket; nil for the user's own.
    package var control: String?
    /// Where metrics can be read; nil for nowhere.
    package var metrics: MetricsAddress?

    /// All faults of a configuration that can't be used, in the order of the text; never empty.
    package struct Faults: Error {
        package let list: [ConfigurationFault]
    }

    /// In bytes. A configuration of the largest number of screens takes a tenth of it.
    static let longest = 256 << 10
    static let mostScreens = 32
}

enum KioskKey: String, ConfigurationKey {
    case screen, control, metrics
    case metricsAnywhere = "metrics-anywhere"

    static let table = "a kiosk"
}

extension KioskConfiguration {
    /// - Parameter overrides: values of the command line, which come before the file's.
    package static func read(_ path: String, overrides: [ConfigurationOverride] = []) throws(Faults) -> KioskConfiguration {
        let text: [UInt8]
        do throws(Errno) { text = try WholeFile.read(path, atMost: longest) } catch {
            let reason =
                error.code == EFBIG ? "it has more than \(longest >> 10) KiB" : "it can't be read (\(error.text))"
            throw Faults(list: [ConfigurationFault(TextPlace(path), "\(reason): name another file with --config")])
        }
        return try KioskConfiguration(text, file: path, overrides: overrides)
    }

    /// - Parameter file: what faults name.
    package init(_ text: [UInt8], file: String, overrides: [ConfigurationOverride] = []) throws(Faults) {
        let root: ConfigurationNode
        do throws(ConfigurationFault) {
            guard text.count <= Self.longest else {
                throw ConfigurationFault(
                    TextPlace(file), "it has more than \(Self.longest >> 10) KiB: leave out what isn't needed")
            }
            root = try ConfigurationNode.parse(text, file: file)
        } catch { throw Faults(list: [error]) }
        guard case .table(var table) = root.value else { preconditionFailure("a TOML document is a table") }
        let faults = FaultList()
        for override in overrides { override.apply(to: &table, faults) }
        let reader = TableReader<KioskKey>(table, faults)
        screens = Self.screens(reader, file, faults)
        control = reader.string(.control)
        metrics = reader.value(.metrics) { text throws(MetricsAddress.Fault) in try MetricsAddress(text) }
        let isOpen = reader.boolean(.metricsAnywhere) ?? false
        if let metrics, !metrics.isLocal, !isOpen, let entry = reader.entry(.metrics) {
            reader.refuse(
                .metrics, at: entry.node.place, "is open to other machines there: use 127.0.0.1, or set metrics-anywhere = true")
        }
        if let control, !control.hasPrefix("/"), let entry = reader.entry(.control) {
            reader.refuse(.control, at: entry.node.place, "takes a whole path, which begins with /")
        }
        guard faults.faults.isEmpty else {
            throw Faults(list: faults.faults.sorted { ($0.place, $0.text) < ($1.place, $1.text) })
        }
    }

    private static func screens(
        _ reader: TableReader<KioskKey>, _ file: String, _ faults: FaultList
    ) -> [ScreenConfiguration] {
        guard let entry = reader.entry(.screen) else {
            faults.add(TextPlace(file), "there is no [[screen]]: add one, as 'oriel kiosk --example' shows")
            return []
        }
        guard case .array(let elements) = entry.node.value, (1...mostScreens).contains(elements.count) else {
            faults.add(entry.place, "'screen' is written as [[screen]], 1 to \(mostScreens) times")
            return []
        }
        var screens: [ScreenConfiguration] = []
        for element in elements {
            guard case .table(let table) = element.value else {
                faults.add(element.place, "a screen is a table, not \(element.kind): write [[screen]]")
                continue
            }
            guard let screen = ScreenConfiguration(table, at: element.place, faults) else { continue }
            let twin = screens.first { $0.name == screen.name || $0.output == screen.output }
            if let twin {
                let what = twin.output == screen.output ? "output '\(screen.output.text)'" : "name '\(screen.name)'"
                faults.add(element.place, "another screen has the \(what), too: each screen needs its own")
            }
            screens.append(screen)
        }
        return screens
    }
}
