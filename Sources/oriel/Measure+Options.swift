// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import GuestInput
internal import Measurement
internal import Planes
internal import Viewer

/// Makes values of the command line's words.
extension Measure {
    func view() throws -> View {
        let view: View
        do { view = try View.parse(words) } catch { throw Failure(.usage, View.message(for: error)) }
        if view.allConsoles || view.frames != nil {
            throw Failure(
                .usage, "oriel measure shows one display for a time: use ?console=N instead of --all-consoles, and --duration")
        }
        return view
    }

    /// The input that the guest is given; nil where it is given none.
    func input(of view: View) throws -> InputProbe? {
        guard let probe else { return nil }
        let input = try input(probe)
        if view.viewOnly { throw Failure(.usage, "--probe gives the guest input: leave out --view-only") }
        if view.input == nil, try !view.address().takesInput { throw inputRefusal(view.source, "this source takes no input") }
        return input
    }

    private func input(_ probe: String) throws(Failure) -> InputProbe {
        if probe == "motion" { return .motion }
        guard probe.hasPrefix("key:") else {
            throw Failure(.usage, "--probe \(probe): there is no such probe: use motion, or key:NAME such as key:a".singleLine)
        }
        let name = String(probe.dropFirst(4))
        return .key(try Failure.naming("--probe") { () throws(KeyTextError) in try KeyStroke(name) }, name: name)
    }

    /// The ways to compare; none where the run isn't about them.
    private func compared() throws(Failure) -> [ComparedWay] {
        guard let compare else { return [] }
        let words = compare.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for kind in [Self.rungs, Self.modes] {
            let ways = words.compactMap { word in kind.first { $0.name == word } }
            if ways.count == words.count, Set(ways).count == ways.count, ways.count >= 2 { return ways }
        }
        let names = [Self.rungs, Self.modes].map { $0.map(\.name).joined(separator: ", ") }
        throw Failure(
            .usage,
            "--compare \(compare): name two or three different ones of \(names[0]), or of \(names[1]), with commas between them")
    }

    func options(_ view: View) throws(Failure) -> MeasurementRun.Options {
        var options = MeasurementRun.Options()
        if let warmup { options.warmup = UInt64(warmup * 1e9) }
        options.endsWhenStable = untilStable
        options.processes = pid
        options.compared = try compared()
        let ways = options.compared.count, block = Double(BlockSchedule.block) / 1e9
        let usual = ways > 0 ? block * Double(10 * ways) : untilStable ? 300 : 10
        options.duration = UInt64((view.duration ?? usual) * 1e9)
        if ways > 0, BlockSchedule.rounds(of: ways, in: options.duration) < BlockSchedule.leastRounds {
            throw Failure(
                .usage,
                "--compare \(compare!): \(view.duration!) s are too short for it: use --duration \(Int(block) * ways * BlockSchedule.leastRounds) or more"
            )
        }
        if view.wait { options.firstFramePatience = nil }
        return options
    }

    /// - Parameter reason: why the source can't be given the input.
    func inputRefusal(_ source: String, _ reason: String) -> Failure {
        Failure(
            .unavailable,
            "--probe \(probe!): \(source.asSubject) \(reason): use a qemu: source, demo:?react=0, or the VM's monitor as --input qmp:/SOCKET"
        )
    }
}
