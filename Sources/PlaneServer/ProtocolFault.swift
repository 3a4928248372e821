// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A peer's breach of the protocol, which ends the connection.
enum ProtocolFault: Error, Equatable, CustomStringConvertible {
    /// A message isn't as long as its type demands, or as its header says.
    case wrongLength(type: UInt32?, length: Int)
    case unknownType(UInt32)
    /// The first message isn't a hello, or a later one is.
    case wrongOrder(type: UInt32)
    case wrongMagic
    case wrongVersion(UInt32)
    case noSuchPlane(UInt32)
    case noSuchStatus(UInt32)
    /// The server refuses a call that its caps offer.
    case unsupported(type: UInt32)
    /// A reserved field isn't 0. They are checked so that they can mean something later.
    case reserved
    /// The acknowledged state was never sent, or a state's number doesn't follow the one before it.
    case wrongSequence(UInt64)
    /// The number of descriptors isn't what the message demands.
    case descriptors(Int)
    /// Messages come faster than an honest peer has reason to send them.
    case flood
    /// There are more unacknowledged states than the window allows.
    case tooManyStates
    /// An answer came without a request.
    case unasked(type: UInt32)

    var description: String {
        switch self {
        case .wrongLength(let type?, let length): "a message of type \(Self.hexadecimal(type)) has \(length) bytes"
        case .wrongLength(nil, let length): "a message of \(length) bytes doesn't have the length that it says"
        case .unknownType(let type): "there is no message of type \(Self.hexadecimal(type))"
        case .wrongOrder(let type): "a message of type \(Self.hexadecimal(type)) has no place here"
        case .wrongMagic: "its hello isn't this protocol's"
        case .wrongVersion(let version): "it speaks version \(version) of the protocol, which isn't known"
        case .noSuchPlane(let kind): "there is no plane of type \(kind)"
        case .noSuchStatus(let status): "there is no status \(status)"
        case .unsupported(let type): "an answer of type \(Self.hexadecimal(type)) refuses what its caps offer"
        case .reserved: "a reserved field isn't 0"
        case .wrongSequence(let sequence): "the sequence number \(sequence) is out of order"
        case .descriptors(let count): "it brought \(count) descriptors instead of the expected number"
        case .flood: "too many messages"
        case .tooManyStates: "states come faster than they are acknowledged"
        case .unasked(let type): "an answer of type \(Self.hexadecimal(type)) answers nothing"
        }
    }

    private static func hexadecimal(_ type: UInt32) -> String { "0x" + String(type, radix: 16) }
}

extension PlaneKind {
    /// A peer's `plane_type`.
    init(wire value: UInt32) throws(ProtocolFault) {
        guard let kind = PlaneKind(rawValue: value) else { throw .noSuchPlane(value) }
        self = kind
    }
}
