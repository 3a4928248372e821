// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
internal import Logging
internal import Planes
internal import System

/// The proposal's calls, and the viewers' reports, which have no answer.
extension PlaneServer {
    func handle(_ request: ViewerRequest, of viewer: Viewer) throws(ProtocolFault) {
        switch request {
        case .hello(let version, let features, let name): greet(viewer, version, features, name)
        case .queryCaps: finish(viewer.send(caps), viewer)
        case .query(let kind): answer(viewer, kind)
        case .getBuffer(let kind, let generation): giveBuffer(viewer, kind, generation)
        case .getRegion: giveRegion(viewer)
        case .seen(let sequence):
            try viewer.acknowledge(sequence)
            settle(viewer)
        case .committed(let kind, let generation, let sequence, let buffers):
            release(viewer, kind, buffers)
            commit(viewer, kind, generation)
            if sequence > 0 { try viewer.acknowledge(sequence) }
            settle(viewer)
        case .skipped(let kind, let generation, let sequence):
            viewer.holds[kind].skip(generation)
            if sequence > 0 { try viewer.acknowledge(sequence) }
            settle(viewer)
        case .released(let kind, let buffers):
            release(viewer, kind, buffers)
            settle(viewer)
        }
    }

    private static let features = PLANE_FEATURE_PUSH | PLANE_FEATURE_MULTI_PLANE

    private func greet(_ viewer: Viewer, _ version: UInt32?, _ features: UInt64, _ name: String) {
        guard let version else {
            complain("a viewer is refused: it speaks no version that is known")
            return dismiss(
                viewer, plane_bye(PLANE_BYE_VERSION, detail: 1, text: "this server speaks version \(PLANE_VERSION)"))
        }
        let common = features & Self.features
        viewer.stage = .greeted(features: common)
        viewer.name = name
        logger.debug("\(self.name): viewer \(viewer.number) '\(name)' is there")
        finish(viewer.send(plane_hello(PLANE_WELCOME, version: version, features: common, name: self.name)), viewer)
        if source is any PolledPlaneSource { pollTimer.arm(after: 0) }
        // Everything is news to it.
        if revision == 0 { revision = 1 }
        tell(viewer)
    }

    private var caps: plane_caps {
        plane_caps(
            header: plane_header(of: plane_caps.self, PLANE_CAPS),
            type: (options.export == .region ? PLANE_CAPS_REGION : PLANE_CAPS_DMABUF).rawValue,
            planes: 1 << PLANE_TYPE_PRIMARY.rawValue | 1 << PLANE_TYPE_CURSOR.rawValue)
    }

    private func answer(_ viewer: Viewer, _ kind: PlaneKind) {
        var answer = plane_answer()
        answer.header = plane_header(of: plane_answer.self, PLANE_ANSWER)
        answer.plane_type = kind.rawValue
        answer.info = info(of: kind, for: viewer)
        answer.status = (answer.info.isOff ? PLANE_OFF : PLANE_OK).rawValue
        viewer.holds[kind].answer(answer.info.isOff ? nil : planes[kind].picture)
        viewer.awaitsQuery = false
        updateHolds(of: viewer)
        finish(viewer.send(answer), viewer)
        // If something has changed since the notice, there is another one.
        if !viewer.isPushed { tell(viewer) }
        answerSource()
    }

    private func giveBuffer(_ viewer: Viewer, _ kind: PlaneKind, _ generation: Generation) {
        var message = plane_dmabuf()
        message.header = plane_header(of: plane_dmabuf.self, PLANE_DMABUF)
        message.plane_type = kind.rawValue
        do throws(PlaneError) {
            guard options.export == .buffers else {
                message.status = PLANE_UNSUPPORTED.rawValue
                return finish(viewer.send(message), viewer)
            }
            let current = planes[kind].generation
            // A picture that this viewer doesn't hold may be drawn over while its memory is on the way.
            guard viewer.holds[kind].contains(generation) else {
                throw current == .none ? .off : .stale(asked: generation, current: current)
            }
            let buffer = try source.buffer(for: kind, generation: generation)
            message.status = PLANE_OK.rawValue
            message.generation = generation.rawValue
            message.buffer = names.name(of: buffer.identity)
            message.descriptors = UInt32(buffer.descriptorCount)
            var descriptors = SIMD4<CInt>(repeating: -1)
            for index in 0..<buffer.descriptorCount { descriptors[index] = buffer.descriptor(plane: index) }
            finish(viewer.send(message, descriptors: descriptors, count: buffer.descriptorCount), viewer)
        } catch {
            (message.status, message.generation, message.error) = refusal(error)
            if message.status == PLANE_STALE.rawValue { staleAnswers += 1 }
            finish(viewer.send(message), viewer)
        }
    }

    private func refusal(_ error: PlaneError) -> (status: UInt32, generation: UInt64, error: UInt32) {
        switch error {
        case .stale(_, let current): (PLANE_STALE.rawValue, current.rawValue, 0)
        case .temporary(let code): (PLANE_TEMPORARY.rawValue, 0, UInt32(bitPattern: code))
        case .off, .invalid, .ended: (PLANE_OFF.rawValue, 0, 0)
        }
    }

    private func giveRegion(_ viewer: Viewer) {
        var message = plane_region()
        message.header = plane_header(of: plane_region.self, PLANE_REGION)
        guard options.export == .region else {
            message.status = PLANE_UNSUPPORTED.rawValue
            return finish(viewer.send(message), viewer)
        }
        for kind in PlaneKind.allCases {
            let generation = planes[kind].generation
            guard generation != .none, let buffer = try? source.buffer(for: kind, generation: generation) else { continue }
            let descriptor = buffer.descriptor(plane: 0)
            message.status = PLANE_OK.rawValue
            message.size = (try? MemoryFacts(of: descriptor))?.length ?? 0
            return finish(viewer.send(message, descriptors: [descriptor, -1, -1, -1], count: 1), viewer)
        }
        message.status = PLANE_OFF.rawValue
        finish(viewer.send(message), viewer)
    }

    private func commit(_ viewer: Viewer, _ kind: PlaneKind, _ generation: Generation) {
        guard let picture = viewer.holds[kind].commit(generation), planes[kind].commit(picture) else { return }
        source.committed(kind, generation: generation)
    }

    private func release(_ viewer: Viewer, _ kind: PlaneKind, _ buffers: SIMD4<UInt64>) {
        for index in buffers.indices where buffers[index] != 0 { viewer.holds[kind].release(buffers[index]) }
    }

    /// Acts upon what a viewer holds now: the source keeps that and no more, and there may be room to tell the viewer something.
    private func settle(_ viewer: Viewer) {
        updateHolds(of: viewer)
        tell(viewer)
        answerSource()
    }
}
