// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes

/// Draws generations of one pattern at one size. A picture is a function of its generation alone: a buffer that holds an older
/// one is brought up to date by taking that one's moving part away.
struct PatternArtist {
    let pattern: GuestOptions.Pattern
    let size: PixelSize
    private let text: TextArtist?

    init(_ pattern: GuestOptions.Pattern, size: PixelSize) {
        self.pattern = pattern
        self.size = size
        text = pattern == .text ? TextArtist() : nil
    }

    /// The colours of the bars, XR24.
    private static let bars: [UInt32] = [
        0xC0C0C0, 0xC0C000, 0x00C0C0, 0x00C000, 0xC000C0, 0xC00000, 0x0000C0, 0x101010,
    ]
    private static let white: UInt32 = 0xFFFFFF
    private static let black: UInt32 = 0
    private static let slate: UInt32 = 0x203040

    /// Draws `generation` over the older one that the buffer holds, or over nothing.
    func draw(_ generation: Generation, over older: Generation?, on canvas: Canvas) {
        if let text {
            text.draw(scrolledBy: Int(truncatingIfNeeded: generation.rawValue & 0xFFFF_FFFF) * 2, on: canvas)
        } else {
            background(older.map(moving) ?? canvas.bounds, on: canvas)
            switch pattern {
            case .bars: canvas.fill(moving(generation), Self.white)
            case .block: canvas.fill(moving(generation), generation.rawValue & 1 == 0 ? Self.white : Self.black)
            case .checker, .text: canvas.fill(moving(generation), even: Self.white, odd: Self.black)
            }
        }
        counter(generation, on: canvas)
    }

    /// What differs between this generation and the one before it.
    func damage(of generation: Generation) -> PixelRectangle {
        guard pattern != .text, generation.rawValue > 1 else {
            return PixelRectangle(x: 0, y: 0, width: Int32(size.width), height: Int32(size.height))
        }
        return moving(Generation(generation.rawValue - 1)).union(moving(generation)).union(FrameCounter.area)
    }

    /// The part that changes: a full-height stripe over the bars, a square of the opposite phase over the checker, or a block that stays
    /// in the middle and is black and white in turn.
    private func moving(_ generation: Generation) -> PixelRectangle {
        let width = Int(size.width), height = Int(size.height)
        if pattern == .block {
            return PixelRectangle(x: Int32(width / 4), y: Int32(height / 4), width: Int32(width / 2), height: Int32(height / 2))
        }
        let side = pattern == .bars ? max(8, width / 40) : min(64, height / 4)
        let step = max(1, width / 240)
        let x = Int(generation.rawValue % UInt64(width + side)) * step % (width + side) - side
        let top = pattern == .bars ? 0 : height / 2
        return PixelRectangle(
            x: Int32(x), y: Int32(top), width: Int32(side), height: Int32(pattern == .bars ? height : side)
        ).clipped(to: size)
    }

    private func background(_ area: PixelRectangle, on canvas: Canvas) {
        if pattern == .block { return canvas.fill(area, Self.slate) }
        guard pattern == .bars else { return canvas.fill(area, even: Self.black, odd: Self.white) }
        for (index, color) in Self.bars.enumerated() {
            let left = max(Int(area.x), index * canvas.width / Self.bars.count)
            let right = min(Int(area.x + area.width), (index + 1) * canvas.width / Self.bars.count)
            guard left < right else { continue }
            canvas.fill(PixelRectangle(x: Int32(left), y: area.y, width: Int32(right - left), height: area.height), color)
        }
    }

    private func counter(_ generation: Generation, on canvas: Canvas) {
        let cells = FrameCounter.cells(of: generation), area = FrameCounter.area, cell = FrameCounter.cell
        for index in 0..<(FrameCounter.columns * FrameCounter.rows) {
            let isWhite = cells >> UInt64(FrameCounter.columns * FrameCounter.rows - 1 - index) & 1 == 1
            let place = PixelRectangle(
                x: area.x + index % FrameCounter.columns * cell, y: area.y + index / FrameCounter.columns * cell,
                width: cell, height: cell)
            canvas.fill(place, isWhite ? Self.white : Self.black)
        }
    }
}
