// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import PackagePlugin

/// Generates a target's protocol code from `protocols/<target>.manifest` on the first build, and again when the manifest or one
/// of its XML files changes.
@main
struct WaylandProtocols: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "protocols")
        let manifest = folder.appending(path: "\(target.name).manifest")
        let waylandProtocols = dataFolder(of: "wayland-protocols")
        let wayland = dataFolder(of: "wayland-scanner")
        let output = context.pluginWorkDirectoryURL

        var inputs = [manifest]
        var outputs = [output.appending(path: "interfaces.protocol.swift")]
        var seen: Set<String> = []
        for line in try String(contentsOf: manifest, encoding: .utf8).split(separator: "\n") {
            let words = line.prefix { $0 != "#" }.split(separator: " ")
            guard words.count == 3, seen.insert(String(words[2])).inserted else { continue }
            let path = String(words[2])
            let root = path.hasPrefix("./") ? folder : path == "wayland.xml" ? wayland : waylandProtocols
            let file = root.appending(path: path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
            inputs.append(file)
            let stem = file.deletingPathExtension().lastPathComponent
            outputs.append(output.appending(path: "\(stem).protocol.swift"))
        }
        return [
            .buildCommand(
                displayName: "Generating Wayland protocols for \(target.name)",
                executable: try context.tool(named: "WaylandScanner").url,
                arguments: [manifest.path, output.path, waylandProtocols.path, wayland.path],
                inputFiles: inputs, outputFiles: outputs)
        ]
    }

    /// The `pkgdatadir` of a pkg-config package, or the folder that distributions use by default.
    private func dataFolder(of package: String) -> URL {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["pkg-config", "--variable=pkgdatadir", package]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        var path = ""
        if (try? process.run()) != nil {
            let data = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            path = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let fallback = package == "wayland-scanner" ? "/usr/share/wayland" : "/usr/share/wayland-protocols"
        // Some packages begin the path with two slashes: //usr/share.
        return URL(fileURLWithPath: path.isEmpty ? fallback : "/" + path.drop { $0 == "/" })
    }
}
