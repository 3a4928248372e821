// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// The reason why a VFIO device can't be opened.
enum OpeningFault: Error, Equatable {
    enum Thing: Equatable { case characterDevice, mediated, pci, folder }

    case noDevice(Thing)
    /// A PCI device that isn't bound to VFIO.
    case otherDriver(String?)
    case noGroup
    /// The container's file doesn't exist.
    case noModule(path: String)
    /// The group's file, or the device's own, doesn't exist.
    case noFile(path: String)
    case forbidden(path: String, Files.Ownership?)
    /// A group without an IOMMU, which only root may open.
    case unprotected(path: String)
    case busy(path: String, [Holder])
    case notViable(group: String, members: [String])
    case unknownInterface(CInt)
    case noIOMMUDriver
    case notInGroup(path: String)
    /// The kernel has no iommufd, or this device's driver doesn't know it.
    case noIOMMUFD(path: String)
    case refused(call: String, path: String, errno: CInt)
    case noDescriptor(CInt)
    /// The descriptor isn't an open VFIO device.
    case notADevice(errno: CInt)
    case socket(errno: CInt)
    case noneHere
    /// None of the devices that could be opened has a display.
    case noDisplay(devices: Int)
    case several([String])

    /// Whether the device may still be opened by its group.
    var concernsCharacterDeviceAlone: Bool {
        switch self {
        case .noFile, .forbidden, .noIOMMUFD: true
        default: false
        }
    }

    private static let handedOver = "vfio:fd=N or vfio:unix=/SOCKET"

    /// One line for the user: what, which device or file, what to do.
    func error(for address: VFIOAddress) -> SourceError {
        let reason: SourceError.Reason =
            switch self {
            case .forbidden, .unprotected, .socket(EACCES), .socket(EPERM): .notPermitted
            case .several: .usage
            default: .unavailable
            }
        return SourceError(reason, "\(address.description.asSubject) \(what): \(remedy)".singleLine)
    }

    var what: String {
        switch self {
        case .noDevice(.characterDevice): "there is no such VFIO device"
        case .noDevice(.mediated): "there is no mediated device of this UUID"
        case .noDevice(.pci): "there is no such PCI device"
        case .noDevice(.folder): "there is no such device in sysfs"
        case .otherDriver(nil): "the device has no driver, so VFIO can't give it out"
        case .otherDriver(let driver?): "the device belongs to the driver \(driver), not to VFIO"
        case .noGroup: "the device has no IOMMU group"
        case .noModule(let path): "\(path) doesn't exist: the kernel's module vfio isn't loaded"
        case .noFile(let path): "\(path) doesn't exist"
        case .forbidden(let path, let owner): "you may not open \(path)\(owner.map { " (\($0.text))" } ?? "")"
        case .unprotected(let path): "\(path) has no IOMMU, so only root may open it"
        case .busy(let path, []): "\(path) is open in another process, such as a running VM"
        case .busy(let path, let holders): "\(path) is open in \(holders.map(\.description).joined(separator: ", "))"
        case .notViable(let group, let members):
            "the IOMMU group \(group) has devices with other drivers than VFIO's (\(members.joined(separator: " ")))"
        case .unknownInterface(let version): "the kernel's VFIO has version \(version) of its interface instead of 0"
        case .noIOMMUDriver: "the kernel's VFIO has no IOMMU driver of type 1"
        case .notInGroup(let path): "\(path) doesn't give the device out"
        case .noIOMMUFD(let path): "\(path): there is no iommufd in this kernel, or this device's driver doesn't support it"
        case .refused(let call, let path, let code): "\(path): \(call) failed (\(Errno(code: code).text))"
        case .noDescriptor(let number): "this process has no descriptor \(number)"
        case .notADevice(let code): "what was handed over isn't an open VFIO device (\(Errno(code: code).text))"
        case .socket(ENOENT): "there is no such socket"
        case .socket(ECONNREFUSED): "nobody listens on this socket"
        case .socket(EACCES), .socket(EPERM): "you may not open its socket"
        case .socket(ETIMEDOUT): "nothing came from this socket in time"
        case .socket(ENODATA), .socket(ECONNRESET): "the socket was closed before a device came"
        case .socket(EBADMSG): "the socket sent something other than a device"
        case .socket(let code): "the socket can't be used (\(Errno(code: code).text))"
        case .noneHere: "this machine has no VFIO device"
        case .noDisplay(1): "the only VFIO device here has no display"
        case .noDisplay(let count): "none of the \(count) VFIO devices here has a display"
        case .several: "more than one VFIO device has a display"
        }
    }

    var remedy: String {
        switch self {
        case .noDevice(.mediated):
            "create it by writing the UUID to a type's file 'create' below /sys/class/mdev_bus, or see 'oriel list'"
        case .noDevice: "see 'oriel list'"
        case .otherDriver: "name one of its vGPUs by UUID, or bind it to vfio-pci"
        case .noGroup: "switch the IOMMU on in the firmware, and on Intel machines start the kernel with intel_iommu=on"
        case .noModule: "modprobe vfio_iommu_type1"
        case .noFile: "make sure that udev runs and that the device's driver is loaded"
        case .forbidden(let path, let owner) where owner?.isGroups == true && owner?.group != "root":
            "join its group: usermod -aG \(owner!.group) YOU, and log in again (\(path.lastPart))"
        case .forbidden(let path, _):
            "add a udev rule that gives it to a group of yours, such as: "
                + (path.lastPart == "iommu"
                    ? "KERNEL==\"iommu\"" : path.contains("/devices/") ? "SUBSYSTEM==\"vfio-dev\"" : "SUBSYSTEM==\"vfio\"")
                + ", GROUP=\"kvm\", MODE=\"0660\""
        case .unprotected: "run as root, or switch the IOMMU on"
        case .busy: "have that VMM hand its descriptor over: \(Self.handedOver)"
        case .notViable: "bind all of them to vfio-pci, or unbind them from their drivers"
        case .unknownInterface: "use a kernel of Linux 4.1 or later, or a newer Oriel"
        case .noIOMMUDriver: "modprobe vfio_iommu_type1"
        case .notInGroup: "make sure that its driver is loaded and the device still exists: 'oriel list'"
        case .noIOMMUFD: "modprobe iommufd (Linux 6.6 with CONFIG_IOMMUFD), or use a kernel with CONFIG_VFIO_GROUP"
        case .refused: "see the kernel's log (dmesg)"
        case .noDescriptor: "have the program that starts oriel leave it open over exec, and give its number"
        case .notADevice: "hand over the descriptor from VFIO_GROUP_GET_DEVICE_FD, or a bound /dev/vfio/devices/vfioN"
        case .socket(ENOENT), .socket(ECONNREFUSED): "start the VMM, and name the socket that it listens on"
        case .socket(EACCES), .socket(EPERM): "run as the user who owns it"
        case .socket: "name the socket of a VMM that sends one byte 'v' with the device's descriptor"
        case .noneHere: "make a vGPU (see /sys/class/mdev_bus), or use the device of a VMM: \(Self.handedOver)"
        case .noDisplay: "use a device that has one, or the device of a VMM: \(Self.handedOver)"
        case .several(let names): "use \(names.joined(separator: " or "))"
        }
    }
}
