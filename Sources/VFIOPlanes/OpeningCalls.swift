// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import System

/// The kernel's calls for opening a VFIO device, one per method, nothing interpreted. Tests script them, since no machine fails in
/// every way.
package protocol OpeningCalls {
    /// Opens a file for reading and writing, closed on exec (open(2)).
    func open(_ path: String) throws(DeviceError) -> OwnedDescriptor
    /// Duplicates a descriptor that this process has inherited.
    func duplicate(_ number: CInt) throws(DeviceError) -> OwnedDescriptor

    /// VFIO_GET_API_VERSION.
    func interfaceVersion(_ container: borrowing OwnedDescriptor) throws(DeviceError) -> CInt
    /// Whether the container supports this kind of IOMMU (VFIO_CHECK_EXTENSION).
    func supports(_ type: CInt, _ container: borrowing OwnedDescriptor) throws(DeviceError) -> Bool
    /// The flags VFIO_GROUP_FLAGS_* (VFIO_GROUP_GET_STATUS).
    func groupFlags(_ group: borrowing OwnedDescriptor) throws(DeviceError) -> UInt32
    /// VFIO_GROUP_SET_CONTAINER.
    func put(_ group: borrowing OwnedDescriptor, into container: borrowing OwnedDescriptor) throws(DeviceError)
    /// VFIO_SET_IOMMU.
    func setIOMMU(_ type: CInt, of container: borrowing OwnedDescriptor) throws(DeviceError)
    /// VFIO_GROUP_GET_DEVICE_FD.
    func device(_ name: String, of group: borrowing OwnedDescriptor) throws(DeviceError) -> OwnedDescriptor
    /// VFIO_DEVICE_BIND_IOMMUFD.
    func bind(_ device: borrowing OwnedDescriptor, to iommufd: borrowing OwnedDescriptor) throws(DeviceError)

    /// The calls of an open device.
    func calls(of device: consuming OwnedDescriptor) -> any DeviceCalls
}
