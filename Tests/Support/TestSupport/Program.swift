// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Foundation

/// A program that a test runs, ended by its process id when the test lets go.
public final class Program {
    public let process = Process()
    private let output: URL

    /// - Parameter directory: where it runs, and where its output is kept.
    public init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], in directory: TemporaryDirectory
    ) throws {
        output = directory.url.appending(path: "output-\(UUID().uuidString)")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = directory.url
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    deinit { stop() }

    /// Everything it printed so far, on either stream.
    public var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// Waits for its end. Returns the exit code, or nil where the time was up; a signal's number comes negated.
    public func wait(seconds: Double) -> Int32? {
        guard TestSupport.wait(seconds: seconds, until: { !process.isRunning }) else { return nil }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    public func interrupt() { kill(process.processIdentifier, SIGINT) }

    public func stop() {
        guard process.isRunning else { return }
        process.terminate()
        if wait(seconds: 5) == nil { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}

/// The program of this package with this name, beside the tests.
public func builtProgram(_ name: String) -> String {
    let tests = try! FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests).deletingLastPathComponent().appending(path: name).path
}

/// Looks every 10 ms whether a condition holds.
public func wait(seconds: Double, until condition: () -> Bool) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while !condition() {
        if Date() > end { return false }
        usleep(10_000)
    }
    return true
}
