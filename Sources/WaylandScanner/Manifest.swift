// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The code to generate: a side, and for each global its highest version and the file that declares it.
///
/// ```
/// # comment
/// side client
/// wl_compositor 6 wayland.xml
/// drop wp_cursor_shape_manager_v1.get_tablet_tool_v2
/// ```
struct Manifest {
    enum Side: String { case client, server }

    struct Global {
        let interface: String
        let highestVersion: Int
        let file: String
        let location: Location
    }

    var side: Side
    var globals: [Global] = []
    /// Messages to leave out, as `interface.message`, because they refer to an interface that isn't generated.
    var dropped: [String: Location] = [:]

    /// The XML files, each once, in the order in which the manifest first names them.
    var files: [String] {
        globals.map(\.file).reduce(into: []) { files, file in if !files.contains(file) { files.append(file) } }
    }
}

extension Manifest {
    init(parsing text: String, file: String) throws(ScannerError) {
        var side: Side?
        self.side = .client
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let location = Location(file: file, line: index + 1)
            let words = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
            switch words.count {
            case 0: break
            case 2 where words[0] == "side":
                guard let named = Side(rawValue: words[1]), side == nil else {
                    throw ScannerError(location: location, problem: "expected one «side client» or «side server» line")
                }
                side = named
            case 2 where words[0] == "drop": dropped[words[1]] = location
            case 3:
                guard let version = Int(words[1]), version > 0 else {
                    throw ScannerError(location: location, problem: "\"\(words[1])\" is not a version")
                }
                guard !globals.contains(where: { $0.interface == words[0] }) else {
                    throw ScannerError(location: location, problem: "\(words[0]) is listed twice")
                }
                globals.append(Global(interface: words[0], highestVersion: version, file: words[2], location: location))
            default:
                throw ScannerError(
                    location: location, problem: "expected «side S», «GLOBAL VERSION FILE» or «drop INTERFACE.MESSAGE»")
            }
        }
        guard let side else {
            throw ScannerError(
                location: Location(file: file, line: 1), problem: "a line «side client» or «side server» is missing")
        }
        self.side = side
    }
}
