// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
internal import System

/// Questions about sysfs, /dev and /proc, over the C library's calls.
enum Files {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The sorted names in a folder, or the errno.
    static func names(in path: String) -> Result<[String], Errno> {
        guard let folder = opendir(path) else { return .failure(.last) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return .success(names.sorted())
    }

    /// The target of a symbolic link as it is written.
    static func target(ofLink path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// The path free of symbolic links (realpath(3)); nil where there is nothing.
    static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// The first line of a small file.
    static func text(of path: String) -> String? {
        contents(of: path).map { String($0.prefix { $0 != "\n" && $0 != "\0" }).asPeerName }
    }

    /// The contents of a file of at most 4 KiB.
    static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    struct Ownership: Equatable {
        let user: String
        let group: String
        let mode: UInt32
        /// The ownership in words, such as `root:kvm, mode 0660`.
        var text: String {
            let octal = String(mode, radix: 8)
            return "\(user):\(group), mode \(String(repeating: "0", count: max(4 - octal.count, 0)))\(octal)"
        }
        /// Whether members of the group may read and write.
        var isGroups: Bool { mode & 0o060 == 0o060 }
    }

    static func ownership(of path: String) -> Ownership? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Ownership(
            user: getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "\(status.st_uid)",
            group: getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)",
            mode: status.st_mode & 0o7777)
    }
}

extension String {
    /// A path's last part.
    var lastPart: String { String(split(separator: "/").last ?? "") }
}
