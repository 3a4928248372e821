// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The compositor's globals, kept up to date.
///
/// They are known after the first `connection.roundtrip()`.
public final class Registry {
    public struct Global: Hashable, Sendable {
        public let name: UInt32
        public let interface: String
        public let version: UInt32
    }

    public private(set) var globals: [Global] = []
    private var observers: [Observer] = []
    private var registry: WlRegistry
    public let connection: Connection

    public init(_ connection: Connection) {
        self.connection = connection
        registry = connection.makeRegistry()
        registry.listen(Listener { [unowned self] event in handle(event) })
    }

    private func handle(_ event: consuming WlRegistry.Event) {
        switch consume event {
        case .global(let name, let interface, let version):
            let global = Global(name: name, interface: interface, version: version)
            globals.append(global)
            for observer in observers { observer.observation?.added(global) }
        case .globalRemove(let name):
            guard let index = globals.firstIndex(where: { $0.name == name }) else { return }
            let global = globals.remove(at: index)
            for observer in observers { observer.observation?.removed(global) }
        }
    }

    /// Calls the closures for globals added or removed from now on, until the observation is released.
    public func observe(added: @escaping (Global) -> Void, removed: @escaping (Global) -> Void) -> Observation {
        let observation = Observation(added: added, removed: removed)
        observers.removeAll { $0.observation == nil }
        observers.append(Observer(observation: observation))
        return observation
    }

    /// A subscription to added and removed globals. Releasing it ends the subscription.
    public final class Observation {
        fileprivate let added: (Global) -> Void
        fileprivate let removed: (Global) -> Void

        fileprivate init(added: @escaping (Global) -> Void, removed: @escaping (Global) -> Void) {
            self.added = added
            self.removed = removed
        }
    }

    private struct Observer {
        weak var observation: Observation?
    }

    /// The first global with this interface.
    public func first(_ interface: String) -> Global? { globals.first { $0.interface == interface } }

    /// Binds the given global, or the first one with the type's interface, in the highest version that both sides support and
    /// `atMost` allows.
    public func bind<T: GlobalObject & ~Copyable>(
        _ type: T.Type, _ global: Global? = nil, atLeast: UInt32 = 1, atMost: UInt32 = .max
    ) throws(WaylandError) -> T {
        let interface = T.interface.name
        guard let global = global ?? first(interface) else {
            throw .missingGlobal(interface: interface, version: atLeast, offered: nil)
        }
        precondition(global.interface == interface, "\(global.interface) can't be bound as \(interface)")
        guard global.version >= atLeast else {
            throw .missingGlobal(interface: interface, version: atLeast, offered: global.version)
        }
        return registry.bind(name: global.name, type, version: min(global.version, T.maximumVersion, atMost))
    }
}
