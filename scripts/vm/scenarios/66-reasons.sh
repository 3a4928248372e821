#!/bin/sh
# Why frames aren't scanned out: each reason that a display controller and a compositor can be made to have is provoked here. Weston can
# compose only the display controller's own buffers, and memory that is no dma-buf.
# limit: 300
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# measure NAME SOURCE OPTION…: measures for a moment; the report is the folder NAME. Each composed frame takes a second or more.
measure() {
    name=$1
    shift
    timeout 120 /host/oriel measure "$@" --warmup 0 --duration 3 --report "$name" >"$name.log" 2>&1 ||
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

# press NAME KEY SOURCE OPTION…: measures while Ctrl+Alt and this key are pressed
press() {
    mkfifo "$XDG_RUNTIME_DIR/$1"
    /host/chord "$2" <"$XDG_RUNTIME_DIR/$1" >"$1-chord.log" 2>&1 &
    started $!
    exec 7>"$XDG_RUNTIME_DIR/$1"
    await 10 grep -q 'oriel test keyboard' /proc/bus/input/devices || fail "there is no keyboard: $(tail -n 1 "$1-chord.log")"
    (sleep 4 && echo >&7) &
    name=$1
    shift 2
    timeout 120 /host/oriel measure "$@" --warmup 0 --duration 9 --report "$name" >"$name.log" 2>&1 ||
        fail "$name: $(tail -n 1 "$name.log")"
    exec 7>&-
}

modprobe uinput || fail "uinput could not be loaded"
scanout
guest plain
measure windowed "$guest" --cursor hidden
measure cursor "$guest" --fullscreen
measure turned "$guest" --fullscreen --cursor hidden --rotate 90
press overlay 50 "$guest" --fullscreen --cursor hidden
press notice 31 "$guest" --fullscreen --cursor hidden --screenshot-dir "$XDG_RUNTIME_DIR"
guest xbgr xbgr
measure format "$guest" --fullscreen --cursor hidden
guest flipped flipped
measure flipped "$guest" --fullscreen --cursor hidden
memory="memory=memfd&cursor=none&rate=10"
measure smaller "demo:?size=800x600&$memory" --fullscreen --scale native
measure larger "demo:?size=1280x800&$memory" --fullscreen --scale native
end_all
headless 1024x768
measure headless "demo:?size=1024x768&$memory" --fullscreen
