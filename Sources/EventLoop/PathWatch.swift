// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import Glibc

/// Watches for a file to appear, such as a socket whose server starts (inotify(7)). Folders on the way to it needn't exist.
///
/// The file may be there already, and be replaced. What is behind a file that has appeared is for the handler to find out: a socket
/// appears before its server listens.
public final class PathWatch {
    private var source: OpaquePointer?
    private let loop: EventLoop
    private let handler: () -> Void
    /// The path's parts.
    private let parts: [String]
    /// How many of the parts lead to the folder that is watched.
    private var depth = 0

    /// A file that comes, by being made or renamed, or whose permissions change; and the end of the folder itself.
    private static let mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

    /// - Parameters:
    ///   - path: an absolute path.
    ///   - handler: called in the loop each time that the file has appeared, or has got other permissions.
    public init(_ path: String, loop: EventLoop, _ handler: @escaping () -> Void) {
        self.loop = loop
        self.handler = handler
        parts = path.split(separator: "/").map(String.init)
        arm()
    }

    deinit { sd_event_source_disable_unref(source) }

    /// Whether the file, or the nearest folder on the way to it, is watched. It isn't where nobody may read the folder, or the user has
    /// no watches left (`/proc/sys/fs/inotify`).
    public var isWatching: Bool { source != nil }

    /// - Parameter count: how many of the parts.
    private func path(_ count: Int) -> String { "/" + parts.prefix(count).joined(separator: "/") }

    /// Watches the nearest folder on the way to the file that there is.
    private func arm() {
        sd_event_source_disable_unref(source)
        source = nil
        // The root is always there.
        guard !parts.isEmpty else { return }
        depth = parts.count - 1
        while true {
            let result = sd_event_add_inotify(
                loop.event, &source, path(depth), Self.mask,
                { _, event, data in
                    Unmanaged<PathWatch>.fromOpaque(data!).takeUnretainedValue().handle(UnsafeRawPointer(event!))
                    return 0
                }, Unmanaged.passUnretained(self).toOpaque())
            if result == -ENOENT || result == -ENOTDIR, depth > 0 {
                depth -= 1
                continue
            }
            guard result >= 0 else { return source = nil }
            // The next folder may have been made since it was looked for.
            guard depth < parts.count - 1, isFolder(path(depth + 1)) else { return }
            sd_event_source_disable_unref(source)
            source = nil
            depth = parts.count - 1
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func handle(_ pointer: UnsafeRawPointer) {
        let event = pointer.load(as: inotify_event.self)
        let isOver = event.mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT) != 0
        // More has happened than the kernel keeps.
        let isUnknown = event.mask & UInt32(IN_Q_OVERFLOW) != 0
        guard isOver || isUnknown || name(of: pointer, length: Int(event.len)) == parts[depth] else { return }
        guard isOver || isUnknown || depth < parts.count - 1 else { return handler() }
        arm()
        if depth == parts.count - 1, access(path(parts.count), F_OK) == 0 { handler() }
    }

    /// The name behind an event; padded with zeros, and empty where the event is the folder's own.
    private func name(of event: UnsafeRawPointer, length: Int) -> String {
        let bytes = UnsafeRawBufferPointer(start: event + MemoryLayout<inotify_event>.size, count: length)
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
