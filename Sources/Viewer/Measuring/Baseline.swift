// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Measurement
internal import Planes
internal import QMP
internal import System

/// Why a file can't serve as a baseline, in one line.
package struct BaselineFault: Error, CustomStringConvertible {
    package let description: String
}

/// The report of an earlier run, with which a run is compared. The file may be anybody's: nothing in it is believed.
package struct Baseline {
    /// As the user wrote it.
    package let path: String
    /// Never empty.
    package let blocks: [MeasuredBlock]
    private let report: JSONValue

    /// In bytes. A report with as many blocks as there may be takes less than one mebibyte.
    private static let longest = 4 << 20
    /// In bytes of UTF-8: what is shown of one of the file's texts.
    private static let shown = 160

    /// Reads a `report.json`.
    package init(_ path: String) throws(BaselineFault) {
        self.path = path
        let text: [UInt8]
        do throws(Errno) { text = try WholeFile.read(path, atMost: Self.longest) } catch {
            let reason = error.code == EFBIG ? "it is too large for a report" : error.text
            throw BaselineFault(description: "\(path): can't be read (\(reason)): name the report.json of an earlier run")
        }
        func fault(_ what: String) -> BaselineFault {
            BaselineFault(description: "\(path): \(what): name the report.json of an earlier run")
        }
        guard let report = JSONValue(parsing: text) else { throw fault("it isn't JSON") }
        guard report["version"]?.integer == Int64(Report.version), report["figures"] != nil else {
            throw fault("it isn't a report of this version")
        }
        guard let columns = report["blocks"], !columns.isNull else {
            throw fault("it has no blocks, as a report that compares rungs, or of nothing")
        }
        guard let blocks = Self.blocks(columns) else { throw fault("its blocks are damaged") }
        self.blocks = blocks
        self.report = report
    }

    /// nil where a list is missing, has another length than the others, or has a value that no block can have.
    private static func blocks(_ columns: JSONValue) -> [MeasuredBlock]? {
        guard let screens = columns["screens"]?.elements, (1...BlockSeries.most).contains(screens.count) else { return nil }
        var values: [ComparedFigure: [JSONValue]] = [:]
        for figure in ComparedFigure.allCases {
            guard let column = columns[figure.rawValue]?.elements, column.count == screens.count else { return nil }
            values[figure] = column
        }
        var blocks: [MeasuredBlock] = []
        for (index, screen) in screens.enumerated() {
            guard let screen = screen.text.flatMap(MeasuredBlock.Screen.init),
                values.values.allSatisfy({ $0[index].isNull || $0[index].number != nil }),
                let block = MeasuredBlock(screen, { values[$0]![index].number })
            else { return nil }
            blocks.append(block)
        }
        return blocks
    }

    // MARK: What differs

    /// The facts that should be the same in both runs, by group and name, and what they are called.
    private static let facts = [
        ("machine", "processor", "processor"), ("machine", "processors", "number of processors"),
        ("machine", "memoryBytes", "amount of memory"), ("machine", "graphicsDrivers", "graphics driver"),
        ("machine", "kernel", "kernel"), ("compositor", "program", "compositor"), ("compositor", "outputs", "output mode"),
        ("source", "url", "source"), ("source", "size", "size of the guest's screen"),
    ]

    /// A line for each fact that isn't the same in both runs.
    package func differences(from report: Report) -> [String] {
        guard let current = JSONValue(parsing: report.json.text.utf8) else { return [] }
        var lines: [String] = []
        func compare(_ name: String, _ then: JSONValue?, _ now: JSONValue?) {
            if let then, let now, then.isEqual(to: now) { return }
            guard then != nil || now != nil else { return }
            lines.append("\(path) was measured with another \(name): \(Self.text(then)), and now \(Self.text(now))")
        }
        for (group, name, title) in Self.facts { compare(title, self.report[group]?[name], current[group]?[name]) }
        compare("kind of screen", self.report["screen"], current["screen"])
        let then = Self.options(self.report), now = Self.options(current)
        if then != now {
            func words(_ options: [String]) -> String {
                options.isEmpty ? "none" : options.joined(separator: " ").singleLine(atMost: Self.shown)
            }
            lines.append("\(path) was measured with other options: \(words(then)), and now \(words(now))")
        }
        return lines
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "unknown" }
        return (value.text ?? value.line).singleLine(atMost: shown)
    }

    /// Options that change nothing about what is measured, with whether they take a value.
    private static let harmless = [
        "--report": true, "--baseline": true, "--assert": true, "--force": false, "--duration": true, "--warmup": true,
        "--until-stable": false, "--stats": true, "--log-level": true, "--title": true, "--pid": true,
    ]
    /// Words of a command line that are looked at. Nobody writes more.
    private static let mostWords = 1000

    /// A report's options that change what is measured, in alphabetical order, without the command and the source.
    private static func options(_ report: JSONValue) -> [String] {
        let source = report["source"]?["url"]?.text
        var words = (report["oriel"]?["arguments"]?.elements ?? []).prefix(mostWords).compactMap(\.text)[...]
        var options: [String] = []
        if words.first == "measure" { words.removeFirst() }
        while let word = words.popFirst() {
            if word == source { continue }
            guard let takesValue = harmless[String(word.prefix { $0 != "=" })] else {
                // A value stays with its option.
                let value =
                    word.hasPrefix("--") && !word.contains("=")
                    ? words.first.flatMap { $0.hasPrefix("--") || $0 == source ? nil : $0 } : nil
                if value != nil { words.removeFirst() }
                options.append(value.map { "\(word) \($0)" } ?? word)
                continue
            }
            if takesValue, !word.contains("="), !words.isEmpty { words.removeFirst() }
        }
        return options.sorted()
    }
}
