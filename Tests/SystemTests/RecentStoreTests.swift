// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import System
import Testing

@Suite("The bounded store")
struct RecentStoreTests {
    final class Thing {
        let number: Int
        var isBusy = false
        init(_ number: Int) { self.number = number }
    }

    private func store(_ numbers: Range<Int>, capacity: Int) -> RecentStore<String, Thing> {
        var store = RecentStore<String, Thing>(capacity: capacity)
        for number in numbers { store.insert(Thing(number), as: "\(number)") }
        return store
    }

    @Test("finding a value makes it the most recently used, and the others keep their order and keys")
    func finding() {
        var store = store(0..<4, capacity: 4)
        #expect(store.find("1")?.number == 1)
        #expect(store.values.map(\.number) == [0, 2, 3, 1])
        #expect(store.find("1")?.number == 1 && store.find("4") == nil)
        #expect(["0", "1", "2", "3"].map { store.find($0)?.number } == [0, 1, 2, 3])
    }

    @Test("beyond the capacity the least recently used value goes and is handed over")
    func bound() {
        var store = store(0..<3, capacity: 3)
        _ = store.find("0")
        #expect(store.insert(Thing(3), as: "3")?.number == 1)
        #expect(store.count == 3 && store.find("1") == nil)
        #expect(store.find("3")?.number == 3 && store.find("2")?.number == 2)
    }

    @Test("spared values make the store grow, and go in order once they may")
    func sparing() {
        var store = RecentStore<Int, Thing>(capacity: 2)
        for number in 0..<6 {
            let thing = Thing(number)
            thing.isBusy = true
            #expect(store.insert(thing, as: number) { thing, _ in thing.isBusy }.isEmpty)
        }
        for number in [1, 3] { store.values[number].isBusy = false }
        #expect(store.insert(Thing(6), as: 6) { thing, _ in thing.isBusy }.map(\.number) == [1, 3])
        for thing in store.values { thing.isBusy = false }
        // No more than needed go, and never the newest, though nothing is spared.
        #expect(store.insert(Thing(7), as: 7) { thing, _ in thing.isBusy }.map(\.number) == [0, 2, 4, 5])
        #expect(store.values.map(\.number) == [6, 7] && store.find(6)?.number == 6 && store.find(7)?.number == 7)
    }

    @Test("what decides about sparing hears how many values there are, and sees the value in place")
    func limit() {
        var store = RecentStore<Int, Thing>(capacity: 2)
        let shown = Thing(0)
        for number in 0..<20 {
            _ = store.insert(number == 0 ? shown : Thing(number), as: number) { thing, count in
                !isKnownUniquelyReferenced(&thing) || count <= 4
            }
            #expect(store.count <= 4)
        }
        #expect(store.values.map(\.number) == [0, 17, 18, 19])
    }

    @Test("the newest value stays, even where it alone may go")
    func newest() {
        var store = RecentStore<Int, Thing>(capacity: 1)
        _ = store.insert(Thing(0), as: 0) { _, _ in true }
        #expect(store.insert(Thing(1), as: 1) { thing, _ in thing.number == 0 }.isEmpty)
        #expect(store.values.map(\.number) == [0, 1])
    }

    @Test("removing hands over what meets the condition, in order, and the rest stays findable")
    func removing() {
        var store = store(0..<6, capacity: 6)
        #expect(store.remove { $0.number.isMultiple(of: 2) }.map(\.number) == [0, 2, 4])
        #expect(store.count == 3 && store.find("4") == nil)
        #expect(["1", "3", "5"].map { store.find($0)?.number } == [1, 3, 5])
    }

    @Test("over many random steps the store is what a plain list says")
    func model() {
        var generator = SplitMix64(seed: 1)
        var store = RecentStore<Int, Int>(capacity: 5)
        var model: [Int] = []
        for step in 0..<5_000 {
            let key = Int.random(in: 0..<9, using: &generator)
            if let index = model.firstIndex(of: key) {
                model.append(model.remove(at: index))
                #expect(store.find(key) == key * 10)
            } else {
                #expect(store.find(key) == nil)
                model.append(key)
                let expected = model.count > 5 ? model.removeFirst() * 10 : nil
                #expect(store.insert(key * 10, as: key) == expected)
            }
            guard store.values == model.map({ $0 * 10 }) else {
                Issue.record("step \(step): \(store.values) instead of \(model)")
                return
            }
        }
    }
}
