// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import Planes
import SyntheticGuest
import TestSupport
import Testing

@Suite("A guest that ends")
struct GuestLifetimeTests {
    /// Entries of a folder under /proc/self, less the one that looking makes.
    private static func entries(_ path: String) -> Int {
        guard let folder = opendir(path) else { return -1 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    /// Waits for as many entries, or fewer. The test library in this process has descriptors of its own that come and go, and the
    /// kernel lists a thread for a moment longer than it takes to be joined; what a guest has left never goes.
    private static func settles(_ path: String, at most: Int) -> Bool {
        waitUntil { entries(path) <= most }
    }

    /// In a process of its own: the other tests open descriptors, too. A leak of one a guest would be three at the end.
    @Test("leaves no descriptor and no thread, whatever it did before")
    func leavesNothing() async {
        await #expect(processExitsWith: .success) {
            let loop = try EventLoop()
            // The runtime's own threads and the loop's descriptors come first.
            try loop.turn(waitingAtMost: 1_000_000)
            var descriptors = 0, threads = 0
            for round in 0..<4 {
                let options = try GuestOptions(query: "size=320x200&rate=500&memory=auto&modeswitch=0.02")
                let guest = try SyntheticGuest(options: options, loop: loop)
                for _ in 0..<40 {
                    try loop.turn(waitingAtMost: 5_000_000)
                    guard round > 0, case .showing(let info) = try guest.query(.primary) else { continue }
                    _ = try? guest.buffer(for: .primary, generation: info.generation)
                    guest.committed(.primary, generation: info.generation)
                    guest.released(.primary, info.identity)
                }
                // The last round leaves it to deinit.
                if round < 3 { guest.close() }
                if round == 0 {
                    waitForAMoment()
                    descriptors = GuestLifetimeTests.entries("/proc/self/fd")
                    threads = GuestLifetimeTests.entries("/proc/self/task")
                }
            }
            #expect(GuestLifetimeTests.settles("/proc/self/fd", at: descriptors))
            #expect(GuestLifetimeTests.settles("/proc/self/task", at: threads))
        }
    }

    @Test("takes no signal, whoever listens for it later")
    func signals() throws {
        let loop = try EventLoop()
        let guest = try SyntheticGuest(options: GuestOptions(query: "size=320x200&rate=100&memory=memfd"), loop: loop)
        defer { guest.close() }
        // The second turn hears of a picture that the thread has drawn: it runs.
        for _ in 0..<2 { try loop.turn(waitingAtMost: 1_000_000_000) }
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        let blocked = tasks.compactMap { task -> UInt64? in
            guard let status = try? String(contentsOfFile: "/proc/self/task/\(task)/status", encoding: .utf8),
                status.hasPrefix("Name:\tguest\n"),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigBlk:") })
            else { return nil }
            return UInt64(line.dropFirst("SigBlk:\t".count), radix: 16)
        }
        #expect(!blocked.isEmpty)
        for mask in blocked {
            for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] { #expect(mask >> UInt64(signal - 1) & 1 == 1) }
        }
    }
}
