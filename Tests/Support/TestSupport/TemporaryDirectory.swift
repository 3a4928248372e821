// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A directory for one test, deleted at its end.
public final class TemporaryDirectory {
    public let path: String

    public init() throws {
        var template = Array("/tmp/oriel-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestSupportError("mkdtemp: \(String(cString: strerror(errno)))") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { Self.removeAll(path) }

    private static func removeAll(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != "." && name != ".." { removeAll("\(path)/\(name)") }
            }
            closedir(directory)
        }
        remove(path)
    }

    public func file(_ name: String) -> String { "\(path)/\(name)" }
}
