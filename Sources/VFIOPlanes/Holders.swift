// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A process that has a device's file open, usually the VMM that runs the device.
package struct Holder: Equatable, Sendable, CustomStringConvertible {
    package let process: Int32
    package let name: String

    package var description: String { "\(name) (process \(process))" }
}

extension DeviceTree {
    /// The processes that have this file open, as far as this user may see: only root sees other users' descriptors.
    func holders(of path: String) -> [Holder] {
        let processes = ((try? Files.names(in: proc).get()) ?? []).compactMap { Int32($0) }
        return processes.sorted().compactMap { process in
            let folder = "\(proc)/\(process)/fd"
            guard let descriptors = try? Files.names(in: folder).get(),
                descriptors.contains(where: { Files.target(ofLink: "\(folder)/\($0)") == path })
            else { return nil }
            return Holder(process: process, name: Files.text(of: "\(proc)/\(process)/comm") ?? "a process")
        }
    }
}
