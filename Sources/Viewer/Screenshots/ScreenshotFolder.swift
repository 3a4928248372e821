// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import PlaneImage
internal import System

/// The folder that screenshots go to. Their names are like `oriel-debian-20260131-174205.png`.
package struct ScreenshotFolder {
    let path: String

    /// - Throws: ``FileError`` where this isn't a folder, or can't be written to.
    package init(_ path: String) throws(FileError) {
        guard Self.isUsable(path) else { throw FileError(path: path, code: errno, remedy: "name a folder of yours") }
        self.path = path
    }

    private init(usable path: String) { self.path = path }

    /// The user's folder of pictures (xdg-user-dirs), else the home folder, else the working directory.
    static func usual() -> ScreenshotFolder {
        let home = variable("HOME"), configuration = variable("XDG_CONFIG_HOME") ?? home.map { "\($0)/.config" }
        let text = configuration.flatMap { contents(of: "\($0)/user-dirs.dirs") }
        let pictures = home.flatMap { home in text.flatMap { Self.pictures(in: $0, home: home) } }
        return ScreenshotFolder(usable: [pictures, home].compactMap { $0 }.first(where: isUsable) ?? ".")
    }

    /// The folder of pictures that a file of xdg-user-dirs names, as `XDG_PICTURES_DIR="$HOME/Pictures"` or by an absolute path. A
    /// backslash escapes the character behind it, as in a shell.
    static func pictures(in text: String, home: String) -> String? {
        let start = "XDG_PICTURES_DIR=\""
        guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix(start) && $0.hasSuffix("\"") }) else {
            return nil
        }
        var path = "", isEscaped = false
        for character in line.dropFirst(start.count).dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                path.append(character)
                isEscaped = false
            }
        }
        if path.hasPrefix("$HOME/") { return home + path.dropFirst("$HOME".count) }
        return path.hasPrefix("/") ? path : nil
    }

    /// Makes an empty file that was not there before, for the picture to replace.
    ///
    /// - Parameter guest: the guest's name, which may be any text.
    func reserve(for guest: String) throws(PlaneImageError) -> String {
        let stem = "\(path)/oriel-\(Self.safe(guest))-\(Self.now())"
        for number in 1...99 {
            let file = number == 1 ? "\(stem).png" : "\(stem)-\(number).png"
            let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                close(descriptor)
                return file
            }
            guard errno == EEXIST else {
                throw .file(path: file, reason: "can't be written: \(Errno.last.text)")
            }
        }
        throw .file(path: "\(stem).png", reason: "is there already, and 98 more like it")
    }

    /// Removes a reserved file that isn't needed.
    static func giveUp(_ file: String) { unlink(file) }

    /// The name as a part of a file's name: letters and digits of any script, and `.`, `_` and `-` inside; each run of other
    /// characters becomes one `_`.
    static func safe(_ name: String) -> String {
        var safe = ""
        for character in name.unicodeScalars {
            guard safe.utf8.count < 100 else { break }
            let isPlain = character.properties.isAlphabetic || character.properties.numericType != nil
            if isPlain || (!safe.isEmpty && "._-".unicodeScalars.contains(character)) {
                safe.unicodeScalars.append(character)
            } else if !safe.isEmpty, safe.last != "_" {
                safe += "_"
            }
        }
        return safe.isEmpty ? "guest" : safe
    }

    /// The local time, to the second.
    private static func now() -> String {
        var seconds = time(nil), parts = tm()
        localtime_r(&seconds, &parts)
        func digits(_ value: CInt, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let date = digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2)
        return "\(date)-" + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2)
    }

    /// Whether files can be made in this folder; if not, errno says why.
    private static func isUsable(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            errno = ENOTDIR
            return false
        }
        return access(path, W_OK | X_OK) == 0
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
