// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import PlaneServer
internal import QEMUDisplay
internal import QMP
internal import Recording
internal import VFIOPlanes

extension SourceAddress {
    /// The absolute path of the file whose appearance says that the source may be there: a socket, a device or a recording. nil where no
    /// file says so, such as on a bus, or in sysfs, where inotify(7) hears nothing.
    package var file: String? {
        switch self {
        case .demo: nil
        case .planes(let address): address.path
        case .replay(let address): address.path.hasPrefix("/") ? address.path : nil
        case .qemu(let address, _):
            switch address.endpoint {
            case .sessionBus: nil
            case .socket(let path): path
            case .monitor(let monitor): monitor.path
            }
        case .vfio(let address, _):
            switch address.endpoint {
            case .characterDevice(let name): "/dev/vfio/devices/\(name)"
            case .socket(let path): path
            case .onlyDevice, .mediated, .pci, .sysfs, .descriptor: nil
            }
        }
    }
}
