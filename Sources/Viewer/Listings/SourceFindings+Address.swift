// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Diagnosis
internal import EventLoop
package import Logging
internal import Planes
internal import VFIOPlanes

extension SourceFindings {
    /// Opens a source as for viewing, closes it again, and says how that went: step by step for a VFIO device. The errors of the other
    /// rooms say by themselves what there is to say.
    package init(of address: SourceAddress, url: String, log: Logger) {
        do throws(SourceError) {
            let loop: EventLoop
            do throws(EventLoopError) {
                loop = try EventLoop()
                if case .vfio(let address, _) = address {
                    self.init(url, try DeviceExamination(of: address, on: loop).steps.map(Finding.init))
                    return
                }
            } catch {
                throw SourceError(url, error)
            }
            for guest in try address.opened(on: loop, log: log) { guest.planes.close() }
            self.init(url, [Finding("opening", .good, "it can be opened")])
        } catch {
            let state: Finding.State = if case .notPermitted = error.reason { .forbidden } else { .missing }
            self.init(url, [Finding("opening", state, error.message, cost: "it can't be shown")])
        }
    }
}

extension Finding {
    /// A source room's own words: no source imports the diagnosis, and the diagnosis imports no source.
    fileprivate init(_ step: DeviceExamination.Step) {
        let state: State =
            switch step.outcome {
            case .good: .good
            case .missing: .missing
            case .forbidden: .forbidden
            }
        self.init(step.subject, state, step.detail, cost: step.cost, remedy: step.remedy)
    }
}
