// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// A keyboard with the American layout and a mouse, added to a compositor's seat and controlled through a FIFO. Each line is a
// command (codes as in linux/input-event-codes.h). "done" on standard output answers each command once the compositor has handled
// it, and another "done" says at the start that the devices exist.
//   key CODE 1|0         press or release a key
//   button CODE 1|0      press or release a button
//   move DX DY           move the mouse by this many of its own steps
//   wheel STEPS          turn the wheel; down is positive
// This is a C program because Oriel's own protocol code supports only what the viewer needs.
// usage: virtual-input FIFO

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <wayland-client.h>
#include <xkbcommon/xkbcommon.h>

#include "virtual-input.h"

/// The compositor's units for one step of the wheel, as libinput has it for most mice.
enum { degrees = 15 };

static struct wl_seat *seat;
static struct zwp_virtual_keyboard_manager_v1 *keyboards;
static struct zwlr_virtual_pointer_manager_v1 *pointers;

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "virtual-input: %s\n", what);
    exit(1);
}

static void found(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version) {
    (void)data, (void)version;
    if (!strcmp(interface, wl_seat_interface.name)) seat = wl_registry_bind(registry, name, &wl_seat_interface, 1);
    if (!strcmp(interface, zwp_virtual_keyboard_manager_v1_interface.name))
        keyboards = wl_registry_bind(registry, name, &zwp_virtual_keyboard_manager_v1_interface, 1);
    if (!strcmp(interface, zwlr_virtual_pointer_manager_v1_interface.name))
        pointers = wl_registry_bind(registry, name, &zwlr_virtual_pointer_manager_v1_interface, 1);
}

static void gone(void *data, struct wl_registry *registry, uint32_t name) { (void)data, (void)registry, (void)name; }

static const struct wl_registry_listener listener = {.global = found, .global_remove = gone};

static uint32_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static struct xkb_keymap *make_keymap(void) {
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
    struct xkb_rule_names names = {.rules = "evdev", .model = "pc105", .layout = "us"};
    struct xkb_keymap *keymap = context ? xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS) : NULL;
    if (!keymap) fail("no keymap");
    return keymap;
}

/// The keymap is passed as memory that the compositor maps. Its size includes the terminating NUL.
static struct zwp_virtual_keyboard_v1 *make_keyboard(struct xkb_keymap *keymap) {
    struct zwp_virtual_keyboard_v1 *keyboard = zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(keyboards, seat);
    char *text = xkb_keymap_get_as_string(keymap, XKB_KEYMAP_FORMAT_TEXT_V1);
    size_t size = strlen(text) + 1;
    int memory = memfd_create("keymap", MFD_CLOEXEC);
    if (memory < 0 || write(memory, text, size) != (ssize_t)size) fail("no memory for the keymap");
    zwp_virtual_keyboard_v1_keymap(keyboard, WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, memory, (uint32_t)size);
    close(memory);
    free(text);
    return keyboard;
}

/// The compositor relies on the keyboard to send the effect of a key on the modifiers.
static void press_key(struct zwp_virtual_keyboard_v1 *keyboard, struct xkb_state *state, unsigned code, int is_down) {
    zwp_virtual_keyboard_v1_key(
        keyboard, milliseconds(), code, is_down ? WL_KEYBOARD_KEY_STATE_PRESSED : WL_KEYBOARD_KEY_STATE_RELEASED);
    xkb_state_update_key(state, code + 8, is_down ? XKB_KEY_DOWN : XKB_KEY_UP); // xkb numbers keys from 8
    zwp_virtual_keyboard_v1_modifiers(
        keyboard, xkb_state_serialize_mods(state, XKB_STATE_MODS_DEPRESSED),
        xkb_state_serialize_mods(state, XKB_STATE_MODS_LATCHED), xkb_state_serialize_mods(state, XKB_STATE_MODS_LOCKED),
        xkb_state_serialize_layout(state, XKB_STATE_LAYOUT_EFFECTIVE));
}

static void turn_wheel(struct zwlr_virtual_pointer_v1 *pointer, int steps) {
    zwlr_virtual_pointer_v1_axis_source(pointer, WL_POINTER_AXIS_SOURCE_WHEEL);
    zwlr_virtual_pointer_v1_axis_discrete(
        pointer, milliseconds(), WL_POINTER_AXIS_VERTICAL_SCROLL, wl_fixed_from_int(steps * degrees), steps);
}

int main(int count, char **arguments) {
    if (count != 2) fail("usage: virtual-input FIFO");
    // Opened for writing too, so that the FIFO never reaches its end.
    int descriptor = open(arguments[1], O_RDWR | O_CLOEXEC);
    FILE *commands = descriptor < 0 ? NULL : fdopen(descriptor, "r");
    if (!commands) fail("the FIFO can't be opened");
    struct wl_display *display = wl_display_connect(NULL);
    if (!display) fail("no compositor");
    wl_registry_add_listener(wl_display_get_registry(display), &listener, NULL);
    if (wl_display_roundtrip(display) < 0 || !seat || !keyboards || !pointers) fail("the compositor takes no virtual devices");

    struct xkb_keymap *keymap = make_keymap();
    struct xkb_state *state = xkb_state_new(keymap);
    struct zwp_virtual_keyboard_v1 *keyboard = make_keyboard(keymap);
    struct zwlr_virtual_pointer_v1 *pointer = zwlr_virtual_pointer_manager_v1_create_virtual_pointer(pointers, seat);

    while (wl_display_roundtrip(display) >= 0) {
        char line[64], word[16] = "";
        int first = 0, second = 0;
        puts("done");
        fflush(stdout);
        if (!fgets(line, sizeof line, commands)) fail("the FIFO has ended");
        int words = sscanf(line, "%15s %d %d", word, &first, &second);
        if (words == 3 && !strcmp(word, "key"))
            press_key(keyboard, state, (unsigned)first, second);
        else if (words == 3 && !strcmp(word, "button"))
            zwlr_virtual_pointer_v1_button(pointer, milliseconds(), (uint32_t)first, (uint32_t)second);
        else if (words == 3 && !strcmp(word, "move"))
            zwlr_virtual_pointer_v1_motion(pointer, milliseconds(), wl_fixed_from_int(first), wl_fixed_from_int(second));
        else if (words == 2 && !strcmp(word, "wheel"))
            turn_wheel(pointer, first);
        else
            fail("no such command");
        if (strcmp(word, "key")) zwlr_virtual_pointer_v1_frame(pointer);
    }
    fail("the compositor is gone");
}
