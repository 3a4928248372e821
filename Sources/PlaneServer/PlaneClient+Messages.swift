// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// What the server says. A server that breaks the protocol has ended as if it were gone: nothing it says afterwards is believed.
extension PlaneClient {
    /// Takes in what lies there, in one system call.
    func drain() {
        guard let socket else { return }
        let reception = socket.receive { packet in
            switch life {
            case .ending, .over: return packet.closeDescriptors()
            case .greeting, .askingCaps, .running: break
            }
            do throws(ProtocolFault) {
                let message: ServerMessage
                do throws(ProtocolFault) {
                    message = try ServerMessage(packet, isGreeted: isGreeted)
                } catch {
                    packet.closeDescriptors()
                    throw error
                }
                try handle(message, packet)
            } catch {
                end(.unavailable, "the server doesn't keep to the protocol: \(error): report it to its author")
            }
        }
        guard case .ended(let code) = reception else { return }
        // A reset is told before what the server said last, once.
        if code == ECONNRESET, !hadReset {
            hadReset = true
            return drain()
        }
        end(
            .unavailable,
            isGreeted ? "the server has gone: start it again" : "it closed before it said anything: look into its log")
    }

    private var isGreeted: Bool { if case .greeting = life { false } else { true } }

    private func handle(_ message: ServerMessage, _ packet: PacketSocket.Packet) throws(ProtocolFault) {
        switch (message, life) {
        case (.state(let state), .askingCaps), (.state(let state), .running):
            try handle(state)
        case (.dmabuf(let kind, let answer, let buffer), _): try handle(kind, answer, buffer, packet)
        case (.bye(let reason, let detail, let text), _): handleBye(plane_reason(reason), detail, text)
        case (.welcome(let features, let name), .greeting):
            guard features & PLANE_FEATURE_PUSH != 0 else {
                return end(.unavailable, "the server doesn't tell of changes by itself: use a newer server")
            }
            self.name = name.isEmpty ? place : name
            life = .askingCaps
            send(
                plane_request(
                    header: plane_header(of: plane_request.self, PLANE_QUERY_CAPS), plane_type: 0, reserved: 0))
        case (.caps(let type), .askingCaps): handleCaps(type)
        case (.region(let isHere), .running) where regionIsAsked: handleRegion(isHere ? packet.descriptors[0] : nil)
        default:
            packet.closeDescriptors()
            throw .unasked(type: packet.type ?? 0)
        }
    }

    private func handleCaps(_ type: ServerMessage.CapsType) {
        switch type {
        case .none: end(.unavailable, "the guest has no display: give it one")
        case .dmabuf, .region:
            capsType = type
            life = .running
            // A state may have come before.
            if !states.isEmpty { update() }
        }
    }

    private func handle(_ state: plane_state) throws(ProtocolFault) {
        try states.receive(state)
        if case .running = life { update() }
    }

    /// Both planes as the last state has them.
    private func update() {
        let state = states.last
        guard capsType != .region || planes.primary.hasRegion || state.primary.isOff && state.cursor.isOff else {
            return askForRegion()
        }
        let times = openedAt...EventLoop.now()
        if let generation = planes.primary.told(state.primary, times: times) { get(.primary, generation) }
        if let generation = planes.cursor.told(state.cursor, times: times) { get(.cursor, generation) }
        settle()
    }

    private func settle() {
        // What a plane can show already is news, though the other one waits.
        let changes = planes.primary.changes + planes.cursor.changes
        if changes != toldChanges { hasNews = true }
        toldChanges = changes
        if planes.primary.isSettled, planes.cursor.isSettled { states.settle() }
    }

    func get(_ kind: PlaneKind, _ generation: Generation) {
        send(
            plane_get_dmabuf(
                header: plane_header(of: plane_get_dmabuf.self, PLANE_GET_DMABUF), plane_type: kind.rawValue, reserved: 0,
                generation: generation.rawValue))
    }

    private func handle(
        _ kind: PlaneKind, _ answer: ServerMessage.Answer, _ buffer: UInt64, _ packet: PacketSocket.Packet
    ) throws(ProtocolFault) {
        let next: Generation?
        switch answer {
        case .here(let generation):
            let times = openedAt...EventLoop.now()
            next = try planes[kind].received(
                generation, buffer: buffer, descriptors: packet.descriptors, count: packet.descriptorCount, times: times)
        case .stale(let current):
            next = try refused(kind) { .stale(asked: $0, current: current) }
            staleAnswers += 1
        case .off: next = try refused(kind) { _ in .off }
        case .temporary(let code):
            next = try refused(kind) { _ in .temporary(errno: code) }
            scheduleRetry()
        }
        if let next { get(kind, next) }
        settle()
    }

    private func refused(_ kind: PlaneKind, _ error: (Generation) -> PlaneError) throws(ProtocolFault) -> Generation? {
        try planes[kind].refused(error(planes[kind].asked?.wholeGeneration ?? .none))
    }

    /// Once, when something is to be shown: before, a server may have no memory yet.
    private func askForRegion() {
        guard !regionIsAsked else { return }
        regionIsAsked = true
        send(
            plane_request(
                header: plane_header(of: plane_request.self, PLANE_GET_REGION), plane_type: 0, reserved: 0))
    }

    /// The one descriptor of a region serves both planes.
    private func handleRegion(_ number: CInt?) {
        regionIsAsked = false
        guard let number else {
            // Off again meanwhile: the next state tells.
            return states.settle()
        }
        let region = RegionMemory(OwnedDescriptor(adopting: number))
        for kind in PlaneKind.allCases { planes[kind].adopt(region) }
        update()
    }

    private func handleBye(_ reason: plane_reason, _ detail: UInt32, _ text: String) {
        let said = text.isEmpty ? "" : " (\(text))"
        switch reason {
        case PLANE_BYE_NOT_PERMITTED:
            end(.notPermitted, "the server refuses this user\(said): run as its user, or start it with --allow-uid")
        case PLANE_BYE_FULL: end(.unavailable, "the server has all the viewers it takes\(said): close another one")
        case PLANE_BYE_VERSION: end(.unavailable, "the server speaks another version of the protocol\(said): update one of them")
        case PLANE_BYE_SLOW: end(.unavailable, "the server has dropped this viewer\(said): see what holds it up")
        case PLANE_BYE_ENDED: end(.unavailable, "the guest has ended\(said): start it again")
        default: end(.unavailable, "the server has ended the connection\(said): report it")
        }
    }
}
