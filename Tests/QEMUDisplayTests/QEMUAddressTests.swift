// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import QEMUDisplay
import QMP
import Testing

@Suite("QEMU URLs")
struct QEMUAddressTests {
    static let good: [(url: String, address: QEMUAddress)] = [
        ("qemu:", QEMUAddress(endpoint: .sessionBus)),
        ("qemu:?console=0", QEMUAddress(endpoint: .sessionBus)),
        ("qemu:debian", QEMUAddress(endpoint: .sessionBus, virtualMachine: "debian")),
        ("qemu:debian?console=2", QEMUAddress(endpoint: .sessionBus, virtualMachine: "debian", console: 2)),
        ("qemu:my%20VM", QEMUAddress(endpoint: .sessionBus, virtualMachine: "my VM")),
        ("qemu:gr%c3%BCn", QEMUAddress(endpoint: .sessionBus, virtualMachine: "grün")),
        ("qemu:50%25%3F", QEMUAddress(endpoint: .sessionBus, virtualMachine: "50%?")),
        (
            "qemu:6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1f",
            QEMUAddress(endpoint: .sessionBus, virtualMachine: "6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1f")
        ),
        ("qemu:unix:path=/run/vm.sock", QEMUAddress(endpoint: .socket(path: "/run/vm.sock"))),
        ("qemu:unix:path=/run/vm.sock?console=1", QEMUAddress(endpoint: .socket(path: "/run/vm.sock"), console: 1)),
        ("qemu:unix:path=/tmp/bus,guid=0123456789abcdef", QEMUAddress(endpoint: .socket(path: "/tmp/bus"))),
        ("qemu:unix:path=/a%2cb", QEMUAddress(endpoint: .socket(path: "/a,b"))),
        ("qemu:unix:path=/a=b", QEMUAddress(endpoint: .socket(path: "/a=b"))),
        ("qemu:qmp=/run/qmp.sock", QEMUAddress(endpoint: .monitor(MonitorAddress(path: "/run/qmp.sock")!))),
        ("qemu:qmp=/a%3fb?console=3", QEMUAddress(endpoint: .monitor(MonitorAddress(path: "/a?b")!), console: 3)),
        ("qemu:%71mp=/x", QEMUAddress(endpoint: .sessionBus, virtualMachine: "qmp=/x")),
    ]

    @Test("each form means what the table says", arguments: good)
    func parses(url: String, address: QEMUAddress) throws {
        #expect(try QEMUAddress(url: url) == address)
    }

    static let bad = [
        "", "qemu", "vfio:0", "qemu:a?console", "qemu:a?console=", "qemu:a?console=x", "qemu:a?console=-1", "qemu:a?console=+1",
        "qemu:a?console=4294967296", "qemu:a?console=1&console=2", "qemu:a?konsole=1", "qemu:a?", "qemu:a?console=1&", "qemu:%",
        "qemu:%4", "qemu:%zz", "qemu:%00", "qemu:%ff", "qemu:unix:", "qemu:unix:path=", "qemu:unix:path=run/vm",
        "qemu:unix:abstract=/x",
        "qemu:qmp=", "qemu:qmp=run/vm", "qemu:qmp=/a%00", "qemu:qmp=/" + String(repeating: "x", count: 107),
        "qemu:unix:path", "qemu:unix:path=/a,path=/b", "qemu:unix:path=/" + String(repeating: "x", count: 107),
    ]

    @Test("a wrong URL is the user's mistake, told in one line with the URL and a remedy", arguments: bad)
    func refuses(url: String) {
        let error = #expect(throws: SourceError.self) { try QEMUAddress(url: url) }
        guard case .usage = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error!.message.hasPrefix(url.hasSuffix(":") ? "\(url) " : "\(url): "))
        #expect(error!.message.contains(": use "))
        #expect(!error!.message.contains("\n"))
    }

    @Test("what connecting answers tells apart what is missing, what is closed to us, and what is dead")
    func connecting() {
        let address = QEMUAddress(endpoint: .socket(path: "/run/vm.sock"))
        for (code, words) in [
            (EACCES, "run as"), (EPERM, "run as"), (ENOENT, "no such"), (ECONNREFUSED, "nobody listens"), (EIO, "cannot connect"),
        ] {
            let error = address.cannotConnect(errno: code)
            #expect(error.message.hasPrefix("qemu:unix:path=/run/vm.sock: ") && error.message.contains(words))
            let isRefused = if case .notPermitted = error.reason { true } else { false }
            #expect(isRefused == (code == EACCES || code == EPERM))
        }
    }
}
