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
            if try view() { return }
            var command = try Oriel.parseAsRoot()
            try command.run()
        } catch {
            // What isn't a failure of ours is the parser's: usage, help, version.
            guard let failure = Failure(error) else { Oriel.exit(withError: error) }
            failure.exit()
        }
    }

    /// Runs a plain `oriel view …`, parsed alone: building the whole tree of commands would be a good part of its start. Whatever
    /// else there is (help, a mistake) goes the long way, which has the right words for it.
    private static func view() throws -> Bool {
        guard CommandLine.arguments.dropFirst().first == View.configuration.commandName else { return false }
        let request = CompositorRequest()
        guard let command = try? View.parse(Array(CommandLine.arguments.dropFirst(2))) else { return false }
        try command.run(on: request)
        return true
    }
}

/// Commands say their names, since ArgumentParser would spend a tenth of the start on making them from the types'.
struct Oriel: ParsableCommand {
    static let name = "oriel"
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Shows a virtual machine's display on Wayland without copying a pixel.",
        discussion: """
            A SOURCE is a URL:

              demo:                       the synthetic guest
              demo:?size=1280x720&rate=60&pattern=bars&cursor=moving
              qemu:                       the QEMU on the session bus that was
                                          started with -display dbus
              qemu:VM-NAME?console=0      one of several
              qemu:unix:path=/SOCKET      the same over a socket
              qemu:qmp=/SOCKET            by its QMP monitor, without a bus:
                                          QEMU with -display dbus,p2p=yes
              vfio:                       the only VFIO device with a display
              vfio:UUID                   a vGPU, or a PCI device by its address
              vfio:/dev/vfio/devices/vfioN   (or a folder of sysfs)
              vfio:fd=N                   a device that a VMM has open: its
              vfio:unix=/SOCKET           descriptor, inherited or handed over
              planes:/SOCKET              a plane server: oriel guest, or a VMM
                                          that exports its planes

            demo's pattern is bars, text or checker; its cursor moving, still
            or none; its memory auto, udmabuf, heap or memfd; modeswitch=SECONDS
            has it change its mode; rate=0 is a still picture.

            Exit codes: 0 ended by you or by a limit, 64 wrong usage, 69 the
            source is not there or has gone, 70 a fault of oriel's, 74 no
            compositor, 77 not permitted.
            """,
        version: version,
        subcommands: [View.self, Screenshot.self, Send.self, Guest.self, List.self, Doctor.self])
}
