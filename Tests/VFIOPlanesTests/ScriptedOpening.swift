// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CVFIO
import Glibc
import Planes
import System
import TestSupport

@testable import VFIOPlanes

/// The kernel's answers to opening, on the files of a ``FakeMachine``: right ones, but where the script says otherwise.
final class ScriptedOpening: OpeningCalls {
    enum Step: Hashable {
        case open(String), duplicate, version, supports(CInt), flags, put, setIOMMU, device, bind
    }

    private let machine: FakeMachine
    /// The errno that a step fails with.
    var refusals: [Step: CInt] = [:]
    var version: CInt = 0
    var types: Set<CInt> = [1, 3]
    var groupFlags = UInt32(VFIO_GROUP_FLAGS_VIABLE)
    /// What the devices are, by the name they are asked for; others have no display.
    var displays: [String: ScriptedDisplay] = [:]
    /// What was asked for, in order, paths without the machine's folder.
    private(set) var log: [String] = []
    /// What is handed over is asked of nobody here.
    private var nextDevice = "socket"

    init(_ machine: FakeMachine) { self.machine = machine }

    private func step(_ step: Step, _ text: String) throws(Errno) {
        log.append(text)
        if let code = refusals[step] { throw Errno(code: code) }
    }

    func open(_ path: String) throws(Errno) -> OwnedDescriptor {
        let short = String(path.dropFirst(machine.directory.path.count))
        try step(.open(short), "open \(short)")
        if path.contains("/dev/vfio/devices/") { nextDevice = path }
        return try file(path)
    }

    private func file(_ path: String) throws(Errno) -> OwnedDescriptor {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        return OwnedDescriptor(adopting: descriptor)
    }

    func duplicate(_ number: CInt) throws(Errno) -> OwnedDescriptor {
        try step(.duplicate, "duplicate \(number)")
        nextDevice = "fd"
        return try file("/dev/null")
    }

    func interfaceVersion(_ container: borrowing OwnedDescriptor) throws(Errno) -> CInt {
        try step(.version, "version")
        return version
    }

    func supports(_ type: CInt, _ container: borrowing OwnedDescriptor) throws(Errno) -> Bool {
        try step(.supports(type), "supports \(type)")
        return types.contains(type)
    }

    func groupFlags(_ group: borrowing OwnedDescriptor) throws(Errno) -> UInt32 {
        try step(.flags, "flags")
        return groupFlags
    }

    func put(_ group: borrowing OwnedDescriptor, into container: borrowing OwnedDescriptor) throws(Errno) {
        try step(.put, "put")
    }

    func setIOMMU(_ type: CInt, of container: borrowing OwnedDescriptor) throws(Errno) {
        try step(.setIOMMU, "set \(type)")
    }

    func device(_ name: String, of group: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor {
        try step(.device, "device \(name)")
        nextDevice = name
        return try file("/dev/null")
    }

    func bind(_ device: borrowing OwnedDescriptor, to iommufd: borrowing OwnedDescriptor) throws(Errno) {
        try step(.bind, "bind")
    }

    func calls(of device: consuming OwnedDescriptor) -> any DeviceCalls {
        let display = displays[nextDevice.split(separator: "/").last.map(String.init) ?? ""] ?? ScriptedDisplay(type: nil)
        display.descriptor = device.release()
        return display
    }
}

/// A device that answers probes, a query and its regions, and nothing else.
final class ScriptedDisplay: DeviceCalls {
    let type: DisplayProbe.PlaneType?
    var descriptor: CInt = -1
    /// The errno of VFIO_DEVICE_GET_INFO.
    var information: CInt = 0
    var regions: [DeviceRegion] = []
    var head = vfio_region_gfx_edid()
    /// What a query answers, by the kind of plane (DRM_PLANE_TYPE_*); the rest is off.
    var planes: [UInt32: vfio_device_gfx_plane_info] = [:]
    /// The errno of a query that isn't a probe.
    var queryError: CInt = 0
    private(set) var written: [UInt64] = []

    init(type: DisplayProbe.PlaneType?) { self.type = type }
    deinit { if descriptor >= 0 { close(descriptor) } }

    func queryPlane(_ plane: inout vfio_device_gfx_plane_info) throws(Errno) {
        guard let type else { throw Errno(code: ENOTTY) }
        guard plane.flags & 6 == type.flag else { throw Errno(code: EINVAL) }
        guard plane.flags & UInt32(VFIO_GFX_PLANE_TYPE_PROBE) == 0 else { return }
        guard queryError == 0 else { throw Errno(code: queryError) }
        if let answer = planes[plane.drm_plane_type] { plane = answer }
    }

    func buffer(id: UInt32) throws(Errno) -> OwnedDescriptor { throw Errno(code: ENOENT) }

    func regionCount() throws(Errno) -> UInt32 {
        guard information == 0 else { throw Errno(code: information) }
        return UInt32(regions.count)
    }

    func region(_ index: UInt32) throws(Errno) -> DeviceRegion { regions[Int(index)] }
    func map(offset: UInt64, length: Int) throws(Errno) -> Mapping { throw Errno(code: EINVAL) }

    func read(_ length: Int, at offset: UInt64) throws(Errno) -> [UInt8] {
        withUnsafeBytes(of: head) { Array($0.prefix(length)) }
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(Errno) { written.append(offset) }

    /// Gives it an EDID region.
    func addEDID() {
        let type = DeviceRegion.Capability(id: 2, version: 1, body: [1, 0, 0, 0, 1, 0, 0, 0])
        regions.append(DeviceRegion(flags: 3, offset: 1 << 40, size: 4096, capabilities: [type]))
        head = vfio_region_gfx_edid(
            edid_offset: 24, edid_max_size: 256, edid_size: 0, max_xres: 0, max_yres: 0, link_state: 1)
    }
}
