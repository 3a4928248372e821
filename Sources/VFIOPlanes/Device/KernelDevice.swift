// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import CVFIO
internal import Glibc
package import System

/// A VFIO device's descriptor and its calls. All ioctls of an open device are made here.
package final class KernelDevice: DeviceCalls {
    private let descriptor: OwnedDescriptor

    package init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    package func queryPlane(_ plane: inout vfio_device_gfx_plane_info) throws(Errno) {
        try call(ORIEL_VFIO_DEVICE_QUERY_GFX_PLANE, &plane)
    }

    package func buffer(id: UInt32) throws(Errno) -> OwnedDescriptor {
        // The id is passed by pointer; the descriptor is the result.
        var id = id
        let buffer = OwnedDescriptor(adopting: try call(ORIEL_VFIO_DEVICE_GET_GFX_DMABUF, &id))
        // mbochs leaves it open on exec.
        _ = fcntl(buffer.rawValue, F_SETFD, FD_CLOEXEC)
        return buffer
    }

    package func regionCount() throws(Errno) -> UInt32 {
        var info = vfio_device_info()
        info.argsz = UInt32(MemoryLayout<vfio_device_info>.size)
        try call(ORIEL_VFIO_DEVICE_GET_INFO, &info)
        return info.num_regions
    }

    package func region(_ index: UInt32) throws(Errno) -> DeviceRegion {
        // The kernel says how long its whole answer is, and gives it when called again with that much room.
        var length = MemoryLayout<vfio_region_info>.size
        while true {
            var bytes = [UInt8](repeating: 0, count: length)
            var head = vfio_region_info()
            head.argsz = UInt32(length)
            head.index = index
            let code: CInt = bytes.withUnsafeMutableBytes { bytes in
                bytes.storeBytes(of: head, as: vfio_region_info.self)
                return result(ORIEL_VFIO_DEVICE_GET_REGION_INFO, bytes.baseAddress!)
            }
            _ = try Errno.checkedNegative(code)
            let info = RegionInfo(bytes)
            guard info.wantedLength > length, length < RegionInfo.longest else { return info.region }
            length = min(info.wantedLength, RegionInfo.longest)
        }
    }

    package func map(offset: UInt64, length: Int) throws(Errno) -> Mapping {
        try Mapping(descriptor.rawValue, offset: offset, length: length, for: .reading)
    }

    package func read(_ length: Int, at offset: UInt64) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        // A closure's typed throw isn't inferred through the standard library's rethrows.
        let result: Result<Void, Errno> = bytes.withUnsafeMutableBytes { target in
            Result { () throws(Errno) in try read(into: target, at: offset) }
        }
        try result.get()
        return bytes
    }

    package func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) {
        try transfer(target.count, at: offset) { done, place in
            pread(descriptor.rawValue, target.baseAddress! + done, target.count - done, place)
        }
    }

    package func write(_ bytes: [UInt8], at offset: UInt64) throws(Errno) {
        try transfer(bytes.count, at: offset) { done, place in
            bytes.withUnsafeBytes { pwrite(descriptor.rawValue, $0.baseAddress! + done, $0.count - done, place) }
        }
    }

    /// Calls until all bytes are transferred: a driver may do it in parts.
    private func transfer(_ length: Int, at offset: UInt64, _ call: (Int, off_t) -> Int) throws(Errno) {
        guard let start = off_t(exactly: offset), start <= off_t.max - off_t(length) else { throw Errno(code: EINVAL) }
        var done = 0
        while done < length {
            let count = call(done, start + off_t(done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw Errno(code: EIO)
            } else if errno != EINTR {
                throw .last
            }
        }
    }

    @discardableResult
    private func call<Argument>(_ request: Int, _ argument: inout Argument) throws(Errno) -> CInt {
        try Errno.checkedNegative(withUnsafeMutablePointer(to: &argument) { result(request, $0) })
    }

    /// Calls ioctl(2), again after a signal. Returns a negative errno on failure.
    private func result(_ request: Int, _ argument: UnsafeMutableRawPointer) -> CInt {
        while true {
            let result = ioctl(descriptor.rawValue, UInt(request), argument)
            if result >= 0 { return result }
            if errno != EINTR { return -errno }
        }
    }
}

extension Mapping {
    /// Writes the first `length` bytes of a device's memory to the start of a file, by write(2).
    ///
    /// The kernel reads them, not we: where the memory behind the mapping is gone (the device was removed or reset, its
    /// memory switched off), a load of ours would end the program with SIGBUS, and the kernel's answers EFAULT. That costs
    /// less than pread(2) of the device, which the sample drivers and vfio-pci serve four bytes at a time. process_vm_readv(2)
    /// would answer in the same way, but not for a mapping of a device's own memory (VM_PFNMAP).
    package borrowing func copy(_ length: Int, to file: CInt) throws(Errno) {
        try OwnedDescriptor.write(UnsafeRawBufferPointer(rebasing: bytes[..<length]), to: file, at: 0)
    }
}
