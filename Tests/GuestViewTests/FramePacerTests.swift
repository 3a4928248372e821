// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

@testable import GuestView
@testable import Surfaces
import Testing

@Suite("The frame pacer")
struct FramePacerTests {
    /// What happens to a pacer, and what it must answer.
    enum Step: Sendable {
        case configured(FramePacer.Action)
        case suspended
        case changed(FramePacer.Action)
        case committed
        case callback(FramePacer.Action)
        case committedLast
        case reported(isLast: Bool, FramePacer.Action)
        case drainEnded(FramePacer.Action)
        case arranged(Bool)
        case patienceEnded(FramePacer.Action)
        case polls(Bool)
        case open(Bool)
        case closed
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
            name: "a configure while in flight goes out with the callback, even from a still guest",
            steps: [.configured(.ignore), .changed(.commit), .committed, .configured(.hold), .callback(.commit)]),
        Story(
            name: "a late answer to a forgotten import is nothing",
            steps: [.configured(.ignore), .importEnded(.ignore), .callback(.ignore)]),
        Story(
            name: "an import before the first configure doesn't keep the configure from committing",
            steps: [.changed(.hold), .importStarted, .importEnded(.ignore), .configured(.commit)]),
        Story(
            name: "a configure during an import goes out with its answer",
            steps: [.configured(.ignore), .changed(.commit), .importStarted, .configured(.hold), .importEnded(.commit)]),
        Story(
            name: "a callback that got lost when the window was arranged counts as come after a while",
            steps: [
                .configured(.ignore), .changed(.commit), .committed, .arranged(true), .changed(.hold), .patienceEnded(.commit),
                .committed, .patienceEnded(.ignore),
            ]),
        Story(
            name: "the doubt outlives the commit that follows the arrangement, and ends with the first callback",
            steps: [
                .configured(.ignore), .arranged(true), .changed(.commit), .committed, .changed(.hold), .patienceEnded(.commit),
                .committed, .arranged(true), .callback(.ignore), .changed(.commit), .committed, .changed(.hold),
                .patienceEnded(.ignore),
            ]),
        Story(
            name: "a suspended window waits for its callback for ever, and isn't polled",
            steps: [
                .configured(.ignore), .polls(true), .suspended, .polls(false), .changed(.commit), .committed, .arranged(false),
                .changed(.hold), .patienceEnded(.ignore), .callback(.commit), .configured(.commit), .polls(true),
            ]),
        Story(
            name: "nothing is polled while a commit is in flight",
            steps: [.configured(.ignore), .changed(.commit), .committed, .polls(false), .callback(.ignore), .polls(true)]),
        Story(
            name: "after the last frame nothing is committed, and the last report finishes",
            steps: [
                .configured(.ignore), .reported(isLast: true, .ignore), .changed(.commit), .open(true), .committedLast,
                .open(false), .changed(.ignore),
                .callback(.ignore), .configured(.ignore), .reported(isLast: false, .ignore), .reported(isLast: true, .finish),
            ]),
        Story(
            name: "reports that never come are waited for only so long",
            steps: [
                .configured(.ignore), .drainEnded(.ignore), .changed(.commit), .committedLast, .drainEnded(.finish), .closed,
                .drainEnded(.ignore), .reported(isLast: true, .ignore),
            ]),
        Story(
            name: "a commit that the pacer hasn't asked for is none of its frames",
            steps: [
                .committed, .changed(.hold), .configured(.commit), .importStarted, .committed, .importEnded(.commit), .closed,
                .committed, .callback(.ignore), .changed(.ignore),
            ]),
        Story(
            name: "nothing follows the end",
            steps: [
                .configured(.ignore), .changed(.commit), .committed, .closed, .changed(.ignore), .callback(.ignore),
                .configured(.ignore), .importEnded(.ignore),
            ]),
    ]

    @Test("answers each event as the story says", arguments: stories)
    func story(_ story: Story) {
        var pacer = FramePacer()
        for (index, step) in story.steps.enumerated() {
            switch step {
            case .configured(let action): #expect(pacer.configured() == action, "step \(index)")
            case .suspended: _ = pacer.configured(isSuspended: true)
            case .committedLast:
                pacer.committed()
                pacer.reachedLimit()
            case .reported(let isLast, let action): #expect(pacer.reported(isLast: isLast) == action, "step \(index)")
            case .drainEnded(let action): #expect(pacer.drainEnded() == action, "step \(index)")
            case .arranged(let isDoubtful): #expect(pacer.arranged() == isDoubtful, "step \(index)")
            case .patienceEnded(let action): #expect(pacer.patienceEnded() == action, "step \(index)")
            case .open(let isOpen): #expect(pacer.isOpen == isOpen, "step \(index)")
            case .polls(let isWanted): #expect(pacer.wantsPolling == isWanted, "step \(index)")
            case .closed: pacer.close()
            case .changed(let action): #expect(pacer.changed() == action, "step \(index)")
            case .committed: pacer.committed()
            case .callback(let action): #expect(pacer.frameCallback() == action, "step \(index)")
            case .importStarted: pacer.importStarted()
            case .importEnded(let action): #expect(pacer.importEnded() == action, "step \(index)")
            }
        }
    }
}
