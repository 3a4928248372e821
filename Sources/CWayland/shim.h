// libwayland-client without its generated protocol code: the Wayland room marshals requests itself.
#pragma once
#include <stdarg.h>
#include <wayland-client-core.h>

static void oriel_drop_log(const char *format, va_list arguments) {
    (void)format;
    (void)arguments;
}

/// Stops libwayland from printing the errors that it also returns, so that each is reported only once.
static inline void oriel_silence_wayland(void) { wl_log_set_handler_client(oriel_drop_log); }
