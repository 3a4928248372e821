// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@Suite("Rotation of a guest's screen")
struct RotationTests {
    private let screen = PixelSize(width: 4, height: 3)

    @Test("the guest's top left moves clockwise around the corners")
    func corners() {
        let pixel = PixelSize(width: 1, height: 1)
        let places = Rotation.allCases.map { $0.turned(pixel, at: .zero, on: screen) }
        #expect(
            places == [
                PixelPoint(x: 0, y: 0), PixelPoint(x: 2, y: 0), PixelPoint(x: 3, y: 2), PixelPoint(x: 0, y: 3),
            ])
        #expect(Rotation.allCases.map { $0.turned(screen).width } == [4, 3, 4, 3])
    }

    @Test("every pixel is mapped back to its original position", arguments: Rotation.allCases)
    func back(rotation: Rotation) {
        var seen: Set<PixelPoint> = []
        for y in 0..<Int32(3) {
            for x in 0..<Int32(4) {
                let turned = rotation.turned(PixelSize(width: 1, height: 1), at: PixelPoint(x: x, y: y), on: screen)
                let size = rotation.turned(screen)
                #expect((0..<Int32(size.width)).contains(turned.x) && (0..<Int32(size.height)).contains(turned.y))
                seen.insert(turned)
                // The pixel's first corner, its middle, and a point just before its last corner.
                for part in [0, 0.5, 0.999] {
                    let back = rotation.turnedBack(x: Double(turned.x) + part, y: Double(turned.y) + part, on: screen)
                    #expect(Int32(back.x) == x && Int32(back.y) == y, "\(rotation) \(x),\(y) + \(part): \(back)")
                }
            }
        }
        #expect(seen.count == 12)
    }

    @Test("a displacement on the rotated screen is the one between two positions of the guest's", arguments: Rotation.allCases)
    func way(rotation: Rotation) {
        let start = rotation.turnedBack(x: 0.5, y: 0.5, on: screen), end = rotation.turnedBack(x: 2, y: 1.25, on: screen)
        let way = rotation.turnedBack(wayX: 1.5, y: 0.75)
        #expect(abs(end.x - start.x - way.x) < 1e-9 && abs(end.y - start.y - way.y) < 1e-9)
    }

    @Test("a plane is rotated as a whole and keeps its place", arguments: Rotation.allCases)
    func plane(rotation: Rotation) {
        let plane = PixelSize(width: 2, height: 1), point = PixelPoint(x: 1, y: 2)
        let corner = rotation.turned(plane, at: point, on: screen), size = rotation.turned(plane)
        for y in corner.y..<corner.y + Int32(size.height) {
            for x in corner.x..<corner.x + Int32(size.width) {
                let back = rotation.turnedBack(x: Double(x) + 0.5, y: Double(y) + 0.5, on: screen)
                #expect((1..<3).contains(back.x) && (2..<3).contains(back.y))
            }
        }
    }

    @Test("a guest may give any position", arguments: Rotation.allCases)
    func anyPlace(rotation: Rotation) {
        for point in [PixelPoint(x: .min, y: .max), PixelPoint(x: .max, y: .min)] {
            let turned = rotation.turned(PixelSize(width: 512, height: 512), at: point, on: screen)
            #expect(turned.x.magnitude > 1_000_000 && turned.y.magnitude > 1_000_000)
        }
    }
}
