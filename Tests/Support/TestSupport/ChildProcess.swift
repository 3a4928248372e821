// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Glibc

/// A prerequisite of a test is missing.
public struct TestSupportError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// A program that runs beside the test and is ended with it at the latest.
///
/// ```swift
/// let server = try ChildProcess(["dbus-daemon", "--session"], log: directory.file("bus.log"))
/// server.signal(SIGKILL)
/// ```
public final class ChildProcess {
    public let identifier: pid_t
    /// The file that receives its standard output and standard error.
    public let log: String
    /// The exit code, or the negated number of the signal that ended it; nil while it runs.
    public private(set) var status: CInt?
    /// A shell that ends the program if the test process crashes, and the test's end of the pipe that tells the shell.
    private let watchdog: (identifier: pid_t, pipe: CInt)

    /// Finds `command[0]` in PATH. `environment` is added to the test's own. The program runs in `directory`, or in the test's.
    public init(
        _ command: [String], environment: [String: String] = [:], in directory: TemporaryDirectory? = nil, log: String
    ) throws {
        self.log = log
        // Without _GNU_SOURCE, Swift doesn't see posix_spawn's own chdir. env(1) calls exec, so the identifier remains the
        // program's.
        let command = directory.map { ["env", "--chdir=\($0.path)"] + command } ?? command
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TestSupportError("pipe: \(String(cString: strerror(errno)))") }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        do {
            identifier = try Self.spawn(command, environment, log: log, input: nil)
            let dog = try Self.spawn(["sh", "-c", "read _; kill -KILL \(identifier)"], [:], log: log, input: ends[0])
            watchdog = (dog, ends[1])
        } catch {
            close(ends[1])
            throw error
        }
    }

    private static func spawn(
        _ command: [String], _ environment: [String: String], log: String, input: CInt?
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Descriptors that other tests have open at this moment must not be inherited. Closing one that isn't open is no error
        // here.
        for descriptor in CInt(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        // Blocked and ignored signals are inherited: an event loop blocks those that it handles, nohup(1) ignores one, and a shell has
        // its background processes ignore two.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var usual = sigset_t()
        sigemptyset(&usual)
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE] { sigaddset(&usual, number) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var variables: [String] = environment.map { "\($0.key)=\($0.value)" }
        var cursor = environ
        while let entry = cursor.pointee {
            let text = String(cString: entry)
            if environment[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            cursor += 1
        }
        let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let surroundings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { (arguments + surroundings).forEach { free($0) } }
        var identifier: pid_t = 0
        let result = posix_spawnp(&identifier, command[0], &actions, &attributes, arguments, surroundings)
        guard result == 0 else { throw TestSupportError("\(command[0]): \(String(cString: strerror(result)))") }
        return identifier
    }

    deinit { end() }

    /// Whether it is still running.
    public var isRunning: Bool {
        reap(WNOHANG)
        return status == nil
    }

    /// Waits for its end. Returns ``status``: nil if it is still running after ``Patience/limit``.
    public func waitForEnd() -> CInt? {
        _ = waitUntil { !isRunning }
        return status
    }

    private func reap(_ options: CInt) {
        var code: CInt = 0
        guard status == nil, waitpid(identifier, &code, options) == identifier else { return }
        // WIFEXITED and its relatives are macros: the low seven bits are the signal, the byte above them is the exit code
        // (wait(2)).
        status = code & 0x7F == 0 ? code >> 8 & 0xFF : -(code & 0x7F)
        // From here on the identifier may belong to another process, so the watchdog must end.
        kill(watchdog.identifier, SIGKILL)
        waitpid(watchdog.identifier, nil, 0)
        close(watchdog.pipe)
    }

    public func signal(_ number: CInt) {
        if isRunning { kill(identifier, number) }
    }

    /// Asks it to end, and kills it after two seconds.
    public func end() {
        signal(SIGCONT)
        signal(SIGTERM)
        for _ in 0..<200 where isRunning { usleep(10_000) }
        guard isRunning else { return }
        kill(identifier, SIGKILL)
        reap(0)
    }

    /// Its output so far.
    public var output: String {
        guard let file = fopen(log, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
