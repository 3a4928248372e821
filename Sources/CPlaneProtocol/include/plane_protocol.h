/* SPDX-License-Identifier: MIT
 * Oriel: a window onto a virtual machine.
 *
 * Display planes over a Unix socket: the calls of the 2017 VFIO plane proposal (query caps, query plane, get dmabuf), with a
 * notice of changes, and with the viewer's reports of what it shows and what it no longer uses. docs/plane-protocol.md explains
 * the order of the messages, the limits and the reasons. This header needs only the compiler's own <stddef.h> and <stdint.h>,
 * and is C99, C11 and C++.
 *
 * Every message is one packet of a SOCK_SEQPACKET socket and begins with struct plane_header. All fields are little-endian, and
 * all reserved ones are 0. Descriptors travel with their message as SCM_RIGHTS.
 */
#ifndef PLANE_PROTOCOL_H
#define PLANE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "ORIELPLN", the first letter in the lowest byte. */
#define PLANE_MAGIC 0x4e4c504c4549524full
#define PLANE_VERSION 1u

/* Limits of version 1. */
#define PLANE_NAME_LENGTH 96u         /* bytes of a name, padded with zeros */
#define PLANE_TEXT_LENGTH 112u        /* bytes of a reason, padded with zeros */
#define PLANE_MEMORY_PLANES 4u        /* memory planes of one picture, and descriptors of one message */
#define PLANE_LARGEST_MESSAGE 272u    /* bytes */
#define PLANE_STATE_WINDOW 2u         /* PLANE_STATEs that a server may send ahead of their acknowledgement */
#define PLANE_OUTSTANDING_REQUESTS 8u /* requests that a viewer may send ahead of their answers */
#define PLANE_UNRELEASED_BUFFERS 12u  /* buffers of a plane that a viewer may have committed and not released */
#define PLANE_RELEASED_ENTRIES 4u     /* buffers that one message can release */
#define PLANE_HELLO_SECONDS 5u        /* until each end has said its hello */

/* plane_header.type. Types below 0x100 are sent by the viewer. */
enum plane_message {
    /* viewer to server */
    PLANE_HELLO = 0x001,      /* struct plane_hello; the server answers with PLANE_WELCOME or PLANE_BYE */
    PLANE_QUERY_CAPS = 0x002, /* struct plane_request */
    PLANE_QUERY = 0x003,      /* struct plane_request */
    PLANE_GET_DMABUF = 0x004, /* struct plane_get_dmabuf */
    PLANE_GET_REGION = 0x005, /* struct plane_request */
    PLANE_SEEN = 0x006,       /* struct plane_seen; no answer */
    PLANE_COMMITTED = 0x007,  /* struct plane_committed; no answer */
    PLANE_SKIPPED = 0x008,    /* struct plane_skipped; no answer */
    PLANE_RELEASED = 0x009,   /* struct plane_released; no answer */
    /* server to viewer */
    PLANE_WELCOME = 0x101, /* struct plane_hello */
    PLANE_CAPS = 0x102,    /* struct plane_caps */
    PLANE_ANSWER = 0x103,  /* struct plane_answer */
    PLANE_DMABUF = 0x104,  /* struct plane_dmabuf, with its descriptors where it succeeded */
    PLANE_REGION = 0x105,  /* struct plane_region, with one descriptor where it succeeded */
    PLANE_CHANGED = 0x106, /* struct plane_changed: without PLANE_FEATURE_PUSH */
    PLANE_STATE = 0x107,   /* struct plane_state: with PLANE_FEATURE_PUSH */
    PLANE_BYE = 0x108      /* struct plane_bye: the last message */
};

/* plane_hello.features: a viewer offers features, the server answers with those of them that it has, and only these are used. */
#define PLANE_FEATURE_PUSH 1ull                /* changes come as PLANE_STATE rather than as PLANE_CHANGED */
#define PLANE_FEATURE_MULTI_PLANE 2ull /* pictures of more than one memory plane may come */

/* plane_caps.type, the proposal's vfio_device_gfx_type. */
enum plane_caps_type {
    PLANE_CAPS_NONE = 0,   /* no display */
    PLANE_CAPS_DMABUF = 1, /* a descriptor for each buffer, by PLANE_GET_DMABUF */
    PLANE_CAPS_REGION = 2  /* one descriptor for all pictures, by PLANE_GET_REGION; plane_info.start is a place in it */
};

/* plane_type, with the numbers of enum drm_plane_type. */
enum plane_type { PLANE_TYPE_PRIMARY = 1, PLANE_TYPE_CURSOR = 2 };

/* The status of an answer. */
enum plane_status {
    PLANE_OK = 0,
    PLANE_STALE = 1,     /* this generation is gone: the answer has the current one */
    PLANE_OFF = 2,       /* the plane shows nothing */
    PLANE_TEMPORARY = 3, /* it may work later; the answer has an errno */
    PLANE_UNSUPPORTED = 4 /* the server's type of caps has no such call */
};

/* plane_bye.reason. */
enum plane_reason {
    PLANE_BYE_NOT_PERMITTED = 1,
    PLANE_BYE_FULL = 2,     /* detail: how many viewers there may be */
    PLANE_BYE_VERSION = 3,  /* detail: the lowest version that the server speaks */
    PLANE_BYE_PROTOCOL = 4, /* the viewer broke a rule */
    PLANE_BYE_SLOW = 5,     /* the viewer doesn't read, or doesn't acknowledge */
    PLANE_BYE_ENDED = 6     /* the guest or the server has ended */
};

/* plane_info.flags. */
#define PLANE_INFO_FLIPPED 1u  /* the first row in memory is the bottom one */
#define PLANE_INFO_HOT_SPOT 2u /* x_hot and y_hot are known */
#define PLANE_INFO_DAMAGE 4u   /* nothing outside the damage rectangle changed; without the flag anything may have */

/* The beginning of every message. */
struct plane_header {
    uint32_t size; /* bytes of the whole message, this included */
    uint32_t type; /* enum plane_message */
};

/* PLANE_HELLO and PLANE_WELCOME. */
struct plane_hello {
    struct plane_header header;
    uint64_t magic;                  /* PLANE_MAGIC */
    uint32_t version;                /* viewer: the highest it speaks; server: the one that both speak from here on */
    uint32_t lowest_version;         /* the lowest that the sender speaks */
    uint64_t features;               /* PLANE_FEATURE_* */
    uint8_t name[PLANE_NAME_LENGTH]; /* UTF-8: the viewer's name, or the VM's or console's */
};

/* PLANE_QUERY_CAPS, PLANE_QUERY and PLANE_GET_REGION. */
struct plane_request {
    struct plane_header header;
    uint32_t plane_type; /* PLANE_QUERY: enum plane_type; otherwise 0 */
    uint32_t reserved;
};

/* PLANE_CAPS. */
struct plane_caps {
    struct plane_header header;
    uint32_t type;   /* enum plane_caps_type; never changes while the connection lives */
    uint32_t planes; /* bit 1 << enum plane_type for each plane that there may be */
};

/* The picture that a plane shows. The first 48 bytes are the proposal's vfio_device_gfx_plane_info field by field. If the plane is
 * off, drm_format and all other fields are 0. */
struct plane_info {
    uint64_t start;          /* bytes from the descriptor's beginning to the first memory plane */
    uint64_t drm_format_mod; /* DRM format modifier */
    uint32_t drm_format;     /* fourcc */
    uint32_t width;          /* pixels */
    uint32_t height;         /* pixels */
    uint32_t stride;         /* bytes from one row of the first memory plane to the next */
    uint32_t size;           /* bytes: stride * height */
    int32_t x_pos;           /* the top left corner on the guest's screen, in its pixels; the hot spot isn't in it */
    int32_t y_pos;
    uint32_t generation;      /* the low 32 bits */
    uint32_t generation_high; /* the high 32 bits: a generation must not come again while a viewer lives */
    uint32_t flags;           /* PLANE_INFO_* */
    uint64_t changed_at;      /* nanoseconds of CLOCK_MONOTONIC at which the guest made this generation */
    uint64_t buffer;          /* which memory, or which place in the region: from 1 on; a number never means another buffer */
    uint32_t x_hot;           /* the cursor's active pixel, from its top left */
    uint32_t y_hot;
    int32_t damage_x; /* what changed since the generation that this viewer committed last, in the buffer's pixels */
    int32_t damage_y;
    int32_t damage_width;
    int32_t damage_height;
    uint32_t memory_planes; /* 1 to PLANE_MEMORY_PLANES */
    uint32_t offsets[3];    /* start of memory planes 1 to 3, each in its own descriptor or in the one for all */
    uint32_t strides[3];
    uint32_t reserved;
};

/* PLANE_ANSWER, to PLANE_QUERY. */
struct plane_answer {
    struct plane_header header;
    uint32_t plane_type; /* the one asked for */
    uint32_t status;     /* PLANE_OK or PLANE_OFF */
    struct plane_info info;
};

/* PLANE_GET_DMABUF. */
struct plane_get_dmabuf {
    struct plane_header header;
    uint32_t plane_type;
    uint32_t reserved;
    uint64_t generation;
};

/* PLANE_DMABUF. */
struct plane_dmabuf {
    struct plane_header header;
    uint32_t plane_type; /* the one asked for */
    uint32_t status;     /* enum plane_status */
    uint64_t generation; /* PLANE_OK: the one asked for; PLANE_STALE: the current one; otherwise 0 */
    uint64_t buffer;     /* PLANE_OK: plane_info.buffer of this memory; otherwise 0 */
    uint32_t descriptors; /* how many come along: 1, or one for each memory plane; 0 unless PLANE_OK */
    uint32_t error;       /* PLANE_TEMPORARY: an errno */
};

/* PLANE_REGION. */
struct plane_region {
    struct plane_header header;
    uint32_t status; /* PLANE_OK, PLANE_OFF or PLANE_UNSUPPORTED */
    uint32_t reserved;
    uint64_t size; /* bytes */
};

/* PLANE_CHANGED: some plane has changed since it was last queried. None follows until one is queried. */
struct plane_changed {
    struct plane_header header;
    uint64_t sequence; /* counts up */
};

/* PLANE_STATE: what both planes show now. */
struct plane_state {
    struct plane_header header;
    uint64_t sequence; /* counts up from 1 */
    struct plane_info primary;
    struct plane_info cursor;
};

/* PLANE_SEEN: the viewer will commit nothing that it was told before this PLANE_STATE. */
struct plane_seen {
    struct plane_header header;
    uint64_t sequence;
};

/* PLANE_COMMITTED: the viewer has committed this generation. Its memory stays as it is until the viewer releases it. */
struct plane_committed {
    struct plane_header header;
    uint32_t plane_type;
    uint32_t reserved;
    uint64_t generation;
    uint64_t sequence; /* as in plane_seen; 0 acknowledges nothing */
    uint64_t released[PLANE_RELEASED_ENTRIES]; /* as in plane_released, and released before this generation was committed */
};

/* PLANE_SKIPPED: the viewer will never commit this generation: the guest needn't wait for it. */
struct plane_skipped {
    struct plane_header header;
    uint32_t plane_type;
    uint32_t reserved;
    uint64_t generation;
    uint64_t sequence; /* as in plane_seen; 0 acknowledges nothing */
};

/* PLANE_RELEASED: the compositor no longer uses these buffers, which the viewer committed before: the guest may draw into them. */
struct plane_released {
    struct plane_header header;
    uint32_t plane_type;
    uint32_t reserved;
    uint64_t released[PLANE_RELEASED_ENTRIES]; /* plane_info.buffer; unused entries are 0 */
};

/* PLANE_BYE. */
struct plane_bye {
    struct plane_header header;
    uint32_t reason; /* enum plane_reason */
    uint32_t detail;
    uint8_t text[PLANE_TEXT_LENGTH]; /* UTF-8, for a person */
};

#ifdef __cplusplus
}
#endif

/* The layout is the contract: a compiler that pads otherwise must not compile this. */
#if defined(__cplusplus)
#define PLANE_ASSERT(what, name) static_assert(what, #name)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define PLANE_ASSERT(what, name) _Static_assert(what, #name)
#else
#define PLANE_ASSERT(what, name) typedef char plane_assert_##name[(what) ? 1 : -1]
#endif
#define PLANE_OFFSET(structure, member) offsetof(struct structure, member)

PLANE_ASSERT(sizeof(struct plane_header) == 8, header_size);
PLANE_ASSERT(sizeof(struct plane_hello) == 128, hello_size);
PLANE_ASSERT(PLANE_OFFSET(plane_hello, magic) == 8, hello_magic);
PLANE_ASSERT(PLANE_OFFSET(plane_hello, version) == 16, hello_version);
PLANE_ASSERT(PLANE_OFFSET(plane_hello, lowest_version) == 20, hello_lowest_version);
PLANE_ASSERT(PLANE_OFFSET(plane_hello, features) == 24, hello_features);
PLANE_ASSERT(PLANE_OFFSET(plane_hello, name) == 32, hello_name);
PLANE_ASSERT(sizeof(struct plane_request) == 16, request_size);
PLANE_ASSERT(PLANE_OFFSET(plane_request, plane_type) == 8, request_plane_type);
PLANE_ASSERT(sizeof(struct plane_caps) == 16, caps_size);
PLANE_ASSERT(PLANE_OFFSET(plane_caps, type) == 8, caps_type);
PLANE_ASSERT(PLANE_OFFSET(plane_caps, planes) == 12, caps_planes);
PLANE_ASSERT(sizeof(struct plane_info) == 128, info_size);
PLANE_ASSERT(PLANE_OFFSET(plane_info, start) == 0, info_start);
PLANE_ASSERT(PLANE_OFFSET(plane_info, drm_format_mod) == 8, info_drm_format_mod);
PLANE_ASSERT(PLANE_OFFSET(plane_info, drm_format) == 16, info_drm_format);
PLANE_ASSERT(PLANE_OFFSET(plane_info, width) == 20, info_width);
PLANE_ASSERT(PLANE_OFFSET(plane_info, height) == 24, info_height);
PLANE_ASSERT(PLANE_OFFSET(plane_info, stride) == 28, info_stride);
PLANE_ASSERT(PLANE_OFFSET(plane_info, size) == 32, info_size_field);
PLANE_ASSERT(PLANE_OFFSET(plane_info, x_pos) == 36, info_x_pos);
PLANE_ASSERT(PLANE_OFFSET(plane_info, y_pos) == 40, info_y_pos);
PLANE_ASSERT(PLANE_OFFSET(plane_info, generation) == 44, info_generation);
PLANE_ASSERT(PLANE_OFFSET(plane_info, generation_high) == 48, info_generation_high);
PLANE_ASSERT(PLANE_OFFSET(plane_info, flags) == 52, info_flags);
PLANE_ASSERT(PLANE_OFFSET(plane_info, changed_at) == 56, info_changed_at);
PLANE_ASSERT(PLANE_OFFSET(plane_info, buffer) == 64, info_buffer);
PLANE_ASSERT(PLANE_OFFSET(plane_info, x_hot) == 72, info_x_hot);
PLANE_ASSERT(PLANE_OFFSET(plane_info, y_hot) == 76, info_y_hot);
PLANE_ASSERT(PLANE_OFFSET(plane_info, damage_x) == 80, info_damage_x);
PLANE_ASSERT(PLANE_OFFSET(plane_info, damage_y) == 84, info_damage_y);
PLANE_ASSERT(PLANE_OFFSET(plane_info, damage_width) == 88, info_damage_width);
PLANE_ASSERT(PLANE_OFFSET(plane_info, damage_height) == 92, info_damage_height);
PLANE_ASSERT(PLANE_OFFSET(plane_info, memory_planes) == 96, info_memory_planes);
PLANE_ASSERT(PLANE_OFFSET(plane_info, offsets) == 100, info_offsets);
PLANE_ASSERT(PLANE_OFFSET(plane_info, strides) == 112, info_strides);
PLANE_ASSERT(PLANE_OFFSET(plane_info, reserved) == 124, info_reserved);
PLANE_ASSERT(sizeof(struct plane_answer) == 144, answer_size);
PLANE_ASSERT(PLANE_OFFSET(plane_answer, plane_type) == 8, answer_plane_type);
PLANE_ASSERT(PLANE_OFFSET(plane_answer, status) == 12, answer_status);
PLANE_ASSERT(PLANE_OFFSET(plane_answer, info) == 16, answer_info);
PLANE_ASSERT(sizeof(struct plane_get_dmabuf) == 24, get_dmabuf_size);
PLANE_ASSERT(PLANE_OFFSET(plane_get_dmabuf, plane_type) == 8, get_dmabuf_plane_type);
PLANE_ASSERT(PLANE_OFFSET(plane_get_dmabuf, generation) == 16, get_dmabuf_generation);
PLANE_ASSERT(sizeof(struct plane_dmabuf) == 40, dmabuf_size);
PLANE_ASSERT(PLANE_OFFSET(plane_dmabuf, plane_type) == 8, dmabuf_plane_type);
PLANE_ASSERT(PLANE_OFFSET(plane_dmabuf, status) == 12, dmabuf_status);
PLANE_ASSERT(PLANE_OFFSET(plane_dmabuf, generation) == 16, dmabuf_generation);
PLANE_ASSERT(PLANE_OFFSET(plane_dmabuf, buffer) == 24, dmabuf_buffer);
PLANE_ASSERT(PLANE_OFFSET(plane_dmabuf, descriptors) == 32, dmabuf_descriptors);
PLANE_ASSERT(PLANE_OFFSET(plane_dmabuf, error) == 36, dmabuf_error);
PLANE_ASSERT(sizeof(struct plane_region) == 24, region_size);
PLANE_ASSERT(PLANE_OFFSET(plane_region, status) == 8, region_status);
PLANE_ASSERT(PLANE_OFFSET(plane_region, size) == 16, region_size_field);
PLANE_ASSERT(sizeof(struct plane_changed) == 16, changed_size);
PLANE_ASSERT(PLANE_OFFSET(plane_changed, sequence) == 8, changed_sequence);
PLANE_ASSERT(sizeof(struct plane_state) == PLANE_LARGEST_MESSAGE, state_size);
PLANE_ASSERT(PLANE_OFFSET(plane_state, sequence) == 8, state_sequence);
PLANE_ASSERT(PLANE_OFFSET(plane_state, primary) == 16, state_primary);
PLANE_ASSERT(PLANE_OFFSET(plane_state, cursor) == 144, state_cursor);
PLANE_ASSERT(sizeof(struct plane_seen) == 16, seen_size);
PLANE_ASSERT(PLANE_OFFSET(plane_seen, sequence) == 8, seen_sequence);
PLANE_ASSERT(sizeof(struct plane_committed) == 64, committed_size);
PLANE_ASSERT(PLANE_OFFSET(plane_committed, plane_type) == 8, committed_plane_type);
PLANE_ASSERT(PLANE_OFFSET(plane_committed, generation) == 16, committed_generation);
PLANE_ASSERT(PLANE_OFFSET(plane_committed, sequence) == 24, committed_sequence);
PLANE_ASSERT(PLANE_OFFSET(plane_committed, released) == 32, committed_released);
PLANE_ASSERT(sizeof(struct plane_skipped) == 32, skipped_size);
PLANE_ASSERT(PLANE_OFFSET(plane_skipped, plane_type) == 8, skipped_plane_type);
PLANE_ASSERT(PLANE_OFFSET(plane_skipped, generation) == 16, skipped_generation);
PLANE_ASSERT(PLANE_OFFSET(plane_skipped, sequence) == 24, skipped_sequence);
PLANE_ASSERT(sizeof(struct plane_released) == 48, released_size);
PLANE_ASSERT(PLANE_OFFSET(plane_released, plane_type) == 8, released_plane_type);
PLANE_ASSERT(PLANE_OFFSET(plane_released, released) == 16, released_released);
PLANE_ASSERT(sizeof(struct plane_bye) == 128, bye_size);
PLANE_ASSERT(PLANE_OFFSET(plane_bye, reason) == 8, bye_reason);
PLANE_ASSERT(PLANE_OFFSET(plane_bye, detail) == 12, bye_detail);
PLANE_ASSERT(PLANE_OFFSET(plane_bye, text) == 16, bye_text);

#endif
