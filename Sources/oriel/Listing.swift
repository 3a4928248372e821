// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Logging
internal import PlaneServer
internal import Planes
internal import QEMUDisplay
internal import VFIOPlanes

/// One display that there is, and the URL that shows it.
struct Listing {
    let url: String
    /// Of the VM or the device.
    let name: String
    /// nil where the source has only one.
    var console: String?
    /// nil where it is off, or nobody tells.
    var size: PixelSize?
    var format: String?
}

/// What one room of sources finds on this machine.
struct Listings {
    var entries: [Listing] = []
    /// One line for whatever couldn't be looked at.
    var problems: [String] = []

    /// One function for each room whose displays can be found.
    static var providers: [() -> Listings] { [vfio, qemu, planes] }

    private static func vfio() -> Listings {
        let list = DisplayList()
        return Listings(
            entries: list.displays.map {
                Listing(url: "\($0.address)", name: $0.description, size: $0.size, format: $0.format)
            },
            problems: list.problems)
    }

    private static func qemu() -> Listings {
        let list = ConsoleList()
        return Listings(
            entries: list.entries.map { Listing(url: $0.url, name: $0.machine, console: $0.console, size: $0.size) },
            problems: list.problems)
    }

    private static func planes() -> Listings {
        guard let folder = getenv("XDG_RUNTIME_DIR") else {
            return Listings(problems: ["planes: XDG_RUNTIME_DIR isn't set: set it to the folder of the plane servers' sockets"])
        }
        do throws(EventLoopError) {
            let log = Logger(label: "oriel") { _ in SwiftLogNoOpLogHandler() }
            let servers = PlaneSockets.servers(in: String(cString: folder), loop: try EventLoop(), logger: log)
            return Listings(
                entries: servers.map { Listing(url: $0.url, name: $0.name, size: $0.size, format: $0.format.map { "\($0)" }) })
        } catch {
            return Listings(problems: ["planes: plane servers can't be looked for (\(error)): close other programs"])
        }
    }
}
