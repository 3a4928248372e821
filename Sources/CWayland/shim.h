// libwayland-client without its generated protocol code: the proxies are marshalled by the Wayland room itself.
#pragma once
#include <stdarg.h>
#include <wayland-client-core.h>

static void oriel_drop_log(const char *format, va_list arguments) {
    (void)format;
    (void)arguments;
}

/// libwayland prints its errors as well as returning them: here they are told once, by whoever gets them.
static inline void oriel_silence_wayland(void) { wl_log_set_handler_client(oriel_drop_log); }
