// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Glibc

@main
enum Main {
    static func main() {
        // A viewer of statistics that goes away must end a write with an error, not this process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try Oriel.parseAsRoot()
            try command.run()
        } catch let failure as Failure {
            failure.exit()
        } catch {
            Oriel.exit(withError: error)
        }
    }
}

struct Oriel: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "oriel",
        abstract: "Shows a virtual machine's display on Wayland without copying a pixel.",
        discussion: """
            A SOURCE is a URL:
              demo:[?size=1280x720&rate=60&pattern=bars|text|checker&cursor=moving|still|none
                    &memory=auto|udmabuf|heap|memfd&modeswitch=SECONDS]   the synthetic guest
              qemu:[VM-NAME][?console=N]      a QEMU with -display dbus, on the session bus
              qemu:unix:path=/SOCKET          the same, over a socket

            Exit codes: 0 ended by you or by a limit, 64 wrong usage, 69 the source is not there or has gone,
            70 a fault of oriel's, 74 no compositor, 77 not permitted.
            """,
        version: version,
        subcommands: [View.self, Screenshot.self, Doctor.self])
}
