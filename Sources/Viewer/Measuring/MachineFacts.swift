// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Measurement
internal import System

/// What a measurement was made on, as far as the machine tells.
enum MachineFacts {
    static var machine: [(name: String, value: JSON)] {
        [
            ("kernel", text(kernel)),
            ("processor", text(processor)),
            ("processors", .integer(UInt64(max(0, sysconf(CInt(_SC_NPROCESSORS_ONLN)))))),
            (
                "memoryBytes",
                .integer(UInt64(max(0, sysconf(CInt(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(CInt(_SC_PAGESIZE)))))
            ),
            ("graphicsDrivers", .array(graphicsDrivers.map(JSON.string))),
        ]
    }

    /// The program at the other end of a Unix socket, by the kernel's word (SO_PEERCRED). A name can be anything, and only names the
    /// program.
    static func peer(of socket: CInt) -> [(name: String, value: JSON)] {
        let process = (try? LocalSocket.peer(of: socket))?.process ?? 0
        return [
            ("program", text(process > 0 ? program(of: process) : nil)),
            ("executable", text(process > 0 ? target(of: "/proc/\(process)/exe") : nil)),
        ]
    }

    /// The program that a process runs; nil where it isn't there.
    static func program(of process: Int32) -> String? { line("/proc/\(process)/comm") }

    private static var kernel: String? {
        var names = utsname()
        guard uname(&names) == 0 else { return nil }
        func string<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(string(names.sysname)) \(string(names.release)) \(string(names.machine))"
    }

    /// The processor's name from /proc/cpuinfo; not every architecture has one there.
    private static var processor: String? {
        contents("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) }
    }

    /// The kernel's drivers of the display devices that are there, such as i915.
    private static var graphicsDrivers: [String] {
        guard let folder = opendir("/sys/class/drm") else { return [] }
        defer { closedir(folder) }
        var drivers: Set<String> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard name.hasPrefix("card"), !name.contains("-") else { continue }
            if let driver = target(of: "/sys/class/drm/\(name)/device/driver")?.split(separator: "/").last {
                drivers.insert(String(driver))
            }
        }
        return drivers.sorted()
    }

    private static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }

    private static func line(_ path: String) -> String? { contents(path)?.split(separator: "\n").first.map(String.init) }

    /// At most 64 KiB of a file.
    private static func contents(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func target(of link: String) -> String? {
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            count = max(0, buffer.withMemoryRebound(to: CChar.self) { readlink(link, $0.baseAddress!, $0.count) })
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
