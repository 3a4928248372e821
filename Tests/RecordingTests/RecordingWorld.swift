// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import Logging
import PlaneImage
import Planes
import System
import TestSupport

@testable import Recording

/// A file for a recording, and what a test does with it.
final class RecordingWorld {
    let directory: TemporaryDirectory
    let loop: EventLoop
    let path: String
    let log = CountingLog()

    init() throws {
        directory = try TemporaryDirectory()
        loop = try EventLoop()
        path = directory.file("a.rec")
    }

    func writer(limit: UInt64 = 1 << 30, hasPixels: Bool = false) throws -> RecordingWriter {
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw Errno.last }
        return RecordingWriter(
            OwnedDescriptor(adopting: number), RecordingHeader(name: "a guest", hasPixels: hasPixels, recordedAt: 5), limit: limit
        )
    }

    /// Writes a recording of these events, and its end.
    func write(_ events: [RecordedEvent], end: RecordingEnd = .asked) throws {
        let writer = try writer()
        _ = try writer.add(events)
        try writer.finish(end, at: events.last?.time ?? 0)
    }

    var bytes: [UInt8] {
        get throws { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
    }

    func write(bytes: some Sequence<UInt8>) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    func reader() throws -> RecordingReader { try ReplayAddress(url: "replay:\(path)").open() }

    /// All events up to the end or to a fault, and that fault.
    func events() throws -> (events: [RecordedEvent], fault: RecordingFault?) {
        let reader = try reader()
        var events: [RecordedEvent] = []
        do throws(RecordingFault) {
            while true {
                let event = try reader.next()
                events.append(event)
                if case .end = event.content { return (events, nil) }
            }
        } catch {
            return (events, error)
        }
    }

    func replay(_ option: String = "") throws -> ReplaySource {
        try ReplaySource(ReplayAddress(url: "replay:\(path)\(option)"), loop: loop, logger: log.logger)
    }
}

/// What a plane showed, as far as a replay can show it again.
struct Sight: Equatable {
    var generation: UInt64
    var layout: PlaneLayout
    var position: PixelPoint
    var hotSpot: PixelPoint?
    var damage: Damage
    var isFlipped: Bool

    init?(_ state: PlaneState?) {
        guard case .showing(let info)? = state else { return nil }
        generation = info.generation.rawValue
        layout = info.identity.layout
        position = info.position
        hotSpot = info.hotSpot
        damage = info.damage
        isFlipped = info.isFlipped
    }
}

/// Sees what changes in a guest's planes, and commits it as a window does.
final class Witness {
    private let source: any PlaneSource
    private(set) var sights: [(kind: PlaneKind, sight: Sight?)] = []
    private var last = PerPlane<Sight?>(primary: nil, cursor: nil)

    init(_ source: any PlaneSource) { self.source = source }

    func look() throws {
        for kind in PlaneKind.allCases {
            let state = try source.query(kind)
            var sight = Sight(state)
            // A picture that has only moved has no damage of its own.
            if sight?.generation == last[kind]?.generation { sight?.damage = .everything }
            guard sight?.generation != last[kind]?.generation || sight?.position != last[kind]?.position else { continue }
            last[kind] = sight
            sights.append((kind, sight))
            if case .showing(let info) = state { source.committed(kind, generation: info.generation) }
        }
    }
}

extension PlaneSource {
    /// The picture that a plane shows, with the generation in its frame counter.
    func picture(_ kind: PlaneKind = .primary) throws -> RGBAImage {
        guard case .showing(let info) = try query(kind) else { throw PlaneError.off }
        return try RGBAImage(
            copying: try buffer(for: kind, generation: info.generation), isOpaque: kind == .primary, isFlipped: info.isFlipped)
    }
}

func layout(
    _ kind: PlaneKind = .primary, _ width: UInt32 = 320, _ height: UInt32 = 200, _ format: PixelFormat = .xrgb8888,
    offset: UInt32 = 0, stride: UInt32? = nil
) throws -> PlaneLayout {
    try LayoutClaim(
        kind: kind, width: width, height: height, fourcc: format.fourcc, offset: offset,
        stride: stride ?? width * format.bytesPerPixel()
    ).validated(length: nil)
}

func described(_ number: Int, _ layout: PlaneLayout, _ memory: PlaneMemory = .memfd) -> RecordedBuffer {
    RecordedBuffer(number: number, layout: layout, memory: memory, offer: .dmabuf)
}

func shown(
    _ buffer: Int, _ generation: UInt64, _ damage: Damage = .everything, at position: PixelPoint = .zero,
    hotSpot: PixelPoint? = nil, isFlipped: Bool = false
) -> RecordedPicture {
    RecordedPicture(
        buffer: buffer, generation: Generation(generation), changedAt: 0, position: position, hotSpot: hotSpot, damage: damage,
        isFlipped: isFlipped)
}

/// One event of each kind, and some more, a millisecond apart.
func sampleEvents() throws -> [RecordedEvent] {
    let contents: [RecordedEvent.Content] = [
        .off(.cursor),
        .buffer(.primary, described(0, try layout(.primary, 20, 10, .xrgb8888, offset: 64, stride: 96), .dmabuf)),
        .pixels(
            .primary,
            RecordedPixels(buffer: 0, rectangle: PixelRectangle(x: 3, y: 2, width: 2, height: 2), bytes: Array(1...16))),
        .picture(.primary, shown(0, 7)),
        .buffer(.cursor, described(31, try layout(.cursor, 16, 16, .argb8888), .bytes)),
        .picture(.cursor, shown(31, 1, at: PixelPoint(x: -5, y: 6), hotSpot: PixelPoint(x: 15, y: 0), isFlipped: true)),
        .moved(.cursor, PixelPoint(x: .max, y: .min)),
        .picture(.primary, shown(0, 9, .rectangle(PixelRectangle(x: 1, y: 2, width: 3, height: 4)))),
        .off(.primary),
    ]
    return contents.enumerated().map { RecordedEvent($1, at: UInt64($0) * 1_000_000) }
}
