#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/udmabuf.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

// DMA_BUF_MAGIC, linux/magic.h ("DMAB")
#define ORIEL_DMA_BUF_MAGIC 0x444d4142

static int or_errno(int result) { return result < 0 ? -errno : result; }

int oriel_memfd_create(const char *name, bool allow_sealing) {
    return or_errno(memfd_create(name, MFD_CLOEXEC | (allow_sealing ? MFD_ALLOW_SEALING : 0)));
}

int oriel_eventfd(void) { return or_errno(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

void oriel_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

int oriel_seal_shrink(int fd) { return or_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)); }

int oriel_udmabuf_create(int device, int memfd, uint64_t size) {
    struct udmabuf_create create = {.memfd = (uint32_t)memfd, .flags = UDMABUF_FLAGS_CLOEXEC, .offset = 0, .size = size};
    return or_errno(ioctl(device, UDMABUF_CREATE, &create));
}

int oriel_dma_heap_allocate(int heap, uint64_t size) {
    struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
    int result = or_errno(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data));
    return result < 0 ? result : (int)data.fd;
}

int oriel_dma_buf_sync(int fd, bool start, bool write) {
    struct dma_buf_sync sync = {.flags = (start ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END) |
                                         (write ? DMA_BUF_SYNC_RW : DMA_BUF_SYNC_READ)};
    int result;
    do {
        result = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
    } while (result < 0 && (errno == EINTR || errno == EAGAIN));
    return or_errno(result);
}

bool oriel_is_dma_buf(int fd) {
    struct statfs info;
    return fstatfs(fd, &info) == 0 && info.f_type == ORIEL_DMA_BUF_MAGIC;
}

bool oriel_is_memory_file(int fd) {
    struct statfs info;
    return fstatfs(fd, &info) == 0 && (info.f_type == TMPFS_MAGIC || (unsigned long)info.f_type == HUGETLBFS_MAGIC);
}
