// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
package import System

/// The kernel's calls for opening a VFIO device, one per method, nothing interpreted. Tests script them, since no machine fails in
/// every way.
package protocol OpeningCalls {
    /// Opens a file for reading and writing, closed on exec (open(2)).
    func open(_ path: String) throws(Errno) -> OwnedDescriptor
    /// Duplicates a descriptor that this process has inherited.
    func duplicate(_ number: CInt) throws(Errno) -> OwnedDescriptor

    /// VFIO_GET_API_VERSION.
    func interfaceVersion(_ container: borrowing OwnedDescriptor) throws(Errno) -> CInt
    /// Whether the container supports this kind of IOMMU (VFIO_CHECK_EXTENSION).
    func supports(_ type: CInt, _ container: borrowing OwnedDescriptor) throws(Errno) -> Bool
    /// The flags VFIO_GROUP_FLAGS_* (VFIO_GROUP_GET_STATUS).
    func groupFlags(_ group: borrowing OwnedDescriptor) throws(Errno) -> UInt32
    /// VFIO_GROUP_SET_CONTAINER.
    func put(_ group: borrowing OwnedDescriptor, into container: borrowing OwnedDescriptor) throws(Errno)
    /// VFIO_SET_IOMMU.
    func setIOMMU(_ type: CInt, of container: borrowing OwnedDescriptor) throws(Errno)
    /// VFIO_GROUP_GET_DEVICE_FD.
    func device(_ name: String, of group: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor
    /// VFIO_DEVICE_BIND_IOMMUFD.
    func bind(_ device: borrowing OwnedDescriptor, to iommufd: borrowing OwnedDescriptor) throws(Errno)

    /// The calls of an open device.
    func calls(of device: consuming OwnedDescriptor) -> any DeviceCalls
}

/// The kernel's own answers.
package struct KernelOpening: OpeningCalls {
    package init() {}

    package func open(_ path: String) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try Errno.checked(Glibc.open(path, O_RDWR | O_CLOEXEC)))
    }

    package func duplicate(_ number: CInt) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try Errno.checked(fcntl(number, F_DUPFD_CLOEXEC, 3)))
    }

    package func interfaceVersion(_ container: borrowing OwnedDescriptor) throws(Errno) -> CInt {
        try Errno.checked(ioctl(container.rawValue, UInt(ORIEL_VFIO_GET_API_VERSION)))
    }

    package func supports(_ type: CInt, _ container: borrowing OwnedDescriptor) throws(Errno) -> Bool {
        try Errno.checked(Self.call(container, ORIEL_VFIO_CHECK_EXTENSION, number: type)) > 0
    }

    package func groupFlags(_ group: borrowing OwnedDescriptor) throws(Errno) -> UInt32 {
        var status = vfio_group_status()
        status.argsz = UInt32(MemoryLayout<vfio_group_status>.size)
        _ = try Errno.checked(ioctl(group.rawValue, UInt(ORIEL_VFIO_GROUP_GET_STATUS), &status))
        return status.flags
    }

    package func put(_ group: borrowing OwnedDescriptor, into container: borrowing OwnedDescriptor) throws(Errno) {
        var number = container.rawValue
        _ = try Errno.checked(ioctl(group.rawValue, UInt(ORIEL_VFIO_GROUP_SET_CONTAINER), &number))
    }

    package func setIOMMU(_ type: CInt, of container: borrowing OwnedDescriptor) throws(Errno) {
        _ = try Errno.checked(Self.call(container, ORIEL_VFIO_SET_IOMMU, number: type))
    }

    package func device(_ name: String, of group: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor {
        var name = Array(name.utf8CString)
        let number = try Errno.checked(ioctl(group.rawValue, UInt(ORIEL_VFIO_GROUP_GET_DEVICE_FD), &name))
        return OwnedDescriptor(adopting: number)
    }

    package func bind(_ device: borrowing OwnedDescriptor, to iommufd: borrowing OwnedDescriptor) throws(Errno) {
        var bind = vfio_device_bind_iommufd()
        bind.argsz = UInt32(MemoryLayout<vfio_device_bind_iommufd>.size)
        bind.iommufd = iommufd.rawValue
        _ = try Errno.checked(ioctl(device.rawValue, UInt(ORIEL_VFIO_DEVICE_BIND_IOMMUFD), &bind))
    }

    package func calls(of device: consuming OwnedDescriptor) -> any DeviceCalls { KernelDevice(device) }

    /// Passes a number where the call takes one: the kernel reads 64 bits, as many as a pointer has.
    private static func call(_ descriptor: borrowing OwnedDescriptor, _ request: Int, number: CInt) -> CInt {
        guard let pointer = UnsafeMutableRawPointer(bitPattern: Int(number)) else {
            return Glibc.ioctl(descriptor.rawValue, UInt(request))
        }
        return Glibc.ioctl(descriptor.rawValue, UInt(request), pointer)
    }
}
