// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CSystemd
import EventLoop
import Glibc
import Testing

@Suite("The event loop", .serialized)
struct EventLoopTests {
    private func makePipe() -> (reading: CInt, writing: CInt) {
        var ends: [CInt] = [-1, -1]
        _ = pipe(&ends)
        return (ends[0], ends[1])
    }

    @Test("a readable descriptor calls its handler; a released source no longer does")
    func descriptor() throws {
        let loop = try EventLoop()
        let (event, other) = makePipe()
        defer { close(event); close(other) }
        var calls = 0
        var source: DescriptorSource? = try loop.watch(event) { ready in
            #expect(ready == .readable)
            var byte: UInt8 = 0
            _ = read(event, &byte, 1)
            calls += 1
        }
        var one: UInt8 = 1
        _ = write(other, &one, 1)
        try loop.turn(waitingAtMost: 1_000_000_000)
        #expect(calls == 1)
        #expect(source != nil)
        source = nil
        _ = write(other, &one, 1)
        try loop.turn(waitingAtMost: 0)
        #expect(calls == 1)
    }

    @Test("a source that its own handler releases is watched no more at once, so that its descriptor can be closed there")
    func releasedInHandler() throws {
        let loop = try EventLoop()
        let (event, other) = makePipe()
        // As a process has it that is just being started: the pipe's end lives on when this process closes it.
        let inherited = dup(event)
        defer { close(inherited); close(other) }
        var calls = 0
        var source: DescriptorSource?
        source = try loop.watch(event) { _ in
            calls += 1
            source = nil
            close(event)
        }
        var one: UInt8 = 1
        _ = write(other, &one, 1)
        try loop.turn(waitingAtMost: 1_000_000_000)
        for _ in 0..<3 { try loop.turn(waitingAtMost: 0) }
        #expect(calls == 1 && source == nil)
    }

    @Test("a descriptor is watched while there is interest in it, whatever the initial interest was")
    func interest() throws {
        let loop = try EventLoop()
        let (event, other) = makePipe()
        defer { close(event); close(other) }
        var calls = 0
        let source = try loop.watch(event, for: .writable) { _ in calls += 1 }
        var one: UInt8 = 1
        _ = write(other, &one, 1)
        for (interest, expected) in [(nil, 0), (.readable, 1), ([], 1), (.readable, 2)] as [(Interest?, Int)] {
            if let interest { source.wait(for: interest) }
            try loop.turn(waitingAtMost: 0)
            #expect(calls == expected)
        }
    }

    @Test("a timer fires once, not before its time, and not at all when disarmed")
    func timer() throws {
        let loop = try EventLoop()
        var fired = 0
        let timer = loop.timer { fired += 1 }
        let start = EventLoop.now()
        timer.arm(after: 5_000_000)
        while fired == 0 { try loop.turn(waitingAtMost: 1_000_000_000) }
        #expect(EventLoop.now() - start >= 5_000_000)
        timer.arm(after: 1_000_000)
        timer.disarm()
        try loop.turn(waitingAtMost: 10_000_000)
        #expect(fired == 1)
    }

    @Test("a timer needs no descriptor of its own, and none for the first: the loop has it from its birth")
    func timerDescriptor() throws {
        let loop = try EventLoop()
        /// The descriptors that the loop's epoll watches (`tfd:` in proc_pid_fdinfo(5)).
        func watched() throws -> Int {
            let file = try #require(fopen("/proc/self/fdinfo/\(sd_event_get_fd(loop.event))", "re"))
            defer { fclose(file) }
            var count = 0, line = [CChar](repeating: 0, count: 256)
            while fgets(&line, 256, file) != nil { if strncmp(line, "tfd:", 4) == 0 { count += 1 } }
            return count
        }
        #expect(try watched() == 1)
        let timers = (0..<3).map { _ in loop.timer {} }
        for timer in timers { timer.arm(after: 1_000_000_000) }
        #expect(try watched() == 1)
    }

    @Test("a loop that has ended takes new timers and deferred work, which never run")
    func ended() throws {
        let loop = try EventLoop()
        loop.stop()
        try loop.run()
        let timer = loop.timer { Issue.record("a timer fired") }
        timer.arm(after: 0)
        let work = DeferredSource(loop: loop) { Issue.record("deferred work ran") }
        work.schedule()
        #expect(throws: EventLoopError.self) { try loop.turn(waitingAtMost: 0) }
    }

    @Test("the prepare action runs in each turn, and stop ends the loop")
    func prepareAndStop() throws {
        let loop = try EventLoop()
        let (event, other) = makePipe()
        defer { close(event); close(other) }
        var one: UInt8 = 1
        _ = write(other, &one, 1)
        var order: [String] = []
        let source = try loop.watch(event, beforeWaiting: { order.append("before") }) { _ in
            order.append("ready")
            if order.count >= 4 { loop.stop() }
        }
        try loop.run()
        withExtendedLifetime(source) {}
        #expect(order.prefix(4) == ["before", "ready", "before", "ready"])
    }
}
