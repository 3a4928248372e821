// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import CVFIO
import Glibc
import Planes
import System
import Testing
import VFIOPlanes

/// No machine of a test has a VFIO device: what can be had of a plain file is.
@Suite("The kernel's calls")
struct KernelDeviceTests {
    let memory = Memory(8192)
    let device: KernelDevice

    init() { device = KernelDevice(OwnedDescriptor(adopting: dup(memory.descriptor))) }

    @Test("that a file doesn't know are refused as such")
    func unknown() {
        let refusal = Errno(code: ENOTTY)
        #expect(throws: refusal) {
            var plane = vfio_device_gfx_plane_info()
            try device.queryPlane(&plane)
        }
        #expect(throws: refusal) { _ = try device.buffer(id: 1) }
        #expect(throws: refusal) { try device.regionCount() }
        #expect(throws: refusal) { try device.region(0) }
    }

    @Test("read and write at a place, whole")
    func transfers() throws {
        try device.write([1, 2, 3, 4], at: 100)
        #expect(try device.read(6, at: 99) == [0, 1, 2, 3, 4, 0])
        #expect(try device.read(0, at: 0) == [])
        #expect(memory.length == 8192)
    }

    @Test("that read over the end fail rather than give less")
    func overTheEnd() {
        #expect(throws: Errno(code: EIO)) { try device.read(8193, at: 0) }
        #expect(throws: Errno(code: EINVAL)) { try device.read(1, at: .max) }
        #expect(throws: Errno(code: EINVAL)) { try device.write([1], at: UInt64(off_t.max)) }
    }

    @Test("map memory to be read, and unmap it with its owner")
    func maps() throws {
        try device.write([42], at: 4096)
        let mapping = try device.map(offset: 4096, length: 4096)
        #expect(mapping.bytes.count == 4096 && mapping.bytes[0] == 42)
        #expect(throws: Errno(code: EINVAL)) { _ = try device.map(offset: .max, length: 4096) }
        #expect(throws: Errno(code: EINVAL)) { _ = try device.map(offset: 0, length: 0) }
    }

    @Test("copy out of a mapping, and answer EFAULT where its memory has gone")
    func copies() throws {
        try device.write([UInt8](repeating: 5, count: 8192), at: 0)
        let mapping = try device.map(offset: 0, length: 8192)
        let copy = Memory(8192)
        try mapping.copy(8192, to: copy.descriptor)
        var bytes = [UInt8](repeating: 0, count: 8192)
        pread(copy.descriptor, &bytes, 8192, 0)
        #expect(bytes.allSatisfy { $0 == 5 })
        memory.resize(to: 4096)
        do throws(Errno) {
            try mapping.copy(8192, to: copy.descriptor)
            Issue.record("half of it has gone")
        } catch {
            #expect(error.code == EFAULT)
        }
    }

    @Test("close the device with its owner")
    func closes() {
        let memory = Memory()
        var device: KernelDevice? = KernelDevice(OwnedDescriptor(adopting: dup(memory.descriptor)))
        #expect(memory.descriptorsGivenAway == 1 && device != nil)
        device = nil
        #expect(memory.descriptorsGivenAway == 0)
    }
}
