// SPDX-License-Identifier: MIT
// A keyboard on which somebody presses Ctrl+Alt and another key, once for each line of standard input: a key's number in
// linux/input-event-codes.h. It ends with its input.
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int device = -1;

static void press(unsigned short code, int value) {
    struct input_event events[] = {{.type = EV_KEY, .code = code, .value = value}, {.type = EV_SYN, .code = SYN_REPORT}};
    if (write(device, events, sizeof events) != sizeof events) exit(1);
    usleep(20000);
}

int main(void) {
    struct uinput_setup setup = {.id = {.bustype = BUS_USB, .vendor = 1, .product = 2}, .name = "oriel test keyboard"};
    device = open("/dev/uinput", O_WRONLY | O_CLOEXEC);
    if (device < 0 || ioctl(device, UI_SET_EVBIT, EV_KEY)) {
        perror("chord: /dev/uinput");
        return 1;
    }
    // udev takes it for a keyboard only if it has all of the usual keys.
    for (int code = KEY_ESC; code <= KEY_F12; code++) ioctl(device, UI_SET_KEYBIT, code);
    if (ioctl(device, UI_DEV_SETUP, &setup) || ioctl(device, UI_DEV_CREATE)) {
        perror("chord: /dev/uinput");
        return 1;
    }
    for (char line[16]; fgets(line, sizeof line, stdin);) {
        press(KEY_LEFTCTRL, 1);
        press(KEY_LEFTALT, 1);
        press((unsigned short)atoi(line), 1);
        press((unsigned short)atoi(line), 0);
        press(KEY_LEFTALT, 0);
        press(KEY_LEFTCTRL, 0);
    }
    return 0;
}
