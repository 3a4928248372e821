// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport

@testable import VFIOPlanes

/// A machine's sysfs, /dev and /proc as folders of the test's own.
final class FakeMachine {
    static let uuid = "6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1f"
    static let gpu = "0000:00:02.0"

    let directory: TemporaryDirectory
    var tree: DeviceTree { DeviceTree(sysfs: file("sys"), dev: file("dev"), proc: file("proc")) }

    init() throws {
        directory = try TemporaryDirectory()
        for folder in ["sys/bus/mdev/devices", "sys/bus/pci/devices", "sys/kernel/iommu_groups", "dev/vfio/devices", "proc/self"]
        {
            try make(folder: folder)
        }
        try write("", to: "dev/vfio/vfio")
    }

    func file(_ path: String) -> String { directory.file(path) }

    func make(folder: String) throws {
        try FileManager.default.createDirectory(atPath: file(folder), withIntermediateDirectories: true)
    }

    func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: file(path))) }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: file(path)) }

    func link(_ path: String, to target: String) throws {
        try make(folder: String(path.prefix(upTo: path.lastIndex(of: "/")!)))
        try FileManager.default.createSymbolicLink(atPath: file(path), withDestinationPath: file(target))
    }

    /// A vGPU of a parent in its group, with the group's file.
    func addMediated(_ uuid: String = FakeMachine.uuid, group: String? = "7", type: String = "MBOCHS-medium") throws {
        let folder = "sys/devices/virtual/mbochs/mbochs/\(uuid)", types = "sys/devices/virtual/mbochs/mbochs/types/\(type)"
        try make(folder: folder)
        try make(folder: types)
        try write(type + "\n", to: types + "/name")
        try link(folder + "/mdev_type", to: types)
        try link("sys/bus/mdev/devices/\(uuid)", to: folder)
        try add(folder, toGroup: group)
    }

    func addPCI(
        _ address: String = FakeMachine.gpu, group: String? = "9", driver: String? = "vfio-pci", classCode: String = "0x030000"
    ) throws {
        let folder = "sys/devices/pci0000:00/\(address)"
        try make(folder: folder)
        for (name, text) in [("vendor", "0x8086"), ("device", "0x3e9b"), ("class", classCode)] {
            try write(text + "\n", to: "\(folder)/\(name)")
        }
        if let driver {
            let path = "sys/bus/pci/drivers/\(driver)"
            try make(folder: path)
            try link("\(folder)/driver", to: path)
            try link("\(path)/\(address)", to: folder)
            // What else is in a driver's folder.
            if !FileManager.default.fileExists(atPath: file(path + "/bind")) { try write("", to: path + "/bind") }
        }
        try link("sys/bus/pci/devices/\(address)", to: folder)
        try add(folder, toGroup: group)
    }

    private func add(_ folder: String, toGroup group: String?) throws {
        guard let group else { return }
        try make(folder: "sys/kernel/iommu_groups/\(group)/devices")
        try link("\(folder)/iommu_group", to: "sys/kernel/iommu_groups/\(group)")
        try link("sys/kernel/iommu_groups/\(group)/devices/\(folder.split(separator: "/").last!)", to: folder)
        try write("", to: "dev/vfio/\(group)")
    }

    /// Gives a vGPU a file of its own.
    func addCharacterDevice(_ name: String = "vfio0", to uuid: String = FakeMachine.uuid, iommufd: Bool = true) throws {
        let folder = "sys/devices/virtual/mbochs/mbochs/\(uuid)"
        try make(folder: "\(folder)/vfio-dev/\(name)")
        try link("\(folder)/vfio-dev/\(name)/device", to: folder)
        try link("sys/class/vfio-dev/\(name)", to: "\(folder)/vfio-dev/\(name)")
        try write("", to: "dev/vfio/devices/\(name)")
        if iommufd { try write("", to: "dev/iommu") }
    }

    /// A process that has a file of /dev open.
    func addProcess(_ identifier: Int32, _ name: String, holding path: String) throws {
        try make(folder: "proc/\(identifier)/fd")
        try write(name + "\n", to: "proc/\(identifier)/comm")
        try link("proc/\(identifier)/fd/0", to: "dev/null")
        try link("proc/\(identifier)/fd/17", to: path)
    }
}
