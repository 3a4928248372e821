// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Wayland

/// The one place where a tree of surfaces is committed: at most once a turn of the loop, when all handlers of that turn have run
/// and before the connection is flushed.
///
/// Handlers mark what changed. The composer then brings the surfaces in line, children first, and the root's commit makes all of it
/// visible at once.
package final class Transaction {
    /// What has changed since the last turn.
    package struct Changes: OptionSet {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The root has a role, which its first commit tells the compositor.
        package static let role = Changes(rawValue: 1)
        /// The guest has something new, and the pacer lets it out.
        package static let planes = Changes(rawValue: 2)
        /// The guest has shown nothing for a while.
        package static let blank = Changes(rawValue: 4)
        /// What is said over the picture.
        package static let notice = Changes(rawValue: 8)
    }

    private let root: PlaneSurface
    private let compositor: Compositor
    private unowned var composer: (any Composer)?
    private var changes: Changes = []
    private var awaitsFlush = false

    /// - Parameter root: the surface whose commit makes everything visible.
    package init(_ root: PlaneSurface, over compositor: Compositor) {
        self.root = root
        self.compositor = compositor
    }

    /// Begins to commit, at the end of each turn in which something is marked.
    ///
    /// - Parameter composer: owns this, and closes it.
    package func begin(for composer: any Composer, on loop: EventLoop) throws(EventLoopError) {
        self.composer = composer
        try compositor.add(self, on: loop)
    }

    /// Has the surfaces brought in line and committed at the end of this turn.
    package func mark(_ change: Changes) { changes.insert(change) }

    /// Takes back what was marked: another change of the same turn has overtaken it.
    package func unmark(_ change: Changes) { changes.remove(change) }

    /// Nothing is committed any more.
    package func close() {
        changes = []
        awaitsFlush = false
        composer = nil
        compositor.remove(self)
    }

    /// Brings the surfaces in line and commits them. Returns whether there was anything to commit.
    func commit() -> Bool {
        guard !changes.isEmpty else { return false }
        let marked = changes
        changes = []
        // It carries nothing but the role, and the compositor's first configure waits for it.
        if marked.contains(.role) { root.commit() }
        guard let composer, composer.compose(marked) else { return false }
        root.commit()
        awaitsFlush = true
        return true
    }

    func wasFlushed() {
        guard awaitsFlush else { return }
        awaitsFlush = false
        composer?.commitWasFlushed()
    }

    func connectionDidEnd(_ error: WaylandError) { composer?.connectionDidEnd(error) }
}

/// The owner of a transaction: brings surfaces in line with what has changed.
package protocol Composer: AnyObject {
    /// Brings everything in line, children committed. Returns whether the root needs a commit, which follows at once.
    func compose(_ changes: Transaction.Changes) -> Bool
    /// The last commit is with the compositor.
    func commitWasFlushed()
    func connectionDidEnd(_ error: WaylandError)
}
