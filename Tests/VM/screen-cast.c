// SPDX-License-Identifier: MIT
// Takes a picture of one of mutter's monitors: requests a screen cast of it (org.gnome.Mutter.ScreenCast) and saves the first
// frame from PipeWire. There is no session manager to connect the two streams, so the program does that too.
// usage: screen-cast MONITOR FILE.png
#include <pipewire/pipewire.h>
#include <png.h>
#include <spa/param/video/format-utils.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

static void fail(const char *what, const char *why) {
    fprintf(stderr, "screen-cast: %s: %s\n", what, why);
    exit(1);
}

// --- The session bus: a session that records the monitor until this process ends. ---

static const char *const service = "org.gnome.Mutter.ScreenCast";

// Calls a method with at most one string argument and no options. Returns the object that it creates.
static char *make(sd_bus *bus, const char *path, const char *interface, const char *method, const char *word) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *object = NULL;
    int status = word ? sd_bus_call_method(bus, service, path, interface, method, &error, &reply, "sa{sv}", word, 0)
                      : sd_bus_call_method(bus, service, path, interface, method, &error, &reply, "a{sv}", 0);
    if (status < 0) fail(method, error.message ? error.message : strerror(-status));
    if (sd_bus_message_read(reply, "o", &object) < 0) fail(method, "no object came");
    char *copy = strdup(object);
    sd_bus_message_unref(reply);
    return copy;
}

static int node_came(sd_bus_message *message, void *data, sd_bus_error *error) {
    (void)error;
    return sd_bus_message_read(message, "u", (uint32_t *)data);
}

// The number of the PipeWire node that has the monitor's frames.
static uint32_t record(sd_bus *bus, const char *monitor) {
    uint32_t node = PW_ID_ANY;
    char *session = make(bus, "/org/gnome/Mutter/ScreenCast", service, "CreateSession", NULL);
    char *stream = make(bus, session, "org.gnome.Mutter.ScreenCast.Session", "RecordMonitor", monitor);
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int status = sd_bus_match_signal(
        bus, NULL, service, stream, "org.gnome.Mutter.ScreenCast.Stream", "PipeWireStreamAdded", node_came, &node);
    if (status >= 0)
        status = sd_bus_call_method(bus, service, session, "org.gnome.Mutter.ScreenCast.Session", "Start", &error, NULL, "");
    if (status < 0) fail("Start", error.message ? error.message : strerror(-status));
    while (status >= 0 && node == PW_ID_ANY) {
        status = sd_bus_process(bus, NULL);
        if (status == 0) status = sd_bus_wait(bus, UINT64_MAX);
    }
    if (status < 0) fail("the session bus", strerror(-status));
    free(session);
    free(stream);
    return node;
}

// --- PipeWire: one frame of that node. ---

struct cast {
    uint32_t node;
    const char *file;
    struct pw_main_loop *loop;
    struct pw_core *core;
    struct pw_stream *stream;
    struct pw_proxy *link;
    bool has_output, has_input;
    struct spa_video_info_raw format;
};

// Links mutter's stream with ours once both have their ports; a stream has none at first.
static void global_came(
    void *data, uint32_t id, uint32_t permissions, const char *type, uint32_t version, const struct spa_dict *facts) {
    struct cast *cast = data;
    (void)id, (void)permissions, (void)version;
    const char *owner = strcmp(type, PW_TYPE_INTERFACE_Port) || !facts ? NULL : spa_dict_lookup(facts, PW_KEY_NODE_ID);
    if (!owner) return;
    uint32_t sink = pw_stream_get_node_id(cast->stream), node = strtoul(owner, NULL, 10);
    if (node == cast->node) cast->has_output = true;
    if (node == sink) cast->has_input = true;
    if (!cast->has_output || !cast->has_input || cast->link) return;
    char from[16], to[16];
    snprintf(from, sizeof from, "%u", cast->node);
    snprintf(to, sizeof to, "%u", sink);
    struct pw_properties *ends = pw_properties_new(PW_KEY_LINK_OUTPUT_NODE, from, PW_KEY_LINK_INPUT_NODE, to, NULL);
    cast->link = pw_core_create_object(cast->core, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, &ends->dict, 0);
    pw_properties_free(ends);
    if (!cast->link) fail("the link", "could not be asked for");
}

static void core_failed(void *data, uint32_t id, int sequence, int result, const char *message) {
    (void)data, (void)id, (void)sequence, (void)result;
    fail("PipeWire", message);
}

static void state_changed(void *data, enum pw_stream_state old, enum pw_stream_state state, const char *error) {
    (void)data, (void)old;
    if (state == PW_STREAM_STATE_ERROR) fail("the stream", error ? error : "failed");
}

static void param_changed(void *data, uint32_t id, const struct spa_pod *param) {
    struct cast *cast = data;
    if (!param || id != SPA_PARAM_Format) return;
    if (spa_format_video_raw_parse(param, &cast->format) < 0) fail("the stream", "its format can't be read");
    uint8_t room[256];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(room, sizeof room);
    const struct spa_pod *wish = spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_dataType,
        SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
    pw_stream_update_params(cast->stream, &wish, 1);
}

static void save(const struct cast *cast, const uint8_t *bytes, size_t stride) {
    size_t width = cast->format.size.width, height = cast->format.size.height;
    uint8_t *picture = malloc(width * height * 4);
    if (!picture) fail("the picture", "no memory");
    for (size_t row = 0; row < height; row++) {
        uint8_t *line = picture + row * width * 4;
        memcpy(line, bytes + row * stride, width * 4);
        for (size_t column = 0; column < width; column++) line[column * 4 + 3] = 255;
    }
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_BGRA};
    if (!png_image_write_to_file(&image, cast->file, 0, picture, 0, NULL)) fail(cast->file, image.message);
    free(picture);
}

static void process(void *data) {
    struct cast *cast = data;
    struct pw_buffer *buffer = pw_stream_dequeue_buffer(cast->stream);
    if (!buffer) return;
    const struct spa_data *frame = &buffer->buffer->datas[0];
    size_t width = cast->format.size.width, height = cast->format.size.height, stride = frame->chunk->stride;
    // A buffer without a picture contains only the pointer.
    if (frame->data && frame->chunk->size && !(frame->chunk->flags & SPA_CHUNK_FLAG_CORRUPTED)) {
        if (stride < width * 4 || height * stride > frame->maxsize) fail("the frame", "smaller than its format");
        save(cast, frame->data, stride);
        pw_main_loop_quit(cast->loop);
    }
    pw_stream_queue_buffer(cast->stream, buffer);
}

static void connect_stream(struct cast *cast) {
    uint8_t room[1024];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(room, sizeof room);
    const struct spa_pod *offer = spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
        SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format, SPA_POD_Id(SPA_VIDEO_FORMAT_BGRx),
        SPA_FORMAT_VIDEO_size,
        SPA_POD_CHOICE_RANGE_Rectangle(&SPA_RECTANGLE(1280, 720), &SPA_RECTANGLE(1, 1), &SPA_RECTANGLE(8192, 8192)),
        SPA_FORMAT_VIDEO_framerate,
        SPA_POD_CHOICE_RANGE_Fraction(&SPA_FRACTION(0, 1), &SPA_FRACTION(0, 1), &SPA_FRACTION(1000, 1)));
    if (pw_stream_connect(cast->stream, PW_DIRECTION_INPUT, PW_ID_ANY, PW_STREAM_FLAG_MAP_BUFFERS, &offer, 1) < 0)
        fail("the stream", "could not be connected");
}

static void receive(struct cast *cast) {
    static const struct pw_core_events core_events = {.version = PW_VERSION_CORE_EVENTS, .error = core_failed};
    static const struct pw_registry_events registry_events = {.version = PW_VERSION_REGISTRY_EVENTS, .global = global_came};
    static const struct pw_stream_events stream_events = {
        .version = PW_VERSION_STREAM_EVENTS, .state_changed = state_changed, .param_changed = param_changed, .process = process};
    cast->loop = pw_main_loop_new(NULL);
    struct pw_context *context = pw_context_new(pw_main_loop_get_loop(cast->loop), NULL, 0);
    cast->core = context ? pw_context_connect(context, NULL, 0) : NULL;
    if (!cast->core) fail("PipeWire", "no connection");
    cast->stream = pw_stream_new(cast->core, "screen-cast", pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", NULL));
    struct pw_registry *registry = pw_core_get_registry(cast->core, PW_VERSION_REGISTRY, 0);
    struct spa_hook hooks[3];
    spa_zero(hooks);
    pw_core_add_listener(cast->core, &hooks[0], &core_events, cast);
    pw_registry_add_listener(registry, &hooks[1], &registry_events, cast);
    pw_stream_add_listener(cast->stream, &hooks[2], &stream_events, cast);
    connect_stream(cast);
    pw_main_loop_run(cast->loop);
    pw_stream_destroy(cast->stream);
    pw_context_destroy(context);
    pw_main_loop_destroy(cast->loop);
}

int main(int count, char **words) {
    if (count != 3) fail("usage", "screen-cast MONITOR FILE.png");
    sd_bus *bus = NULL;
    int status = sd_bus_open_user(&bus);
    if (status < 0) fail("the session bus", strerror(-status));
    pw_init(NULL, NULL);
    struct cast cast = {.node = record(bus, words[1]), .file = words[2]};
    receive(&cast);
    pw_deinit();
    sd_bus_flush_close_unref(bus);
    return 0;
}
