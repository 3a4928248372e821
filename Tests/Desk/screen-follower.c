// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// Runs in a guest and behaves like a desktop when its screen changes: it sets the mode that the screen prefers, draws a picture
// of that size in which each pixel's colour depends on its position, and prints "screen WIDTHxHEIGHT".
// usage: screen-follower /dev/dri/card0

#include <drm.h>
#include <drm_mode.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { most = 64 };

// The preferred mode of the screen on this connector. Returns 0 if there is none.
static int preferred(int card, uint32_t connector, struct drm_mode_modeinfo *mode) {
    // With room for no modes, the call makes the kernel probe the screen again.
    struct drm_mode_get_connector probe = {.connector_id = connector};
    if (ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &probe) || probe.count_modes == 0 || probe.count_modes > most) return 0;
    static struct drm_mode_modeinfo modes[most];
    struct drm_mode_get_connector answer = {
        .connector_id = connector, .count_modes = probe.count_modes, .modes_ptr = (uintptr_t)modes};
    if (ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &answer) || answer.count_modes > probe.count_modes) return 0;
    *mode = modes[0];
    for (uint32_t index = 0; index < answer.count_modes; index++) {
        if (modes[index].type & DRM_MODE_TYPE_PREFERRED) {
            *mode = modes[index];
            break;
        }
    }
    return 1;
}

// Adjacent pixels always differ, so that scaling is visible in the picture.
static uint32_t color(uint32_t x, uint32_t y) {
    return (x + y) % 2 ? 0xFFFFFF : (x & 0xFF) << 16 | (y & 0xFF) << 8 | (x >> 8) << 4 | y >> 8;
}

static int show(int card, uint32_t connector, uint32_t crtc, struct drm_mode_modeinfo mode) {
    struct drm_mode_create_dumb dumb = {.width = mode.hdisplay, .height = mode.vdisplay, .bpp = 32};
    if (ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb)) return 0;
    struct drm_mode_fb_cmd frame = {
        .width = dumb.width, .height = dumb.height, .pitch = dumb.pitch, .bpp = 32, .depth = 24, .handle = dumb.handle};
    struct drm_mode_map_dumb map = {.handle = dumb.handle};
    if (ioctl(card, DRM_IOCTL_MODE_ADDFB, &frame) || ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map)) return 0;
    uint32_t *pixels = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
    if (pixels == MAP_FAILED) return 0;
    for (uint32_t y = 0; y < dumb.height; y++) {
        for (uint32_t x = 0; x < dumb.width; x++) pixels[y * (dumb.pitch / 4) + x] = color(x, y);
    }
    munmap(pixels, dumb.size);
    struct drm_mode_crtc set = {
        .set_connectors_ptr = (uintptr_t)&connector, .count_connectors = 1, .crtc_id = crtc, .fb_id = frame.fb_id,
        .mode_valid = 1, .mode = mode};
    return !ioctl(card, DRM_IOCTL_MODE_SETCRTC, &set);
}

int main(int count, char **words) {
    int card = count == 2 ? open(words[1], O_RDWR) : -1;
    uint32_t connector = 0, crtc = 0;
    // A virtio-gpu with one screen has one of each.
    struct drm_mode_card_res resources = {
        .connector_id_ptr = (uintptr_t)&connector, .count_connectors = 1, .crtc_id_ptr = (uintptr_t)&crtc, .count_crtcs = 1};
    if (card < 0 || ioctl(card, DRM_IOCTL_MODE_GETRESOURCES, &resources) || !connector || !crtc) {
        perror("screen-follower: no screen");
        return 1;
    }
    struct drm_mode_modeinfo shown = {0}, wanted;
    for (;; usleep(200000)) {
        if (!preferred(card, connector, &wanted)) continue;
        if (wanted.hdisplay == shown.hdisplay && wanted.vdisplay == shown.vdisplay) continue;
        if (!show(card, connector, crtc, wanted)) {
            perror("screen-follower: the mode can't be set");
            return 1;
        }
        shown = wanted;
        printf("screen %ux%u\n", shown.hdisplay, shown.vdisplay);
        fflush(stdout);
    }
}
