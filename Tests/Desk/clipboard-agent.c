// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// Runs in a guest as its end of the clipboard: an agent for QEMU (the message formats are those of spice/vd_agent.h). Each line
// on its standard input is copied: the guest grabs the clipboard and gives the line to anyone who asks. Whatever the host offers
// is requested at once and printed as "clipboard TEXT", or as "clipboard gone" when the host no longer offers anything.
// usage: clipboard-agent /dev/vport1p1

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// VDIChunkHeader.port, VDAgentMessage.protocol and .type, the bits of VD_AGENT_ANNOUNCE_CAPABILITIES, and content types.
enum { client_port = 1, protocol = 1 };
enum { clipboard_data = 4, announce_capabilities = 6, clipboard_grab = 7, clipboard_request = 8, clipboard_release = 9 };
enum { by_demand = 1 << 5, selection = 1 << 6, grab_serial = 1 << 17 };
enum { utf8_text = 1 };

struct message {
    uint32_t port, chunk_size, protocol, type;
    uint64_t opaque;
    uint32_t size;
    uint32_t words[512];
} __attribute__((packed));

enum { header_size = 8, message_size = 20 };

static int port;
static uint32_t serial;
static char line[1024];

static void say(uint32_t type, const uint32_t *words, uint32_t count, const char *text) {
    struct message message = {.port = client_port, .protocol = protocol, .type = type};
    memcpy(message.words, words, count * 4);
    strcpy((char *)(message.words + count), text);
    message.size = count * 4 + (uint32_t)strlen(text);
    message.chunk_size = message_size + message.size;
    if (write(port, &message, header_size + message.chunk_size) < 0) printf("agent: write: %s\n", strerror(errno));
}

static int read_all(void *bytes, size_t size) {
    for (size_t at = 0; at < size;) {
        ssize_t count = read(port, (char *)bytes + at, size - at);
        if (count <= 0) return 0;
        at += (size_t)count;
    }
    return 1;
}

// Returns 0 if the host has closed the port: it wants to start again.
static int hear(void) {
    struct message message;
    if (!read_all(&message, header_size)) return 0;
    if (message.chunk_size < message_size || message.chunk_size > sizeof message - header_size) return 0;
    memset(message.words, 0, sizeof message.words);
    if (!read_all(&message.protocol, message.chunk_size)) return 0;
    switch (message.type) {
    case announce_capabilities:
        // 1 means that an answer is wanted. That happens once for each connection, since QEMU starts again with each.
        if (message.words[0]) say(announce_capabilities, (uint32_t[]){0, by_demand | selection | grab_serial}, 2, "");
        break;
    case clipboard_grab:
        serial = message.words[1] + 1;
        if (message.size >= 12) say(clipboard_request, (uint32_t[]){0, utf8_text}, 2, "");
        break;
    case clipboard_data: printf("clipboard %.*s\n", (int)(message.size - 8), (char *)(message.words + 2)); break;
    case clipboard_request: say(clipboard_data, (uint32_t[]){0, utf8_text}, 2, line); break;
    case clipboard_release: printf("clipboard gone\n"); break;
    }
    return 1;
}

static void serve(void) {
    struct pollfd ends[] = {{.fd = port, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    while (poll(ends, 2, -1) > 0) {
        if (ends[0].revents & POLLIN && !hear()) return;
        if (ends[0].revents & POLLHUP) return;
        if (ends[1].revents && fgets(line, sizeof line, stdin)) {
            line[strcspn(line, "\n")] = 0;
            say(clipboard_grab, (uint32_t[]){0, serial++, utf8_text}, 3, "");
        }
    }
}

int main(int count, char **paths) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    // Unbuffered, because poll doesn't see buffered lines.
    setvbuf(stdin, NULL, _IONBF, 0);
    while (count == 2) {
        port = open(paths[1], O_RDWR);
        if (port >= 0) {
            serial = 0;
            serve();
            close(port);
        }
        usleep(100000);
    }
    return 1;
}
