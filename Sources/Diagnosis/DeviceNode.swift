// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A device file that one kind of source or memory needs.
struct DeviceNode {
    let path: String
    let purpose: String
    let cost: String
    let absentRemedy: String
    let group: String

    static let all = [
        DeviceNode(
            path: "/dev/udmabuf", purpose: "dma-bufs made from ordinary memory",
            cost: "the demonstration guest uses the dma-heap or a memfd, which no display hardware can scan out",
            absentRemedy: "modprobe udmabuf (the kernel needs CONFIG_UDMABUF)", group: "kvm"),
        DeviceNode(
            path: "/dev/dma_heap/system", purpose: "dma-bufs from the system heap",
            cost: "the demonstration guest uses udmabuf or a memfd",
            absentRemedy: "use a kernel with CONFIG_DMABUF_HEAPS_SYSTEM", group: "video"),
        DeviceNode(
            path: "/dev/vfio/vfio", purpose: "VFIO devices through group and container",
            cost: "no vGPU's planes can be read through its group",
            absentRemedy: "modprobe vfio_iommu_type1, and make or bind a device", group: "kvm"),
        DeviceNode(
            path: "/dev/iommu", purpose: "VFIO devices through cdev and iommufd",
            cost: "no vGPU's planes can be read through /dev/vfio/devices",
            absentRemedy: "modprobe iommufd (the kernel needs CONFIG_IOMMUFD)", group: "kvm"),
    ]

    func finding() -> Finding {
        if access(path, F_OK) != 0 {
            return Finding(path, .missing, "not there (\(purpose))", cost: cost, remedy: absentRemedy)
        }
        if access(path, R_OK | W_OK) != 0 {
            return Finding(
                path, .forbidden, "there, but you may not read and write it (\(purpose))", cost: cost,
                remedy: "add a udev rule that gives it to a group of yours, such as: "
                    + "KERNEL==\"\(path.dropFirst(5))\", GROUP=\"\(group)\", MODE=\"0660\"")
        }
        return Finding(path, .good, purpose)
    }
}
