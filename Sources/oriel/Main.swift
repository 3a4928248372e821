// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Glibc

@main
enum Main {
    static func main() {
        // A reader of our output that goes away must fail a write, and not end this process.
        signal(SIGPIPE, SIG_IGN)
        do {
            if try view() { return }
            var command = try Oriel.parseAsRoot()
            try command.run()
        } catch {
            // Any other error is the parser's: usage, help, version.
            guard let failure = Failure(error) else { Oriel.exit(withError: error) }
            failure.exit()
        }
    }

    /// Runs a plain `oriel view …` with a parser of its own, since building the whole tree of commands would take a good part of the
    /// start. Anything else (help, a mistake) takes the long way, which has the right words for it.
    ///
    /// - Returns: false where it was anything else.
    private static func view() throws -> Bool {
        guard CommandLine.arguments.dropFirst().first == View.configuration.commandName else { return false }
        let request = CompositorRequest()
        guard let command = try? View.parse(Array(CommandLine.arguments.dropFirst(2))) else { return false }
        try command.run(on: request)
        return true
    }
}

/// The root of the commands. Each command names itself: ArgumentParser would spend a tenth of the start on deriving their names from
/// the types.
struct Oriel: ParsableCommand {
    static let name = "oriel"
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Shows a virtual machine's display on Wayland without copying a pixel.",
        discussion: """
            A SOURCE is a URL:

              demo:                       the demonstration guest
              demo:?size=1280x720&rate=60&pattern=bars&cursor=moving
              qemu:                       the QEMU on the session bus, started
                                          with -display dbus
              qemu:VM-NAME?console=0      one of several
              qemu:unix:path=/SOCKET      the same over a socket
              qemu:qmp=/SOCKET            the same through its QMP monitor, without
                                          a bus: QEMU with -display dbus,p2p=yes
              vfio:                       the only VFIO device with a display
              vfio:UUID                   a vGPU, or a PCI device by its address
              vfio:/dev/vfio/devices/vfioN   (or a folder of sysfs)
              vfio:fd=N                   a device that a VMM has open, by its
              vfio:unix=/SOCKET           descriptor: inherited, or handed over
              planes:/SOCKET              a plane server: oriel guest, or a VMM
                                          that exports its planes
              replay:FILE                 a recording of oriel record, played
              replay:FILE?loop            again and again with ?loop

            Options of demo: are pattern (bars, text, checker or block), cursor
            (moving, still, none, or only: nothing but the cursor moves), memory
            (auto, udmabuf, heap or memfd), size, rate (0 is a still picture),
            modeswitch, the seconds between two changes of the mode, consoles,
            the number of its displays (see --all-consoles), and react: the
            guest takes input, and answers each event with a new picture after
            so many milliseconds. Without pattern and rate it is a block then,
            which changes at nothing else.

            Exit codes: 0 ended by you or by a limit, 1 an assertion of oriel
            measure doesn't hold, 64 wrong usage, 69 the source is not there or
            has gone, 70 a fault of oriel's, 74 no compositor, 77 not permitted.
            """,
        version: version,
        subcommands: [
            View.self, KioskCommand.self, StatusCommand.self, ReloadCommand.self, Measure.self, Record.self, Screenshot.self,
            Send.self,
            GuestCommand.self, List.self, Doctor.self,
        ])
}
