// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import CVFIO
internal import EventLoop
internal import Glibc
package import System

/// The calls of opening, really made.
package struct KernelOpening: OpeningCalls {
    package init() {}

    package func open(_ path: String) throws(DeviceError) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try Self.checked(Glibc.open(path, O_RDWR | O_CLOEXEC)))
    }

    package func duplicate(_ number: CInt) throws(DeviceError) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try Self.checked(fcntl(number, F_DUPFD_CLOEXEC, 3)))
    }

    package func receive(from path: String, within patience: UInt64) throws(DeviceError) -> OwnedDescriptor {
        let deadline = EventLoop.now() + patience
        // EPROTOTYPE: somebody listens, on the other kind of socket (connect(2)).
        let socket: OwnedDescriptor
        do throws(DeviceError) {
            socket = try Self.connect(to: path, .stream, until: deadline)
        } catch {
            guard error.errno == EPROTOTYPE else { throw error }
            socket = try Self.connect(to: path, .packets, until: deadline)
        }
        while true {
            try Self.wait(for: socket, POLLIN, until: deadline)
            let result = oriel_receive_device(socket.rawValue)
            if result >= 0 { return OwnedDescriptor(adopting: result) }
            guard result == -EAGAIN || result == -EINTR else { throw DeviceError(errno: -result) }
        }
    }

    package func interfaceVersion(_ container: borrowing OwnedDescriptor) throws(DeviceError) -> CInt {
        try Self.checked(ioctl(container.rawValue, UInt(ORIEL_VFIO_GET_API_VERSION)))
    }

    package func supports(_ type: CInt, _ container: borrowing OwnedDescriptor) throws(DeviceError) -> Bool {
        try Self.checked(Self.call(container, ORIEL_VFIO_CHECK_EXTENSION, number: type)) > 0
    }

    package func groupFlags(_ group: borrowing OwnedDescriptor) throws(DeviceError) -> UInt32 {
        var status = vfio_group_status()
        status.argsz = UInt32(MemoryLayout<vfio_group_status>.size)
        _ = try Self.checked(ioctl(group.rawValue, UInt(ORIEL_VFIO_GROUP_GET_STATUS), &status))
        return status.flags
    }

    package func put(_ group: borrowing OwnedDescriptor, into container: borrowing OwnedDescriptor) throws(DeviceError) {
        var number = container.rawValue
        _ = try Self.checked(ioctl(group.rawValue, UInt(ORIEL_VFIO_GROUP_SET_CONTAINER), &number))
    }

    package func setIOMMU(_ type: CInt, of container: borrowing OwnedDescriptor) throws(DeviceError) {
        _ = try Self.checked(Self.call(container, ORIEL_VFIO_SET_IOMMU, number: type))
    }

    package func device(_ name: String, of group: borrowing OwnedDescriptor) throws(DeviceError) -> OwnedDescriptor {
        var name = Array(name.utf8CString)
        let number = try Self.checked(ioctl(group.rawValue, UInt(ORIEL_VFIO_GROUP_GET_DEVICE_FD), &name))
        return OwnedDescriptor(adopting: number)
    }

    package func bind(_ device: borrowing OwnedDescriptor, to iommufd: borrowing OwnedDescriptor) throws(DeviceError) {
        var bind = vfio_device_bind_iommufd()
        bind.argsz = UInt32(MemoryLayout<vfio_device_bind_iommufd>.size)
        bind.iommufd = iommufd.rawValue
        _ = try Self.checked(ioctl(device.rawValue, UInt(ORIEL_VFIO_DEVICE_BIND_IOMMUFD), &bind))
    }

    package func calls(of device: consuming OwnedDescriptor) -> any DeviceCalls { KernelDevice(device) }

    private static func checked(_ result: CInt) throws(DeviceError) -> CInt {
        guard result >= 0 else { throw DeviceError(errno: errno) }
        return result
    }

    /// Where the argument is a number, the kernel takes all its 64 bits, which a pointer has.
    private static func call(_ descriptor: borrowing OwnedDescriptor, _ request: Int, number: CInt) -> CInt {
        guard let pointer = UnsafeMutableRawPointer(bitPattern: Int(number)) else {
            return Glibc.ioctl(descriptor.rawValue, UInt(request))
        }
        return Glibc.ioctl(descriptor.rawValue, UInt(request), pointer)
    }

    private static func connect(
        to path: String, _ kind: LocalSocket.Kind, until deadline: UInt64
    ) throws(DeviceError) -> OwnedDescriptor {
        do throws(Errno) {
            let socket = try LocalSocket.make(kind)
            while true {
                do throws(Errno) {
                    try LocalSocket.connect(socket, to: path)
                    return socket
                } catch {
                    // EAGAIN: the listener's queue is full; unlike with TCP there is nothing to wait for but time (unix(7)).
                    guard error.code == EAGAIN || error.code == EINTR else { throw error }
                    guard EventLoop.now() < deadline else { throw Errno(code: ETIMEDOUT) }
                    usleep(10_000)
                }
            }
        } catch {
            throw DeviceError(errno: error.code)
        }
    }

    private static func wait(
        for descriptor: borrowing OwnedDescriptor, _ events: CInt, until deadline: UInt64
    ) throws(DeviceError) {
        while true {
            let now = EventLoop.now()
            guard now < deadline else { throw DeviceError(errno: ETIMEDOUT) }
            var wait = pollfd(fd: descriptor.rawValue, events: Int16(events), revents: 0)
            let result = poll(&wait, 1, CInt((deadline - now) / 1_000_000 + 1))
            if result > 0 { return }
            guard result == 0 || errno == EINTR else { throw DeviceError(errno: errno) }
        }
    }
}
