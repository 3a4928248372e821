// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
package import EventLoop
internal import Glibc
internal import Logging
internal import Planes

/// The reasons, step by step, why a device can or can't be read. The device is opened as for viewing, and closed again.
package struct DeviceExamination {
    package struct Step: Equatable, Sendable {
        package enum Outcome: Sendable { case good, missing, forbidden }

        package let subject: String
        package let outcome: Outcome
        package let detail: String
        package let cost: String?
        package let remedy: String?
    }

    package private(set) var steps: [Step] = []

    /// Turns the loop until the device is open or can't be opened.
    package init(of address: VFIOAddress, on loop: EventLoop) throws(EventLoopError) {
        try self.init(of: address, on: loop, calls: KernelOpening(), tree: DeviceTree())
    }

    package init(
        of address: VFIOAddress, on loop: EventLoop, calls: any OpeningCalls, tree: DeviceTree
    ) throws(EventLoopError) {
        do throws(OpeningFault) {
            switch address.endpoint {
            case .onlyDevice:
                let devices = tree.all()
                add(
                    "devices", devices.isEmpty ? .missing : .good,
                    devices.isEmpty ? "none" : devices.map { "\($0.address) (\($0.description))" }.joined(separator: ", "))
            case .descriptor, .socket: break
            case .characterDevice, .mediated, .pci, .sysfs:
                let device = try tree.locate(address)
                add("device", .good, "\(device.description), \(device.folder)")
                addFiles(of: device, tree)
            }
        } catch {
            add("opening", error)
            return
        }
        var result: Result<OpenDevice, OpeningFault>?
        let opener = DeviceOpener(calls: calls, tree: tree, logger: .silent)
        let opening = DeviceOpening(address, by: opener, patience: nil, loop: loop) { result = $0 }
        let opened = try loop.wait { result }
        withExtendedLifetime(opening) {}
        do throws(OpeningFault) {
            let open = try opened.get()
            add("opening", .good, "\(open.address) is open")
            addDisplay(of: open)
        } catch {
            add("opening", error)
        }
    }

    private mutating func add(
        _ subject: String, _ outcome: Step.Outcome, _ detail: String, cost: String? = nil, remedy: String? = nil
    ) {
        steps.append(Step(subject: subject, outcome: outcome, detail: detail, cost: cost, remedy: remedy))
    }

    private mutating func add(_ subject: String, _ fault: OpeningFault) {
        let isForbidden = if case .forbidden = fault { true } else if case .unprotected = fault { true } else { false }
        add(
            subject, isForbidden ? .forbidden : .missing, fault.what.singleLine, cost: "its planes can't be read",
            remedy: fault.remedy.singleLine)
    }

    /// Adds the files that lead to the device, their owners and the processes that have them open.
    private mutating func addFiles(of device: VFIODevice, _ tree: DeviceTree) {
        if let path = tree.characterDevice(of: device) { addFile("own file", path, tree) }
        guard let group = tree.group(of: device) else { return }
        addFile("IOMMU group \(group)", tree.file(ofGroup: group).path, tree)
    }

    private mutating func addFile(_ subject: String, _ path: String, _ tree: DeviceTree) {
        guard let owner = Files.ownership(of: path) else { return add(subject, .noFile(path: path)) }
        guard access(path, R_OK | W_OK) == 0 else { return add(subject, .forbidden(path: path, owner)) }
        let holders = tree.holders(of: path)
        guard holders.isEmpty else { return add(subject, .busy(path: path, holders)) }
        add(subject, .good, "\(path) (\(owner.text))")
    }

    private mutating func addDisplay(of device: OpenDevice) {
        guard let probe = try? DisplayProbe(device.calls), let type = probe.type else {
            return add(
                "display", .missing, "none: its driver offers planes neither as dma-bufs nor in a region",
                cost: "there is nothing to read", remedy: "use a device that has one; see 'oriel list'")
        }
        if type == .dmabuf {
            add("display", .good, "its planes are dma-bufs")
        } else {
            add(
                "display", .missing, "its planes are in a region", cost: "each picture is copied once",
                remedy: "a device whose driver exports dma-bufs")
        }
        if probe.hasCursor {
            add("cursor plane", .good, "a plane of its own")
        } else {
            add(
                "cursor plane", .missing, "none", cost: "the guest's cursor is part of its picture",
                remedy: "a device whose driver has a cursor plane")
        }
        addEDID(of: device)
        addPicture(of: device, type)
    }

    private mutating func addEDID(of device: OpenDevice) {
        guard let offer = EDIDRegion.offer(of: device.calls, name: "\(device.address)", logger: .silent) else {
            return add(
                "EDID", .missing, "no EDID region", cost: "the guest doesn't follow the window's size",
                remedy: "set the size inside the guest")
        }
        let limit = offer.limit.width == 0 || offer.limit.height == 0 ? "without a limit" : "up to \(offer.limit)"
        add("EDID", .good, "the guest can be resized, \(limit), \(offer.room) bytes")
    }

    private mutating func addPicture(of device: OpenDevice, _ type: DisplayProbe.PlaneType) {
        do throws(ReadFault) {
            guard let claim = try device.calls.primary(type) else {
                return add(
                    "picture", .missing, "the display is off", cost: "the window stays black until it is on",
                    remedy: "start the guest, or wake its screen")
            }
            let shape = claim.memory.shape
            add(
                "picture", .good,
                "\(shape.width)x\(shape.height) \(PixelFormat.name(of: shape.fourcc)) \(Modifier(rawValue: shape.modifier)), \(shape.stride) bytes a row"
                    .singleLine)
        } catch {
            add(
                "picture", .missing, "the query failed (\(error))".singleLine, cost: "the window stays black until it succeeds",
                remedy: "see the kernel's log (dmesg)")
        }
    }
}
