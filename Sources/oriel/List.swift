// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Glibc
internal import Measurement
internal import Planes

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the displays that can be shown now, each with its URL.",
        discussion: """
            Looks at the VFIO devices of this machine, the QEMUs on the session bus, and the plane servers whose sockets are in
            XDG_RUNTIME_DIR. What can't be looked at is told on standard error, or with --json in the member 'problems'.
            """)

    @Flag(help: "As one JSON object.")
    var json = false

    private static let nothing = """
        no display found. To have one:
          qemu-system-x86_64 -display dbus -device virtio-vga …    then: oriel view qemu:
          a vGPU's UUID in mdev_supported_types/TYPE/create        then: oriel view vfio:
        The demonstration guest is always there: oriel view demo:
        """

    func run() throws {
        let found = Listings.providers.map { $0() }
        let entries = found.flatMap(\.entries), problems = found.flatMap(\.problems)
        if json {
            let object = JSON.object([
                ("sources", .array(entries.map(\.json))), ("problems", .array(problems.map(JSON.string))),
            ])
            writeLine(object.text, to: STDOUT_FILENO)
            return
        }
        writeLine(entries.isEmpty ? Self.nothing : Self.table(entries), to: STDOUT_FILENO)
        for problem in problems { writeLine("oriel: \(problem)", to: STDERR_FILENO) }
    }

    /// Columns as wide as their widest entry, the last one as it is.
    private static func table(_ entries: [Listing]) -> String {
        let rows = [["URL", "NAME", "CONSOLE", "SIZE", "FORMAT"]] + entries.map(\.row)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}

extension Listing {
    fileprivate var row: [String] { [url, name, console ?? "-", size.map { "\($0)" } ?? "off", format ?? "-"] }

    fileprivate var json: JSON {
        let size = size.map {
            JSON.object([("width", .integer(UInt64($0.width))), ("height", .integer(UInt64($0.height)))])
        }
        return .object([
            ("url", .string(url)), ("name", .string(name)), ("console", console.map(JSON.string) ?? .null),
            ("size", size ?? .null), ("format", format.map(JSON.string) ?? .null),
        ])
    }
}
