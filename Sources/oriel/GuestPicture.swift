// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import PlaneImage
internal import Planes

extension RGBAImage {
    /// A copy of what a guest shows at this moment, at its own resolution.
    ///
    /// - Throws: ``PlaneError`` where there is nothing just now, ``PlaneImageError`` where it can't be read.
    init(of source: any PlaneSource, withCursor: Bool) throws {
        guard case .showing(let info) = try source.query(.primary) else { throw PlaneError.off }
        var image = try RGBAImage(
            copying: try source.buffer(for: .primary, generation: info.generation), isOpaque: true, isFlipped: info.isFlipped)
        if withCursor, case .showing(let cursor) = try source.query(.cursor) {
            let buffer = try source.buffer(for: .cursor, generation: cursor.generation)
            image.draw(try RGBAImage(copying: buffer, isFlipped: cursor.isFlipped), at: cursor.position)
        }
        self = image
    }
}
