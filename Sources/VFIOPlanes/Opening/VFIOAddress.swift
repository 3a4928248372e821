// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// The place of a VFIO device: a `vfio:` URL, parsed.
///
/// | URL | means |
/// |---|---|
/// | `vfio:` | the only VFIO device of this machine that has a display |
/// | `vfio:/dev/vfio/devices/vfio0` | a device's own file (cdev), opened with iommufd |
/// | `vfio:UUID` | a mediated device (vGPU) by its UUID |
/// | `vfio:0000:00:02.0`, `vfio:00:02.0` | a PCI device by its address; the domain is 0000 where it is left out |
/// | `vfio:/sys/…` | any device by its folder in sysfs |
/// | `vfio:fd=5` | an open device that this process has inherited as descriptor 5 |
/// | `vfio:unix=/SOCKET` | an open device that the VMM listening there hands over, see ``Endpoint/socket(path:)`` |
///
/// In paths `%20` and the like stand for any byte.
public struct VFIOAddress: Hashable, Sendable {
    public enum Endpoint: Hashable, Sendable {
        /// The only device with a display.
        case onlyDevice
        /// `/dev/vfio/devices/NAME`.
        case characterDevice(name: String)
        /// A mediated device; the UUID in lower case, as sysfs writes it.
        case mediated(uuid: String)
        /// A PCI device as sysfs writes it: domain, bus, device, function.
        case pci(address: String)
        /// An absolute path below `/sys`.
        case sysfs(path: String)
        /// A descriptor of this process. It stays open: a duplicate is read.
        case descriptor(CInt)
        /// A Unix socket (stream or seqpacket) of a VMM that owns the device. It sends one message to each peer that connects: the
        /// byte `v`, and with it the device's descriptor (SCM_RIGHTS). Nothing is sent to it.
        case socket(path: String)
    }

    public let endpoint: Endpoint

    public init(endpoint: Endpoint) { self.endpoint = endpoint }

    /// - Throws: ``SourceError/Reason/usage`` with a line that says what is wrong and what to write instead.
    public init(url: String) throws(SourceError) {
        do throws(URLMistake) { endpoint = try Self.endpoint(of: url) } catch { throw error.error(in: url) }
    }

    private static let forms =
        "vfio:, vfio:UUID, vfio:PCI-ADDRESS, vfio:/dev/vfio/devices/vfioN, vfio:fd=N or vfio:unix=/SOCKET"

    private static func endpoint(of url: String) throws(URLMistake) -> Endpoint {
        guard url.hasPrefix("vfio:") else { throw URLMistake("not a VFIO URL", use: forms) }
        let text = url.dropFirst("vfio:".count)
        if let mark = text.firstIndex(of: "?") {
            throw URLMistake("a VFIO device has no options", use: "vfio:\(text[..<mark])")
        }
        if text.isEmpty { return .onlyDevice }
        if text.hasPrefix("fd=") { return try descriptor(text.dropFirst(3)) }
        if text.hasPrefix("unix=") { return .socket(path: try String(socketPath: text.dropFirst(5), form: "vfio:unix=/SOCKET")) }
        if text.hasPrefix("/") { return try path(text) }
        if let uuid = uuid(text) { return .mediated(uuid: uuid) }
        if let address = pciAddress(text) { return .pci(address: address) }
        throw URLMistake("neither a UUID nor a PCI address", use: forms)
    }

    private static func descriptor(_ text: Substring) throws(URLMistake) -> Endpoint {
        guard isDecimal(text), let number = CInt(text) else {
            throw URLMistake("the descriptor isn't a number", use: "vfio:fd=N with N from 3")
        }
        guard number > 2 else {
            throw URLMistake("0, 1 and 2 are the standard input and outputs", use: "vfio:fd=N with N from 3")
        }
        return .descriptor(number)
    }

    private static func path(_ text: Substring) throws(URLMistake) -> Endpoint {
        let path = try String(decoding: text)
        let folder = "/dev/vfio/devices/"
        if path.hasPrefix(folder) {
            let name = path.dropFirst(folder.count)
            guard name.hasPrefix("vfio"), isDecimal(name.dropFirst(4)) else {
                throw URLMistake("not a VFIO device's file", use: "\(folder)vfioN")
            }
            return .characterDevice(name: String(name))
        }
        if path.hasPrefix("/dev/vfio/") {
            throw URLMistake("a group's file, which may hold several devices", use: "vfio:UUID or vfio:PCI-ADDRESS of the device")
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count > 1, parts[0] == "sys", !parts.contains("..") else {
            throw URLMistake("neither a VFIO device's file nor a folder of sysfs", use: "\(folder)vfioN or /sys/…")
        }
        return .sysfs(path: "/" + parts.joined(separator: "/"))
    }

    /// The UUID (8-4-4-4-12 hexadecimal digits) in lower case; nil where the text is something else.
    static func uuid(_ text: some StringProtocol) -> String? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], parts.allSatisfy({ isHexadecimal($0) }) else { return nil }
        return text.lowercased()
    }

    /// The PCI address `DDDD:BB:DD.F` in lower case; nil where the text is something else. A missing domain is 0000.
    static func pciAddress(_ text: some StringProtocol) -> String? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 else { return nil }
        let last = parts[parts.count - 1].split(separator: ".", omittingEmptySubsequences: false)
        let domain = parts.count == 3 ? String(parts[0]) : "0000"
        let bus = parts[parts.count - 2]
        // PCI has 32 devices on a bus and 8 functions in a device; domains beyond 16 bits exist (Intel's VMD).
        guard last.count == 2, (4...8).contains(domain.utf8.count), bus.utf8.count == 2, last[0].utf8.count == 2,
            last[1].utf8.count == 1, isHexadecimal(domain), isHexadecimal(bus), isHexadecimal(last[0]),
            let device = UInt8(last[0], radix: 16), device < 32, let function = UInt8(last[1], radix: 16), function < 8
        else { return nil }
        return "\(domain):\(bus):\(last[0]).\(last[1])".lowercased()
    }

    private static func isDecimal(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isHexadecimal(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.isASCII && $0.properties.isASCIIHexDigit }
    }
}

extension VFIOAddress: CustomStringConvertible {
    /// The URL.
    public var description: String {
        switch endpoint {
        case .onlyDevice: "vfio:"
        case .characterDevice(let name): "vfio:/dev/vfio/devices/\(name)"
        case .mediated(let uuid): "vfio:\(uuid)"
        case .pci(let address): "vfio:\(address)"
        case .sysfs(let path): "vfio:\(path.escapedForURL)"
        case .descriptor(let number): "vfio:fd=\(number)"
        case .socket(let path): "vfio:unix=\(path.escapedForURL)"
        }
    }
}
