// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
internal import Logging
internal import Planes
internal import System

/// A device that is open.
struct OpenDevice {
    let calls: any DeviceCalls
    /// The group and container, or the iommufd, that stay open as long as the device; nil where another process has them.
    let access: AnyObject?
    let address: VFIOAddress
    /// The folder in sysfs of a device that was opened here. nil for one that was handed over: its removal is its VMM's business.
    let folder: String?
}

/// Opens devices. The calls are the kernel's own and depend on no peer, but to open a PCI device resets it, which takes a tenth of a
/// second and more.
struct DeviceOpener {
    let calls: any OpeningCalls
    let tree: DeviceTree
    let logger: Logger

    /// Opens the one device that an address names: by its file, or as a descriptor of this process.
    func open(_ address: VFIOAddress) throws(OpeningFault) -> OpenDevice {
        guard case .descriptor(let number) = address.endpoint else { return try open(try tree.locate(address), as: address) }
        let device: OwnedDescriptor
        do throws(Errno) { device = try calls.duplicate(number) } catch { throw .noDescriptor(number) }
        return try adopt(device, as: address)
    }

    func open(_ device: VFIODevice, as address: VFIOAddress) throws(OpeningFault) -> OpenDevice {
        let group = tree.group(of: device).map { (number: $0, file: tree.file(ofGroup: $0)) }
        if let path = tree.characterDevice(of: device) {
            do throws(OpeningFault) {
                return try verified(try openCharacterDevice(path), address, folder: device.folder)
            } catch {
                guard error.concernsCharacterDeviceAlone, let group, Files.exists(group.file.path) else { throw error }
                logger.notice("\(address.description.asSubject) \(error.what): opened by its group \(group.file.path) instead")
            }
        }
        guard let group else { throw .noGroup }
        return try verified(
            try openInGroup(group.number, path: group.file.path, isUnprotected: group.file.isUnprotected, name: device.name),
            address, folder: device.folder)
    }

    // MARK: The device's own file, with iommufd

    private func openCharacterDevice(_ path: String) throws(OpeningFault) -> Opened {
        let device = try open(path)
        let iommufd: OwnedDescriptor
        do throws(Errno) { iommufd = try calls.open(tree.iommufd) } catch {
            switch error.code {
            case ENOENT, ENODEV, ENXIO: throw .noIOMMUFD(path: tree.iommufd)
            default: throw fault(error, at: tree.iommufd)
            }
        }
        do throws(Errno) { try calls.bind(device, to: iommufd) } catch {
            switch error.code {
            case ENOTTY: throw .noIOMMUFD(path: path)
            // EINVAL: the file is open twice, and the other descriptor is bound. EBUSY: the group is open
            // (vfio_df_ioctl_bind_iommufd).
            case EBUSY, EINVAL: throw busy(path)
            default: throw .refused(call: "VFIO_DEVICE_BIND_IOMMUFD", path: path, errno: error.code)
            }
        }
        return Opened(device: device, access: Access(first: iommufd, second: nil))
    }

    // MARK: Group and container

    private func openInGroup(
        _ number: String, path: String, isUnprotected: Bool, name: String
    ) throws(OpeningFault) -> Opened {
        let container: OwnedDescriptor
        do throws(Errno) { container = try calls.open(tree.container) } catch {
            switch error.code {
            case ENOENT, ENODEV, ENXIO: throw .noModule(path: tree.container)
            default: throw fault(error, at: tree.container)
            }
        }
        let type = try iommuType(of: container, isUnprotected: isUnprotected)
        let group: OwnedDescriptor
        do throws(Errno) { group = try calls.open(path) } catch {
            if isUnprotected, error.code == EPERM { throw .unprotected(path: path) }
            throw fault(error, at: path)
        }
        guard try isViable(group, path) else { throw .notViable(group: number, members: tree.members(ofGroup: number)) }
        var step = "VFIO_GROUP_SET_CONTAINER"
        let device: OwnedDescriptor
        do throws(Errno) {
            try calls.put(group, into: container)
            step = "VFIO_SET_IOMMU"
            try calls.setIOMMU(type, of: container)
            step = "VFIO_GROUP_GET_DEVICE_FD"
            device = try calls.device(name, of: group)
        } catch {
            switch (step, error.code) {
            case (_, EBUSY): throw busy(path)
            case ("VFIO_GROUP_GET_DEVICE_FD", ENODEV): throw .notInGroup(path: path)
            default: throw .refused(call: step, path: path, errno: error.code)
            }
        }
        return Opened(device: device, access: Access(first: group, second: container))
    }

    private func isViable(_ group: borrowing OwnedDescriptor, _ path: String) throws(OpeningFault) -> Bool {
        do throws(Errno) { return try calls.groupFlags(group) & UInt32(VFIO_GROUP_FLAGS_VIABLE) != 0 } catch {
            throw .refused(call: "VFIO_GROUP_GET_STATUS", path: path, errno: error.code)
        }
    }

    private func iommuType(of container: borrowing OwnedDescriptor, isUnprotected: Bool) throws(OpeningFault) -> CInt {
        let version: CInt
        do throws(Errno) { version = try calls.interfaceVersion(container) } catch {
            throw .refused(call: "VFIO_GET_API_VERSION", path: tree.container, errno: error.code)
        }
        guard version == VFIO_API_VERSION else { throw .unknownInterface(version) }
        // Nothing is mapped into the container, so version 1 serves as well as 2; mbochs and mdpy take either.
        let types = isUnprotected ? [VFIO_NOIOMMU_IOMMU] : [VFIO_TYPE1v2_IOMMU, VFIO_TYPE1_IOMMU]
        for type in types where (try? calls.supports(CInt(type), container)) == true { return CInt(type) }
        throw .noIOMMUDriver
    }

    // MARK: Common to both

    private func open(_ path: String) throws(OpeningFault) -> OwnedDescriptor {
        do throws(Errno) { return try calls.open(path) } catch { throw fault(error, at: path) }
    }

    private func fault(_ error: Errno, at path: String) -> OpeningFault {
        switch error.code {
        case ENOENT, ENODEV, ENXIO: .noFile(path: path)
        case EACCES, EPERM: .forbidden(path: path, Files.ownership(of: path))
        case EBUSY: busy(path)
        default: .refused(call: "open", path: path, errno: error.code)
        }
    }

    private func busy(_ path: String) -> OpeningFault { .busy(path: path, tree.holders(of: path)) }

    /// Takes over a descriptor that was inherited or handed over.
    func adopt(_ device: consuming OwnedDescriptor, as address: VFIOAddress) throws(OpeningFault) -> OpenDevice {
        try verified(Opened(device: device, access: nil), address, folder: nil)
    }

    /// Makes sure that it is an open VFIO device: any descriptor can be inherited or handed over.
    private func verified(
        _ opened: consuming Opened, _ address: VFIOAddress, folder: String?
    ) throws(OpeningFault) -> OpenDevice {
        let access = opened.access
        let device = calls.calls(of: opened.device)
        do throws(Errno) { _ = try device.regionCount() } catch { throw .notADevice(errno: error.code) }
        return OpenDevice(calls: device, access: access, address: address, folder: folder)
    }

    private struct Opened: ~Copyable {
        let device: OwnedDescriptor
        let access: Access?
    }

    /// The descriptors that must outlive the device's.
    private final class Access {
        private let first: OwnedDescriptor
        private let second: OwnedDescriptor?

        init(first: consuming OwnedDescriptor, second: consuming OwnedDescriptor?) {
            self.first = first
            self.second = second
        }
    }
}
