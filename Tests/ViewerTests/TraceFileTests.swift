// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import Foundation
import Measurement
import System
import TestSupport
import Testing

@testable import Viewer

@Suite("A trace's file")
struct TraceFileTests {
    private let folder: TemporaryDirectory
    private let path: String

    init() throws {
        folder = try TemporaryDirectory()
        path = folder.file("trace.json")
    }

    private func frames(_ count: Int) -> [FrameRecord] {
        (1...count).map { index in
            var frame = FrameRecord()
            (frame.generation, frame.committedAt) = (UInt64(index), UInt64(index) * 1000)
            return frame
        }
    }

    /// The number of commits in what is a whole JSON object.
    private func commits(_ path: String) throws -> Int {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let trace = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(trace["traceEvents"] as? [[String: Any]]).count { $0["name"] as? String == "commit" }
    }

    @Test("is whole after each second; an earlier one is kept unless it may be replaced")
    func whole() throws {
        let trace = try TraceFile(path, source: "demo:", version: "1", overwrites: false)
        #expect(try commits(path) == 0)
        for round in 1...3 {
            trace.add(frames(5))
            #expect(try commits(path) == 5 * round)
        }
        #expect(trace.finish() == nil && trace.fault == nil)
        #expect(throws: FileError.self) { try TraceFile(path, source: "demo:", version: "1", overwrites: false) }
        #expect(throws: FileError.self) { try OutputFile.checkMakable(path, overwrites: false) }
        #expect(try commits(path) == 15)
        _ = try TraceFile(path, source: "demo:", version: "1", overwrites: true)
        #expect(try commits(path) == 0)
    }

    @Test("ends at its limit, whole, and says so")
    func limited() throws {
        let file = OwnedDescriptor(adopting: open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
        let trace = TraceFile("the trace", file, TraceEvents(source: "demo:", version: "1", start: 0), limit: 1 << 20)
        for _ in 0..<40 { trace.add(frames(100)) }
        let count = try commits(path)
        #expect(count > 1000 && count < 4000 && count % 100 == 0)
        #expect(trace.fault == nil && trace.finish()?.hasPrefix("the trace: the trace has reached 1 MiB") == true)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.utf8.count < (1 << 20) + 1000 && text.components(separatedBy: "the trace is full").count == 2)
    }

    @Test("stays whole when there is no room for more")
    func full() throws {
        #expect(try TraceFile("/dev/full", source: "demo:", version: "1", overwrites: true).fault?.code == ENOSPC)
        // A file that can't grow stands for the disk (F_ADD_SEALS and F_SEAL_GROW, linux/fcntl.h).
        let addSeals: CInt = 1033, sealGrow: CInt = 4
        let number = oriel_memfd_create("trace")
        let file = OwnedDescriptor(adopting: number)
        try #require(ftruncate(number, 10_000) == 0 && fcntl(number, addSeals, sealGrow) == 0)
        let trace = TraceFile("the trace", file, TraceEvents(source: "demo:", version: "1", start: 0))
        var before = 0
        while trace.fault == nil, before < 100 {
            trace.add(frames(10))
            before += 1
        }
        #expect(trace.fault?.code == EPERM && before > 1)
        #expect(try commits("/proc/self/fd/\(number)") == 10 * (before - 1))
        // Nothing is written any more.
        trace.add(frames(10))
        _ = trace.finish()
        #expect(try commits("/proc/self/fd/\(number)") == 10 * (before - 1))
    }
}
