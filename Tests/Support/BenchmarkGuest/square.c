// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// A benchmark's guest: a square of 200 pixels that moves over a picture 30 times a second, in the kernel's framebuffer.

#include <fcntl.h>
#include <linux/fb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { side = 200, step = 8 };

static void fill(uint8_t *screen, struct fb_fix_screeninfo *fixed, uint32_t left, uint32_t top, uint32_t colour) {
    for (uint32_t y = top; y < top + side; y++) {
        uint32_t *row = (uint32_t *)(screen + y * fixed->line_length);
        for (uint32_t x = left; x < left + side; x++) row[x] = colour ? colour : (x * 255 / 1024) << 8 | (y & 0xFF);
    }
}

int main(void) {
    int device = open("/dev/fb0", O_RDWR);
    struct fb_var_screeninfo mode;
    struct fb_fix_screeninfo fixed;
    if (device < 0 || ioctl(device, FBIOGET_VSCREENINFO, &mode) < 0 || ioctl(device, FBIOGET_FSCREENINFO, &fixed) < 0 ||
        mode.bits_per_pixel != 32 || mode.xres < side + step || mode.yres < side) {
        perror("/dev/fb0");
        return 1;
    }
    uint8_t *screen = mmap(NULL, fixed.smem_len, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
    if (screen == MAP_FAILED) {
        perror("/dev/fb0");
        return 1;
    }
    uint32_t places = (mode.xres - side) / step;
    for (uint32_t number = 0;; number++) {
        // There and back.
        uint32_t before = number % (2 * places), now = (number + 1) % (2 * places);
        uint32_t left = (before < places ? before : 2 * places - before) * step, top = (mode.yres - side) / 2;
        fill(screen, &fixed, left, top, 0);
        fill(screen, &fixed, (now < places ? now : 2 * places - now) * step, top, 0xFFC040);
        nanosleep(&(struct timespec){.tv_nsec = 33333333}, NULL);
    }
}
