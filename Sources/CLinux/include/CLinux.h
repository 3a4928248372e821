// What of the kernel's headers doesn't import into Swift: ioctl numbers and calls made of macros.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// memfd_create(2) with MFD_CLOEXEC, optionally sealable; a negative errno on failure.
int oriel_memfd_create(const char *name, bool allow_sealing);

/// eventfd(2) from 0 with EFD_CLOEXEC and EFD_NONBLOCK; a negative errno on failure.
int oriel_eventfd(void);

/// The calling thread's name in top and ps (PR_SET_NAME), of which 15 bytes are kept.
void oriel_name_thread(const char *name);

/// Seals a memfd against shrinking (F_SEAL_SHRINK), as UDMABUF_CREATE demands; a negative errno on failure.
int oriel_seal_shrink(int fd);

/// UDMABUF_CREATE (linux/udmabuf.h) over [0, size) of a sealed memfd; the dma-buf's descriptor or a negative errno.
int oriel_udmabuf_create(int device, int memfd, uint64_t size);

/// DMA_HEAP_IOCTL_ALLOC (linux/dma-heap.h); the dma-buf's descriptor or a negative errno.
int oriel_dma_heap_allocate(int heap, uint64_t size);

/// DMA_BUF_IOCTL_SYNC (linux/dma-buf.h) around CPU access; 0 or a negative errno.
int oriel_dma_buf_sync(int fd, bool start, bool write);

/// Whether the descriptor is a dma-buf: its file system is the kernel's own «dmabuf».
bool oriel_is_dma_buf(int fd);

/// Whether the descriptor is a file whose pages are always memory, as a memfd is: on tmpfs or hugetlbfs. Reading it never waits.
bool oriel_is_memory_file(int fd);

/// The message of a VMM that hands a device over (unix(7), SCM_RIGHTS): the one byte 'v' and its first descriptor, closed on exec;
/// further ones are closed. A negative errno on failure: -ENODATA where the peer has closed, -EBADMSG where it said anything else.
int oriel_receive_device(int socket);

// Packets with descriptors over a Unix socket (SCM_RIGHTS is made of macros).

/// Where the packets of one call go: `count` slots of `slot_size` bytes, with room for `descriptors_each` descriptors a slot.
struct oriel_packets {
    uint8_t *bytes;
    uint32_t slot_size;
    uint32_t count;
    /// At most 4. With 0 the kernel closes whatever comes, and the packet is marked.
    uint32_t descriptors_each;
    /// A slot's bytes; more than the slot has where the packet was longer.
    uint32_t *lengths;
    /// Descriptors that came in a slot, closed on exec.
    uint32_t *descriptor_counts;
    int32_t *descriptors;
    /// Whether a packet had more descriptors than there is room for; those are closed.
    bool *had_more_descriptors;
};

/// Receives what is there without waiting (recvmmsg(2)). Returns how many packets came, 0 at the end of the connection, or a
/// negative errno: -EAGAIN where nothing is there.
int oriel_receive_packets(int socket, const struct oriel_packets *packets);

/// Sends one packet with up to 4 descriptors, without waiting and without SIGPIPE (sendmsg(2)); 0 or a negative errno.
int oriel_send_packet(int socket, const void *bytes, uint32_t length, const int32_t *descriptors, uint32_t count);

/// Sends what fits into a stream socket, without waiting and without SIGPIPE (sendmsg(2)); how many bytes that are, or a negative
/// errno. `descriptor` goes along with the first of them; -1 for none.
int oriel_send_bytes(int socket, const void *bytes, uint32_t length, int descriptor);

/// accept4(2) with SOCK_CLOEXEC and SOCK_NONBLOCK; the connection's descriptor or a negative errno.
int oriel_accept(int socket);

/// The user behind the other end of a Unix socket (SO_PEERCRED), as it was at connect or listen; 0 or a negative errno.
int oriel_peer_user(int socket, uint32_t *user);
