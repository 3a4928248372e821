// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import System
import Testing

@Suite("Owned descriptors")
struct OwnedDescriptorTests {
    /// Opens /dev/zero, closed on exec.
    private func opened() throws -> OwnedDescriptor {
        let number = open("/dev/zero", O_RDONLY | O_CLOEXEC)
        try #require(number >= 0)
        return OwnedDescriptor(adopting: number)
    }

    /// The file behind a descriptor, or nil when the number is closed. Other tests may reuse a closed number at any time.
    private func file(_ number: CInt) -> String? {
        var path = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/self/fd/\(number)", &path, path.count)
        return length < 0 ? nil : String(decoding: path.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test("a descriptor given away is closed by nobody else")
    func released() throws {
        let number = try opened().release()
        #expect(file(number) == "/dev/zero")
        close(number)
    }

    @Test("a duplicate is another number for the same file, closed on exec")
    func duplicate() throws {
        let descriptor = try opened()
        guard let copy = descriptor.duplicate() else {
            Issue.record("no duplicate: errno \(errno)")
            return
        }
        let isAnother = copy.rawValue != descriptor.rawValue
        #expect(isAnother)
        let flags = fcntl(copy.rawValue, F_GETFD)
        #expect(flags == FD_CLOEXEC)
        let inodes = [descriptor.fileIdentity()?.inode, copy.fileIdentity()?.inode]
        #expect(inodes[0] != nil && inodes[0] == inodes[1])
    }

    @Test("a pipe has no length, and its owner closes it")
    func closing() throws {
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let reading = OwnedDescriptor(adopting: ends[0])
        let length = reading.length()
        #expect(length == nil)
        do { _ = OwnedDescriptor(adopting: ends[1]) }
        _ = fcntl(reading.rawValue, F_SETFL, O_NONBLOCK)
        // Only a closed writing end reads as the end of the pipe.
        var byte: UInt8 = 0
        let count = read(reading.rawValue, &byte, 1)
        #expect(count == 0)
    }
}
