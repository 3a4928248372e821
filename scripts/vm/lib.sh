# What the scenarios share. Each is sourced into a shell of its own, in the folder for its results; processes that it started end with it.
# shellcheck shell=sh

started=""
finish() {
    status=$?
    trap - EXIT INT TERM
    # the last started goes first: a compositor outlives its clients
    for pid in $started; do stop "$pid"; done
    exit $status
}
trap finish EXIT
trap 'exit 143' INT TERM

# fail LINE: ends the scenario, and says why
fail() {
    echo "$*" >reason
    echo "failed: $*"
    exit 1
}

# await SECONDS COMMAND…: whether the command came true within the time
await() {
    tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

# stop PID: asks it to end, and insists after five seconds
stop() {
    kill "$1" 2>/dev/null || return 0
    await 5 gone "$1" || kill -KILL "$1"
    wait "$1" 2>/dev/null
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# weston_configuration NAME: nothing but the client on the screen, and no input device needed
weston_configuration() {
    cat >"$XDG_RUNTIME_DIR/$1.ini" <<EOF
[core]
require-input=false
idle-time=0
[shell]
panel-position=none
background-color=0xff000000
locking=false
animation=none
startup-animation=none
close-animation=none
focus-animation=none
[output]
name=Virtual-1
mode=1024x768
EOF
}

# compositor OPTION…: starts Weston, waits until it listens, and has the clients that follow find it. --debug: for screenshots.
compositor() {
    export WAYLAND_DISPLAY="$(basename "$PWD")"
    weston_configuration "$WAYLAND_DISPLAY"
    weston --config="$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY.ini" --socket="$WAYLAND_DISPLAY" --renderer=gl --debug --log="$PWD/weston.log" "$@" >/dev/null 2>&1 &
    weston=$!
    started="$weston $started"
    await 30 test -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" || fail "weston did not start: $(tail -n 1 weston.log)"
}

# headless WIDTHxHEIGHT: a compositor without any display hardware
headless() { compositor --backend=headless --width="${1%x*}" --height="${1#*x}"; }

# scanout [overlay]: a compositor on vkms, which reads pictures from their buffers as display hardware does; with overlay planes or without
scanout() {
    modprobe -r vkms 2>/dev/null
    modprobe vkms enable_overlay="$([ "${1:-}" = overlay ] && echo 1 || echo 0)" || fail "vkms could not be loaded"
    await 10 test -c /dev/dri/card0 || fail "vkms made no /dev/dri/card0"
    udevadm settle --timeout=10
    SEATD_VTBOUND=0 seatd >seatd.log 2>&1 &
    started="$! $started"
    await 10 test -S /run/seatd.sock || fail "seatd did not start: $(tail -n 1 seatd.log)"
    LIBSEAT_BACKEND=seatd compositor --backend=drm
}

# view NAME SOURCE OPTION…: runs the viewer to its end; its statistics are NAME.json, its log NAME.log
view() {
    name=$1
    shift
    status=0
    timeout 60 /host/oriel view "$@" --stats "$name.json" >"$name.log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || fail "the viewer ($name) ended with status $status: $(tail -n 1 "$name.log")"
}

# screenshot NAME: the whole screen as NAME.png
screenshot() {
    mkdir -p shot
    (cd shot && timeout 20 weston-screenshooter) >>shot.log 2>&1 || fail "no screenshot: $(tail -n 1 shot.log)"
    mv shot/*.png "$1.png" || fail "no screenshot was written"
    rmdir shot
}
