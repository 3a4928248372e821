// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation

/// `WaylandScanner MANIFEST OUTPUT-FOLDER WAYLAND-PROTOCOLS-FOLDER WAYLAND-FOLDER`, run by the build-tool plugin.
@main
struct Scanner {
    static func main() {
        let words = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
        guard words.count == 4 else {
            fail("usage: WaylandScanner MANIFEST OUTPUT-FOLDER WAYLAND-PROTOCOLS-FOLDER WAYLAND-FOLDER")
        }
        do {
            for file in try generate(manifest: words[0], waylandProtocols: words[2], wayland: words[3]) {
                try Data(file.text.utf8).write(to: words[1].appending(path: file.name))
            }
        } catch let error as ScannerError {
            fail(error.description)
        } catch {
            fail("\(words[1].path): \(error.localizedDescription)")
        }
    }

    static func generate(
        manifest url: URL, waylandProtocols: URL, wayland: URL
    ) throws(ScannerError) -> [GeneratedFile] {
        guard let data = try? Data(contentsOf: url) else {
            throw ScannerError(location: Location(file: url.path, line: 0), problem: "can't be read")
        }
        let manifest = try Manifest(parsing: String(decoding: data, as: UTF8.self), file: url.path)
        var files: [String: ProtocolFile] = [:]
        for path in manifest.files {
            files[path] = try ProtocolParser.parse(
                contentsOf: locate(path, beside: url, waylandProtocols: waylandProtocols, wayland: wayland))
        }
        let selection = try Selection(manifest, files: files)
        return selection.generate(stems: manifest.files.map { files[$0]!.stem })
    }

    /// Resolves a file of the manifest: `./x.xml` is beside the manifest, `wayland.xml` in libwayland's folder, any other in
    /// wayland-protocols.
    private static func locate(_ path: String, beside manifest: URL, waylandProtocols: URL, wayland: URL) -> URL {
        if path.hasPrefix("./") { return manifest.deletingLastPathComponent().appending(path: path.dropFirst(2)) }
        return (path == "wayland.xml" ? wayland : waylandProtocols).appending(path: path)
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("error: \(message)\n".utf8))
        exit(1)
    }
}
