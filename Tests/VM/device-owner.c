// SPDX-License-Identifier: MIT
// Stands in for the program that runs a virtual machine: it owns a VFIO device with a display, plays the guest, and hands over
// the device's descriptor. It supports the kernel's sample devices mbochs (dma-buf type) and mdpy (region type).
//
//   device-owner [--serve SOCKET | --from PROCESS] UUID SCRIPT [-- PROGRAM ARGUMENT…]
//
// With --from, the device belongs to PROCESS, and a duplicate of its descriptor is used, since a device can be opened only once.
//
// SCRIPT is a list of commands separated by semicolons; with '-' they are read from standard input, one a line:
//   mode WxH       mbochs: sets the registers for this mode and shows its first page
//   paint PAGE     draws page PAGE (see pixel_at below)
//   repaint PAGE   draws the picture of page PAGE over the page on screen, like a guest that has only one page
//   rows PAGE FIRST COUNT   the same for some rows
//   show PAGE      shows a page by changing the y offset
//   flip COUNT HZ  shows the mode's pages in turn, COUNT times; with HZ 0 as fast as possible
//   off, on        mbochs: clears or sets the display's enable bit
//   edid FILE      writes the contents of the EDID region into FILE; fails if the link is down or the region is empty
//   query          prints the result of VFIO_DEVICE_QUERY_GFX_PLANE, and whether its dma-buf contains what was painted
//   spawn          starts PROGRAM; '@' in an argument stands for the descriptor's number
//   quit           asks PROGRAM to end
//   wait SECONDS
// Every command prints a line «SECONDS COMMAND: RESULT». The exit status is that of PROGRAM, or 1 if a command failed.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The registers of the sample devices: bochs-dispi in BAR 2, and mdpy's vendor capability in the configuration space.
enum { REGISTERS = 0x500, WIDTH = 1, HEIGHT = 2, DEPTH = 3, ENABLE = 4, VIRTUAL_WIDTH = 6, VIRTUAL_HEIGHT = 7, X_OFFSET = 8, Y_OFFSET = 9 };
enum { ON = 0x41, OFF = 0 };
enum { MDPY_WIDTH = 0x48, MDPY_HEIGHT = 0x4c, MDPY_DEVICE = 0x000f };

static int container, group, device;
static struct vfio_region_info memory, registers, config;
static uint8_t *pixels;
static int is_mdpy;
static uint32_t width, height, rows; // rows: lines from one page to the next, so that each page begins at a memory page
static pid_t child;
static char **program;

static void say(const char *format, ...) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    printf("%lld.%03ld %s\n", (long long)now.tv_sec, now.tv_nsec / 1000000, line);
    fflush(stdout);
}

static void __attribute__((noreturn)) fail(const char *what) {
    say("failed: %s: %s", what, errno ? strerror(errno) : "that is all");
    if (child > 0) kill(child, SIGTERM);
    exit(1);
}

// The picture, which the tests compute too. Every channel depends on the position, and blue on the page.
static uint32_t pixel_at(uint32_t x, uint32_t y, uint32_t page) {
    return (x & 0xff) << 16 | (y & 0xff) << 8 | (((x >> 8) * 16 + (y >> 8) * 4 + page * 64) & 0xff);
}

static void open_device(const char *uuid) {
    char path[256], link[256];
    snprintf(path, sizeof path, "/sys/bus/mdev/devices/%s/iommu_group", uuid);
    ssize_t length = readlink(path, link, sizeof link - 1);
    if (length < 0) fail(path);
    link[length] = 0;
    snprintf(path, sizeof path, "/dev/vfio/%s", strrchr(link, '/') + 1);
    container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    group = open(path, O_RDWR | O_CLOEXEC);
    if (container < 0 || group < 0) fail("no container or group");
    if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) || ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
        fail("the group takes no container");
    device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, uuid);
    if (device < 0) fail("the group gives no device");
    fcntl(device, F_SETFD, FD_CLOEXEC);
}

static void take_device(const char *process) {
    char path[64], link[64];
    snprintf(path, sizeof path, "/proc/%s/fd", process);
    int holder = syscall(SYS_pidfd_open, atoi(process), 0);
    DIR *folder = opendir(path);
    if (holder < 0 || !folder) fail(path);
    device = -1;
    for (struct dirent *entry; device < 0 && (entry = readdir(folder));) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        if (length < 0) continue;
        link[length] = 0;
        if (!strcmp(link, "anon_inode:[vfio-device]")) device = syscall(SYS_pidfd_getfd, holder, atoi(entry->d_name), 0);
    }
    if (device < 0) fail("the process gives no device");
    closedir(folder);
    close(holder);
}

static struct vfio_region_info region(uint32_t index) {
    struct vfio_region_info info = {.argsz = sizeof info, .index = index};
    if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info)) fail("a region is missing");
    return info;
}

static void write_register(int index, uint16_t value) {
    if (pwrite(device, &value, 2, registers.offset + REGISTERS + index * 2) != 2) fail("a register refuses its value");
}

static uint32_t read_config(uint32_t at) {
    uint32_t value = 0;
    if (pread(device, &value, 4, config.offset + at) != 4) fail("the configuration space can't be read");
    return value;
}

static uint32_t pages(void) { return memory.size / ((uint64_t)rows * width * 4); }

static void lay_out(uint32_t new_width, uint32_t new_height) {
    width = new_width;
    height = new_height;
    for (rows = height; (uint64_t)rows * width * 4 % 4096; rows++) {}
}

static void map_memory(void) {
    config = region(VFIO_PCI_CONFIG_REGION_INDEX);
    memory = region(VFIO_PCI_BAR0_REGION_INDEX);
    is_mdpy = read_config(0) >> 16 == MDPY_DEVICE;
    if (!is_mdpy) registers = region(VFIO_PCI_BAR2_REGION_INDEX);
    // Accessed only through a mapping: both sample devices read and write this region at a wrong offset.
    pixels = mmap(NULL, memory.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, memory.offset);
    if (pixels == MAP_FAILED) fail("the memory can't be mapped");
    if (is_mdpy) lay_out(read_config(MDPY_WIDTH), read_config(MDPY_HEIGHT));
}

static void mode(uint32_t new_width, uint32_t new_height) {
    lay_out(new_width, new_height);
    write_register(ENABLE, OFF);
    write_register(WIDTH, width);
    write_register(HEIGHT, height);
    write_register(DEPTH, 32);
    write_register(VIRTUAL_WIDTH, width);
    write_register(VIRTUAL_HEIGHT, rows * pages());
    write_register(X_OFFSET, 0);
    write_register(Y_OFFSET, 0);
    write_register(ENABLE, ON);
}

static void paint_rows(uint32_t page, uint32_t place, uint32_t first, uint32_t count) {
    uint32_t *to = (uint32_t *)pixels + ((size_t)place * rows + first) * width;
    for (uint32_t y = first; y < first + count; y++)
        for (uint32_t x = 0; x < width; x++) *to++ = pixel_at(x, y, page);
}

static void paint(uint32_t page, uint32_t place) { paint_rows(page, place, 0, height); }

static void pause_for(double seconds) {
    struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (time_t)seconds) * 1e9)};
    while (nanosleep(&time, &time) && errno == EINTR) {}
}

static uint32_t flip(uint32_t count, double hertz) {
    uint32_t page = 0;
    for (uint32_t i = 1; i <= count; i++) {
        page = i % pages();
        if (i < pages()) paint(page, page);
        write_register(Y_OFFSET, page * rows);
        if (hertz > 0) pause_for(1 / hertz);
    }
    return page;
}

// The display's EDID region. Six numbers at its start say where the block is.
static uint32_t edid(const char *file) {
    struct vfio_device_info info = {.argsz = sizeof info};
    if (ioctl(device, VFIO_DEVICE_GET_INFO, &info)) fail("no device info");
    for (uint32_t index = VFIO_PCI_NUM_REGIONS; index < info.num_regions; index++) {
        struct { struct vfio_region_info base; struct vfio_region_info_cap_type type; } extended = {.base = {.argsz = sizeof extended, .index = index}};
        if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &extended) || !(extended.base.flags & VFIO_REGION_INFO_FLAG_CAPS)) continue;
        if (extended.type.type != VFIO_REGION_TYPE_GFX || extended.type.subtype != VFIO_REGION_SUBTYPE_GFX_EDID) continue;
        struct vfio_region_gfx_edid head;
        uint8_t block[4096];
        if (pread(device, &head, sizeof head, extended.base.offset) != sizeof head) fail("the EDID region can't be read");
        say("edid: %u bytes of at most %u, for at most %ux%u, link %s", head.edid_size, head.edid_max_size, head.max_xres, head.max_yres,
            head.link_state == VFIO_DEVICE_GFX_LINK_STATE_UP ? "up" : "down");
        errno = 0;
        if (head.link_state != VFIO_DEVICE_GFX_LINK_STATE_UP || head.edid_size == 0 || head.edid_size > sizeof block) fail("no EDID is there");
        if (pread(device, block, head.edid_size, extended.base.offset + head.edid_offset) != head.edid_size) fail("the EDID can't be read");
        FILE *output = fopen(file, "w");
        if (!output || fwrite(block, head.edid_size, 1, output) != 1 || fclose(output)) fail(file);
        return head.edid_size;
    }
    errno = 0;
    fail("the device has no EDID region");
}

// Checks what a reader sees: it queries the plane and compares every pixel with what was painted. After a mode change mbochs
// answers the first query with ENOMEM and the second correctly.
static void query(uint32_t page) {
    struct vfio_device_gfx_plane_info plane;
    int refused = 0, answer;
    do {
        memset(&plane, 0, sizeof plane);
        plane.argsz = sizeof plane;
        plane.flags = is_mdpy ? VFIO_GFX_PLANE_TYPE_REGION : VFIO_GFX_PLANE_TYPE_DMABUF;
        plane.drm_plane_type = 1; // DRM_PLANE_TYPE_PRIMARY
        answer = ioctl(device, VFIO_DEVICE_QUERY_GFX_PLANE, &plane);
    } while (answer && errno == ENOMEM && ++refused < 3);
    if (answer) fail("the plane can't be queried");
    if (plane.drm_format == 0) {
        say("query: off");
        return;
    }
    const uint8_t *picture = pixels;
    int buffer = -1;
    if (!is_mdpy) {
        buffer = ioctl(device, VFIO_DEVICE_GET_GFX_DMABUF, &plane.dmabuf_id);
        if (buffer < 0) fail("the plane gives no dma-buf");
        picture = mmap(NULL, plane.size, PROT_READ, MAP_SHARED, buffer, 0);
        if (picture == MAP_FAILED) fail("the dma-buf can't be mapped");
    }
    uint32_t wrong = 0;
    for (uint32_t y = 0; y < plane.height; y++)
        for (uint32_t x = 0; x < plane.width; x++)
            if (((const uint32_t *)(picture + (size_t)y * plane.stride))[x] != pixel_at(x, y, page)) wrong++;
    if (buffer >= 0) {
        munmap((void *)picture, plane.size);
        close(buffer);
    }
    say("query: %.4s %ux%u, stride %u, size %u, %s %u, ENOMEM %d times, %u wrong pixels", (char *)&plane.drm_format, plane.width,
        plane.height, plane.stride, plane.size, is_mdpy ? "region" : "dma-buf", plane.dmabuf_id, refused, wrong);
    errno = 0;
    if (wrong) fail("the plane shows something else than what was painted");
}

static void spawn(void) {
    if (!program) fail("there is no program to spawn");
    child = fork();
    if (child < 0) fail("fork");
    if (child > 0) return;
    static char buffer[64][512];
    for (int i = 0; program[i] && i < 64; i++) {
        char *at = strchr(program[i], '@');
        if (!at) continue;
        snprintf(buffer[i], sizeof buffer[i], "%.*s%d%s", (int)(at - program[i]), program[i], device, at + 1);
        program[i] = buffer[i];
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    fcntl(device, F_SETFD, 0);
    execvp(program[0], program);
    fail(program[0]);
}

static int join(void) {
    int status = 0;
    if (child <= 0 || waitpid(child, &status, 0) < 0) fail("there is nothing to wait for");
    child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Sends the byte 'v' with the device's descriptor to every client that connects. Connections stay open until the client closes
// them.
static void *serve(void *argument) {
    int listener = *(int *)argument;
    for (;;) {
        int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (peer < 0) return NULL;
        char byte = 'v', control[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec data = {&byte, 1};
        struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &device, sizeof device);
        say("serve: %s", sendmsg(peer, &message, MSG_NOSIGNAL) == 1 ? "the device is handed over" : strerror(errno));
    }
}

static void listen_at(const char *path) {
    static int listener;
    static struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(path);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8)) fail(path);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, &listener)) fail("no thread");
}

static void run(char *command) {
    static uint32_t shown, painted; // the page on screen, and the page whose picture it contains
    char word[256];
    uint32_t a, b, c;
    double number;
    errno = 0;
    command += strspn(command, " \t");
    command[strcspn(command, "\n")] = 0;
    if (!*command) return;
    if (sscanf(command, "mode %ux%u", &a, &b) == 2) { mode(a, b); paint(0, 0); shown = painted = 0; }
    else if (sscanf(command, "paint %u", &a) == 1 && a < pages()) paint(a, a);
    else if (sscanf(command, "repaint %u", &a) == 1) paint(painted = a, shown);
    else if (sscanf(command, "rows %u %u %u", &a, &b, &c) == 3 && b < height && c <= height - b) paint_rows(a, shown, b, c);
    else if (sscanf(command, "show %u", &a) == 1 && a < pages()) write_register(Y_OFFSET, (shown = painted = a) * rows);
    else if (sscanf(command, "flip %u %lf", &a, &number) == 2) shown = painted = flip(a, number);
    else if (!strcmp(command, "off")) write_register(ENABLE, OFF);
    else if (!strcmp(command, "on")) write_register(ENABLE, ON);
    else if (sscanf(command, "edid %255s", word) == 1) edid(word);
    else if (!strcmp(command, "query")) query(painted);
    else if (!strcmp(command, "spawn")) spawn();
    else if (sscanf(command, "wait %lf", &number) == 1) pause_for(number);
    else if (!strcmp(command, "quit") && child > 0) kill(child, SIGTERM);
    else fail(command);
    say("%s: done", command);
}

int main(int count, char **arguments) {
    const char *socket_path = NULL, *holder = NULL;
    int at = 1, status = 0;
    if (count > 2 && !strcmp(arguments[1], "--serve")) { socket_path = arguments[2]; at = 3; }
    if (count > 2 && !strcmp(arguments[1], "--from")) { holder = arguments[2]; at = 3; }
    if (count < at + 2) {
        fprintf(stderr, "usage: device-owner [--serve SOCKET | --from PROCESS] UUID SCRIPT [-- PROGRAM ARGUMENT...]\n");
        return 64;
    }
    if (count > at + 3) program = arguments + at + 3;
    if (holder) take_device(holder); else open_device(arguments[at]);
    map_memory();
    say("device: %s, %llu bytes of memory", is_mdpy ? "mdpy" : "mbochs", (unsigned long long)memory.size);
    if (socket_path) listen_at(socket_path);
    if (!strcmp(arguments[at + 1], "-")) {
        char line[512];
        while (fgets(line, sizeof line, stdin)) run(line);
    } else {
        for (char *command = strtok(arguments[at + 1], ";"); command; command = strtok(NULL, ";")) run(command);
    }
    if (child > 0) { status = join(); say("join: status %d", status); }
    return status;
}
