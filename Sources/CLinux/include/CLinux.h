// Kernel interfaces that don't import into Swift: ioctl numbers and calls that consist of macros.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Calls memfd_create(2) with MFD_CLOEXEC and MFD_ALLOW_SEALING. Returns a negative errno on failure.
int oriel_memfd_create(const char *name);

/// Calls eventfd(2) with an initial value of 0, EFD_CLOEXEC and EFD_NONBLOCK. Returns a negative errno on failure.
int oriel_eventfd(void);

/// Waits until the descriptor is readable, for at most `nanoseconds` (ppoll(2)). Returns whether it is.
bool oriel_wait_readable(int fd, uint64_t nanoseconds);

/// Sets the calling thread's name in top and ps (PR_SET_NAME). The kernel keeps 15 bytes of it.
void oriel_name_thread(const char *name);

/// Seals a memfd against shrinking (F_SEAL_SHRINK), which UDMABUF_CREATE requires. Returns a negative errno on failure.
int oriel_seal_shrink(int fd);

/// Calls UDMABUF_CREATE (linux/udmabuf.h) for [0, size) of a sealed memfd. Returns the dma-buf's descriptor or a negative errno.
int oriel_udmabuf_create(int device, int memfd, uint64_t size);

/// Calls DMA_HEAP_IOCTL_ALLOC (linux/dma-heap.h). Returns the dma-buf's descriptor or a negative errno.
int oriel_dma_heap_allocate(int heap, uint64_t size);

/// Calls DMA_BUF_IOCTL_SYNC (linux/dma-buf.h), which brackets CPU access. Returns 0 or a negative errno.
int oriel_dma_buf_sync(int fd, bool start, bool write);

/// Whether the descriptor is a dma-buf, that is, a file of the kernel's «dmabuf» file system.
bool oriel_is_dma_buf(int fd);

/// Whether the file's pages are always in memory, as a memfd's are: it is on tmpfs or hugetlbfs, so reading it never waits.
bool oriel_is_memory_file(int fd);

/// Receives the message with which a VMM hands over a device (unix(7), SCM_RIGHTS): the single byte 'v' and a descriptor. Returns
/// the first descriptor, closed on exec; further ones are closed. Returns a negative errno on failure: -ENODATA if the peer has
/// closed the connection, -EBADMSG if it sent anything else.
int oriel_receive_device(int socket);

// Packets with descriptors over a Unix socket. They are here because SCM_RIGHTS consists of macros.

/// Where one call stores its packets: `count` slots of `slot_size` bytes, each with room for `descriptors_each` descriptors.
struct oriel_packets {
    uint8_t *bytes;
    uint32_t slot_size;
    uint32_t count;
    /// At most 4. With 0, the kernel closes any descriptor that arrives, and `had_more_descriptors` is set.
    uint32_t descriptors_each;
    /// The packet's length in each slot; more than `slot_size` if the packet was longer.
    uint32_t *lengths;
    /// The number of descriptors received in each slot. They are closed on exec.
    uint32_t *descriptor_counts;
    int32_t *descriptors;
    /// Whether a packet had more descriptors than the slot has room for. Those have been closed.
    bool *had_more_descriptors;
};

/// Receives the packets that are available, without waiting (recvmmsg(2)). Returns their number, 0 at the end of the connection,
/// or a negative errno: -EAGAIN if nothing is available.
int oriel_receive_packets(int socket, const struct oriel_packets *packets);

/// Sends one packet with up to 4 descriptors, without waiting and without SIGPIPE (sendmsg(2)). Returns 0 or a negative errno.
int oriel_send_packet(int socket, const void *bytes, uint32_t length, const int32_t *descriptors, uint32_t count);

/// Sends as much as fits into a stream socket, without waiting and without SIGPIPE (sendmsg(2)). Returns the number of bytes sent
/// or a negative errno. `descriptor` is sent along with the first byte; -1 means none.
int oriel_send_bytes(int socket, const void *bytes, uint32_t length, int descriptor);

/// Calls accept4(2) with SOCK_CLOEXEC and SOCK_NONBLOCK. Returns the connection's descriptor or a negative errno.
int oriel_accept(int socket);

/// The user ID and the process ID of the peer on a Unix socket (SO_PEERCRED), as they were at connect or listen. Returns 0 or a
/// negative errno.
int oriel_peer(int socket, uint32_t *user, int32_t *process);
