// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Diagnosis
import Measurement
import TestSupport
import Testing

@Suite("What oriel doctor finds out about direct scanout", .serialized)
struct ScanoutTrialTests {
    private func findings(_ count: Int, _ change: (inout FrameRecord, Int) -> Void = { _, _ in }) -> [Finding] {
        let frames = (0..<count).map { number in
            var frame = FrameRecord()
            frame.committedAt = UInt64(number + 1) * 16_000_000
            frame.presentedAt = frame.committedAt + 5_000_000
            frame.fate = .presented
            frame.flags = [.verticalSync, .zeroCopy]
            change(&frame, number)
            return frame
        }
        var figures = RunFigures()
        figures.add(frames)
        return Finding.scanout(figures)
    }

    @Test("all is well when the display has read every frame")
    func good() {
        let found = findings(4)
        #expect(found.map(\.state) == [.good] && found[0].detail == "4 of 4 frames were scanned out" && found[0].remedy == nil)
    }

    @Test("each reason is named with what to change, and what no protocol tells is said to be so")
    func reasons() {
        let found = findings(4) { frame, number in
            if number > 0 { frame.flags.remove(.zeroCopy) }
            if number > 1 { frame.obstacles = [.cursor] }
            if number > 2 { frame.obstacles.insert(.otherSize) }
        }
        #expect(found.map(\.subject) == ["direct scanout", "direct scanout, cursor", "direct scanout, other-size"])
        #expect(found.allSatisfy { $0.state == .missing && $0.remedy != nil } && found[0].cost != nil)
        #expect(found[0].detail == "1 of 4 frames were scanned out")
        #expect(found[0].remedy == "no protocol tells why the compositor composed 1 of them: see its own log")
        let virtual = findings(1) { frame, _ in frame.flags = [] }
        #expect(virtual[0].detail.hasSuffix("(virtual output)") && virtual[0].remedy?.contains("virtual") == true)
    }

    @Test("a guest without a picture, and a compositor without reports")
    func nothing() {
        #expect(findings(0).map(\.detail) == ["the guest has shown nothing"])
        #expect(
            findings(2) { frame, _ in frame.fate = .unreported }.map(\.detail) == [
                "the compositor has reported no frame as presented"
            ])
    }

    @Test("the command shows the source on a real Weston, and a picture that stands still, too", .timeLimit(.minutes(5)))
    func onWeston() throws {
        let weston = try Weston()
        let doctor = try weston.oriel(["doctor", "demo:?memory=memfd&rate=0", "--fullscreen"])
        #expect(doctor.waitForEnd() == 0, "\(doctor.output)")
        #expect(
            doctor.output.contains("ok         opening: it can be opened\nmissing    direct scanout: 0 of "), "\(doctor.output)")
        #expect(doctor.output.contains(" frames were scanned out (virtual output)"))
        #expect(doctor.output.contains("missing    direct scanout, memfd: the guest's memory is a memfd and no dma-buf"))
        // Full screen is what it was shown in.
        #expect(!doctor.output.contains("not-fullscreen"))
        let nowhere = try weston.oriel(["doctor", "demo:", "--fullscreen", "--output", "X"])
        #expect(nowhere.waitForEnd() == 64 && nowhere.output.contains("--output X: there is no such screen"), "\(nowhere.output)")
    }
}
