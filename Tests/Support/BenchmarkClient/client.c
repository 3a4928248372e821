// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// The plain C client that `make bench` compares the viewer with. It makes the same requests as `oriel view
// "demo:?cursor=moving&memory=memfd"`, using libwayland's own stubs and listeners and nothing else. A second thread plays the
// guest: it draws, increments the generation and wakes the main thread. Only the main thread is measured.

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <wayland-client.h>

#include "linux-dmabuf-v1.h"
#include "presentation-time.h"
#include "viewporter.h"
#include "xdg-shell.h"

enum { bufferCount = 3, cursorSize = 64, bytesPerPixel = 4 };

enum { // DRM_FORMAT_* and DRM_FORMAT_MOD_LINEAR, drm_fourcc.h
    formatXRGB8888 = 0x34325258,
    formatARGB8888 = 0x34325241,
    modifierLinear = 0,
};

enum { exitUsage = 64, exitFault = 70, exitNoCompositor = 74 }; // the viewer's own exit codes

struct options {
    uint64_t frames;
    long rate;
    int32_t width, height;
    bool cursor, feedback;
    const char *stats;
};

struct memory {
    int descriptor;
    size_t size;
    void *pixels;
};

struct guest {
    struct memory pictures[bufferCount];
    int32_t cursorX[bufferCount], cursorY[bufferCount]; // the cursor's position in picture g, indexed like the pictures
    int32_t width, height;
    long rate;
    int wake;
    _Atomic uint64_t generation; // 0: no picture yet; picture g is in pictures[g % bufferCount]
};

struct import {
    struct wl_buffer *buffer;
    bool failed;
};

struct viewer {
    struct options options;
    struct guest guest;

    struct wl_display *display;
    struct wl_compositor *compositor;
    struct wl_subcompositor *subcompositor;
    struct xdg_wm_base *shell;
    struct zwp_linux_dmabuf_v1 *dmabuf;
    struct wp_viewporter *viewporter;
    struct wp_presentation *presentation;
    struct wl_output *output;

    struct wl_surface *surface, *cursorSurface;
    struct wl_subsurface *subsurface;
    struct wp_viewport *cursorViewport;
    int32_t cursorPart[4]; // the visible part of the cursor's picture
    struct import pictures[bufferCount], cursorImage;

    bool configured, awaitingFrame, closed;
    uint64_t newest; // the newest generation known
    uint64_t current; // the generation last committed
    uint64_t awaitingFeedback;
    uint64_t committed, superseded, presented, discarded, cursorMoves;
};

__attribute__((noreturn, format(printf, 2, 3))) static void fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("benchmark client: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(code);
}

// The guest.

static struct memory allocate(const char *name, size_t size) {
    struct memory memory = {.descriptor = memfd_create(name, MFD_CLOEXEC), .size = size};
    if (memory.descriptor < 0 || ftruncate(memory.descriptor, (off_t)size) < 0) fail(exitFault, "memfd: %s", strerror(errno));
    memory.pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.descriptor, 0);
    if (memory.pixels == MAP_FAILED) fail(exitFault, "mmap: %s", strerror(errno));
    return memory;
}

static void *play(void *argument) {
    struct guest *guest = argument;
    const long period = 1000000000L / guest->rate;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (uint64_t generation = 1;; generation++) {
        struct memory *picture = &guest->pictures[generation % bufferCount];
        memset(picture->pixels, (int)(generation & 0xff), picture->size);
        // The same path as in the synthetic guest; it extends beyond every edge in turn.
        const double seconds = (double)generation / (double)guest->rate;
        guest->cursorX[generation % bufferCount] = (int32_t)(guest->width / 2.0 * (1 + cos(seconds * 1.3)) - cursorSize / 2.0);
        guest->cursorY[generation % bufferCount] = (int32_t)(guest->height / 2.0 * (1 + sin(seconds * 2.1)) - cursorSize / 2.0);
        atomic_store(&guest->generation, generation);
        const uint64_t one = 1;
        if (write(guest->wake, &one, sizeof one) < 0) return NULL;
        next.tv_nsec += period;
        if (next.tv_nsec >= 1000000000L) {
            next.tv_nsec -= 1000000000L;
            next.tv_sec += 1;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}

static void startGuest(struct guest *guest, const struct options *options) {
    for (int i = 0; i < bufferCount; i++)
        guest->pictures[i] = allocate("picture", (size_t)options->width * (size_t)options->height * bytesPerPixel);
    guest->rate = options->rate;
    guest->width = options->width;
    guest->height = options->height;
    guest->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_t thread;
    if (guest->wake < 0 || pthread_create(&thread, NULL, play, guest) != 0) fail(exitFault, "no thread for the guest");
}

// The globals.

static void handlePing(void *data, struct xdg_wm_base *shell, uint32_t serial) {
    (void)data;
    xdg_wm_base_pong(shell, serial);
}
static const struct xdg_wm_base_listener shellListener = {.ping = handlePing};

static void handleGlobal(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version) {
    struct viewer *viewer = data;
    const struct {
        void **proxy;
        const struct wl_interface *interface;
        uint32_t version; // compositor 4: damage_buffer; dmabuf 3: modifiers, and the default table needs no feedback
    } wanted[] = {
        {(void **)&viewer->compositor, &wl_compositor_interface, 4},
        {(void **)&viewer->subcompositor, &wl_subcompositor_interface, 1},
        {(void **)&viewer->shell, &xdg_wm_base_interface, 1},
        {(void **)&viewer->dmabuf, &zwp_linux_dmabuf_v1_interface, 3},
        {(void **)&viewer->viewporter, &wp_viewporter_interface, 1},
        {(void **)&viewer->presentation, &wp_presentation_interface, 1},
        {(void **)&viewer->output, &wl_output_interface, 4}, // gives the viewer its scale; each feedback then names it
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (version >= wanted[i].version && strcmp(interface, wanted[i].interface->name) == 0)
            *wanted[i].proxy = wl_registry_bind(registry, name, wanted[i].interface, wanted[i].version);
}
static void handleGlobalRemove(void *data, struct wl_registry *registry, uint32_t name) {
    (void)data, (void)registry, (void)name;
}
static const struct wl_registry_listener registryListener = {.global = handleGlobal, .global_remove = handleGlobalRemove};

static void handleFormat(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format) {
    (void)data, (void)dmabuf, (void)format;
}
static void handleModifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format, uint32_t high, uint32_t low) {
    (void)data, (void)dmabuf, (void)format, (void)high, (void)low;
}
static const struct zwp_linux_dmabuf_v1_listener dmabufListener = {.format = handleFormat, .modifier = handleModifier};

static void handleClock(void *data, struct wp_presentation *presentation, uint32_t clock) {
    (void)data, (void)presentation, (void)clock;
}
static const struct wp_presentation_listener presentationListener = {.clock_id = handleClock};

static void handleGeometry(void *data, struct wl_output *output, int32_t x, int32_t y, int32_t millimetresWide,
    int32_t millimetresHigh, int32_t subpixel, const char *make, const char *model, int32_t transform) {
    (void)data, (void)output, (void)x, (void)y, (void)millimetresWide, (void)millimetresHigh, (void)subpixel;
    (void)make, (void)model, (void)transform;
}
static void handleMode(void *data, struct wl_output *output, uint32_t flags, int32_t width, int32_t height, int32_t refresh) {
    (void)data, (void)output, (void)flags, (void)width, (void)height, (void)refresh;
}
static void handleDone(void *data, struct wl_output *output) { (void)data, (void)output; }
static void handleScale(void *data, struct wl_output *output, int32_t factor) { (void)data, (void)output, (void)factor; }
static void handleText(void *data, struct wl_output *output, const char *text) { (void)data, (void)output, (void)text; }
static const struct wl_output_listener outputListener = {.geometry = handleGeometry,
    .mode = handleMode,
    .done = handleDone,
    .scale = handleScale,
    .name = handleText,
    .description = handleText};

static void connectDisplay(struct viewer *viewer) {
    viewer->display = wl_display_connect(NULL);
    if (!viewer->display) fail(exitNoCompositor, "no compositor: %s", strerror(errno));
    wl_registry_add_listener(wl_display_get_registry(viewer->display), &registryListener, viewer);
    wl_display_roundtrip(viewer->display);
    if (!viewer->compositor || !viewer->subcompositor || !viewer->shell || !viewer->dmabuf || !viewer->viewporter ||
        !viewer->presentation || !viewer->output)
        fail(exitNoCompositor, "the compositor lacks a global that the benchmark needs");
    xdg_wm_base_add_listener(viewer->shell, &shellListener, viewer);
    zwp_linux_dmabuf_v1_add_listener(viewer->dmabuf, &dmabufListener, viewer);
    wp_presentation_add_listener(viewer->presentation, &presentationListener, viewer);
    wl_output_add_listener(viewer->output, &outputListener, viewer);
}

// The buffers. Each is imported once and then only attached.

// The benchmark's guest draws on whether or not the compositor has released the buffer, so the event is ignored.
static void handleRelease(void *data, struct wl_buffer *buffer) { (void)data, (void)buffer; }
static const struct wl_buffer_listener bufferListener = {.release = handleRelease};

static void handleCreated(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer) {
    struct import *import = data;
    import->buffer = buffer;
    wl_buffer_add_listener(buffer, &bufferListener, NULL);
    zwp_linux_buffer_params_v1_destroy(params);
}
static void handleFailed(void *data, struct zwp_linux_buffer_params_v1 *params) {
    ((struct import *)data)->failed = true;
    zwp_linux_buffer_params_v1_destroy(params);
}
static const struct zwp_linux_buffer_params_v1_listener paramsListener = {.created = handleCreated, .failed = handleFailed};

static void import(
    struct viewer *viewer, struct import *into, int descriptor, int32_t width, int32_t height, uint32_t format) {
    struct zwp_linux_buffer_params_v1 *params = zwp_linux_dmabuf_v1_create_params(viewer->dmabuf);
    zwp_linux_buffer_params_v1_add_listener(params, &paramsListener, into);
    zwp_linux_buffer_params_v1_add(
        params, descriptor, 0, 0, (uint32_t)width * bytesPerPixel, modifierLinear >> 16 >> 16, modifierLinear);
    zwp_linux_buffer_params_v1_create(params, width, height, format, 0);
}

static void importAll(struct viewer *viewer) {
    const struct options *options = &viewer->options;
    for (int i = 0; i < bufferCount; i++)
        import(viewer, &viewer->pictures[i], viewer->guest.pictures[i].descriptor, options->width, options->height,
            formatXRGB8888);
    if (options->cursor) {
        struct memory image = allocate("cursor", cursorSize * cursorSize * bytesPerPixel);
        memset(image.pixels, 0xff, image.size);
        import(viewer, &viewer->cursorImage, image.descriptor, cursorSize, cursorSize, formatARGB8888);
    }
}

static bool allImported(const struct viewer *viewer) {
    bool failed = viewer->cursorImage.failed, all = !viewer->options.cursor || viewer->cursorImage.buffer;
    for (int i = 0; i < bufferCount; i++) {
        failed |= viewer->pictures[i].failed;
        all &= viewer->pictures[i].buffer != NULL;
    }
    if (failed) fail(exitNoCompositor, "the compositor did not import a memfd through linux-dmabuf");
    return all;
}

// The window.

static void handleSurfaceConfigure(void *data, struct xdg_surface *surface, uint32_t serial) {
    xdg_surface_ack_configure(surface, serial);
    ((struct viewer *)data)->configured = true;
}
static const struct xdg_surface_listener surfaceListener = {.configure = handleSurfaceConfigure};

static void handleToplevelConfigure(
    void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height, struct wl_array *states) {
    (void)data, (void)toplevel, (void)width, (void)height, (void)states;
}
static void handleClose(void *data, struct xdg_toplevel *toplevel) {
    (void)toplevel;
    ((struct viewer *)data)->closed = true;
}
static const struct xdg_toplevel_listener toplevelListener = {.configure = handleToplevelConfigure, .close = handleClose};

static void openWindow(struct viewer *viewer) {
    const struct options *options = &viewer->options;
    viewer->surface = wl_compositor_create_surface(viewer->compositor);
    struct wp_viewport *viewport = wp_viewporter_get_viewport(viewer->viewporter, viewer->surface);
    wp_viewport_set_destination(viewport, options->width, options->height);
    struct wl_region *opaque = wl_compositor_create_region(viewer->compositor);
    wl_region_add(opaque, 0, 0, options->width, options->height);
    wl_surface_set_opaque_region(viewer->surface, opaque);
    wl_region_destroy(opaque);

    struct xdg_surface *role = xdg_wm_base_get_xdg_surface(viewer->shell, viewer->surface);
    xdg_surface_add_listener(role, &surfaceListener, viewer);
    struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(role);
    xdg_toplevel_add_listener(toplevel, &toplevelListener, viewer);
    xdg_toplevel_set_title(toplevel, "benchmark client");
    wl_surface_commit(viewer->surface);

    if (options->cursor) {
        viewer->cursorSurface = wl_compositor_create_surface(viewer->compositor);
        viewer->subsurface = wl_subcompositor_get_subsurface(viewer->subcompositor, viewer->cursorSurface, viewer->surface);
        viewer->cursorViewport = wp_viewporter_get_viewport(viewer->viewporter, viewer->cursorSurface);
        struct wl_region *none = wl_compositor_create_region(viewer->compositor);
        wl_surface_set_input_region(viewer->cursorSurface, none);
        wl_region_destroy(none);
    }
}

static void showCursor(struct viewer *viewer) {
    if (!viewer->cursorSurface) return;
    wl_surface_attach(viewer->cursorSurface, viewer->cursorImage.buffer, 0, 0);
    wl_surface_damage_buffer(viewer->cursorSurface, 0, 0, cursorSize, cursorSize);
    wl_surface_commit(viewer->cursorSurface);
}

// A frame. This is the part that is measured.

static void handleFrame(void *data, struct wl_callback *callback, uint32_t time) {
    (void)time;
    wl_callback_destroy(callback);
    ((struct viewer *)data)->awaitingFrame = false;
}
static const struct wl_callback_listener frameListener = {.done = handleFrame};

static void handleSyncOutput(void *data, struct wp_presentation_feedback *feedback, struct wl_output *output) {
    (void)data, (void)feedback, (void)output;
}
static void handlePresented(void *data, struct wp_presentation_feedback *feedback, uint32_t secondsHigh, uint32_t secondsLow,
    uint32_t nanoseconds, uint32_t refresh, uint32_t sequenceHigh, uint32_t sequenceLow, uint32_t flags) {
    (void)secondsHigh, (void)secondsLow, (void)nanoseconds, (void)refresh, (void)sequenceHigh, (void)sequenceLow, (void)flags;
    struct viewer *viewer = data;
    wp_presentation_feedback_destroy(feedback);
    viewer->presented++;
    viewer->awaitingFeedback--;
}
static void handleDiscarded(void *data, struct wp_presentation_feedback *feedback) {
    struct viewer *viewer = data;
    wp_presentation_feedback_destroy(feedback);
    viewer->discarded++;
    viewer->awaitingFeedback--;
}
static const struct wp_presentation_feedback_listener feedbackListener = {
    .sync_output = handleSyncOutput, .presented = handlePresented, .discarded = handleDiscarded};

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/// Positions the cursor, cropped at the picture's edges as in the viewer.
static void moveCursor(struct viewer *viewer, int32_t x, int32_t y) {
    const int32_t left = larger(-x, 0), top = larger(-y, 0);
    const int32_t part[4] = {left, top, smaller(cursorSize, viewer->options.width - x) - left,
        smaller(cursorSize, viewer->options.height - y) - top};
    if (memcmp(part, viewer->cursorPart, sizeof part) != 0) {
        memcpy(viewer->cursorPart, part, sizeof part);
        wp_viewport_set_source(viewer->cursorViewport, wl_fixed_from_int(part[0]), wl_fixed_from_int(part[1]),
            wl_fixed_from_int(part[2]), wl_fixed_from_int(part[3]));
        wp_viewport_set_destination(viewer->cursorViewport, part[2], part[3]);
        wl_surface_commit(viewer->cursorSurface);
    }
    wl_subsurface_set_position(viewer->subsurface, x + left, y + top);
    viewer->cursorMoves++;
}

static void commitFrame(struct viewer *viewer) {
    const struct options *options = &viewer->options;
    struct wl_buffer *picture = viewer->pictures[viewer->newest % bufferCount].buffer;
    if (viewer->current) viewer->superseded += viewer->newest - viewer->current - 1;
    viewer->current = viewer->newest;

    wl_surface_attach(viewer->surface, picture, 0, 0);
    wl_surface_damage_buffer(viewer->surface, 0, 0, options->width, options->height);
    wl_callback_add_listener(wl_surface_frame(viewer->surface), &frameListener, viewer);
    if (options->feedback) {
        struct wp_presentation_feedback *feedback = wp_presentation_feedback(viewer->presentation, viewer->surface);
        wp_presentation_feedback_add_listener(feedback, &feedbackListener, viewer);
        viewer->awaitingFeedback++;
    }
    if (viewer->subsurface) {
        moveCursor(viewer, viewer->guest.cursorX[viewer->current % bufferCount], viewer->guest.cursorY[viewer->current % bufferCount]);
    }
    wl_surface_commit(viewer->surface);
    viewer->awaitingFrame = true;
    viewer->committed++;
}

/// One turn of the loop: flushes requests, waits, and reads the compositor's events and the guest's wake-up.
static void turn(struct viewer *viewer) {
    while (wl_display_prepare_read(viewer->display) != 0) wl_display_dispatch_pending(viewer->display);
    const bool sent = wl_display_flush(viewer->display) >= 0;
    if (!sent && errno != EAGAIN) fail(exitNoCompositor, "the compositor is gone: %s", strerror(errno));

    struct pollfd watched[] = {
        {.fd = wl_display_get_fd(viewer->display), .events = sent ? POLLIN : POLLIN | POLLOUT},
        {.fd = viewer->guest.wake, .events = POLLIN},
    };
    if (poll(watched, 2, -1) < 0 && errno != EINTR) fail(exitFault, "poll: %s", strerror(errno));
    if (watched[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        if (wl_display_read_events(viewer->display) < 0) fail(exitNoCompositor, "the compositor is gone: %s", strerror(errno));
    } else {
        wl_display_cancel_read(viewer->display);
    }
    if (wl_display_dispatch_pending(viewer->display) < 0) fail(exitFault, "protocol error %d", wl_display_get_error(viewer->display));

    if (watched[1].revents & POLLIN) {
        uint64_t count;
        if (read(viewer->guest.wake, &count, sizeof count) == sizeof count)
            viewer->newest = atomic_load(&viewer->guest.generation);
    }
}

static void run(struct viewer *viewer) {
    bool ready = false;
    while (!viewer->closed) {
        turn(viewer);
        if (!ready) {
            if (!viewer->configured || !allImported(viewer)) continue;
            showCursor(viewer);
            ready = true;
        }
        if (viewer->committed == viewer->options.frames) {
            if (!viewer->awaitingFrame && viewer->awaitingFeedback == 0) return;
        } else if (!viewer->awaitingFrame && viewer->newest > viewer->current) {
            commitFrame(viewer);
        }
    }
}

// The command line.

static void writeStatistics(const struct viewer *viewer) {
    if (!viewer->options.stats) return;
    FILE *file = strcmp(viewer->options.stats, "-") == 0 ? stdout : fopen(viewer->options.stats, "w");
    if (!file) fail(exitFault, "%s: %s", viewer->options.stats, strerror(errno));
    fprintf(file,
        "{\"path\": \"dmabuf\", \"memory\": \"memfd\",\n \"frames\": {\"committed\": %llu, \"superseded\": %llu, "
        "\"presented\": %llu, \"discarded\": %llu, \"cursorMoves\": %llu},\n \"pixels\": {\"bytesCopied\": 0}}\n",
        (unsigned long long)viewer->committed, (unsigned long long)viewer->superseded, (unsigned long long)viewer->presented,
        (unsigned long long)viewer->discarded, (unsigned long long)viewer->cursorMoves);
    fclose(file);
}

static struct options parse(int count, char **arguments) {
    static const struct option known[] = {
        {"frames", required_argument, NULL, 'f'}, {"rate", required_argument, NULL, 'r'},
        {"size", required_argument, NULL, 's'}, {"stats", required_argument, NULL, 'o'},
        {"no-cursor", no_argument, NULL, 'c'}, {"no-feedback", no_argument, NULL, 'p'}, {0},
    };
    struct options options = {.frames = 300, .rate = 60, .width = 1280, .height = 720, .cursor = true, .feedback = true};
    for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        switch (option) {
        case 'f': options.frames = strtoull(optarg, NULL, 10); break;
        case 'r': options.rate = strtol(optarg, NULL, 10); break;
        case 's':
            if (sscanf(optarg, "%dx%d", &options.width, &options.height) != 2) options.width = 0;
            break;
        case 'o': options.stats = optarg; break;
        case 'c': options.cursor = false; break;
        case 'p': options.feedback = false; break;
        default: exit(exitUsage);
        }
    }
    if (optind != count || options.frames < 1 || options.rate < 1 || options.rate > 1000 || options.width < 1 ||
        options.height < 1 || options.width > 16384 || options.height > 16384)
        fail(exitUsage, "usage: client [--frames N] [--rate HZ] [--size WxH] [--stats FILE] [--no-cursor] [--no-feedback]");
    return options;
}

int main(int count, char **arguments) {
    static struct viewer viewer;
    viewer.options = parse(count, arguments);
    startGuest(&viewer.guest, &viewer.options);
    connectDisplay(&viewer);
    openWindow(&viewer);
    importAll(&viewer);
    run(&viewer);
    writeStatistics(&viewer);
    wl_display_disconnect(viewer.display);
    return 0;
}
