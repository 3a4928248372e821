// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// The only program of a Linux guest whose screen is its own memory: it is the guest's first process. It shows a
// picture with the kernel's modesetting, and takes commands from the first serial port, one letter each:
//   f   shows three pictures in turn, each in a buffer of its own, and keeps the third (page 2)
//   a   shows the first and then the third again
//   s   draws into the buffer on screen every 20 ms, strip after strip, until the next command
//   d   draws another picture (page 3) into the buffer on screen, in strips from top to bottom
// It answers each with a line once the screen shows the result: "ready", "flipped" for f and a, "drawn".

#include <drm.h>
#include <drm_mode.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { most_modes = 64, buffers = 3, flips = 40, strips = 24 };

static int serial = -1;

// The first process must not end.
static void fail(const char *what) {
    dprintf(serial >= 0 ? serial : 1, "failed: %s: %m\n", what);
    for (;;) pause();
}

static void check(int result, const char *what) {
    if (result < 0) fail(what);
}

// The picture that the tests recompute (RGBAImage.page), as in device-owner.c.
static uint32_t pixel_at(uint32_t page, uint32_t x, uint32_t y) {
    uint32_t blue = (x >> 8) * 16 + (y >> 8) * 4 + page * 64;
    return (x & 0xFF) << 16 | (y & 0xFF) << 8 | (blue & 0xFF);
}

struct buffer {
    uint32_t id, pitch, width, height;
    uint32_t *pixels;
};

static void draw(struct buffer *buffer, uint32_t page, uint32_t top, uint32_t bottom) {
    for (uint32_t y = top; y < bottom; y++) {
        for (uint32_t x = 0; x < buffer->width; x++) buffer->pixels[y * (buffer->pitch / 4) + x] = pixel_at(page, x, y);
    }
}

static struct buffer make(int card, uint32_t width, uint32_t height, uint32_t page) {
    struct drm_mode_create_dumb dumb = {.width = width, .height = height, .bpp = 32};
    check(ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb), "a buffer");
    struct drm_mode_fb_cmd frame = {
        .width = width, .height = height, .pitch = dumb.pitch, .bpp = 32, .depth = 24, .handle = dumb.handle};
    check(ioctl(card, DRM_IOCTL_MODE_ADDFB, &frame), "a frame");
    struct drm_mode_map_dumb map = {.handle = dumb.handle};
    check(ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map), "a buffer's place");
    uint32_t *pixels = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
    if (pixels == MAP_FAILED) fail("a buffer's memory");
    struct buffer buffer = {frame.fb_id, dumb.pitch, width, height, pixels};
    draw(&buffer, page, 0, height);
    return buffer;
}

static void flip(int card, uint32_t crtc, struct buffer *buffer) {
    struct drm_mode_crtc_page_flip flip = {.crtc_id = crtc, .fb_id = buffer->id, .flags = DRM_MODE_PAGE_FLIP_EVENT};
    check(ioctl(card, DRM_IOCTL_MODE_PAGE_FLIP, &flip), "a page flip");
    char event[256];
    check((int)read(card, event, sizeof event), "the end of a page flip");
}

static void draw_strip(int card, struct buffer *buffer, uint32_t page, uint32_t strip) {
    uint32_t top = buffer->height * strip / strips, bottom = buffer->height * (strip + 1) / strips;
    draw(buffer, page, top, bottom);
    struct drm_clip_rect clip = {0, (unsigned short)top, (unsigned short)buffer->width, (unsigned short)bottom};
    struct drm_mode_fb_dirty_cmd dirty = {.fb_id = buffer->id, .num_clips = 1, .clips_ptr = (uintptr_t)&clip};
    check(ioctl(card, DRM_IOCTL_MODE_DIRTYFB, &dirty), "a changed rectangle");
}

static void draw_in_place(int card, struct buffer *buffer) {
    for (uint32_t strip = 0; strip < strips; strip++) draw_strip(card, buffer, 3, strip);
}

static void draw_until_told(int card, struct buffer *buffer) {
    struct pollfd command = {.fd = serial, .events = POLLIN};
    for (uint32_t number = 0; poll(&command, 1, 20) == 0; number++) draw_strip(card, buffer, number / strips, number % strips);
}

int main(void) {
    mkdir("/dev", 0755);
    check(mount("dev", "/dev", "devtmpfs", 0, NULL), "/dev");
    serial = open("/dev/ttyS0", O_RDWR | O_CLOEXEC | O_NOCTTY);
    check(serial, "the serial port");
    struct termios settings;
    check(tcgetattr(serial, &settings), "the serial port's settings");
    cfmakeraw(&settings);
    check(tcsetattr(serial, TCSANOW, &settings), "the serial port's settings");
    int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
    for (int tries = 0; card < 0 && tries < 300; tries++, card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC)) usleep(100000);
    check(card, "/dev/dri/card0");
    uint32_t connector = 0, crtc = 0;
    // A virtio-gpu with one screen has one of each.
    struct drm_mode_card_res resources = {
        .connector_id_ptr = (uintptr_t)&connector, .count_connectors = 1, .crtc_id_ptr = (uintptr_t)&crtc, .count_crtcs = 1};
    check(ioctl(card, DRM_IOCTL_MODE_GETRESOURCES, &resources), "the screen");
    static struct drm_mode_modeinfo modes[most_modes];
    // With room for no modes, the call makes the kernel probe the screen.
    struct drm_mode_get_connector screen = {.connector_id = connector};
    check(ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &screen), "the screen's modes");
    screen = (struct drm_mode_get_connector){
        .connector_id = connector, .modes_ptr = (uintptr_t)modes, .count_modes = screen.count_modes < most_modes ? screen.count_modes : 0};
    check(ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &screen), "the screen's modes");
    if (screen.count_modes == 0) fail("no mode");

    struct buffer pages[buffers];
    for (uint32_t page = 0; page < buffers; page++) pages[page] = make(card, modes[0].hdisplay, modes[0].vdisplay, page);
    struct drm_mode_crtc set = {
        .set_connectors_ptr = (uintptr_t)&connector, .count_connectors = 1, .crtc_id = crtc, .fb_id = pages[0].id, .mode_valid = 1,
        .mode = modes[0]};
    check(ioctl(card, DRM_IOCTL_MODE_SETCRTC, &set), "the mode");
    dprintf(serial, "ready %ux%u\n", pages[0].width, pages[0].height);

    for (;;) {
        char command = 0;
        check((int)read(serial, &command, 1), "a command");
        if (command == 'f') {
            for (uint32_t number = 1; number <= flips; number++) flip(card, crtc, &pages[number % buffers]);
            flip(card, crtc, &pages[2]);
            dprintf(serial, "flipped\n");
        } else if (command == 'a') {
            flip(card, crtc, &pages[0]);
            flip(card, crtc, &pages[2]);
            dprintf(serial, "flipped\n");
        } else if (command == 's') {
            draw_until_told(card, &pages[2]);
        } else if (command == 'd') {
            draw_in_place(card, &pages[2]);
            dprintf(serial, "drawn\n");
        }
    }
}
