# What the scenarios share: compositors, devices, the viewer. Each scenario is a shell of its own in the folder of its results;
# what it has started ends with it.
# shellcheck shell=sh

processes=""
finish() {
    status=$?
    trap - EXIT INT TERM
    end_all
    exit $status
}
trap finish EXIT
trap 'exit 143' INT TERM

# started PID: it ends with the scenario
started() { processes="$1 $processes"; }

# end_all: ends what was started, the last first: a client before its compositor. Then another compositor can follow.
end_all() {
    for pid in $processes; do stop "$pid"; done
    processes=""
}

# fail LINE: ends the scenario, and says why
fail() {
    echo "$*" >reason
    echo "failed: $*"
    exit 1
}

# needs SCHEME: skips the scenario as long as the viewer knows no such source
needs() {
    case $(/host/oriel screenshot "$1:?" "$XDG_RUNTIME_DIR/none.png" 2>&1) in
    *"no source begins like this"*)
        echo "the viewer has no $1: source yet" >reason
        exit 77
        ;;
    esac
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

# --- compositors ---

# compositor OPTION…: starts Weston with nothing but the client on its screen, and has what follows find it; its number is
# $compositor_pid
compositor() {
    WAYLAND_DISPLAY=$(basename "$PWD")
    export WAYLAND_DISPLAY
    cat >"$XDG_RUNTIME_DIR/weston.ini" <<EOF
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
    # --debug: Weston lets its screenshooter in only then
    weston --config="$XDG_RUNTIME_DIR/weston.ini" --socket="$WAYLAND_DISPLAY" --renderer=gl --debug --log="$PWD/weston.log" "$@" \
        >/dev/null 2>&1 &
    compositor_pid=$!
    started "$compositor_pid"
    # The socket is there long before it is answered, and a viewer has no such patience.
    await 60 wayland-info || fail "weston did not start: $(tail -n 1 weston.log)"
}

# headless WIDTHxHEIGHT: a compositor without a display, which composes with llvmpipe. Only where no display's driver is loaded:
# Mesa would take that one, and can't draw other drivers' buffers with it.
headless() {
    modprobe -r vkms 2>/dev/null || true
    compositor --backend=headless --width="${1%x*}" --height="${1#*x}"
}

# scanout [overlay] [mouse]: a compositor on vkms, a display controller that reads buffers as hardware does, at 1024x768 and 60 Hz;
# with overlay planes beside the screen's and the cursor's, and with a mouse that moves
scanout() {
    overlay=0
    for word in "$@"; do
        case $word in
        overlay) overlay=1 ;;
        mouse)
            modprobe uinput || fail "uinput could not be loaded"
            /host/mouse >mouse.log 2>&1 &
            started $!
            await 10 grep -q 'oriel test mouse' /proc/bus/input/devices || fail "there is no mouse: $(tail -n 1 mouse.log)"
            ;;
        esac
    done
    display_driver "enable_overlay=$overlay"
    SEATD_VTBOUND=0 seatd >seatd.log 2>&1 &
    started $!
    await 10 test -S /run/seatd.sock || fail "seatd did not start: $(tail -n 1 seatd.log)"
    LIBSEAT_BACKEND=seatd compositor --backend=drm
}

# display_driver OPTION…: a display without hardware, as /dev/dri/card0
display_driver() {
    modprobe -r vkms 2>/dev/null || true
    modprobe vkms "$@" || fail "vkms could not be loaded"
    await 10 test -c /dev/dri/card0 || fail "vkms made no /dev/dri/card0"
    udevadm settle --timeout=10
}

# checksum FILE: what the display shows, as vkms's CRC-32 of it
checksum() {
    folder=/sys/kernel/debug/dri/vkms/crtc-0/crc
    echo auto >$folder/control
    # One line for each frame, a line for each read: its number and its sum.
    timeout 5 dd if=$folder/data bs=4096 count=1 2>/dev/null | awk '{ print $2 }' >"$1"
    [ -s "$1" ] || fail "vkms gives no checksum of its screen"
}

# screenshot NAME: the headless compositor's whole screen as NAME.png
screenshot() {
    mkdir shot
    (cd shot && timeout 60 weston-screenshooter) >>shot.log 2>&1 || fail "no screenshot within a minute: $(tail -n 1 shot.log)"
    mv shot/*.png "$1.png" || fail "no screenshot was written"
    rmdir shot
}

# --- the viewer ---

# view NAME SOURCE OPTION…: runs the viewer to its end. Statistics in NAME.json, its words in NAME.log; the table at the end
# has a line for it.
view() {
    open_viewer "$@"
    viewer_ends 0
}

# open_viewer NAME SOURCE OPTION…: the same without waiting; viewer_ends STATUS or close_viewer follows
open_viewer() {
    viewer=$1
    shift
    echo "$viewer|$1" >>runs
    timeout 120 /host/oriel view "$@" --stats "$viewer.json" >"$viewer.log" 2>&1 &
    viewer_pid=$!
    started $!
}

viewer_ends() {
    status=0
    wait "$viewer_pid" || status=$?
    [ "$status" -eq "$1" ] || fail "the viewer ($viewer) ended with status $status instead of $1: $(tail -n 1 "$viewer.log")"
}

close_viewer() {
    kill "$viewer_pid"
    viewer_ends 0
}

# viewer_process: the viewer's own number; $viewer_pid is that of 'timeout'
viewer_process() { tr -d ' ' <"/proc/$viewer_pid/task/$viewer_pid/children"; }

# has_device: whether the viewer has a VFIO device open
has_device() { find "/proc/$(viewer_process)/fd" -lname 'anon_inode:\[vfio-device\]' | grep -q .; }

# shown: waits until the viewer has said on which path its first picture went
shown() {
    await 60 grep -q ': path ' "$viewer.log" || fail "the viewer ($viewer) showed nothing: $(tail -n 1 "$viewer.log")"
    sleep 0.5
}

# bus: a session bus of the scenario's own
bus() {
    export DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
    dbus-daemon --session --nofork --address="$DBUS_SESSION_BUS_ADDRESS" >bus.log 2>&1 &
    started $!
    await 30 test -S "$XDG_RUNTIME_DIR/bus" || fail "there is no session bus: $(tail -n 1 bus.log)"
}

# --- VFIO devices ---

# device mbochs|mdpy TYPE: makes one; its name is $uuid
device() {
    modprobe -a mbochs mdpy || fail "the VFIO sample drivers could not be loaded"
    uuid=$(cat /proc/sys/kernel/random/uuid)
    echo "$uuid" >"/sys/class/mdev_bus/$1/mdev_supported_types/$1-$2/create" || fail "no device of type $1-$2"
    await 5 test -e "/sys/bus/mdev/devices/$uuid/iommu_group" || fail "the device has no group"
    udevadm settle --timeout=10
}

# own OPTION…: what stands in for the VM takes the device; 'tell' is its remote control, owner.log its diary
own() {
    mkfifo "$XDG_RUNTIME_DIR/$uuid"
    /host/device-owner "$@" <"$XDG_RUNTIME_DIR/$uuid" >owner.log 2>&1 &
    owner=$!
    started $!
    exec 9>"$XDG_RUNTIME_DIR/$uuid"
    await 5 grep -q ' device: ' owner.log || fail "the device's owner: $(tail -n 1 owner.log)"
}

# tell COMMAND…: one after another, each done when this returns
tell() {
    for command in "$@"; do
        before=$(grep -c ': done$' owner.log)
        echo "$command" >&9
        await 30 did "$before" || fail "the device's owner: $(tail -n 1 owner.log)"
    done
}
did() { gone "$owner" || [ "$(grep -c ': done$' owner.log)" -gt "$1" ]; }
