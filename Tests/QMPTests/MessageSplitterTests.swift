// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import QMP

@Suite("A monitor's stream, cut into messages")
struct MessageSplitterTests {
    private func split(_ pieces: [String]) throws -> [String] {
        var splitter = MessageSplitter(), found: [String] = []
        for piece in pieces { try splitter.feed(piece.utf8) { found.append(String(decoding: $0, as: UTF8.self)) } }
        return found
    }

    @Test("messages are parted by their braces, however the bytes come and whatever stands in their strings")
    func parted() throws {
        let text = "{\"a\": [1, {}]}\r\n{ \"}{\\\"]\" :\n2 }{\"b\\\\\":0}\n {\"unfinished\": \"}"
        let messages = ["{\"a\": [1, {}]}", "{ \"}{\\\"]\" :\n2 }", "{\"b\\\\\":0}"]
        #expect(try split([text]) == messages)
        #expect(try split(text.map { String($0) }) == messages)
    }

    @Test("what no monitor says is refused before it is kept", arguments: ["[1]", "x", "}", "\"{\"", "{} null", "\u{0}"])
    func noObject(_ text: String) {
        #expect(throws: MessageSplitter.Fault.notAnObject) { try split([text]) }
    }

    @Test("a message has an end, and a depth")
    func bounds() throws {
        let long = "{\"a\":\"" + String(repeating: "x", count: MessageSplitter.longest)
        #expect(throws: MessageSplitter.Fault.tooLong) { try split([long]) }
        let levels = MessageSplitter.deepest - 1
        let deep = "{\"a\":" + String(repeating: "[", count: levels)
        #expect(try split([deep + String(repeating: "]", count: levels) + "}"]).count == 1)
        #expect(throws: MessageSplitter.Fault.tooDeep) { try split([deep + "["]) }
    }
}

@Suite("What a monitor says")
struct MonitorMessageTests {
    @Test(
        "is a greeting, a reply to a number, a complaint, an event, or nothing that is understood",
        arguments: [
            ("{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}", "greeting"),
            ("{\"return\": {}, \"id\": 7}", "reply 7"),
            ("{\"id\": 8, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\\nway\"}}", "reply 8: no way"),
            ("{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}", "complaint: JSON parse error"),
            ("{\"error\": 3, \"id\": 9}", "reply 9: an error without a description"),
            (
                "{\"event\": \"RESET\", \"data\": {\"guest\": true}, \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}",
                "event"
            ),
            ("{\"return\": {}}", "nothing"),
            ("{\"return\": {}, \"id\": \"7\"}", "nothing"),
            ("{\"return\": {}, \"id\": -1}", "nothing"),
            ("{\"return\": {}, \"id\": 99999999999999999999}", "nothing"),
            ("{\"return\": }", "nothing"),
            ("{\"event\": \"\u{1}\"}", "nothing"),
            ("{}", "nothing"),
        ])
    func kinds(_ text: String, _ kind: String) {
        let found =
            switch MonitorMessage(Array(text.utf8)) {
            case .greeting: "greeting"
            case .reply(let id, .success): "reply \(id)"
            case .reply(let id, .failure(let refusal)): "reply \(id): \(refusal.reason)"
            case .complaint(let refusal): "complaint: \(refusal.reason)"
            case .event: "event"
            case nil: "nothing"
            }
        #expect(found == kind)
    }

    @Test("values of other types than the expected are no values")
    func types() throws {
        let value = try #require(JSONValue(parsing: Array("{\"a\": [true, 1.5, \"x\", null, {\"b\": false}, 3]}".utf8)))
        let elements = try #require(value["a"]?.elements)
        #expect(elements.map(\.boolean) == [true, nil, nil, nil, nil, nil])
        #expect(elements.map(\.integer) == [nil, nil, nil, nil, nil, 3])
        #expect(elements.map(\.text) == [nil, nil, "x", nil, nil, nil])
        #expect(elements[4]["b"]?.boolean == false)
        #expect(elements[0]["b"] == nil && value.elements == nil && value["A"] == nil)
        #expect(JSONValue(parsing: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) == nil)
    }
}
