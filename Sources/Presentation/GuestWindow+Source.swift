// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestInput
internal import Measurement
public import Planes

/// Whether a window has its source.
public enum SourcePresence: Sendable {
    /// None has been there yet, for this reason where it is known.
    case awaited(SourceError?)
    case present
    /// It has ended for this reason, and another one is awaited.
    case lost(SourceError)
}

/// The source as it comes and goes.
extension GuestWindow {
    public func planeSource(_ source: any PlaneSource, didEnd error: SourceError) {
        guard case .running = life, let onSourceEnd else { return end(.source(error)) }
        // A monitor goes on taking input, also for a guest whose picture is gone.
        if source === input?.sink { input?.attach(nil) }
        replaceSource(with: AbsentSource(name: source.name))
        presence = .lost(error)
        sayUnlessShown()
        onSourceEnd(error)
    }

    /// Shows this source from now on, with `input` for who takes what is done over the window. The picture of the one before stays
    /// until there is a new one, or until the new guest has shown nothing for a moment.
    public func attach(_ source: any PlaneSource, input sink: (any InputSink)?) throws(SourceError) {
        guard case .running = life else { return source.close() }
        replaceSource(with: source)
        do throws(EventLoopError) { try followChanges() } catch {
            throw SourceError(.fault, "\(source.name): \(error): raise the limit of open files")
        }
        if case .lost = presence { statistics.reconnects += 1 }
        presence = .present
        input?.attach(sink)
        // Whether this one has a cursor plane isn't known yet.
        if shell.showsCursor { input?.cursor = .unknown }
        askedSize = nil
        scheduleResize()
        sayUnlessShown()
        source.delegate = self
        planeSourceDidChange(source)
    }

    var isAwaiting: Bool { if case .awaited = presence { true } else { false } }

    /// What a source wants that tells of nothing, and one that can be asked for another mode.
    private func followChanges() throws(EventLoopError) {
        pollClock = PollClock()
        if source is any PolledPlaneSource { pollTimer = try loop.timer { [unowned self] in execute(pacer.changed()) } }
        if resizeTimer == nil { try makeResize() }
    }

    /// Nothing of the old one means anything for the new one: generations begin anew, and the kernel may give an old buffer's
    /// inode to a new one.
    private func replaceSource(with new: any PlaneSource) {
        finishStatistics()
        earlierBytesCopied += source.counts.bytesCopied
        countedStale = 0
        source.delegate = nil
        source.close()
        source = new
        pollTimer = nil
        toldPath = .none
        importer.close()
        primary.disown(&statistics)
        cursor.disown(&statistics)
        execute(pacer.importEnded())
    }
}
