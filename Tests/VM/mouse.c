// SPDX-License-Identifier: MIT
// A mouse that moves slightly right and down and back again, ten times a second, until it is ended. A compositor tells a window
// about the pointer above it only when the pointer moves.
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int send(int device, unsigned short type, unsigned short code, int value) {
    struct input_event event = {.type = type, .code = code, .value = value};
    return write(device, &event, sizeof event) == sizeof event ? 0 : -1;
}

int main(void) {
    struct uinput_setup setup = {.id = {.bustype = BUS_USB, .vendor = 1, .product = 1}, .name = "oriel test mouse"};
    int device = open("/dev/uinput", O_WRONLY | O_CLOEXEC);
    if (device < 0 || ioctl(device, UI_SET_EVBIT, EV_KEY) || ioctl(device, UI_SET_KEYBIT, BTN_LEFT) || ioctl(device, UI_SET_EVBIT, EV_REL)
        || ioctl(device, UI_SET_RELBIT, REL_X) || ioctl(device, UI_SET_RELBIT, REL_Y) || ioctl(device, UI_DEV_SETUP, &setup)
        || ioctl(device, UI_DEV_CREATE)) {
        perror("mouse: /dev/uinput");
        return 1;
    }
    for (int step = 3;; step = -step) {
        usleep(100000);
        if (send(device, EV_REL, REL_X, step) || send(device, EV_REL, REL_Y, step) || send(device, EV_SYN, SYN_REPORT, 0)) return 1;
    }
}
