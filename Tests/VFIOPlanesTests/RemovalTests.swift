// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import TestSupport
import Testing

@testable import VFIOPlanes

@Suite("A device that is removed while it is open")
final class RemovalTests: OpeningWorld, PlaneSourceDelegate {
    private var ends: [SourceError] = []

    func planeSourceDidChange(_ source: any PlaneSource) {}
    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { ends.append(error) }

    private static let folder = "sys/devices/virtual/mbochs/mbochs/\(uuid)"

    private var openFiles: [Int] {
        ["dev/vfio/vfio", "dev/vfio/7"].map { file in
            var status = stat()
            stat(machine.file(file), &status)
            return openDescriptors(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        }
    }

    @Test("what we opened ends with one line when its file 'remove' goes, and everything of it is closed, so that it can go")
    func removed() throws {
        try machine.addMediated()
        try machine.write("", to: Self.folder + "/remove")
        let planes = try open("vfio:\(Self.uuid)")
        planes.delegate = self
        try loop.run(for: 1.5)
        #expect(ends.isEmpty)
        #expect(openFiles == [1, 1])
        try machine.remove(Self.folder + "/remove")
        #expect(try loop.runUntil { !ends.isEmpty })
        #expect(
            ends.map(\.message) == [
                "vfio:\(Self.uuid) is being removed from this machine: make it or plug it in again, and open it again"
            ])
        #expect(ends.map(\.reason) == [.unavailable])
        #expect(openFiles == [0, 0])
        #expect(throws: PlaneError.self) { try planes.query(.primary) }
    }

    @Test("one that can't be removed, and one that was handed over, are nobody's to end", arguments: [nil, "vfio:fd=5"])
    func unwatched(url: String?) throws {
        try machine.addMediated()
        if url != nil { try machine.write("", to: Self.folder + "/remove") }
        let planes = try open(url ?? "vfio:\(Self.uuid)")
        planes.delegate = self
        if url != nil { try machine.remove(Self.folder + "/remove") }
        try loop.run(for: 2.5)
        #expect(ends.isEmpty)
        planes.close()
    }
}
