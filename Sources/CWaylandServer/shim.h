// libwayland-server without its generated protocol code.
#pragma once
#include <wayland-server-core.h>

/// wl_resource_post_error, whose variadic form doesn't import into Swift.
static inline void oriel_resource_post_error(struct wl_resource *resource, uint32_t code, const char *message) {
    wl_resource_post_error(resource, code, "%s", message);
}
