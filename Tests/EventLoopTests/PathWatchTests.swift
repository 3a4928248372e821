// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Testing

@Suite("A watch for a file", .timeLimit(.minutes(2)))
struct PathWatchTests {
    /// A folder of its own, and a watch that counts.
    private final class World {
        let loop = try! EventLoop()
        let folder: String
        var appeared = 0
        var watch: PathWatch!

        init(_ path: String, before prepare: (World) -> Void = { _ in }) {
            var template = Array("/tmp/oriel-watch.XXXXXX".utf8CString)
            folder = String(cString: mkdtemp(&template))
            prepare(self)
            watch = PathWatch(folder + path, loop: loop) { [unowned self] in appeared += 1 }
        }

        deinit { remove(folder) }

        func make(_ path: String) { close(open(folder + path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)) }
        func makeFolder(_ path: String) { mkdir(folder + path, 0o700) }

        /// Turns the loop until it has nothing to do.
        func settle() throws { while try loop.turn(waitingAtMost: 20_000_000) {} }

        private func remove(_ path: String) {
            guard let directory = opendir(path) else { return _ = unlink(path) }
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(directory)
            rmdir(path)
        }
    }

    @Test("a file that is made, or renamed into its place, has appeared; its neighbours haven't")
    func appears() throws {
        let world = World("/a")
        #expect(world.watch.isWatching)
        world.make("/b")
        try world.settle()
        #expect(world.appeared == 0)
        world.make("/a")
        try world.settle()
        #expect(world.appeared == 1)
        rename(world.folder + "/b", world.folder + "/a")
        try world.settle()
        #expect(world.appeared == 2)
        chmod(world.folder + "/a", 0o644)
        try world.settle()
        #expect(world.appeared == 3)
    }

    @Test("folders on the way may come one by one, or all at once with the file in them")
    func folders() throws {
        let world = World("/x/y/a")
        #expect(world.watch.isWatching)
        world.makeFolder("/x")
        try world.settle()
        world.makeFolder("/x/y")
        try world.settle()
        #expect(world.appeared == 0)
        world.make("/x/y/a")
        try world.settle()
        #expect(world.appeared == 1)

        let other = World("/x/y/a")
        other.makeFolder("/z")
        other.makeFolder("/z/y")
        other.make("/z/y/a")
        rename(other.folder + "/z", other.folder + "/x")
        try other.settle()
        #expect(other.appeared == 1)
    }

    @Test("a folder that goes is awaited again")
    func folderGoes() throws {
        let world = World("/x/a")
        world.makeFolder("/x")
        world.make("/x/a")
        try world.settle()
        #expect(world.appeared == 1)
        unlink(world.folder + "/x/a")
        rmdir(world.folder + "/x")
        try world.settle()
        world.makeFolder("/x")
        try world.settle()
        world.make("/x/a")
        try world.settle()
        #expect(world.appeared == 2)
        // Moved away: what happens in it there is nobody's business.
        rename(world.folder + "/x", world.folder + "/y")
        try world.settle()
        chmod(world.folder + "/y/a", 0o640)
        try world.settle()
        #expect(world.appeared == 2)
    }

    @Test("a file in the place of a folder is awaited to go, and the root is nothing to wait for")
    func fileInTheWay() throws {
        let blocked = World("/x/y/a", before: { $0.make("/x") })
        #expect(blocked.watch.isWatching)
        unlink(blocked.folder + "/x")
        blocked.makeFolder("/x")
        blocked.makeFolder("/x/y")
        blocked.make("/x/y/a")
        try blocked.settle()
        #expect(blocked.appeared == 1)
        #expect(!PathWatch("/", loop: blocked.loop, {}).isWatching)
    }

    @Test("nothing is told after the watch is released")
    func released() throws {
        let world = World("/a")
        world.watch = nil
        world.make("/a")
        try world.settle()
        #expect(world.appeared == 0)
    }
}
