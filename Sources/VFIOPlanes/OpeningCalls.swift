// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import System

/// What opening a VFIO device asks of the kernel, one call a method, nothing interpreted. A script plays it in tests, since no
/// machine has every way of failing.
package protocol OpeningCalls {
    /// open(2), to read and write, closed on exec.
    func open(_ path: String) throws(DeviceError) -> OwnedDescriptor
    /// A descriptor of our own for one that this process has inherited.
    func duplicate(_ number: CInt) throws(DeviceError) -> OwnedDescriptor

    /// VFIO_GET_API_VERSION.
    func interfaceVersion(_ container: borrowing OwnedDescriptor) throws(DeviceError) -> CInt
    /// VFIO_CHECK_EXTENSION: whether the container can have this kind of IOMMU.
    func supports(_ type: CInt, _ container: borrowing OwnedDescriptor) throws(DeviceError) -> Bool
    /// VFIO_GROUP_GET_STATUS: VFIO_GROUP_FLAGS_*.
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
