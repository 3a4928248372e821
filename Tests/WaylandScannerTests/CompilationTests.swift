// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Testing

@testable import WaylandScanner

/// Generates Swift for every protocol installed on the machine and compiles it, with the handwritten core, without a warning.
@Suite("All installed protocols", .serialized)
struct CompilationTests {
    /// Files that can be compiled into one module: wayland-protocols declares some interfaces twice, as stable and unstable.
    private static func batches() throws -> [[ProtocolFile]] {
        let core = try ProtocolParser.parse(contentsOf: URL(fileURLWithPath: "/usr/share/wayland/wayland.xml"))
        let folder = URL(fileURLWithPath: "/usr/share/wayland-protocols")
        let paths = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        var batches: [[ProtocolFile]] = [[core]]
        for path in paths.sorted() where path.hasSuffix(".xml") {
            let file = try ProtocolParser.parse(contentsOf: folder.appending(path: path))
            let names = Set(file.interfaces.map(\.name))
            let free = batches.firstIndex { batch in
                batch.allSatisfy { $0.stem != file.stem && names.isDisjoint(with: $0.interfaces.map(\.name)) }
            }
            if let free { batches[free].append(file) } else { batches.append([core, file]) }
        }
        return batches
    }

    @Test("compile on the client's side") func client() throws { try check(.client, core: "Sources/Wayland", module: "Wayland") }

    @Test("compile on the server's side")
    func server() throws { try check(.server, core: "Tests/Support/WaylandServer", module: "WaylandServer") }

    private func check(_ side: Manifest.Side, core: String, module: String) throws {
        let batches = try Self.batches()
        #expect(batches.joined().count > 50)
        for batch in batches {
            let lines = batch.flatMap { file in file.interfaces.map { "\($0.name) \($0.version) \(file.stem)" } }
            let manifest = try Manifest(parsing: "side \(side)\n" + lines.joined(separator: "\n"), file: "all.manifest")
            let files = Dictionary(uniqueKeysWithValues: batch.map { ($0.stem, $0) })
            let generated = try Selection(manifest, files: files).generate(stems: batch.map(\.stem))

            let folder = FileManager.default.temporaryDirectory.appending(path: "oriel-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            for file in generated { try Data(file.text.utf8).write(to: folder.appending(path: file.name)) }
            let coreFiles = try FileManager.default.contentsOfDirectory(atPath: package.appending(path: core).path)
                .filter { $0.hasSuffix(".swift") }.map { package.appending(path: "\(core)/\($0)").path }
            let complaints = compile(coreFiles + generated.map { folder.appending(path: $0.name).path }, module: module)
            #expect(complaints == "")
        }
    }

    /// The compiler's first errors. It compiles as far as SIL, because ownership is checked only there.
    private func compile(_ files: [String], module: String) -> String {
        let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        // SwiftPM names a package after its folder, and `package` declarations of the core are visible only under that name.
        let packageName = String(package.lastPathComponent.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
        let modules = ["CWayland", "CWaylandServer", "CSystemd", "CDRM"]
        var arguments = ["swiftc", "-emit-sil", "-Onone", "-o", "/dev/null", "-wmo", "-swift-version", "6"]
        arguments += ["-warnings-as-errors", "-module-name", module, "-package-name", packageName, "-parse-as-library"]
        for feature in ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"] {
            arguments += ["-enable-upcoming-feature", feature]
        }
        arguments += ["-I", products.appending(path: "Modules").path, "-Xcc", "-I/usr/include/libdrm"]
        arguments += ["-I", package.appending(path: "Sources/CLinux/include").path]
        arguments += ["-Xcc", "-fmodule-map-file=\(products.appending(path: "CLinux.build/module.modulemap").path)"]
        for name in modules { arguments += ["-I", package.appending(path: "Sources/\(name)").path] }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments + files
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "swiftc doesn't start" }
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = output.split(separator: "\n").filter { $0.contains("error:") }.prefix(20).joined(separator: "\n")
        return process.terminationStatus == 0 ? "" : lines.isEmpty ? "swiftc failed: \(output.prefix(500))" : lines
    }
}
