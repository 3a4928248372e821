// SPDX-License-Identifier: MIT
// A guest with the display controller's own memory: dumb buffers, which the controller scans out and its Mesa can draw. It serves
// them over the plane protocol, and is written from docs/plane-protocol.md and the C header alone, as the author of a VMM would do
// it. It leaves out only the protection of a server from its viewers: the limits on time and on floods.
//
//   plane-server SOCKET CARD [flipped] [xbgr]
//
// The primary plane is 1024x768 XRGB8888 and flips among three buffers, the cursor is 64x64 ARGB8888 and moves; both 60 times a
// second. With «flipped» the primary plane is said to be upside down, with «xbgr» to be XBGR8888. The guest draws into released buffers
// only, and checks it: each picture has its generation in its first pixels, and when the viewer releases a buffer the generation must be
// the committed one. If it isn't, the server ends with status 1 at once.
//
// It serves one viewer at a time. It ends on SIGTERM and prints what it counted.
#define _GNU_SOURCE
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "plane_protocol.h"

enum { WIDTH = 1024, HEIGHT = 768, CURSOR_SIZE = 64, BUFFERS = 3, BAND = 32, HERTZ = 60 };

static void __attribute__((noreturn)) fail(const char *what) {
    fprintf(stderr, "plane-server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// --- the guest ---

struct buffer {
    uint32_t width, height, stride;
    uint64_t number;     // plane_info.buffer
    uint64_t generation; // which picture it holds; 0 for none
    uint64_t changed_at;
    uint32_t band;       // the first row of the white band in it
    uint64_t committed;  // the generation that the viewer has committed and not released; 0 for none
    uint32_t *pixels;
    int descriptor;
};

static struct buffer pictures[BUFFERS], cursor;
static struct buffer *shown;
static int32_t cursor_x, cursor_y;
static uint64_t made, left_out, released;
static uint32_t flags, format = DRM_FORMAT_XRGB8888;

static struct buffer dumb_buffer(int card, uint32_t width, uint32_t height, uint64_t number) {
    struct drm_mode_create_dumb creation = {.width = width, .height = height, .bpp = 32};
    if (ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &creation)) fail("no dumb buffer");
    struct drm_mode_map_dumb mapping = {.handle = creation.handle};
    struct drm_prime_handle export = {.handle = creation.handle, .flags = DRM_CLOEXEC | DRM_RDWR};
    if (ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &mapping) || ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &export)) fail("a dumb buffer");
    void *pixels = mmap(NULL, creation.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, mapping.offset);
    if (pixels == MAP_FAILED) fail("a dumb buffer can't be mapped");
    return (struct buffer){
        .width = width, .height = height, .stride = creation.pitch, .number = number, .pixels = pixels, .descriptor = export.fd};
}

static void fill(struct buffer *buffer, uint32_t first, uint32_t count, bool white) {
    for (uint32_t y = first; y < first + count; y++)
        for (uint32_t x = 0; x < buffer->width; x++)
            buffer->pixels[y * (buffer->stride / 4) + x] = white ? 0xffffff : (x & 0xff) << 16 | (y & 0xff) << 8 | 0x40;
}

// The generation as the memory has it: its low 48 bits in the first two pixels, which have no other bits that are shown.
static uint64_t stamp_of(const struct buffer *buffer) {
    const volatile uint32_t *pixels = buffer->pixels;
    return (uint64_t)(pixels[1] & 0xffffff) << 24 | (pixels[0] & 0xffffff);
}

// Ends the server if the memory has another picture than the committed one.
static void check(const struct buffer *buffer, const char *when) {
    if (!buffer->committed || stamp_of(buffer) == buffer->committed) return;
    fprintf(stderr, "plane-server: buffer %llu was overwritten while held: it has generation %llu in place of %llu %s\n",
            (unsigned long long)buffer->number, (unsigned long long)stamp_of(buffer), (unsigned long long)buffer->committed, when);
    exit(1);
}

static void draw(struct buffer *buffer, uint64_t generation) {
    fill(buffer, buffer->band, BAND, false);
    buffer->band = generation * 4 % (HEIGHT - BAND);
    fill(buffer, buffer->band, BAND, true);
    buffer->pixels[0] = generation & 0xffffff;
    buffer->pixels[1] = generation >> 24 & 0xffffff;
    buffer->generation = generation;
    buffer->changed_at = now();
    check(buffer, "after it was drawn");
}

static void start_guest(const char *path) {
    int card = open(path, O_RDWR | O_CLOEXEC);
    if (card < 0) fail(path);
    // Whoever opens a card first is its master, and a compositor wants to be that.
    ioctl(card, DRM_IOCTL_DROP_MASTER, 0);
    for (int i = 0; i < BUFFERS; i++) {
        pictures[i] = dumb_buffer(card, WIDTH, HEIGHT, i + 1);
        fill(&pictures[i], 0, HEIGHT, false);
    }
    cursor = dumb_buffer(card, CURSOR_SIZE, CURSOR_SIZE, BUFFERS + 1);
    for (uint32_t y = 0; y < CURSOR_SIZE; y++)
        for (uint32_t x = 0; x < CURSOR_SIZE; x++) cursor.pixels[y * (cursor.stride / 4) + x] = x <= y ? 0xffff2020 : 0;
    cursor.generation = 1;
    cursor.changed_at = now();
    draw(&pictures[0], 1);
    shown = &pictures[0];
    made = 1;
}

// --- the viewer ---

static struct {
    int socket; // -1 for none
    bool is_greeted, is_pushed;
    bool awaits_query;     // without PUSH: was told of a change, and hasn't asked since
    bool is_behind;        // something changed that it wasn't told of
    uint64_t sent;         // states, or notices
    uint64_t acknowledged; // states
    uint64_t told[PLANE_STATE_WINDOW + 1]; // the primary plane's generation in the states from the acknowledged one on, by sequence
    uint64_t answered;                     // its generation in the answer to the last query
} viewer = {.socket = -1};

// Whether the viewer was told of a picture and may still commit it.
static bool is_told(uint64_t generation) {
    if (generation == 0) return false;
    for (uint64_t i = viewer.acknowledged; viewer.is_pushed && i <= viewer.sent; i++)
        if (viewer.told[i % (PLANE_STATE_WINDOW + 1)] == generation) return true;
    return generation == viewer.answered;
}

// A picture stays as it is while the viewer may commit it, and from its commit until its release.
static bool is_kept(const struct buffer *buffer) { return buffer->committed || is_told(buffer->generation); }

// A viewer that goes releases everything.
static void let_go(void) {
    for (int i = 0; i < BUFFERS; i++) {
        check(&pictures[i], "when the viewer went");
        pictures[i].committed = 0;
    }
    if (viewer.socket >= 0) close(viewer.socket);
    memset(&viewer, 0, sizeof viewer);
    viewer.socket = -1;
}

// Descriptor -1: none goes along.
static void send_packet(int socket, const void *message, size_t size, int descriptor) {
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {(void *)message, size};
    struct msghdr packet = {.msg_iov = &data, .msg_iovlen = 1};
    if (descriptor >= 0) {
        packet.msg_control = control;
        packet.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    // A full socket is a viewer that doesn't read its answers.
    if (sendmsg(socket, &packet, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && socket == viewer.socket) let_go();
}
#define SEND(message) send_packet(viewer.socket, &(message), sizeof(message), -1)
#define HEADER(message, kind) {sizeof(struct message), kind}

static void say_goodbye(int socket, uint32_t reason, uint32_t detail, const char *text) {
    struct plane_bye message = {.header = HEADER(plane_bye, PLANE_BYE), .reason = reason, .detail = detail};
    memcpy(message.text, text, strnlen(text, sizeof message.text));
    send_packet(socket, &message, sizeof message, -1);
}

static void dismiss(const char *text) {
    fprintf(stderr, "plane-server: the viewer goes: %s\n", text);
    say_goodbye(viewer.socket, PLANE_BYE_PROTOCOL, 0, text);
    let_go();
}

static struct plane_info info_of(const struct buffer *buffer, uint32_t format, int32_t x, int32_t y) {
    return (struct plane_info){
        .drm_format_mod = DRM_FORMAT_MOD_LINEAR, .drm_format = format, .width = buffer->width, .height = buffer->height,
        .stride = buffer->stride, .size = buffer->stride * buffer->height, .x_pos = x, .y_pos = y,
        .generation = (uint32_t)buffer->generation, .generation_high = (uint32_t)(buffer->generation >> 32),
        .changed_at = buffer->changed_at, .buffer = buffer->number, .memory_planes = 1,
    };
}
static struct plane_info primary_info(void) {
    struct plane_info info = info_of(shown, format, 0, 0);
    info.flags |= flags;
    return info;
}
static struct plane_info cursor_info(void) { return info_of(&cursor, DRM_FORMAT_ARGB8888, cursor_x, cursor_y); }

// Tells the viewer of the newest pictures if it may be told something.
static void tell(void) {
    if (!viewer.is_greeted || !viewer.is_behind) return;
    if (viewer.is_pushed) {
        if (viewer.sent - viewer.acknowledged >= PLANE_STATE_WINDOW) return;
        struct plane_state message = {HEADER(plane_state, PLANE_STATE), ++viewer.sent, primary_info(), cursor_info()};
        viewer.told[viewer.sent % (PLANE_STATE_WINDOW + 1)] = shown->generation;
        viewer.is_behind = false;
        SEND(message);
    } else if (!viewer.awaits_query) {
        struct plane_changed message = {HEADER(plane_changed, PLANE_CHANGED), ++viewer.sent};
        viewer.awaits_query = true;
        viewer.is_behind = false;
        SEND(message);
    }
}

static void acknowledge(uint64_t sequence) {
    if (sequence > viewer.sent || !viewer.is_pushed) return dismiss("a state that wasn't sent is acknowledged");
    if (sequence > viewer.acknowledged) viewer.acknowledged = sequence;
    tell();
}

static void greet(const struct plane_hello *hello) {
    if (hello->magic != PLANE_MAGIC) return dismiss("the hello isn't one");
    if (hello->version < PLANE_VERSION || hello->lowest_version > PLANE_VERSION) {
        say_goodbye(viewer.socket, PLANE_BYE_VERSION, PLANE_VERSION, "version 1 is spoken here");
        return let_go();
    }
    struct plane_hello welcome = {
        .header = HEADER(plane_hello, PLANE_WELCOME), .magic = PLANE_MAGIC, .version = PLANE_VERSION,
        .lowest_version = PLANE_VERSION, .features = hello->features & PLANE_FEATURE_PUSH, .name = "dumb buffers"};
    SEND(welcome);
    viewer.is_pushed = welcome.features & PLANE_FEATURE_PUSH;
    viewer.is_greeted = viewer.is_behind = true;
    tell();
}

static void answer_query(const struct plane_request *request) {
    bool is_primary = request->plane_type == PLANE_TYPE_PRIMARY;
    if (!is_primary && request->plane_type != PLANE_TYPE_CURSOR) return dismiss("a query of no plane");
    struct plane_answer answer = {
        HEADER(plane_answer, PLANE_ANSWER), request->plane_type, PLANE_OK, is_primary ? primary_info() : cursor_info()};
    if (is_primary) viewer.answered = shown->generation;
    viewer.awaits_query = false;
    SEND(answer);
    tell();
}

static void give_buffer(const struct plane_get_dmabuf *request) {
    if (request->plane_type != PLANE_TYPE_PRIMARY && request->plane_type != PLANE_TYPE_CURSOR) return dismiss("a buffer of no plane");
    const struct buffer *found = NULL, *current = request->plane_type == PLANE_TYPE_PRIMARY ? shown : &cursor;
    if (current->generation == request->generation) found = current;
    for (int i = 0; request->plane_type == PLANE_TYPE_PRIMARY && i < BUFFERS; i++)
        if (pictures[i].generation == request->generation && is_kept(&pictures[i])) found = &pictures[i];
    struct plane_dmabuf answer = {
        .header = HEADER(plane_dmabuf, PLANE_DMABUF), .plane_type = request->plane_type, .status = found ? PLANE_OK : PLANE_STALE,
        .generation = found ? request->generation : current->generation, .buffer = found ? found->number : 0,
        .descriptors = found ? 1 : 0};
    send_packet(viewer.socket, &answer, sizeof answer, found ? found->descriptor : -1);
}

// The buffers of the cursor, and numbers that the viewer never committed, mean nothing here.
static void release(uint32_t plane_type, const uint64_t numbers[PLANE_RELEASED_ENTRIES]) {
    for (int i = 0; plane_type == PLANE_TYPE_PRIMARY && i < BUFFERS; i++)
        for (unsigned j = 0; j < PLANE_RELEASED_ENTRIES; j++) {
            if (!pictures[i].committed || pictures[i].number != numbers[j]) continue;
            check(&pictures[i], "when it was released");
            pictures[i].committed = 0;
            released++;
        }
}

static bool is_plane(uint32_t type) { return type == PLANE_TYPE_PRIMARY || type == PLANE_TYPE_CURSOR; }

static void commit(const struct plane_committed *message) {
    if (!is_plane(message->plane_type)) return dismiss("no plane is committed");
    // What is released in the message was released before the commit.
    release(message->plane_type, message->released);
    for (int i = 0; message->plane_type == PLANE_TYPE_PRIMARY && i < BUFFERS; i++)
        if (pictures[i].generation == message->generation && is_kept(&pictures[i])) pictures[i].committed = message->generation;
    if (message->sequence) acknowledge(message->sequence);
}

// This guest doesn't wait for its pictures to be shown: a skipped one only acknowledges its state.
static void skip(const struct plane_skipped *message) {
    if (!is_plane(message->plane_type)) return dismiss("no plane is skipped");
    if (message->sequence) acknowledge(message->sequence);
}

union message {
    struct plane_header header;
    struct plane_hello hello;
    struct plane_request request;
    struct plane_get_dmabuf get;
    struct plane_seen seen;
    struct plane_committed committed;
    struct plane_skipped skipped;
    struct plane_released released;
};

static size_t size_of(uint32_t type) {
    switch (type) {
    case PLANE_HELLO: return sizeof(struct plane_hello);
    case PLANE_QUERY_CAPS: case PLANE_QUERY: case PLANE_GET_REGION: return sizeof(struct plane_request);
    case PLANE_GET_DMABUF: return sizeof(struct plane_get_dmabuf);
    case PLANE_SEEN: return sizeof(struct plane_seen);
    case PLANE_COMMITTED: return sizeof(struct plane_committed);
    case PLANE_SKIPPED: return sizeof(struct plane_skipped);
    case PLANE_RELEASED: return sizeof(struct plane_released);
    default: return 0;
    }
}

// Whether the reserved fields are 0.
static bool is_clean(const union message *message) {
    switch (message->header.type) {
    case PLANE_QUERY: return message->request.reserved == 0;
    case PLANE_QUERY_CAPS: case PLANE_GET_REGION: return message->request.reserved == 0 && message->request.plane_type == 0;
    case PLANE_GET_DMABUF: return message->get.reserved == 0;
    case PLANE_COMMITTED: return message->committed.reserved == 0;
    case PLANE_SKIPPED: return message->skipped.reserved == 0;
    case PLANE_RELEASED: return message->released.reserved == 0;
    default: return true;
    }
}

static void hear(void) {
    union message message;
    ssize_t length = recv(viewer.socket, &message, sizeof message, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0) return let_go();
    if ((size_t)length < sizeof message.header || message.header.size != (size_t)length || (size_t)length != size_of(message.header.type))
        return dismiss("a message of a wrong size or type");
    if (viewer.is_greeted == (message.header.type == PLANE_HELLO)) return dismiss("a hello is the first message, and only that");
    if (!is_clean(&message)) return dismiss("a reserved field isn't 0");
    struct plane_caps caps = {HEADER(plane_caps, PLANE_CAPS), PLANE_CAPS_DMABUF, 1 << PLANE_TYPE_PRIMARY | 1 << PLANE_TYPE_CURSOR};
    struct plane_region region = {.header = HEADER(plane_region, PLANE_REGION), .status = PLANE_UNSUPPORTED};
    switch (message.header.type) {
    case PLANE_HELLO: return greet(&message.hello);
    case PLANE_QUERY_CAPS: SEND(caps); return;
    case PLANE_QUERY: return answer_query(&message.request);
    case PLANE_GET_DMABUF: return give_buffer(&message.get);
    case PLANE_GET_REGION: SEND(region); return;
    case PLANE_SEEN: return message.seen.sequence ? acknowledge(message.seen.sequence) : dismiss("the state 0 is acknowledged");
    case PLANE_COMMITTED: return commit(&message.committed);
    case PLANE_SKIPPED: return skip(&message.skipped);
    case PLANE_RELEASED:
        return is_plane(message.released.plane_type) ? release(message.released.plane_type, message.released.released)
                                                     : dismiss("no plane is released");
    }
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || fchmod(listener, 0600) || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8)) fail(path);
    return listener;
}

static void admit(int listener) {
    int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (peer < 0) return;
    if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &credentials, &length) || credentials.uid != getuid())
        say_goodbye(peer, PLANE_BYE_NOT_PERMITTED, 0, "another user's guest");
    else if (viewer.socket >= 0)
        say_goodbye(peer, PLANE_BYE_FULL, 1, "one viewer is there already");
    else {
        viewer.socket = peer;
        return;
    }
    close(peer);
}

// Makes the next picture. While the viewer keeps every buffer but the one shown, the picture is left out.
static void flip(void) {
    for (int i = 0; i < BUFFERS; i++) {
        if (&pictures[i] == shown || is_kept(&pictures[i])) continue;
        draw(&pictures[i], ++made);
        shown = &pictures[i];
        return;
    }
    left_out++;
}

static void tick(int timer) {
    uint64_t count;
    if (read(timer, &count, sizeof count) != sizeof count) return;
    flip();
    cursor_x = (cursor_x + 3) % (WIDTH - CURSOR_SIZE);
    cursor_y = (cursor_y + 2) % (HEIGHT - CURSOR_SIZE);
    viewer.is_behind = true;
    tell();
}

int main(int count, char **arguments) {
    for (int i = 3; i < count; i++) {
        if (!strcmp(arguments[i], "flipped")) flags = PLANE_INFO_FLIPPED;
        else if (!strcmp(arguments[i], "xbgr")) format = DRM_FORMAT_XBGR8888;
        else count = 0;
    }
    if (count < 3) {
        fprintf(stderr, "usage: plane-server SOCKET CARD [flipped] [xbgr]\n");
        return 64;
    }
    start_guest(arguments[2]);
    int listener = listen_at(arguments[1]);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int ending = signalfd(-1, &signals, SFD_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct itimerspec period = {{0, 1000000000 / HERTZ}, {0, 1000000000 / HERTZ}};
    if (ending < 0 || timer < 0 || timerfd_settime(timer, 0, &period, NULL)) fail("no timer");
    for (;;) {
        struct pollfd waits[] = {{ending, POLLIN, 0}, {timer, POLLIN, 0}, {listener, POLLIN, 0}, {viewer.socket, POLLIN, 0}};
        if (poll(waits, 4, -1) < 0) fail("poll");
        if (waits[0].revents) break;
        if (waits[3].revents) hear();
        if (waits[2].revents) admit(listener);
        if (waits[1].revents) tick(timer);
    }
    if (viewer.socket >= 0) say_goodbye(viewer.socket, PLANE_BYE_ENDED, 0, "the guest has ended");
    unlink(arguments[1]);
    for (int i = 0; i < BUFFERS; i++) check(&pictures[i], "at the end");
    printf("%llu pictures, %llu left out, %llu buffers released, none overwritten while held\n", (unsigned long long)made,
           (unsigned long long)left_out, (unsigned long long)released);
    return 0;
}
