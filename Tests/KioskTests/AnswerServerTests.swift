// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
@testable import Kiosk
import System
import TestSupport
import Testing

@Suite("A server of answers", .timeLimit(.minutes(2)))
struct AnswerServerTests {
    /// A server that answers a line with as many bytes as it says.
    private final class World {
        let loop = try! EventLoop()
        let folder = try! TemporaryDirectory()
        var server: AnswerServer?
        var questions: [String] = []

        init(_ limits: AnswerServer.Limits = AnswerServer.Limits(), admits: @escaping (CInt) -> Bool = { _ in true }) throws {
            server = try AnswerServer(
                on: ListeningSocket(at: path, .stream, isShared: false), loop: loop, limits: limits,
                .init(
                    admits: admits, isWhole: { $0.last == 0x0A },
                    answer: { [unowned self] in
                        let text = String(decoding: $0.dropLast(), as: UTF8.self)
                        questions.append(text)
                        return [UInt8](repeating: 0x2A, count: Int(text) ?? 0)
                    }))
        }

        var path: String { folder.file("socket") }

        func connect() throws -> OwnedDescriptor {
            let socket = try LocalSocket.make(.stream)
            try LocalSocket.connect(socket, to: path)
            return socket
        }

        /// What has come over a connection by now, and whether the server has closed it.
        func read(_ socket: borrowing OwnedDescriptor) -> (count: Int, isClosed: Bool) {
            var total = 0, bytes = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = recv(socket.rawValue, &bytes, bytes.count, 0)
                guard count > 0 else { return (total, count == 0 || errno == ECONNRESET) }
                total += count
            }
        }

        func isClosed(_ socket: borrowing OwnedDescriptor) throws -> Bool {
            let number = socket.rawValue
            return try loop.runUntil {
                var byte: UInt8 = 0
                let count = recv(number, &byte, 1, 0)
                return count == 0 || count < 0 && errno == ECONNRESET
            }
        }
    }

    private func say(_ text: String, _ socket: borrowing OwnedDescriptor) {
        _ = text.withCString { send(socket.rawValue, $0, strlen($0), CInt(MSG_NOSIGNAL)) }
    }

    @Test("a question gets its answer, however it comes in parts, and the connection is closed")
    func answer() throws {
        let world = try World(), client = try world.connect()
        say("10", client)
        try world.loop.settle()
        #expect(world.questions == [] && world.read(client) == (0, false))
        say("0\n", client)
        var got = 0
        let isClosed = try world.loop.runUntil {
            let (count, isClosed) = world.read(client)
            got += count
            return isClosed
        }
        #expect(isClosed && got == 100 && world.questions == ["100"])
    }

    @Test("an answer that doesn't fit is sent as the client reads it")
    func largeAnswer() throws {
        let world = try World(), client = try world.connect()
        say("3000000\n", client)
        var got = 0
        let isClosed = try world.loop.runUntil {
            let (count, isClosed) = world.read(client)
            got += count
            return isClosed
        }
        #expect(isClosed && got == 3_000_000)
    }

    @Test("who says nothing, goes on for too long, or doesn't read is closed, and others are served meanwhile")
    func hostile() throws {
        var limits = AnswerServer.Limits()
        limits.patience = 1_000_000_000
        limits.question = 64
        let world = try World(limits)
        let mute = try world.connect(), chatty = try world.connect(), deaf = try world.connect(), good = try world.connect()
        say(String(repeating: "1", count: 65) + "\n", chatty)
        say("30000000\n", deaf)
        say("5\n", good)
        #expect(try world.loop.runUntil { world.questions.contains("5") })
        #expect(try world.isClosed(chatty) && world.isClosed(mute))
        // The rest of the answer is lost.
        var got = 0
        let isClosed = try world.loop.runUntil {
            let (count, isClosed) = world.read(deaf)
            got += count
            return isClosed
        }
        #expect(isClosed && got < 30_000_000)
        #expect(!world.questions.contains { $0.hasPrefix("11") })
    }

    @Test("a crowd waits its turn")
    func crowd() throws {
        var limits = AnswerServer.Limits()
        limits.clients = 2
        let world = try World(limits)
        let first = try world.connect(), second = try world.connect(), third = try world.connect()
        try world.loop.settle()
        say("1\n", third)
        try world.loop.runForAMoment()
        #expect(world.questions == [])
        say("2\n", first)
        #expect(try world.loop.runUntil { world.questions == ["2", "1"] })
        #expect(try world.isClosed(first) && world.isClosed(third))
        #expect(world.read(second) == (0, false))
    }

    @Test("who isn't admitted is closed unheard")
    func admission() throws {
        let world = try World(admits: { _ in false }), client = try world.connect()
        say("1\n", client)
        #expect(try world.isClosed(client))
        #expect(world.questions == [])
    }

    @Test("it ends with its connections")
    func ends() throws {
        let world = try World(), client = try world.connect()
        try world.loop.settle()
        world.server = nil
        #expect(try world.isClosed(client))
    }
}
