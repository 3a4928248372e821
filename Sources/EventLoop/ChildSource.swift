// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import Glibc

/// A program that this process has started. It lives until the program's end, which the loop hears of; nobody has to hold it.
public final class ChildSource {
    public enum End: Equatable, Sendable {
        case exited(CInt)
        case killed(signal: CInt)
    }

    private var source: OpaquePointer?
    private let loop: EventLoop
    private let handler: (End) -> Void
    /// Itself, until the end.
    private var hold: ChildSource?

    /// Has the loop reap the programs that are started from now on. SIGCHLD is blocked for this thread and for threads created by it
    /// later, as sd_event_add_child(3) wants it: call this before there are any.
    public static func prepare() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGCHLD)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Starts a program, which inherits nothing but its environment and standard error.
    ///
    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - environment: what is added to this process's own.
    ///   - handler: called once, at its end.
    /// - Throws: why it can't be started.
    public static func run(
        _ command: [String], environment: [String: String], on loop: EventLoop, _ handler: @escaping (End) -> Void
    ) throws(EventLoopError) {
        let process = try spawn(command, environment)
        do throws(EventLoopError) {
            let child = try ChildSource(process, on: loop, handler)
            child.hold = child
        } catch {
            // Nobody would hear of its end.
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
            throw error
        }
    }

    private init(_ process: pid_t, on loop: EventLoop, _ handler: @escaping (End) -> Void) throws(EventLoopError) {
        self.loop = loop
        self.handler = handler
        try check(
            "sd_event_add_child",
            sd_event_add_child(
                loop.event, &source, process, CInt(WEXITED),
                { _, information, data in
                    Unmanaged<ChildSource>.fromOpaque(data!).takeUnretainedValue().handle(information!.pointee)
                    return 0
                }, Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { sd_event_source_disable_unref(source) }

    private func handle(_ information: siginfo_t) {
        let child = hold
        hold = nil
        let status = information._sifields._sigchld.si_status
        handler(information.si_code == CLD_EXITED ? .exited(status) : .killed(signal: status))
        withExtendedLifetime(child) {}
    }

    private static func spawn(_ command: [String], _ environment: [String: String]) throws(EventLoopError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        // Blocked and ignored signals would be inherited.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t(), pipe = sigset_t()
        sigemptyset(&none)
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &pipe)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var variables = environment.map { "\($0.key)=\($0.value)" }
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if environment[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            entry += 1
        }
        let arguments = command.map { strdup($0) } + [nil], surroundings = variables.map { strdup($0) } + [nil]
        defer { for text in arguments + surroundings { free(text) } }
        var process: pid_t = 0
        try check("posix_spawn", -posix_spawn(&process, command[0], &actions, &attributes, arguments, surroundings))
        return process
    }
}
