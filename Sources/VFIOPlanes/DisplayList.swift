// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Logging
package import Planes

/// The VFIO devices of this machine that have a display. Each is opened for the question, and closed again.
package struct DisplayList {
    package struct Display: Equatable, Sendable {
        package let address: VFIOAddress
        /// The mediated device's type or the PCI numbers.
        package let description: String
        /// What it shows; nil where it is off.
        package let size: PixelSize?
        package let format: String?
    }

    package private(set) var displays: [Display] = []
    /// One line for each device that couldn't be looked at.
    package private(set) var problems: [String] = []

    package init() { self.init(calls: KernelOpening(), tree: DeviceTree()) }

    package init(calls: any OpeningCalls, tree: DeviceTree) {
        let opener = DeviceOpener(calls: calls, tree: tree, logger: .silent)
        for device in tree.all() where device.mayHaveDisplay {
            do throws(OpeningFault) {
                let open = try opener.open(device, as: device.address)
                guard let type = (try? DisplayProbe(open.calls))?.type else { continue }
                let picture = Picture(of: open.calls, type)
                displays.append(
                    Display(
                        address: device.address, description: device.description, size: picture.size, format: picture.format))
            } catch {
                problems.append(error.error(for: device.address).message)
            }
        }
    }

    /// What the primary plane shows at the moment; nothing where it is off or can't be asked.
    private struct Picture {
        var size: PixelSize?
        var format: String?

        init(of calls: any DeviceCalls, _ type: DisplayProbe.PlaneType) {
            guard let shape = (try? calls.primary(type))??.memory.shape else { return }
            size = PixelSize(width: shape.width, height: shape.height)
            format = PixelFormat.name(of: shape.fourcc)
        }
    }
}

extension DeviceCalls {
    /// The primary plane. mbochs fails once with ENOMEM after each change of its mode: asked again, it answers.
    func primary(_ type: DisplayProbe.PlaneType) throws(ReadFault) -> PlaneClaim? {
        do throws(ReadFault) { return try plane(.primary, type: type.flag) } catch { return try plane(.primary, type: type.flag) }
    }
}

extension Logger {
    /// For questions whose answers are told otherwise.
    static let silent = Logger(label: "oriel") { _ in SwiftLogNoOpLogHandler() }
}
