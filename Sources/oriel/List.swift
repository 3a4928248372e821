// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Glibc
internal import Measurement
internal import Viewer

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the displays that can be shown now, each with its URL.",
        discussion: """
            Looks at the VFIO devices of this machine, the QEMUs on the session bus, and the plane servers whose sockets are in \
            XDG_RUNTIME_DIR. Problems with any of them are reported on standard error, or with --json in the member 'problems'.
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let listings = Listings()
        writeLine(json ? listings.json.text : listings.text, to: STDOUT_FILENO)
        if !json { for problem in listings.problems { writeLine("oriel: \(problem)", to: STDERR_FILENO) } }
    }
}
