// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

@testable import Presentation
import Testing

@Suite("The frame pacer")
struct FramePacerTests {
    /// What happens to a pacer, and what it must answer.
    enum Step: Sendable {
        case configured(FramePacer.Action)
        case changed(FramePacer.Action)
        case committed
        case callback(FramePacer.Action)
        case importStarted
        case importEnded(FramePacer.Action)
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [Step]
        var testDescription: String { name }
    }

    static let stories = [
        Story(
            name: "nothing is committed before the first configure",
            steps: [.changed(.hold), .changed(.hold), .configured(.commit)]),
        Story(name: "a configure without a picture commits nothing", steps: [.configured(.ignore), .changed(.commit)]),
        Story(
            name: "an unchanged guest commits nothing when the callback comes",
            steps: [.configured(.ignore), .changed(.commit), .committed, .callback(.ignore)]),
        Story(
            name: "one frame is in flight, one staged, and the newest wins",
            steps: [
                .configured(.ignore), .changed(.commit), .committed, .changed(.hold), .changed(.hold), .changed(.hold),
                .callback(.commit), .committed, .callback(.ignore),
            ]),
        Story(
            name: "a hidden window holds for ever and still takes the next callback",
            steps: [.configured(.ignore), .changed(.commit), .committed]
                + Array(repeating: .changed(.hold), count: 1000) + [.callback(.commit)]),
        Story(
            name: "a commit that found nothing new leaves it ready",
            steps: [.configured(.ignore), .changed(.commit), .changed(.commit)]),
        Story(
            name: "an import holds changes, and its answer commits the newest",
            steps: [
                .configured(.ignore), .changed(.commit), .importStarted, .changed(.hold), .importEnded(.commit),
                .committed, .callback(.ignore),
            ]),
        Story(
            name: "a callback during an import waits for its answer",
            steps: [
                .configured(.ignore), .changed(.commit), .committed, .importStarted, .callback(.hold),
                .importEnded(.commit),
            ]),
        Story(
            name: "an import answered before the callback waits for the callback",
            steps: [
                .configured(.ignore), .changed(.commit), .committed, .importStarted, .importEnded(.hold),
                .callback(.commit),
            ]),
        Story(
            name: "a configure while in flight goes out with the callback, even from a still guest",
            steps: [.configured(.ignore), .changed(.commit), .committed, .configured(.hold), .callback(.commit)]),
        Story(
            name: "a late answer to a forgotten import is nothing",
            steps: [.configured(.ignore), .importEnded(.ignore), .callback(.ignore)]),
    ]

    @Test("answers each event as the story says", arguments: stories)
    func story(_ story: Story) {
        var pacer = FramePacer()
        for (index, step) in story.steps.enumerated() {
            switch step {
            case .configured(let action): #expect(pacer.configured() == action, "step \(index)")
            case .changed(let action): #expect(pacer.changed() == action, "step \(index)")
            case .committed: pacer.committed()
            case .callback(let action): #expect(pacer.frameCallback() == action, "step \(index)")
            case .importStarted: pacer.importStarted()
            case .importEnded(let action): #expect(pacer.importEnded() == action, "step \(index)")
            }
        }
    }
}
