// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import PlaneImage
package import Planes

/// Where a kiosk's configuration comes from: a file, or the command line alone, which makes one screen on any output.
package struct ConfigurationReader {
    private let path: String?
    private let overrides: [ConfigurationOverride]

    /// - Parameters:
    ///   - path: nil for no file.
    ///   - overrides: values of the command line, which come before the file's.
    package init(path: String?, overrides: [ConfigurationOverride]) {
        self.path = path
        self.overrides = overrides
    }

    /// What faults call it.
    package var name: String { path ?? "the command line" }

    package func read() throws(KioskConfiguration.Faults) -> KioskConfiguration {
        guard let path else {
            return try KioskConfiguration(Array("[[screen]]\n".utf8), file: name, overrides: overrides)
        }
        return try KioskConfiguration.read(path, overrides: overrides)
    }
}

extension KioskConfiguration {
    /// Reads the files that the configuration names.
    ///
    /// - Throws: what is wrong with the first one that can't be used.
    package func checkFiles() throws(SourceError) { for screen in screens { _ = try screen.readIdlePicture() } }
}

extension ScreenConfiguration {
    /// nil where there is no idle picture.
    func readIdlePicture() throws(SourceError) -> IdlePicture? {
        guard let idlePicture else { return nil }
        do throws(PlaneImageError) { return try IdlePicture(file: idlePicture) } catch {
            throw SourceError(.usage, "screen \(name): 'idle-picture' can't be shown: \(error)".singleLine)
        }
    }
}
