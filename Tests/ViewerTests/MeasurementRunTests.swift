// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import GuestInput
import GuestView
import GuestWindow
import Measurement
import Planes
import TestSupport
import Testing

@testable import Viewer

@Suite("A measurement")
struct MeasurementRunTests {
    /// A session that is measured, over a source and a compositor in the test's own process.
    private final class Bench {
        let recorder = FrameRecorder()
        let world: SessionWorld
        let guest = ScriptedSource()
        let folder: TemporaryDirectory
        private(set) var run: MeasurementRun!
        private(set) var ends = 0
        private(set) var told: [MeasurementRun.Progress] = []
        /// What the guest's sink has been given.
        private(set) var given: [ScriptedSink.Event] = []
        private let picture = ScriptedSource.Memory(width: 64, height: 48)

        init(_ choose: (inout MeasurementRun.Options) -> Void) throws {
            var options = MeasurementRun.Options()
            (options.warmup, options.duration) = (300_000_000, 900_000_000)
            options.processes = [getppid()]
            choose(&options)
            folder = try TemporaryDirectory()
            let recorder = recorder
            world = try SessionWorld { $0.window.view.recorder = recorder }
            run = MeasurementRun(
                options, recorder: recorder, loop: world.loop, tell: { [unowned self] in told.append($0) },
                onEnd: { [unowned self] in ends += 1 })
        }

        func show(input: (any InputSink)? = nil) {
            guest.show(.primary, picture)
            world.openings[0].answer(Guest(planes: guest, input: input))
        }

        /// Has the run send the guest a key.
        func probe() throws {
            let key = InputProbe.key(try KeyStroke("a"), name: "a")
            run.prober = InputProber(key, recorder: recorder, loop: world.loop) { [unowned self] in world.session.inputTarget }
        }

        /// Shows a new picture for each key that goes down in a sink, until something is so.
        func answer(_ sink: ScriptedSink, until condition: () -> Bool) throws -> Bool {
            try world.run {
                let events = sink.take()
                given += events
                for case .key(_, isDown: true) in events {
                    guest.show(.primary, picture)
                    guest.announce()
                }
                return condition()
            }
        }

        /// Flips every few milliseconds until something is so.
        func flip(until condition: () -> Bool) throws -> Bool {
            var next: UInt64 = 0
            return try world.run {
                if EventLoop.now() >= next {
                    guest.show(.primary, picture)
                    guest.announce()
                    next = EventLoop.now() + 5_000_000
                }
                return condition()
            }
        }
    }

    @Test(
        "frames count from the end of the warm-up until the time is over, each with a row; then it ends, once",
        .timeLimit(.minutes(5)))
    func whole() throws {
        let bench = try Bench { _ in }
        let file = try FrameFile(bench.folder.file("frames.csv"))
        bench.run.frames = file
        bench.show()
        #expect(try bench.flip { bench.ends == 1 })
        let committed = bench.guest.committed.count
        let (figures, timeline, partial) = bench.run.finish(because: "never")
        #expect(partial == nil && bench.ends == 1 && !bench.run.hasSeenNothing)
        #expect(figures.duration == 900_000_000 && figures.lost == 0)
        #expect(figures.committed > 0 && figures.committed < committed)
        #expect(figures.presented + figures.unreported == figures.committed)
        let text = try String(contentsOfFile: bench.folder.file("frames.csv"), encoding: .utf8)
        let rows = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == figures.committed)
        let times = rows.compactMap { Double($0[0]) }
        #expect(times.allSatisfy { $0 >= 0 && $0 < 0.9 } && times == times.sorted())
        // Neither the first frame, nor the last.
        let generations = rows.compactMap { UInt64($0[1]) }
        #expect(generations.first! > 1 && generations.last! < bench.guest.committed.last!.generation.rawValue)
        #expect(timeline.slices.reduce(0) { $0 + $1.modes.reduce(0, +) } == figures.committed)
        #expect(bench.told.contains { $0.elapsed != nil })
        #expect(figures.cost.processorTime > 0 && figures.cost.residentBytes > 0)
        #expect(bench.run.costs.map(\.process) == [getpid(), getppid()])
        bench.world.session.close()
    }

    @Test("a session that ends earlier leaves what was measured, and why it is partial", .timeLimit(.minutes(5)))
    func partial() throws {
        let bench = try Bench {
            $0.warmup = 0
            $0.duration = 600_000_000_000
        }
        bench.show()
        #expect(try bench.flip { bench.told.contains { $0.elapsed ?? 0 > 0.5 } })
        let (figures, _, partial) = bench.run.finish(because: "the source has gone")
        #expect(partial == "the source has gone" && bench.ends == 0)
        // All that was committed, the very first frame included.
        #expect(figures.committed == bench.guest.committed.count && figures.committed > 1)
        #expect(figures.duration > 500_000_000 && figures.duration < 600_000_000_000)
        bench.world.session.close()
    }

    @Test("one that ends in its warm-up has measured nothing, and says so", .timeLimit(.minutes(5)))
    func early() throws {
        let bench = try Bench { $0.warmup = 600_000_000_000 }
        bench.show()
        #expect(try bench.flip { !bench.told.isEmpty })
        let (figures, _, partial) = bench.run.finish(because: "ended")
        #expect(partial == "ended before the measurement began" && figures.committed == 0 && figures.duration == 0)
        bench.world.session.close()
    }

    @Test("a guest that shows nothing is awaited for a while", .timeLimit(.minutes(5)))
    func nothing() throws {
        let bench = try Bench { $0.firstFramePatience = 1_500_000_000 }
        #expect(try bench.world.run { bench.ends == 1 })
        #expect(bench.run.hasSeenNothing && bench.told.count >= 1)
        let (figures, _, partial) = bench.run.finish(because: "the guest shows nothing")
        #expect(partial == "the guest shows nothing before the measurement began" && figures.committed == 0)
        bench.world.session.close()
    }

    @Test("a run has a block for each second that it measures, with the process's time", .timeLimit(.minutes(5)))
    func blocks() throws {
        let bench = try Bench {
            $0.warmup = 0
            $0.duration = 2_500_000_000
        }
        bench.show()
        #expect(try bench.flip { bench.ends == 1 })
        let (figures, _, _) = bench.run.finish(because: "never")
        let series = bench.run.blocks
        // The last half second is no whole block.
        #expect(series.blocks.count == 2 && series.foreign == 0)
        let frames = series.blocks.compactMap { $0[.presentRate] }.reduce(0, +)
        #expect(frames > 0 && frames < Double(figures.committed))
        for block in series.blocks { #expect(block.way == nil && block[.changeToPresentTail] ?? 0 > 0) }
        bench.world.session.close()
    }

    @Test(
        "compared rungs take turns on the running session, and each block has frames of its own rung alone",
        .timeLimit(.minutes(5)))
    func compared() throws {
        let bench = try Bench {
            $0.warmup = 0
            $0.compared = [ComparedWay(.dmabuf), ComparedWay(.copy)]
            $0.duration = 4_000_000_000
        }
        let file = try FrameFile(bench.folder.file("frames.csv"))
        bench.run.frames = file
        var forced: [Statistics.Path] = []
        bench.run.use = { way in
            forced.append(way.path!)
            bench.world.session.force(way.path)
        }
        bench.show()
        #expect(try bench.flip { bench.ends == 1 })
        let (figures, _, partial) = bench.run.finish(because: "never")
        let series = bench.run.blocks
        #expect(partial == nil && bench.run.refused == nil && forced == [.dmabuf, .copy])
        #expect(series.blocks.map(\.way?.path) == [.dmabuf, .copy] && series.foreign == 0)
        for block in series.blocks { #expect(block[.presentRate] ?? 0 > 1 && block[.processorTimePerFrame] ?? 0 > 0) }
        #expect(figures.duration > 2 * BlockSchedule.counting)
        let text = try String(contentsOfFile: bench.folder.file("frames.csv"), encoding: .utf8)
        #expect(text.contains(",dmabuf,") && text.contains(",copy,") && !text.contains(",shared-memory,"))
        bench.world.session.close()
    }

    @Test(
        "a rung that the guest's memory can't take ends the comparison, and what was measured is partial", .timeLimit(.minutes(5))
    )
    func refused() throws {
        let bench = try Bench {
            $0.warmup = 0
            $0.compared = [ComparedWay(.copy), ComparedWay(.dmabuf)]
            $0.duration = 20_000_000_000
        }
        bench.guest.offer = .sharedMemory
        bench.run.use = { bench.world.session.force($0.path) }
        bench.show()
        #expect(try bench.flip { bench.ends == 1 })
        #expect(bench.run.refused?.path == .dmabuf && bench.world.session.shown?.statistics.path == Statistics.Path.none)
        #expect(bench.world.session.shown?.statistics.pathReason == "the source shares memory that is no dma-buf")
        let (_, _, partial) = bench.run.finish(because: "refused")
        #expect(partial == "refused" && bench.run.blocks.blocks.map(\.way?.path) == [.copy])
        bench.world.session.close()
    }

    @Test(
        "a guest that answers input gives the time from each event to its picture, and has no key down in the end",
        .timeLimit(.minutes(5)))
    func probed() throws {
        let bench = try Bench {
            $0.warmup = 100_000_000
            $0.duration = 2_500_000_000
        }
        let sink = ScriptedSink()
        try bench.probe()
        bench.show(input: sink)
        #expect(try bench.answer(sink) { bench.ends == 1 })
        let (figures, _, partial) = bench.run.finish(because: "never")
        let probes = try #require(figures.probes)
        #expect(partial == nil && probes.sent > 0 && probes.answered == probes.sent && probes.unanswered == 0)
        #expect(probes.inputToChange.count == probes.sent && probes.changesInPauses == 0)
        // The compositor of the test reports what it shows.
        #expect(figures.inputToPresent?.count == probes.sent)
        let key = KeyCode(rawValue: 30)
        #expect(
            bench.given == (0..<probes.sent).flatMap { _ in [.key(key, isDown: true), .key(key, isDown: false)] })
        bench.world.session.close()
    }

    @Test(
        "a guest that doesn't answer has its last chance after the measurement, and is told of as unanswered",
        .timeLimit(.minutes(5)))
    func unanswered() throws {
        let bench = try Bench {
            $0.warmup = 0
            $0.duration = 2_500_000_000
        }
        let sink = ScriptedSink()
        try bench.probe()
        bench.show(input: sink)
        #expect(try bench.world.run { bench.ends == 1 })
        let probes = try #require(bench.run.finish(because: "never").figures.probes)
        #expect(probes.sent > 0 && probes.unanswered == probes.sent && probes.answered == 0)
        bench.world.session.close()
    }

    @Test(
        "a run that is ended while a key is down releases it, and has one probe that is neither answered nor not",
        .timeLimit(.minutes(5)))
    func cutProbe() throws {
        let bench = try Bench {
            $0.warmup = 0
            $0.duration = 600_000_000_000
        }
        let sink = ScriptedSink()
        try bench.probe()
        bench.show(input: sink)
        var given: [ScriptedSink.Event] = []
        #expect(
            try bench.world.run {
                given += sink.take()
                return !given.isEmpty
            })
        let (figures, _, partial) = bench.run.finish(because: "ended")
        let key = KeyCode(rawValue: 30)
        #expect(given + sink.take() == [.key(key, isDown: true), .key(key, isDown: false)])
        #expect(partial == "ended" && figures.probes?.sent == 1)
        #expect(figures.probes?.answered == 0 && figures.probes?.unanswered == 0)
        bench.world.session.close()
    }

    @Test("a source that takes no input ends the run before it measures", .timeLimit(.minutes(5)))
    func refusedInput() throws {
        let bench = try Bench { _ in }
        try bench.probe()
        bench.show()
        #expect(try bench.world.run { bench.ends == 1 })
        #expect(bench.run.inputRefusal == "this source takes no input")
        #expect(bench.run.finish(because: "refused").partial == "refused before the measurement began")
        bench.world.session.close()
    }

    @Test("a full disk ends the rows and nothing else; the report says that they are incomplete", .timeLimit(.minutes(5)))
    func diskFull() throws {
        let bench = try Bench { $0.warmup = 0 }
        let file = try FrameFile("/dev/full")
        bench.run.frames = file
        bench.show()
        #expect(try bench.flip { bench.ends == 1 })
        let (figures, timeline, partial) = bench.run.finish(because: "never")
        #expect(figures.committed > 0 && file.fault?.code == ENOSPC)
        let folder = try ReportFolder(bench.folder.path, overwrites: false)
        let report = Report(facts: [], figures: figures, timeline: timeline, partial: partial)
        #expect(folder.write(report, title: "guest", after: file).map(\.path) == ["/dev/full"])
        let json = try String(contentsOfFile: bench.folder.file("report.json"), encoding: .utf8)
        #expect(json.contains("\"partial\": \"frames.csv is incomplete\""))
        bench.world.session.close()
    }
}

@Suite("A report's folder")
struct ReportFolderTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func fault(_ path: String, overwrites: Bool = false) -> FileError? {
        do throws(FileError) {
            _ = try ReportFolder(path, overwrites: overwrites)
            return nil
        } catch {
            return error
        }
    }

    @Test("is made when the run begins, and not before")
    func made() throws {
        let path = directory.file("new")
        let folder = try ReportFolder(path, overwrites: false)
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = try folder.begin()
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["frames.csv"])
    }

    @Test("holds one report, which is replaced only if that is wanted, and nothing else in it is touched")
    func existing() throws {
        let path = directory.path
        #expect(fault(path) == nil)
        for name in ["report.json", "report.html", "frames.csv"] {
            try "earlier".write(toFile: directory.file(name), atomically: true, encoding: .utf8)
            #expect(fault(path)?.code == EEXIST && fault(path)?.path == directory.file(name), "\(name)")
            #expect(fault(path)?.description.contains("--force") == true)
            try FileManager.default.removeItem(atPath: directory.file(name))
        }
        try "mine".write(toFile: directory.file("notes"), atomically: true, encoding: .utf8)
        try "earlier".write(toFile: directory.file("report.html"), atomically: true, encoding: .utf8)
        #expect(fault(path, overwrites: true) == nil)
        #expect(FileManager.default.fileExists(atPath: directory.file("report.html")))
        _ = try ReportFolder(path, overwrites: true).begin()
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["frames.csv", "notes"])
    }

    @Test("is a folder, in one that is there")
    func wrong() throws {
        try "".write(toFile: directory.file("file"), atomically: true, encoding: .utf8)
        #expect(fault(directory.file("file"))?.code == ENOTDIR)
        #expect(fault(directory.file("none/new"))?.code == ENOENT)
        #expect(fault("/proc/new") == nil || fault("/proc/new")?.code == EACCES)
        #expect(throws: FileError.self) { _ = try ReportFolder("/proc/new", overwrites: false).begin() }
    }
}
