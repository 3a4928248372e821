// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Surfaces
internal import Wayland

/// An arrow for host pointers, where the compositor has no wp_cursor_shape_v1. Its tip is its top left pixel.
final class HostArrow {
    private var surface: WlSurface
    private let buffer: HeldBuffer

    /// Drawn for Oriel: `#` is dark and `.` is light, so that the arrow is visible over anything.
    private static let rows = [
        "#           ",
        "##          ",
        "#.#         ",
        "#..#        ",
        "#...#       ",
        "#....#      ",
        "#.....#     ",
        "#......#    ",
        "#.......#   ",
        "#........#  ",
        "#.....####  ",
        "#..#..#     ",
        "#.# #..#    ",
        "##  #..#    ",
        "#    #..#   ",
        "     #..#   ",
        "      ##    ",
    ]

    init(_ compositor: Compositor) throws(ImportError) {
        var sheet = Sheet(size: PixelSize(width: 12, height: UInt32(Self.rows.count)), color: 0)
        for (y, row) in Self.rows.enumerated() {
            for (x, dot) in row.enumerated() where dot != " " {
                sheet.fill(
                    PixelRectangle(x: Int32(x), y: Int32(y), width: 1, height: 1),
                    color: dot == "#" ? 0xFF00_0000 : 0xFFFF_FFFF)
            }
        }
        buffer = HeldBuffer(try compositor.buffers.draw(sheet))
        surface = compositor.surfaces.compositor.createSurface()
        surface.attach(buffer: buffer.attach(), x: 0, y: 0)
        surface.damageBuffer(x: 0, y: 0, width: Int32(sheet.size.width), height: Int32(sheet.size.height))
        surface.commit()
    }

    var ref: WlSurface.Ref { surface.ref }
}
