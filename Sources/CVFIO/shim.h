// SPDX-License-Identifier: MIT
// The kernel's VFIO interface, with its ioctl numbers as constants: macros with arguments don't import into Swift.
#pragma once
#include <linux/vfio.h>

// Opening by a device's own file came with Linux 6.6, whose linux/vfio.h this is from; older headers lack it.
#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
    __u32 argsz;
    __u32 flags;
    __s32 iommufd;
    __u32 out_devid;
};
#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#endif

enum {
    ORIEL_VFIO_GET_API_VERSION = VFIO_GET_API_VERSION,
    ORIEL_VFIO_CHECK_EXTENSION = VFIO_CHECK_EXTENSION,
    ORIEL_VFIO_SET_IOMMU = VFIO_SET_IOMMU,
    ORIEL_VFIO_GROUP_GET_STATUS = VFIO_GROUP_GET_STATUS,
    ORIEL_VFIO_GROUP_SET_CONTAINER = VFIO_GROUP_SET_CONTAINER,
    ORIEL_VFIO_GROUP_GET_DEVICE_FD = VFIO_GROUP_GET_DEVICE_FD,
    ORIEL_VFIO_DEVICE_BIND_IOMMUFD = VFIO_DEVICE_BIND_IOMMUFD,
    ORIEL_VFIO_DEVICE_GET_INFO = VFIO_DEVICE_GET_INFO,
    ORIEL_VFIO_DEVICE_GET_REGION_INFO = VFIO_DEVICE_GET_REGION_INFO,
    ORIEL_VFIO_DEVICE_QUERY_GFX_PLANE = VFIO_DEVICE_QUERY_GFX_PLANE,
    ORIEL_VFIO_DEVICE_GET_GFX_DMABUF = VFIO_DEVICE_GET_GFX_DMABUF,
};
