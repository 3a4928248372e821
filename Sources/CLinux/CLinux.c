#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/udmabuf.h>
#include <poll.h>
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

int oriel_memfd_create(const char *name) { return or_errno(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)); }

int oriel_eventfd(void) { return or_errno(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

bool oriel_wait_readable(int fd, uint64_t nanoseconds) {
    struct pollfd interest = {.fd = fd, .events = POLLIN};
    struct timespec limit = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    return ppoll(&interest, 1, &limit, NULL) > 0;
}

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
    // Room for more than one descriptor, so that extra ones arrive here and are closed. The kernel drops those that don't fit.
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

enum { MOST_PACKETS = 8, MOST_DESCRIPTORS = 4 };

// Aligned for the kernel, with room for exactly this many descriptors: the kernel closes those that don't fit.
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
};

// Stores a message's descriptors in its slot. Extra descriptors can arrive only in a second control message; they are closed.
static void take_descriptors(struct msghdr *message, const struct oriel_packets *packets, uint32_t slot) {
    int32_t *target = packets->descriptors + slot * packets->descriptors_each;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        uint32_t count = (uint32_t)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (uint32_t index = 0; index < count; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(part) + index * sizeof(int), sizeof descriptor);
            if (packets->descriptor_counts[slot] < packets->descriptors_each) {
                target[packets->descriptor_counts[slot]++] = descriptor;
            } else {
                close(descriptor);
                packets->had_more_descriptors[slot] = true;
            }
        }
    }
}

int oriel_receive_packets(int socket, const struct oriel_packets *packets) {
    struct mmsghdr messages[MOST_PACKETS];
    struct iovec parts[MOST_PACKETS];
    union control controls[MOST_PACKETS];
    if (packets->count > MOST_PACKETS || packets->descriptors_each > MOST_DESCRIPTORS) return -EINVAL;
    memset(messages, 0, sizeof messages);
    for (uint32_t slot = 0; slot < packets->count; slot++) {
        parts[slot] = (struct iovec){.iov_base = packets->bytes + slot * packets->slot_size, .iov_len = packets->slot_size};
        messages[slot].msg_hdr.msg_iov = &parts[slot];
        messages[slot].msg_hdr.msg_iovlen = 1;
        if (packets->descriptors_each == 0) continue;
        messages[slot].msg_hdr.msg_control = controls[slot].bytes;
        messages[slot].msg_hdr.msg_controllen = CMSG_LEN(sizeof(int) * packets->descriptors_each);
    }
    int received;
    do {
        received = recvmmsg(socket, messages, packets->count, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC, NULL);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    int end = received;
    for (int slot = 0; slot < received; slot++) {
        // The end of the connection reads as an endless series of empty packets. A peer that sends an empty packet has ended it
        // too.
        if (slot < end && messages[slot].msg_len == 0 && messages[slot].msg_hdr.msg_controllen == 0) end = slot;
        packets->lengths[slot] = messages[slot].msg_len;
        packets->descriptor_counts[slot] = 0;
        packets->had_more_descriptors[slot] = (messages[slot].msg_hdr.msg_flags & MSG_CTRUNC) != 0;
        take_descriptors(&messages[slot].msg_hdr, packets, (uint32_t)slot);
        if (slot < end) continue;
        for (uint32_t index = 0; index < packets->descriptor_counts[slot]; index++) {
            close(packets->descriptors[(uint32_t)slot * packets->descriptors_each + index]);
        }
    }
    return end;
}

static ssize_t send_message(int socket, const void *bytes, uint32_t length, const int32_t *descriptors, uint32_t count) {
    union control control;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > MOST_DESCRIPTORS) return -EINVAL;
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(&control.header), descriptors, sizeof(int) * count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int oriel_send_packet(int socket, const void *bytes, uint32_t length, const int32_t *descriptors, uint32_t count) {
    ssize_t sent = send_message(socket, bytes, length, descriptors, count);
    return sent < 0 ? (int)sent : 0;
}

int oriel_send_bytes(int socket, const void *bytes, uint32_t length, int descriptor) {
    const int32_t descriptors[1] = {descriptor};
    return (int)send_message(socket, bytes, length, descriptors, descriptor < 0 ? 0 : 1);
}

int oriel_accept(int socket) { return or_errno(accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }

int oriel_peer(int socket, uint32_t *user, int32_t *process) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    int result = or_errno(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
    if (result < 0) return result;
    *user = credentials.uid;
    *process = credentials.pid;
    return result;
}
