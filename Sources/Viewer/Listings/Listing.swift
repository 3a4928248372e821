// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
package import Measurement
internal import PlaneServer
internal import Planes
internal import QEMUDisplay
internal import VFIOPlanes

/// The displays that can be shown now, on this machine and for this user.
package struct Listings {
    private var entries: [Listing] = []
    /// One line for each thing that couldn't be looked at.
    package private(set) var problems: [String] = []

    /// Looks. Blocks for a few seconds at most for each peer that doesn't answer.
    package init() {
        for look in [Self.vfio, Self.qemu, Self.planes] {
            let found = look()
            entries += found.entries
            problems += found.problems
        }
    }

    private init(_ entries: [Listing], problems: [String] = []) {
        self.entries = entries
        self.problems = problems
    }

    private static func vfio() -> Listings {
        let list = DisplayList()
        return Listings(
            list.displays.map {
                Listing(url: "\($0.address)", name: $0.description, size: $0.size, format: $0.format)
            }, problems: list.problems)
    }

    private static func qemu() -> Listings {
        let list = ConsoleList()
        return Listings(
            list.entries.map { Listing(url: $0.url, name: $0.machine, console: $0.console, size: $0.size) },
            problems: list.problems)
    }

    private static func planes() -> Listings {
        guard let folder = getenv("XDG_RUNTIME_DIR") else {
            return Listings(
                [], problems: ["planes: XDG_RUNTIME_DIR isn't set: set it to the folder of the plane servers' sockets"])
        }
        do throws(EventLoopError) {
            let servers = PlaneSockets.servers(in: String(cString: folder), loop: try EventLoop())
            return Listings(
                servers.map { Listing(url: $0.url, name: $0.name, size: $0.size, format: $0.format.map { "\($0)" }) })
        } catch {
            return Listings([], problems: ["planes: plane servers can't be looked for (\(error)): close other programs"])
        }
    }

    // MARK: Reports

    private static let nothing = """
        no display found. To have one:
          qemu-system-x86_64 -display dbus -device virtio-vga …    then: oriel view qemu:
          a vGPU's UUID in mdev_supported_types/TYPE/create        then: oriel view vfio:
        The demonstration guest is always there: oriel view demo:
        """

    /// A table for people, or how to have a display where there is none. The problems aren't in it.
    package var text: String {
        guard !entries.isEmpty else { return Self.nothing }
        let rows = [["URL", "NAME", "CONSOLE", "SIZE", "FORMAT"]] + entries.map(\.row)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    /// The displays as `sources`, and the `problems`.
    package var json: JSON {
        .object([("sources", .array(entries.map(\.json))), ("problems", .array(problems.map(JSON.string)))])
    }
}

/// One display, and the URL that shows it.
private struct Listing {
    let url: String
    /// The VM's or the device's name.
    let name: String
    /// nil where the source has only one.
    var console: String?
    /// nil where the display is off, or the size isn't known before it is opened.
    var size: PixelSize?
    var format: String?

    var row: [String] { [url, name, console ?? "-", size.map { "\($0)" } ?? "off", format ?? "-"] }

    var json: JSON {
        let size = size.map {
            JSON.object([("width", .integer(UInt64($0.width))), ("height", .integer(UInt64($0.height)))])
        }
        return .object([
            ("url", .string(url)), ("name", .string(name)), ("console", console.map(JSON.string) ?? .null),
            ("size", size ?? .null), ("format", format.map(JSON.string) ?? .null),
        ])
    }
}
