// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Logging
package import Planes

/// The VFIO devices of this machine that have a display. Each device is opened to find out, and closed again.
package struct DisplayList {
    package struct Display: Equatable, Sendable {
        package let address: VFIOAddress
        /// The mediated device's type or the PCI numbers.
        package let description: String
        /// The size of its picture; nil where it is off.
        package let size: PixelSize?
        package let format: String?
    }

    package private(set) var displays: [Display] = []
    /// One line for each device that couldn't be examined.
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

    /// The primary plane's picture at the moment; empty where the plane is off or can't be queried.
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
    /// Queries the primary plane, twice where the first query fails: mbochs answers ENOMEM once after each change of its mode.
    func primary(_ type: DisplayProbe.PlaneType) throws(ReadFault) -> PlaneClaim? {
        do throws(ReadFault) { return try plane(.primary, type: type.flag) } catch { return try plane(.primary, type: type.flag) }
    }
}

extension Logger {
    /// Drops all messages: for examinations that report their findings themselves.
    static let silent = Logger(label: "oriel") { _ in SwiftLogNoOpLogHandler() }
}
