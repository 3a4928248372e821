// libwayland-server without its generated protocol code.
#pragma once
#include <wayland-server-core.h>

/// Calls wl_resource_post_error, which doesn't import into Swift because it is variadic.
static inline void oriel_resource_post_error(struct wl_resource *resource, uint32_t code, const char *message) {
    wl_resource_post_error(resource, code, "%s", message);
}
