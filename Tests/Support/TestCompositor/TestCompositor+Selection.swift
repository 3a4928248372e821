// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System
internal import Wayland
internal import WaylandServer

/// The seat's clipboard. Like a real compositor it sends a client's own selection back as an offer.
extension TestCompositor {
    func offerSelection() {
        offer(WlDataDeviceManagerResource.self, "wl_data_device_manager") { [unowned self] manager in
            manager.setHandler(
                Listener { [unowned self] request in
                    switch consume request {
                    case .createDataSource(let made): handle(made)
                    case .getDataDevice(let made, _):
                        dataDevice = made
                        made.onDestroy { [weak self] in self?.dataDevice = nil }
                        made.setHandler(
                            Listener { [unowned self] request in
                                guard case .setSelection(let source, _) = consume request else { return }
                                select(source)
                            })
                    }
                })
        }
    }

    private func handle(_ source: WlDataSourceResource) {
        dataSourcesMade += 1
        log.name(source.id, "source\(dataSourcesMade)")
        dataSources[source] = []
        source.setHandler(
            Listener { [unowned self] request in
                guard case .offer(let type) = consume request else { return }
                dataSources[source]?.append(type)
            },
            onDestroy: { [weak self] in
                self?.dataSources[source] = nil
                if self?.selection == source { self?.selection = nil }
            })
    }

    private func select(_ source: WlDataSourceResource?) {
        guard !behaviour.refusesSelections else { return }
        let old = selection
        selection = source
        if let old, old != source { old.sendCancelled() }
        offer(types: source.flatMap { dataSources[$0] } ?? [])
    }

    /// Another client copies content of these types; without types it clears the clipboard.
    public func copy(_ types: String...) {
        selection?.sendCancelled()
        selection = nil
        offer(types: types)
    }

    /// Content of these types is dragged over the picture and away again.
    public func drag(_ types: String...) {
        guard let offer = introduce(types) else { return }
        dataDevice?.sendEnter(
            serial: display.nextSerial(), surface: surface("picture")!.resource, x: Fixed(0), y: Fixed(0), id: offer)
        dataDevice?.sendLeave()
    }

    private func offer(types: [String]) {
        if types.isEmpty {
            dataDevice?.sendSelection(id: nil)
        } else if let offer = introduce(types) {
            dataDevice?.sendSelection(id: offer)
        }
    }

    private func introduce(_ types: [String]) -> WlDataOfferResource? {
        guard let offer = dataDevice?.sendDataOffer() else { return nil }
        dataOffersMade += 1
        log.introduce(offer.id, as: "offer\(dataOffersMade)")
        offer.setHandler(
            Listener { [unowned self] request in
                guard case .receive(let type, let end) = consume request else { return }
                receivers.append((type, end.release()))
            })
        for type in types { offer.sendOffer(mimeType: type) }
        return offer
    }

    /// The type and the descriptor of the client's last request for content. The caller closes the descriptor.
    public func takeReceiver() -> (type: String, descriptor: CInt)? { receivers.isEmpty ? nil : receivers.removeFirst() }

    /// Another client requests the client's selection. The caller reads and closes the descriptor.
    public func paste(_ type: String) -> CInt {
        var ends: [CInt] = [-1, -1]
        precondition(pipe(&ends) == 0)
        let theirs = OwnedDescriptor(adopting: ends[1])
        selection?.sendSend(mimeType: type, fd: theirs)
        return ends[0]
    }
}
