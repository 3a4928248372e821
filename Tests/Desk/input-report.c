// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// Runs in a guest and reports on its standard output, line by line, the kernel's events from every input device: "device NAME"
// for each device at the start, "ready", and then "event NAME: TYPE CODE VALUE" (linux/input-event-codes.h), leaving out
// SYN_REPORT and the scan codes sent along with keys.
// usage: input-report /dev/input/event0 …

#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { most = 16 };

int main(int count, char **paths) {
    struct pollfd devices[most];
    char names[most][64];
    int open_devices = 0;
    for (int index = 1; index < count && open_devices < most; index++) {
        int descriptor = open(paths[index], O_RDONLY);
        if (descriptor < 0) continue;
        if (ioctl(descriptor, EVIOCGNAME(sizeof names[0]), names[open_devices]) < 0) {
            close(descriptor);
            continue;
        }
        names[open_devices][sizeof names[0] - 1] = 0;
        printf("device %s\n", names[open_devices]);
        devices[open_devices++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
    }
    printf("ready\n");
    fflush(stdout);
    while (poll(devices, (nfds_t)open_devices, -1) > 0) {
        for (int index = 0; index < open_devices; index++) {
            if (!devices[index].revents) continue;
            struct input_event events[64];
            ssize_t size = read(devices[index].fd, events, sizeof events);
            if (size <= 0) return 1;
            for (size_t at = 0; at < (size_t)size / sizeof *events; at++) {
                if (events[at].type == EV_SYN || events[at].type == EV_MSC) continue;
                printf("event %s: %u %u %d\n", names[index], events[at].type, events[at].code, events[at].value);
            }
        }
        fflush(stdout);
    }
    return 1;
}
