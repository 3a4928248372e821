// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Planes
import System
import TestSupport
import Testing

@testable import VFIOPlanes

@Suite("A device that a VMM hands over")
struct HandoverTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("vm.sock") }

    init() throws { directory = try TemporaryDirectory() }

    /// A VMM that runs `body`, a line of Python with `c` the connected socket and `f` the descriptors of files 1 to 9.
    private func vmm(_ body: String, type: String = "SOCK_STREAM") throws -> ChildProcess {
        let program = """
            import array, os, socket, time
            f = [os.open("\(directory.file("device"))%d" % n, os.O_RDWR | os.O_CREAT) for n in range(1, 10)]
            l = socket.socket(socket.AF_UNIX, socket.\(type))
            l.bind("\(path)"); l.listen(4)
            def send(data, *d): c.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", d))] if d else [])
            while True:
                c, _ = l.accept()
                try: \(body)
                except OSError: pass  # whoever looked whether this runs
            """
        let process = try ChildProcess(["python3", "-c", program], log: directory.file("vmm.log"))
        let path = path
        // Its socket is in the folder a moment before it listens.
        let isThere = waitUntil {
            ![ENOENT, ECONNREFUSED].contains(
                refusal { () throws(Errno) in try handedOver(from: path, patience: 0) })
        }
        guard isThere else { throw TestSupportError(process.output) }
        return process
    }

    private func device(_ number: Int) -> (device: UInt64, inode: UInt64) {
        var status = stat()
        stat(directory.file("device\(number)"), &status)
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    private func receive(_ patience: UInt64 = Patience.nanoseconds) throws(Errno) -> OwnedDescriptor {
        try handedOver(from: path, patience: patience)
    }

    @Test("comes over a stream and over packets, and is closed on exec", arguments: ["SOCK_STREAM", "SOCK_SEQPACKET"])
    func received(type: String) throws {
        let vmm = try vmm("send(b'v', f[0])", type: type)
        let descriptor = try receive()
        let isDevice = descriptor.isFile(device(1))
        #expect(isDevice)
        let number = descriptor.rawValue
        #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
        vmm.end()
    }

    @Test("of several descriptors the first is the device, the others are closed", arguments: [2, 9])
    func several(count: Int) throws {
        let vmm = try vmm("send(b'v', *f[:\(count)])")
        let descriptor = try receive()
        let isDevice = descriptor.isFile(device(1))
        #expect(isDevice)
        for number in 2...9 {
            let (device, inode) = device(number)
            #expect(openDescriptors(device: device, inode: inode) == 0)
        }
        vmm.end()
    }

    @Test("more descriptors than anybody needs: they are closed as well")
    func flood() throws {
        let vmm = try vmm("send(b'v', *([f[0]] + [f[1]] * 200))")
        let descriptor = try receive()
        let isDevice = descriptor.isFile(device(1))
        #expect(isDevice)
        let second = device(2)
        #expect(openDescriptors(device: second.device, inode: second.inode) == 0)
        vmm.end()
    }

    @Test(
        "is refused where the message is another one, and its descriptors are closed",
        arguments: [
            ("send(b'x', f[0])", "SOCK_STREAM"), ("send(b'v')", "SOCK_STREAM"), ("send(b'vv', f[0])", "SOCK_SEQPACKET"),
            ("send(b'', f[0])", "SOCK_SEQPACKET"), ("send(b'x')", "SOCK_SEQPACKET"),
        ])
    func wrong(body: String, type: String) throws {
        let vmm = try vmm(body, type: type)
        let code = refusal { () throws(Errno) in try receive() }
        // An empty packet can't be told from an end.
        #expect(code == (body.contains("b''") ? ENODATA : EBADMSG))
        let first = device(1)
        #expect(openDescriptors(device: first.device, inode: first.inode) == 0)
        vmm.end()
    }

    @Test("isn't waited for where the VMM closes the connection")
    func closed() throws {
        let vmm = try vmm("c.close()")
        #expect(refusal { () throws(Errno) in try receive() } == ENODATA)
        vmm.end()
    }

    @Test("a socket that isn't there, one that nobody listens on, and a file that is none")
    func missing() throws {
        func code(_ path: String) -> CInt? {
            refusal { () throws(Errno) in try handedOver(from: path, patience: 60_000_000_000) }
        }
        #expect(code(path) == ENOENT)
        close(try UnixSocket.listen(at: path))
        #expect(code(path) == ECONNREFUSED)
        #expect(code("/dev/null") == ECONNREFUSED)
    }

    @Test("an inherited descriptor is duplicated: the number stays open for the next opening")
    func inherited() throws {
        let file = open(directory.file("device1"), O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        do {
            let descriptor = try KernelOpening().duplicate(file)
            let isDevice = descriptor.isFile(device(1))
            #expect(isDevice)
            let number = descriptor.rawValue
            #expect(number != file && fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
        }
        #expect(fcntl(file, F_GETFD) >= 0)
        #expect(refusal { () throws(Errno) in try KernelOpening().duplicate(999) } == EBADF)
    }

    @Test("the kernel's own words for what is no VFIO file")
    func real() throws {
        let kernel = KernelOpening()
        let null = try kernel.open("/dev/null")
        #expect(refusal { () throws(Errno) in try kernel.interfaceVersion(null) } == ENOTTY)
        #expect(refusal { () throws(Errno) in try kernel.supports(1, null) } == ENOTTY)
        #expect(refusal { () throws(Errno) in try kernel.groupFlags(null) } == ENOTTY)
        #expect(refusal { () throws(Errno) in try kernel.put(null, into: null) } == ENOTTY)
        #expect(refusal { () throws(Errno) in try kernel.setIOMMU(1, of: null) } == ENOTTY)
        #expect(refusal { () throws(Errno) in try kernel.bind(null, to: null) } == ENOTTY)
        #expect(refusal { () throws(Errno) in try kernel.device("x", of: null) } == ENOTTY)
    }
}

/// What is handed over, waited for on a loop of its own.
private func handedOver(from path: String, patience: UInt64) throws(Errno) -> OwnedDescriptor {
    final class Box {
        var outcome: DeviceHandover.Outcome?
    }
    let box = Box(), loop = try! EventLoop()
    let handover = DeviceHandover(from: path, patience: patience, loop: loop) { outcome in box.outcome = consume outcome }
    while true {
        if let outcome = box.outcome.take() { return try outcome.get() }
        _ = try! loop.turn(waitingAtMost: 1_000_000_000)
        withExtendedLifetime(handover) {}
    }
}

/// The errno that a call is refused with; nil where it isn't.
private func refusal<Value: ~Copyable>(_ body: () throws(Errno) -> Value) -> CInt? {
    do throws(Errno) { _ = try body() } catch { return error.code }
    return nil
}

extension OwnedDescriptor {
    fileprivate borrowing func isFile(_ file: (device: UInt64, inode: UInt64)) -> Bool {
        fileIdentity().map { $0 == file } ?? false
    }
}
