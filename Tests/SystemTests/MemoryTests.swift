// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import Glibc
import System
import Testing

@Suite("Memory files, mappings, and what a descriptor is")
struct MemoryTests {
    /// The memory that this process has mapped under a name.
    private func mappings(of name: String) throws -> Int {
        let file = try #require(fopen("/proc/self/maps", "r"))
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        var count = 0
        while fgets(&line, CInt(line.count), file) != nil {
            if strstr(line, name) != nil { count += 1 }
        }
        return count
    }

    @Test("a memory file has its length, is closed on exec, and can't shrink")
    func file() throws {
        let file = try OwnedDescriptor.memoryFile("oriel-test", length: 10_000)
        let length = file.length(), flags = fcntl(file.rawValue, F_GETFD)
        #expect(length == 10_000 && flags == FD_CLOEXEC)
        let shrunk = ftruncate(file.rawValue, 9_999)
        #expect(shrunk == -1 && errno == EPERM)
        let grown = ftruncate(file.rawValue, 20_000)
        #expect(grown == 0)
    }

    @Test("what can't be had is an error with the system's reason")
    func refusals() throws {
        #expect(throws: Errno(code: EINVAL)) { _ = try OwnedDescriptor.memoryFile("oriel-test", length: -1) }
        let file = try OwnedDescriptor.memoryFile("oriel-test", length: 4096)
        let number = file.rawValue
        for (offset, length) in [(0, 0), (0, -1), (UInt64.max, 4096), (1, 4096)] {
            #expect(throws: Errno(code: EINVAL)) { _ = try Mapping(number, offset: offset, length: length, for: .reading) }
        }
        #expect(throws: Errno(code: EBADF)) { _ = try Mapping(-1, length: 4096, for: .reading) }
        let reading = OwnedDescriptor(adopting: open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), readOnly = reading.rawValue
        #expect(throws: Errno(code: EACCES)) { _ = try Mapping(readOnly, length: 4096, for: .writing) }
        _ = consume file
        _ = consume reading
    }

    @Test("a mapping is shared with the file, begins at its offset, and goes with its owner", arguments: [false, true])
    func mapping(isPopulated: Bool) throws {
        let name = "oriel-test-\(isPopulated)-\(getpid())"
        let page = sysconf(CInt(_SC_PAGESIZE))
        let file = try OwnedDescriptor.memoryFile(name, length: 2 * page)
        do {
            let writing = try Mapping(file.rawValue, length: 2 * page, for: .writing, isPopulated: isPopulated)
            let reading = try Mapping(file.rawValue, offset: UInt64(page), length: 100, for: .reading)
            let counts = (writing.count, reading.count)
            #expect(counts == (2 * page, 100))
            writing.bytes[page + 3] = 42
            let seen = reading.bytes[3], before = reading.bytes[2]
            #expect(seen == 42 && before == 0)
            #expect(try mappings(of: name) == 2)
        }
        #expect(try mappings(of: name) == 0)
        _ = consume file
    }

    @Test("bytes are written where they belong, and memory that isn't there is an error rather than a signal")
    func writing() throws {
        let file = try OwnedDescriptor.memoryFile("oriel-test", length: 4096)
        let number = file.rawValue
        try Array("picture".utf8).withUnsafeBytes { bytes throws in
            try OwnedDescriptor.write(bytes, to: number, at: 5)
            try OwnedDescriptor.write(UnsafeRawBufferPointer(rebasing: bytes[..<0]), to: -1, at: 0)
        }
        var read = [UInt8](repeating: 9, count: 8)
        #expect(pread(number, &read, 8, 4) == 8)
        #expect(read == [0] + Array("picture".utf8))
        // The second page of a file of one page: a load would be a SIGBUS.
        let page = sysconf(CInt(_SC_PAGESIZE))
        let short = try OwnedDescriptor.memoryFile("oriel-test", length: page)
        let mapping = try Mapping(short.rawValue, length: 2 * page, for: .reading)
        let beyond = UnsafeRawBufferPointer(rebasing: mapping.bytes[page...])
        #expect(throws: Errno(code: EFAULT)) { try OwnedDescriptor.write(beyond, to: number, at: 0) }
        _ = consume file
        _ = consume mapping
    }

    @Test("a file in memory is known as such; files on a disk, pipes and closed numbers are refused")
    func facts() throws {
        let file = try OwnedDescriptor.memoryFile("oriel-test", length: 123)
        let facts = try MemoryFacts(of: file.rawValue)
        let identity = file.fileIdentity()
        #expect(facts.length == 123 && !facts.isDMABuffer)
        #expect(facts.device == identity?.device && facts.inode == identity?.inode)
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let reading = OwnedDescriptor(adopting: ends[0]), writing = OwnedDescriptor(adopting: ends[1])
        let program = OwnedDescriptor(adopting: open("/proc/self/status", O_RDONLY | O_CLOEXEC))
        for number in [reading.rawValue, writing.rawValue, program.rawValue] {
            #expect(throws: MemoryFault.notMemory) { try MemoryFacts(of: number) }
        }
        #expect(throws: MemoryFault.system(errno: EBADF)) { try MemoryFacts(of: -1) }
    }
}
