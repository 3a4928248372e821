// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import EventLoop
import Foundation
import Planes
import TestSupport
import Testing

@testable import VFIOPlanes

@Suite("The opening of a VFIO device")
final class VFIOOpeningTests: OpeningWorld {
    private var opening: VFIOOpening?
    private var results: [Result<Guest, SourceError>] = []
    private var guest: Guest? { try? results.first?.get() }
    private var error: SourceError? { if case .failure(let error)? = results.first { error } else { nil } }

    private func begin(_ url: String) throws {
        opening = VFIOOpening(
            try VFIOAddress(url: url), damage: .generation, patience: nil, loop: loop, logger: log.logger, calls: kernel,
            tree: machine.tree
        ) { [unowned self] in
            results.append($0)
            opening = nil
        }
    }

    @Test("a device is opened in the loop's next turn, and told once", arguments: [false, true])
    func device(hasEDID: Bool) throws {
        try machine.addMediated()
        if hasEDID { kernel.displays[Self.uuid]!.addEDID() }
        try begin("vfio:\(Self.uuid)")
        #expect(kernel.log.isEmpty && results.isEmpty)
        #expect(try loop.runUntil { !results.isEmpty })
        let guest = try #require(guest)
        #expect(guest.planes.name == "vfio:\(Self.uuid)")
        #expect(guest.input == nil && guest.clipboard == nil)
        #expect((guest.modes === guest.planes) == hasEDID && (guest.modes == nil) != hasEDID)
        try loop.run(for: 0.05)
        #expect(results.count == 1)
    }

    @Test("between the openings of several devices everything else on the loop has its turn: each may take its time to be reset")
    func oneATurn() throws {
        let blank = "7f000000-6ac5-4a9c-a2c1-3cdbeb5e3f1f"
        try machine.addMediated()
        try machine.addMediated(blank, group: "8")
        kernel.displays[blank] = nil
        try begin("vfio:")
        func opened() -> Int { kernel.log.count { $0.hasPrefix("open /dev/vfio/") && $0 != "open /dev/vfio/vfio" } }
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        try #require(write(ends[1], "x", 1) == 1)
        // How many had been opened at each turn of another source that always has something to do.
        var seen: Set<Int> = []
        let other = try loop.watch(ends[0]) { _ in seen.insert(opened()) }
        #expect(try loop.runUntil { !results.isEmpty })
        #expect(opened() == 2 && seen.contains(1), "\(seen)")
        withExtendedLifetime(other) {}
        #expect(guest?.planes.name == "vfio:\(Self.uuid)")
    }

    @Test("a device that can't be opened is one line, in the loop and once", arguments: ["open", "verified", "displayed"])
    func refused(stage: String) throws {
        try machine.addMediated()
        switch stage {
        case "open": kernel.refusals[.put] = EIO
        case "verified": kernel.displays[Self.uuid]?.information = ENOTTY
        default: kernel.displays[Self.uuid] = nil
        }
        try begin("vfio:\(Self.uuid)")
        #expect(results.isEmpty)
        #expect(try loop.runUntil { !results.isEmpty })
        let error = try #require(error)
        #expect(error.reason == .unavailable && error.message.hasPrefix("vfio:\(Self.uuid)") && !error.message.contains("\n"))
        try loop.run(for: 0.05)
        #expect(results.count == 1)
    }

    @Test("an opening that is cancelled, or dropped, before its turn opens nothing and says nothing", arguments: [false, true])
    func cancelled(isDropped: Bool) throws {
        try machine.addMediated()
        try begin("vfio:\(Self.uuid)")
        if isDropped { opening = nil } else { opening?.cancel() }
        try loop.run(for: 0.05)
        #expect(kernel.log.isEmpty && results.isEmpty)
    }
}

@Suite("The opening of a device that a VMM hands over")
struct HandoverOpeningTests {
    /// Where a VMM falls silent.
    enum Step: CaseIterable { case noRoomForConnection, noAccept, noMessage }

    @Test("a VMM that is silent is waited for in the loop, which does everything else meanwhile", arguments: Step.allCases)
    func nothingBlocks(step: Step) throws {
        let vmm = try SilentVMM(at: step)
        try vmm.begin()
        try vmm.reach()
        // What blocked until the patience of an hour is over would have its result at the end of that turn.
        var count = 0
        var ticks: DeferredSource!
        ticks = DeferredSource(loop: vmm.loop) {
            count += 1
            ticks.schedule()
        }
        ticks.schedule()
        for _ in 0..<100 { try vmm.loop.turn(waitingAtMost: 0) }
        #expect(count == 100)
        #expect(vmm.results.isEmpty)
    }

    @Test("a VMM that stays silent is one line when the patience is over, once", arguments: Step.allCases)
    func patience(step: Step) throws {
        let vmm = try SilentVMM(at: step)
        try vmm.begin(patience: 0.1)
        #expect(try vmm.loop.runUntil { !vmm.results.isEmpty })
        let error = try #require(vmm.error)
        #expect(error.reason == .unavailable)
        #expect(error.message.hasPrefix("vfio:unix=\(vmm.path): nothing came from this socket in time: "))
        #expect(!error.message.contains("\n"))
        try vmm.loop.run(for: 0.05)
        #expect(vmm.results.count == 1)
    }

    @Test("a VMM that was silent for a while, and then hands its device over, is opened", arguments: Step.allCases)
    func goesOn(step: Step) throws {
        let vmm = try SilentVMM(at: step)
        try vmm.begin()
        #expect(vmm.results.isEmpty)
        try vmm.reach()
        if step == .noRoomForConnection { close(try #require(vmm.accept())) }
        if step != .noMessage { try vmm.acceptOpening() }
        try UnixSocket.send("v", with: vmm.device.descriptor, over: vmm.connection)
        #expect(try vmm.loop.runUntil { !vmm.results.isEmpty })
        let guest = try #require(try vmm.results.first?.get())
        #expect(guest.planes.name == "vfio:unix=\(vmm.path)" && guest.modes == nil)
        #expect(vmm.device.descriptorsGivenAway == 1)
        try vmm.loop.run(for: 0.05)
        #expect(vmm.results.count == 1)
    }

    @Test(
        "what isn't a device is one line, and its descriptor is closed",
        arguments: [
            ("x", true, "the socket sent something other than a device"),
            ("v", false, "the socket sent something other than a device"),
            ("", false, "the socket was closed before a device came"),
            ("v", true, "what was handed over isn't an open VFIO device"),
        ])
    func wrong(text: String, hasDescriptor: Bool, words: String) throws {
        let vmm = try SilentVMM(at: .noMessage, asksKernel: true)
        try vmm.begin()
        try vmm.reach()
        if hasDescriptor {
            try UnixSocket.send(text, with: vmm.device.descriptor, over: vmm.connection)
        } else if text.isEmpty {
            vmm.hangUp()
        } else {
            #expect(write(vmm.connection, text, 1) == 1)
        }
        #expect(try vmm.loop.runUntil { !vmm.results.isEmpty })
        let error = try #require(vmm.error)
        #expect(error.reason == .unavailable)
        #expect(error.message.hasPrefix("vfio:unix=\(vmm.path): \(words)") && !error.message.contains("\n"))
        #expect(vmm.device.descriptorsGivenAway == 0)
        try vmm.loop.run(for: 0.05)
        #expect(vmm.results.count == 1)
    }

    /// In a process of its own, whose descriptors are its own.
    @Test("an opening that is cancelled, or dropped, says nothing more and leaves no descriptor, however far it has come")
    func cancelled() async {
        await #expect(processExitsWith: .success) {
            func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
            var before = 0
            for round in 0..<4 {
                for step in Step.allCases {
                    let vmm = try SilentVMM(at: step)
                    try vmm.begin()
                    try vmm.reach()
                    if round % 2 == 1 { vmm.opening = nil } else { vmm.opening?.cancel() }
                    try vmm.loop.run(for: 0.05)
                    if step == .noMessage {
                        var byte: UInt8 = 0
                        #expect(read(vmm.connection, &byte, 1) == 0, "the connection has ended")
                    } else {
                        let first = try #require(vmm.accept())
                        #expect(vmm.accept() == nil, "there is one connection at most")
                        close(first)
                    }
                    #expect(vmm.results.isEmpty)
                    #expect(vmm.device.descriptorsGivenAway == 0)
                }
                // Two for what the test library itself may have open at a moment; a leak at one step would be three by the end.
                if round == 0 { before = try count() + 2 }
            }
            #expect(waitUntil { (try? count()) ?? .max <= before })
        }
    }
}

/// A VMM that says what a test has it say, and an opening of its device.
private final class SilentVMM {
    let loop: EventLoop
    let device = Memory()
    var opening: VFIOOpening?
    private(set) var connection: CInt = -1
    private(set) var results: [Result<Guest, SourceError>] = []
    var error: SourceError? { if case .failure(let error)? = results.first { error } else { nil } }
    var path: String { directory.file("vm.sock") }
    private let directory: TemporaryDirectory
    private let machine: FakeMachine
    private let kernel: any OpeningCalls
    private let step: HandoverOpeningTests.Step
    private let listener: CInt
    private var fillsQueue: CInt = -1

    /// - Parameter asksKernel: whether a descriptor that is handed over is examined by the kernel rather than by the script.
    init(at step: HandoverOpeningTests.Step, asksKernel: Bool = false) throws {
        loop = try EventLoop()
        directory = try TemporaryDirectory()
        machine = try FakeMachine()
        self.step = step
        if asksKernel {
            kernel = KernelOpening()
        } else {
            let scripted = ScriptedOpening(machine)
            scripted.displays["socket"] = ScriptedDisplay(type: .dmabuf)
            kernel = scripted
        }
        listener = try UnixSocket.listen(at: directory.file("vm.sock"))
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        guard step == .noRoomForConnection else { return }
        // A backlog of 0 has room for one connection.
        listen(listener, 0)
        fillsQueue = try UnixSocket.connect(to: path)
    }

    deinit { for descriptor in [listener, fillsQueue, connection] where descriptor >= 0 { close(descriptor) } }

    /// Patience in seconds: an hour is longer than any test.
    func begin(patience: Double = 3600) throws {
        opening = VFIOOpening(
            try VFIOAddress(url: "vfio:unix=\(path)"), damage: .generation, patience: UInt64(patience * 1e9), loop: loop,
            logger: CountingLog().logger, calls: kernel, tree: machine.tree
        ) { [unowned self] in
            results.append($0)
            opening = nil
        }
    }

    /// Turns until the opening waits for what doesn't come.
    func reach() throws {
        switch step {
        case .noRoomForConnection: try loop.run(for: 0.05)
        case .noAccept:
            var interest = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            #expect(try loop.runUntil { poll(&interest, 1, 0) == 1 })
        case .noMessage: try acceptOpening()
        }
        while try loop.turn(waitingAtMost: 0) {}
    }

    /// A connection that waits for it, or nil.
    func accept() -> CInt? {
        let number = oriel_accept(listener)
        return number < 0 ? nil : number
    }

    func acceptOpening() throws {
        #expect(
            try loop.runUntil {
                connection = accept() ?? -1
                return connection >= 0
            })
    }

    func hangUp() {
        close(connection)
        connection = -1
    }
}
