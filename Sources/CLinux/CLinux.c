#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

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

int oriel_receive_device(int socket) {
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    // Room for more than one, so that they come here to be closed; what exceeds it the kernel drops itself.
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(16 * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0) return -errno;
    int device = -1;
    for (struct cmsghdr *entry = CMSG_FIRSTHDR(&message); entry; entry = CMSG_NXTHDR(&message, entry)) {
        if (entry->cmsg_level != SOL_SOCKET || entry->cmsg_type != SCM_RIGHTS) continue;
        for (size_t i = 0; i < (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(entry) + i * sizeof(int), sizeof(int));
            if (device < 0) device = descriptor;
            else close(descriptor);
        }
    }
    if (count == 1 && byte == 'v' && device >= 0 && !(message.msg_flags & MSG_TRUNC)) return device;
    if (device >= 0) close(device);
    return count == 0 ? -ENODATA : -EBADMSG;
}
