// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Logging
import Planes
import QEMUDisplay
import TestSupport
import Testing

/// A real QEMU 10 in software emulation; its firmware needs a second or two to its first line.
@Suite("A real QEMU", .serialized, .timeLimit(.minutes(5)))
struct RealQEMUTests {
    /// VGA's text mode, 80 columns of 9 and 25 rows of 16 pixels: the firmware's screen and the kernel's console.
    static let textMode = PixelSize(width: 720, height: 400)

    /// What a viewer would do, without a window: it takes each frame at once.
    final class Viewer: PlaneSourceDelegate {
        let loop: EventLoop
        let source: QEMUDisplay
        private(set) var sizes: [PixelSize] = []
        private(set) var partialUpdates = 0
        private(set) var ends: [SourceError] = []
        private(set) var memory: PlaneMemory?
        private(set) var offer: BufferOffer?
        /// Whether a screen of the guest's own has been seen with something on it. Before the firmware sets a mode, QEMU
        /// shows a placeholder of 640x480, which is lit as well and proves nothing.
        private(set) var isLit = false
        private var identity: BufferIdentity?

        init(_ address: QEMUAddress) throws {
            loop = try EventLoop()
            source = try QEMUDisplay.opened(address, loop: loop)
            source.delegate = self
        }

        func planeSourceDidChange(_ source: any PlaneSource) {
            guard case .showing(let info) = try? source.query(.primary) else { return }
            let isText = info.identity.layout.size == RealQEMUTests.textMode
            if isText, case .rectangle(let part) = info.damage, !part.isEmpty { partialUpdates += 1 }
            if info.identity != identity {
                identity = info.identity
                sizes.append(info.identity.layout.size)
            }
            if let buffer = try? source.buffer(for: .primary, generation: info.generation) {
                memory = buffer.memory
                offer = buffer.offer
                if isText && !isLit { isLit = Self.isLit(buffer) }
            }
            source.committed(.primary, generation: info.generation)
        }

        func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { ends.append(error) }

        private static func isLit(_ buffer: borrowing PlaneBuffer) -> Bool {
            let layout = buffer.layout
            var row = [UInt32](repeating: 0, count: Int(layout.size.width))
            for line in 0..<Int(layout.size.height) {
                pread(
                    buffer.descriptor(plane: 0), &row, row.count * 4, Int(layout.offsets[0]) + line * Int(layout.strides[0]))
                if row.contains(where: { $0 & 0xFF_FFFF != 0 }) { return true }
            }
            return false
        }
    }

    @Test("the firmware's and kernel's text comes as shared surfaces with small updates and no byte copied, until QEMU is killed")
    func text() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let machine = try VirtualMachine(
            name: "text machine", display: .bus(address: bus.address), in: directory,
            kernelArguments: VirtualMachine.kernel == nil ? nil : "console=tty0")
        let viewer = try Viewer(QEMUAddress(endpoint: .socket(path: bus.path)))
        #expect(viewer.source.name == "text machine")
        #expect(try viewer.loop.runUntil { viewer.isLit && viewer.partialUpdates > 20 })
        #expect(viewer.memory == .memfd && viewer.offer == .sharedMemory)
        #expect(viewer.source.bytesCopied == 0)
        #expect(viewer.sizes.contains(Self.textMode))
        // The picture doesn't come over the bus: it stays when that dies.
        bus.process.signal(SIGKILL)
        #expect(waitUntil { !bus.process.isRunning })
        let before = viewer.partialUpdates
        #expect(try viewer.loop.runUntil { viewer.partialUpdates > before + 5 })
        #expect(viewer.ends.isEmpty && machine.process.isRunning)
        machine.process.signal(SIGKILL)
        #expect(try viewer.loop.runUntil { !viewer.ends.isEmpty })
        try viewer.loop.runForAMoment()
        #expect(viewer.ends.count == 1)
        #expect(viewer.ends.first?.message.hasPrefix("QEMU text machine has gone: ") == true)
    }

    @Test("VMs on one bus are told apart by name and UUID; what isn't there is told with what is")
    func names() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let uuid = "6e3cb5e9-6ac5-4a9c-a2c1-3cdbeb5e3f1f"
        let first = try VirtualMachine(name: "first", display: .bus(address: bus.address), in: directory, arguments: ["-S"])
        let second = try VirtualMachine(
            name: "second", display: .bus(address: bus.address), in: directory, arguments: ["-S", "-uuid", uuid])
        for (wanted, found) in [
            (nil, "first"), ("first", "first"), ("second", "second"), (uuid, "second"), (uuid.uppercased(), "second"),
        ] {
            let viewer = try Viewer(QEMUAddress(endpoint: .socket(path: bus.path), virtualMachine: wanted))
            #expect(viewer.source.name == found)
            viewer.source.close()
        }
        #expect(
            message(of: QEMUAddress(endpoint: .socket(path: bus.path), virtualMachine: "third"))
                == "qemu:unix:path=\(bus.path): no VM has this name or UUID: use 'first' or 'second'")
        #expect(
            message(of: QEMUAddress(endpoint: .socket(path: bus.path), console: 3))
                == "qemu:unix:path=\(bus.path): first has no console 3: use ?console=0")
        // The second one answers, but isn't the one that the URL means.
        first.process.signal(SIGSTOP)
        #expect(
            message(of: QEMUAddress(endpoint: .socket(path: bus.path)))
                == "qemu:unix:path=\(bus.path): a QEMU there doesn't answer: see whether its process is stopped or hangs")
        #expect(second.process.isRunning)
    }

    @Test("all display devices of a VM are opened together, each by its label; a number opens one of them")
    func consoles() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let machine = try VirtualMachine(
            name: "many", display: .bus(address: bus.address), in: directory,
            arguments: ["-device", "virtio-gpu-pci,max_outputs=2", "-device", "secondary-vga"])
        let loop = try EventLoop()
        let address = QEMUAddress(endpoint: .socket(path: bus.path))
        let displays = try QEMUDisplay.allOpened(address, loop: loop)
        let names = ["virtio-vga", "virtio-gpu-pci.0", "virtio-gpu-pci.1", "secondary-vga"].map { "many (\($0))" }
        #expect(displays.map(\.name) == names)
        // Each says for itself whether it can be resized, and one that is closed leaves the others their connection.
        displays[1].close()
        for display in [displays[0], displays[3]] {
            display.request(DisplayMode(size: PixelSize(width: 1000, height: 700)))
        }
        #expect(try loop.runUntil { !displays[3].isResizable })
        #expect(displays[0].isResizable)
        let one = try QEMUDisplay.opened(QEMUAddress(endpoint: .socket(path: bus.path), console: 3), loop: loop)
        #expect(one.name == names[3])
        for display in displays + [one] { display.close() }
        #expect(machine.process.isRunning)
    }

    @Test("without a bus in between, QEMU's own end of a socket serves as well")
    func peerToPeer() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("display")
        let machine = try VirtualMachine(name: "peer", display: .peerToPeer, in: directory)
        let listening = try UnixSocket.listen(at: path)
        // As a VM's manager would: connect first, then hand the other end over; it waits in the socket's queue meanwhile.
        let thread = try HandOver(listening, to: machine)
        let viewer = try Viewer(QEMUAddress(url: "qemu:unix:path=\(path)"))
        thread.join()
        #expect(viewer.source.name == "peer")
        #expect(try viewer.loop.runUntil { viewer.isLit })
        #expect(viewer.memory == .memfd && viewer.source.bytesCopied == 0)
        #expect(viewer.source.abilities == InputAbilities(keyboard: true, absolutePointer: false, touchSlots: 10))
        machine.process.signal(SIGKILL)
        #expect(try viewer.loop.runUntil { viewer.ends.count == 1 })
    }

    @Test("its monitor leads to the display of a QEMU without a bus, again and again, and is free for others in between")
    func monitor() throws {
        let directory = try TemporaryDirectory()
        let machine = try VirtualMachine(name: "monitored", display: .peerToPeer, in: directory)
        for _ in 0..<3 {
            let viewer = try Viewer(QEMUAddress(url: "qemu:qmp=\(machine.monitor)"))
            #expect(viewer.source.name == "monitored")
            #expect(try viewer.loop.runUntil { viewer.isLit })
            #expect(viewer.memory == .memfd && viewer.source.bytesCopied == 0)
            viewer.source.close()
        }
        let last = try Viewer(QEMUAddress(url: "qemu:qmp=\(machine.monitor)"))
        machine.process.signal(SIGKILL)
        #expect(try last.loop.runUntil { last.ends.count == 1 && !machine.process.isRunning })
        #expect(
            message(of: try QEMUAddress(url: "qemu:qmp=\(machine.monitor)"))
                == "qmp:\(machine.monitor): nobody listens on this socket: start QEMU with -qmp unix:/SOCKET,server=on,wait=off")
    }

    @Test("a monitor that is busy, and a QEMU whose display isn't to be had by it, are told apart")
    func busyMonitor() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let machine = try VirtualMachine(name: "on a bus", display: .bus(address: bus.address), in: directory)
        let address = try QEMUAddress(url: "qemu:qmp=\(machine.monitor)")
        let refusal = message(of: address)
        #expect(refusal.hasPrefix("qmp:\(machine.monitor): QEMU refuses to share its display ("), "\(refusal)")
        #expect(refusal.hasSuffix("): start it with -display dbus,p2p=yes"), "\(refusal)")
        let other = try UnixSocket.connect(to: machine.monitor)
        defer { close(other) }
        #expect(
            message(of: address)
                == "qmp:\(machine.monitor): the monitor doesn't greet: give QEMU a second -qmp, if another program is on this one, or see whether it hangs"
        )
    }

    private func message(of address: QEMUAddress) -> String {
        do {
            _ = try Viewer(address)
            return "opened"
        } catch { return "\(error)" }
    }
}

/// Accepts one connection on another thread and gives it to QEMU, in a conversation that blocks.
private final class HandOver: @unchecked Sendable {
    private let listening: CInt
    private let machine: VirtualMachine
    private var thread = pthread_t()

    init(_ listening: CInt, to machine: VirtualMachine) throws {
        self.listening = listening
        self.machine = machine
        let result = pthread_create(
            &thread, nil,
            { data in
                let me = Unmanaged<HandOver>.fromOpaque(data!).takeRetainedValue()
                let connection = accept(me.listening, nil, nil)
                try? me.machine.addDisplayClient(connection)
                close(connection)
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard result == 0 else { throw TestSupportError("pthread_create") }
    }

    func join() {
        pthread_join(thread, nil)
        close(listening)
    }
}
