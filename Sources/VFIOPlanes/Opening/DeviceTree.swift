// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A device in sysfs that VFIO may give out.
package struct VFIODevice: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// A mediated device, such as a vGPU, with its type's name.
        case mediated(type: String)
        /// The numbers are as sysfs writes them: 0x8086, 0x3e9b, 0x030000.
        case pci(vendor: String, device: String, classCode: String)
        case other
    }

    /// The kernel's name for it: the UUID or the PCI address.
    package let name: String
    /// The folder in sysfs, free of symbolic links.
    package let folder: String
    package let kind: Kind

    package var address: VFIOAddress {
        if let uuid = VFIOAddress.uuid(name) { return VFIOAddress(endpoint: .mediated(uuid: uuid)) }
        if let address = VFIOAddress.pciAddress(name) { return VFIOAddress(endpoint: .pci(address: address)) }
        return VFIOAddress(endpoint: .sysfs(path: folder))
    }

    /// The kind of device in a few words.
    package var description: String {
        switch kind {
        case .mediated(let type): type
        case .pci(let vendor, let device, let classCode): "PCI \(vendor.dropFirst(2)):\(device.dropFirst(2)), class \(classCode)"
        case .other: "device"
        }
    }

    /// Whether the device can have a display at all. A network card isn't opened, and thereby reset, just to find out.
    var mayHaveDisplay: Bool {
        if case .pci(_, _, let classCode) = kind { return classCode.hasPrefix("0x03") }  // PCI_BASE_CLASS_DISPLAY
        return true
    }
}

/// The file systems in which the kernel shows its devices. Tests have trees of their own.
package struct DeviceTree: Sendable {
    package let sysfs: String
    package let dev: String
    package let proc: String

    package init(sysfs: String = "/sys", dev: String = "/dev", proc: String = "/proc") {
        self.sysfs = sysfs
        self.dev = dev
        self.proc = proc
    }

    /// Finds the device that an address names.
    func locate(_ address: VFIOAddress) throws(OpeningFault) -> VFIODevice {
        switch address.endpoint {
        case .characterDevice(let name): return try device(at: "\(sysfs)/class/vfio-dev/\(name)/device", .characterDevice)
        case .mediated(let uuid): return try device(at: "\(sysfs)/bus/mdev/devices/\(uuid)", .mediated)
        case .pci(let name):
            let found = try device(at: "\(sysfs)/bus/pci/devices/\(name)", .pci)
            guard isVFIO(found) else { throw .otherDriver(driver(of: found)) }
            return found
        case .sysfs(let path):
            let path = sysfs + path.dropFirst("/sys".count)
            // A folder of the class vfio-dev stands for its device.
            let isDevice = Files.exists(path + "/iommu_group") || !Files.exists(path + "/device")
            return try device(at: isDevice ? path : path + "/device", .folder)
        case .onlyDevice, .descriptor, .socket: throw .noDevice(.folder)
        }
    }

    /// All devices of this machine that VFIO drives, sorted by name.
    package func all() -> [VFIODevice] {
        var found: [String: VFIODevice] = [:]
        func add(_ folder: String, _ suffix: String = "") {
            for name in (try? Files.names(in: "\(sysfs)/\(folder)").get()) ?? [] {
                guard let device = try? device(at: "\(sysfs)/\(folder)/\(name)\(suffix)", .folder) else { continue }
                found[device.folder] = device
            }
        }
        add("bus/mdev/devices")
        // The devices of drivers other than vfio-pci are found by their class, which kernels before 6.1 lack.
        add("class/vfio-dev", "/device")
        for name in (try? Files.names(in: "\(sysfs)/bus/pci/drivers/vfio-pci").get()) ?? []
        where VFIOAddress.pciAddress(name) != nil {
            if let device = try? device(at: "\(sysfs)/bus/pci/devices/\(name)", .folder) { found[device.folder] = device }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    private func device(at path: String, _ what: OpeningFault.Thing) throws(OpeningFault) -> VFIODevice {
        guard let folder = Files.real(path), let root = Files.real(sysfs), folder.hasPrefix(root + "/") else {
            throw .noDevice(what)
        }
        return VFIODevice(name: folder.lastPart, folder: folder, kind: kind(of: folder))
    }

    private func kind(of folder: String) -> VFIODevice.Kind {
        if let type = Files.target(ofLink: folder + "/mdev_type") {
            return .mediated(type: Files.text(of: folder + "/mdev_type/name") ?? type.lastPart)
        }
        guard VFIOAddress.pciAddress(folder.lastPart) != nil, let vendor = Files.text(of: folder + "/vendor"),
            let device = Files.text(of: folder + "/device"), let classCode = Files.text(of: folder + "/class")
        else { return .other }
        return .pci(vendor: vendor, device: device, classCode: classCode)
    }

    func driver(of device: VFIODevice) -> String? { Files.target(ofLink: device.folder + "/driver")?.lastPart }

    private func isVFIO(_ device: VFIODevice) -> Bool {
        Files.exists(device.folder + "/vfio-dev") || driver(of: device)?.contains("vfio") ?? false
    }

    // MARK: Files in /dev

    var container: String { dev + "/vfio/vfio" }
    var iommufd: String { dev + "/iommu" }

    /// The number of the device's IOMMU group; nil where it has none.
    func group(of device: VFIODevice) -> String? { Files.target(ofLink: device.folder + "/iommu_group")?.lastPart }

    /// The path of the group's file, which needn't exist, and whether the group lacks an IOMMU.
    func file(ofGroup group: String) -> (path: String, isUnprotected: Bool) {
        let plain = "\(dev)/vfio/\(group)", unprotected = "\(dev)/vfio/noiommu-\(group)"
        return !Files.exists(plain) && Files.exists(unprotected) ? (unprotected, true) : (plain, false)
    }

    /// The names of all devices in a group.
    func members(ofGroup group: String) -> [String] {
        (try? Files.names(in: "\(sysfs)/kernel/iommu_groups/\(group)/devices").get()) ?? []
    }

    /// The device's own file; nil where the kernel makes none (CONFIG_VFIO_DEVICE_CDEV).
    func characterDevice(of device: VFIODevice) -> String? {
        guard let name = try? Files.names(in: device.folder + "/vfio-dev").get().first else { return nil }
        let path = "\(dev)/vfio/devices/\(name)"
        return Files.exists(path) ? path : nil
    }
}

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
