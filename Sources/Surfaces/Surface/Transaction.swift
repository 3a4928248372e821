// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Wayland

/// The one place where a tree of surfaces is committed: at most once a turn of the loop, when all handlers of that turn have run
/// and before the connection is flushed.
///
/// Handlers mark what changed. The composer then updates the surfaces to match, children first, and the root's commit makes all of
/// it visible at once.
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
    private let queue: CommitQueue
    private unowned var composer: (any Composer)?
    @exclusivity(unchecked) private var changes: Changes = []
    @exclusivity(unchecked) private var awaitsFlush = false

    /// - Parameter root: the surface whose commit makes everything visible.
    package init(_ root: PlaneSurface, over compositor: Compositor) {
        self.root = root
        queue = compositor.commits
    }

    /// Begins to commit, at the end of each turn in which something is marked.
    ///
    /// - Parameter composer: owns this, and closes it.
    package func begin(for composer: any Composer, on loop: EventLoop) throws(EventLoopError) {
        self.composer = composer
        try queue.add(self, on: loop)
    }

    /// Schedules a commit at the end of this turn.
    package func mark(_ change: Changes) {
        changes.insert(change)
        queue.isMarked = true
    }

    /// Nothing is committed any more.
    package func close() {
        changes = []
        awaitsFlush = false
        composer = nil
        queue.remove(self)
    }

    /// Updates the surfaces and commits them. Returns whether the composer waits for the flush.
    fileprivate func commit() -> Bool {
        guard !changes.isEmpty else { return false }
        let marked = changes
        changes = []
        // It carries nothing but the role, and the compositor's first configure waits for it.
        if marked.contains(.role) { root.commit() }
        guard let composer else { return false }
        if composer.compose(marked) { root.commit() }
        awaitsFlush = true
        return true
    }

    fileprivate func wasFlushed() {
        guard awaitsFlush else { return }
        awaitsFlush = false
        composer?.commitWasFlushed()
    }

    fileprivate func connectionDidEnd(_ error: WaylandError) { composer?.connectionDidEnd(error) }
}

/// The owner of a transaction, which updates the surfaces to match what has changed.
package protocol Composer: AnyObject {
    /// Updates the surfaces, and commits the children. Returns whether the root needs a commit, which follows at once.
    func compose(_ changes: Transaction.Changes) -> Bool
    /// What the last composition has sent is flushed, whether the root was part of it or not.
    func commitWasFlushed()
    func connectionDidEnd(_ error: WaylandError)
}

/// The transactions over one connection, which is on the loop from the first to the last, or for as long as somebody wants it there.
final class CommitQueue: ConnectionClient {
    private let connection: Connection
    private var transactions: [Transaction] = []
    /// Called when the connection has ended. While it is there, the connection is on the loop without transactions, too.
    private var onEnd: ((WaylandError) -> Void)?
    /// Whether any transaction is marked. Most turns have nothing to commit, and look no further.
    @exclusivity(unchecked) fileprivate var isMarked = false
    /// Whether any transaction was committed since the last flush.
    @exclusivity(unchecked) private var awaitsFlush = false

    init(over connection: Connection) { self.connection = connection }

    fileprivate func add(_ transaction: Transaction, on loop: EventLoop) throws(EventLoopError) {
        if transactions.isEmpty, onEnd == nil { try connection.attach(to: loop, for: self) }
        transactions.append(transaction)
        isMarked = true
    }

    func stay(on loop: EventLoop, onEnd: @escaping (WaylandError) -> Void) throws(EventLoopError) {
        if transactions.isEmpty { try connection.attach(to: loop, for: self) }
        self.onEnd = onEnd
    }

    func leave() {
        onEnd = nil
        if transactions.isEmpty { connection.detach() }
    }

    fileprivate func remove(_ transaction: Transaction) {
        transactions.removeAll { $0 === transaction }
        if transactions.isEmpty, onEnd == nil { connection.detach() }
    }

    // Each of these runs over a copy: a transaction may be removed meanwhile.

    func connectionWillFlush() {
        guard isMarked else { return }
        isMarked = false
        for transaction in transactions where transaction.commit() { awaitsFlush = true }
    }

    func connectionDidFlush() {
        guard awaitsFlush else { return }
        awaitsFlush = false
        for transaction in transactions { transaction.wasFlushed() }
    }

    func connectionDidEnd(_ error: WaylandError) {
        for transaction in transactions { transaction.connectionDidEnd(error) }
        onEnd?(error)
    }
}
