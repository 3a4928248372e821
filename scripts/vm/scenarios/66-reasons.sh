#!/bin/sh
# Why frames aren't scanned out: reasons that a window, a picture or memory can have are provoked here. Weston can compose only the display
# controller's own buffers, and memory that is no dma-buf.
# limit: 300
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# measure NAME SOURCE OPTION…: measures for a moment; the report is the folder NAME. Each composed frame takes a second or more, and the
# first one several.
measure() {
    name=$1
    shift
    timeout 120 /host/oriel measure --duration 8 "$@" --warmup 0 --report "$name" >"$name.log" 2>&1 ||
        fail "$name: $(tail -n 1 "$name.log")"
}

# guest NAME OPTION…: starts the guest with the display controller's memory
guest() {
    guest=planes:$XDG_RUNTIME_DIR/$1.sock
    run=$1
    shift
    /host/plane-server "$XDG_RUNTIME_DIR/$run.sock" /dev/dri/card0 "$@" >"$run-server.log" 2>&1 &
    started $!
    await 10 test -S "$XDG_RUNTIME_DIR/$run.sock" || fail "the guest: $(tail -n 1 "$run-server.log")"
}

# press NAME KEY SOURCE OPTION…: measures while Ctrl+Alt and this key are pressed every three seconds. The first time may come before the
# window has the focus.
press() {
    name=$1 key=$2
    shift 2
    (while sleep 3; do echo "$key"; done >&7) &
    typist=$!
    timeout 120 /host/oriel measure --duration 12 "$@" --warmup 0 --report "$name" >"$name.log" 2>&1 ||
        fail "$name: $(tail -n 1 "$name.log")"
    stop "$typist"
}

# A compositor gives the focus to a window when it opens, if there is a keyboard then.
modprobe uinput || fail "uinput could not be loaded"
mkfifo "$XDG_RUNTIME_DIR/chords"
/host/chord <"$XDG_RUNTIME_DIR/chords" >chord.log 2>&1 &
started $!
exec 7>"$XDG_RUNTIME_DIR/chords"
await 10 grep -q 'oriel test keyboard' /proc/bus/input/devices || fail "there is no keyboard: $(tail -n 1 chord.log)"

# On a cursor plane Weston would show the overlay, which is small enough for it, and go on scanning out the picture.
scanout no-cursor
guest plain
measure cursor "$guest" --fullscreen
press overlay 50 "$guest" --fullscreen --cursor hidden
press notice 31 "$guest" --fullscreen --cursor hidden --screenshot-dir "$XDG_RUNTIME_DIR"
# vkms turns a picture upside down by itself, so something else must keep the frames from it.
guest flipped flipped
measure flipped "$guest" --fullscreen
memory="memory=memfd&cursor=none&rate=10"
measure windowed "demo:?size=640x480&$memory"
measure turned "demo:?size=1024x768&$memory" --fullscreen --rotate 90
measure smaller "demo:?size=800x600&$memory" --fullscreen --scale native
measure larger "demo:?size=1280x800&$memory" --fullscreen --scale native
