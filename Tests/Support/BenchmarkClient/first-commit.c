// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// Preloaded by `make bench`. Measures the time from the launch (ORIEL_BENCH_LAUNCHED_NS, set by `measure`) to the first frame's
// commit and writes it in nanoseconds to the file named by ORIEL_BENCH_FIRST_COMMIT. Every request, including those of the
// varargs stubs, goes through the one libwayland function replaced here, so the same moment is measured in any client without its
// cooperation.

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <wayland-client.h>

static void report(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const char *launched = getenv("ORIEL_BENCH_LAUNCHED_NS"), *path = getenv("ORIEL_BENCH_FIRST_COMMIT");
    FILE *file = launched && path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec - strtoll(launched, NULL, 10));
    fclose(file);
}

struct wl_proxy *wl_proxy_marshal_array_flags(struct wl_proxy *proxy, uint32_t opcode, const struct wl_interface *interface,
    uint32_t version, uint32_t flags, union wl_argument *arguments) {
    static struct wl_proxy *(*next)(
        struct wl_proxy *, uint32_t, const struct wl_interface *, uint32_t, uint32_t, union wl_argument *);
    static struct wl_proxy *framed; // the surface that asked for a frame callback; its commit is a frame, not a backdrop or an empty commit
    static bool attached, done;
    if (!next) next = dlsym(RTLD_NEXT, "wl_proxy_marshal_array_flags");

    bool isFirstFrame = false;
    if (!done && strcmp(wl_proxy_get_class(proxy), "wl_surface") == 0) {
        if (opcode == WL_SURFACE_ATTACH && arguments[0].o) attached = true;
        if (opcode == WL_SURFACE_FRAME) framed = proxy;
        done = isFirstFrame = opcode == WL_SURFACE_COMMIT && attached && proxy == framed;
    }
    struct wl_proxy *result = next(proxy, opcode, interface, version, flags, arguments);
    if (isFirstFrame) report();
    return result;
}
