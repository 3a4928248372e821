// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Measurement
internal import System

/// The folder that a measurement leaves: `frames.csv`, which grows with the run, and `report.json` and `report.html` at its end.
package struct ReportFolder {
    package let path: String
    private static let names = ["report.json", "report.html", "frames.csv"]

    /// Checks the folder, and changes nothing.
    ///
    /// - Parameter overwrites: whether an earlier report in it may be replaced.
    /// - Throws: ``FileError`` where it plainly can't be written to, or holds an earlier report.
    package init(_ path: String, overwrites: Bool) throws(FileError) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0 else {
            try OutputFile.checkWritable(path)
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError(path: path, code: ENOTDIR, remedy: "name a folder") }
        guard access(path, W_OK | X_OK) == 0 else { throw FileError(path: path, code: errno, remedy: "name a folder of yours") }
        guard !overwrites, let earlier = Self.names.first(where: { access("\(path)/\($0)", F_OK) == 0 }) else { return }
        throw FileError(
            path: "\(path)/\(earlier)", code: EEXIST, remedy: "name another folder, or use --force to replace the report in it")
    }

    /// Makes the folder if it isn't there, removes an earlier report from it, and opens `frames.csv`.
    package func begin() throws(FileError) -> FrameFile {
        if mkdir(path, 0o777) != 0, errno != EEXIST { throw FileError(path: path, code: errno, remedy: "name a folder of yours") }
        for name in Self.names { unlink("\(path)/\(name)") }
        return try FrameFile("\(path)/frames.csv")
    }

    /// Writes the report's files, with the source's name as the page's title. What fails doesn't keep the rest from being written.
    ///
    /// - Returns: what couldn't be written, one line for each file.
    package func write(_ report: Report, title: String, after frames: FrameFile) -> [FileError] {
        var report = report
        var faults: [FileError] = []
        if let fault = frames.fault {
            faults.append(fault)
            report.partial = [report.partial, "frames.csv is incomplete"].compactMap { $0 }.joined(separator: "; ")
        }
        for (name, text) in [("report.json", report.json.text + "\n"), ("report.html", HTMLReport(report, title: title).text)] {
            do throws(FileError) { try OutputFile("\(path)/\(name)").write(text) } catch { faults.append(error) }
        }
        return faults
    }
}

/// `frames.csv` while it grows. A write that fails is the last one: what was written before stays.
package final class FrameFile {
    private let path: String
    private let descriptor: OwnedDescriptor
    /// Why it is incomplete; nil where it isn't.
    package private(set) var fault: FileError?

    init(_ path: String) throws(FileError) {
        self.path = path
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard number >= 0 else { throw FileError(path: path, code: errno, remedy: "name a folder of yours") }
        descriptor = OwnedDescriptor(adopting: number)
    }

    func write(_ text: String) {
        guard fault == nil, !text.isEmpty else { return }
        do throws(Errno) {
            try WholeFile.write(Array(text.utf8), to: descriptor.rawValue)
        } catch {
            fault = FileError(path: path, code: error.code, remedy: "make room for it, and measure again")
        }
    }
}
