// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing
import VFIOPlanes

@Suite("VFIO URLs")
struct VFIOAddressTests {
    static let good: [(url: String, endpoint: VFIOAddress.Endpoint)] = [
        ("vfio:", .onlyDevice),
        ("vfio:/dev/vfio/devices/vfio0", .characterDevice(name: "vfio0")),
        ("vfio:/dev/vfio/devices/vfio17", .characterDevice(name: "vfio17")),
        ("vfio:6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1f", .mediated(uuid: "6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1f")),
        ("vfio:6E3CB5E9-6AC5-4A9C-A2C1-3CDBEB5E3F1F", .mediated(uuid: "6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1f")),
        ("vfio:0000:00:02.0", .pci(address: "0000:00:02.0")),
        ("vfio:00:02.0", .pci(address: "0000:00:02.0")),
        ("vfio:0A:1F.7", .pci(address: "0000:0a:1f.7")),
        ("vfio:10000:e1:00.0", .pci(address: "10000:e1:00.0")),
        ("vfio:/sys/bus/mdev/devices/x", .sysfs(path: "/sys/bus/mdev/devices/x")),
        ("vfio:/sys//class/vfio-dev/vfio0/", .sysfs(path: "/sys/class/vfio-dev/vfio0")),
        ("vfio:/sys/a%20b", .sysfs(path: "/sys/a b")),
        ("vfio:fd=3", .descriptor(3)),
        ("vfio:fd=255", .descriptor(255)),
        ("vfio:unix=/run/vm.sock", .socket(path: "/run/vm.sock")),
        ("vfio:unix=/run/what%3f%20.sock", .socket(path: "/run/what? .sock")),
        ("vfio:unix=/" + String(repeating: "x", count: 106), .socket(path: "/" + String(repeating: "x", count: 106))),
    ]

    @Test("each form means what the table says", arguments: good)
    func parses(url: String, endpoint: VFIOAddress.Endpoint) throws {
        #expect(try VFIOAddress(url: url).endpoint == endpoint)
    }

    static let bad = [
        "", "vfio", "qemu:", "vfio:nothing", "vfio:?", "vfio:?console=0", "vfio:fd=5?x=1", "vfio:fd=", "vfio:fd=x", "vfio:fd=-1",
        "vfio:fd=+5", "vfio:fd=0", "vfio:fd=2", "vfio:fd=4294967296", "vfio:unix=", "vfio:unix=run/vm", "vfio:unix=/%",
        "vfio:unix=/%00",
        "vfio:unix=/%ff", "vfio:unix=/" + String(repeating: "x", count: 107), "vfio:unix", "vfio:/", "vfio:/dev/vfio/12",
        "vfio:/dev/vfio/vfio", "vfio:/dev/vfio/devices/", "vfio:/dev/vfio/devices/vfio", "vfio:/dev/vfio/devices/vfio0x",
        "vfio:/dev/vfio/devices/../12", "vfio:/dev/sda", "vfio:/sys", "vfio:/sys/", "vfio:/sys/../dev/sda", "vfio:/system/x",
        "vfio:6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1", "vfio:6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1g",
        "vfio:6e3cb5e96ac54a9ca2c13cdbeb5e3f1f",
        "vfio:00:02", "vfio:00:02.8", "vfio:00:20.0", "vfio:0:02.0", "vfio:00:2.0", "vfio:000:00:02.0", "vfio:0000:00:02.0:0",
        "vfio:0000:0g:02.0", "vfio:0000:00:+2.0", "vfio:0000:00:02.0.0", "vfio:a\nb",
    ]

    @Test("a wrong URL is the user's mistake, told in one line with the URL and a remedy", arguments: bad)
    func refuses(url: String) {
        let error = #expect(throws: SourceError.self) { try VFIOAddress(url: url) }
        guard case .usage = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error!.message.hasPrefix("\(url.asSubject) ") || url.contains("\n"))
        #expect(error!.message.contains(": use "))
        #expect(!error!.message.contains("\n"))
    }

    @Test("an address says itself as a URL that is parsed to the same")
    func roundTrip() throws {
        for (_, endpoint) in Self.good {
            #expect(try VFIOAddress(url: "\(VFIOAddress(endpoint: endpoint))").endpoint == endpoint)
        }
    }
}
