# Functions that the scenarios share, for compositors, devices and the viewer. Each scenario is a shell that runs in its results
# folder; the processes that it has started end with it.
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

# started PID: registers a process that ends with the scenario
started() { processes="$1 $processes"; }

# end_all: ends the started processes, the last one first, so that a client ends before its compositor. Another compositor can
# then be started.
end_all() {
    for pid in $processes; do stop "$pid"; done
    processes=""
}

# fail LINE: ends the scenario with this reason
fail() {
    echo "$*" >reason
    echo "failed: $*"
    exit 1
}

# needs SCHEME: skips the scenario if the viewer doesn't support this kind of source
needs() {
    case $(/host/oriel screenshot "$1:?" "$XDG_RUNTIME_DIR/none.png" 2>&1) in
    *"no source begins like this"*)
        echo "the viewer has no $1: source yet" >reason
        exit 77
        ;;
    esac
}

# await SECONDS COMMAND…: waits until the command succeeds; fails if the time runs out first
await() {
    tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

# stop PID: asks the process to end, and kills it after five seconds
stop() {
    kill "$1" 2>/dev/null || return 0
    await 5 gone "$1" || kill -KILL "$1"
    wait "$1" 2>/dev/null
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# --- compositors ---

# compositor OPTION…: starts Weston with only the client on its screen, and sets the environment for its clients; its process id
# is $compositor_pid
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
    # Weston permits its screenshooter only with --debug
    weston --config="$XDG_RUNTIME_DIR/weston.ini" --socket="$WAYLAND_DISPLAY" --renderer=gl --debug --log="$PWD/weston.log" "$@" \
        >/dev/null 2>&1 &
    compositor_pid=$!
    started "$compositor_pid"
    # The socket exists long before Weston answers on it, and the viewer wouldn't wait that long.
    await 60 wayland-info || fail "weston did not start: $(tail -n 1 weston.log)"
}

# headless WIDTHxHEIGHT: starts a compositor without a display, which draws with llvmpipe. This works only while no display driver
# is loaded: Mesa would use that one, and can't draw other drivers' buffers with it.
headless() {
    modprobe -r vkms 2>/dev/null || true
    compositor --backend=headless --width="${1%x*}" --height="${1#*x}"
}

# scanout [overlay] [no-cursor] [mouse]: starts a compositor on vkms, a display controller that reads buffers as hardware does, at 1024x768
# and 60 Hz; 'overlay' adds overlay planes to those of the screen and the cursor, 'no-cursor' takes the cursor's away, 'mouse' adds a moving
# mouse
scanout() {
    overlay=0 cursor=1
    for word in "$@"; do
        case $word in
        overlay) overlay=1 ;;
        no-cursor) cursor=0 ;;
        mouse)
            modprobe uinput || fail "uinput could not be loaded"
            /host/mouse >mouse.log 2>&1 &
            started $!
            await 10 grep -q 'oriel test mouse' /proc/bus/input/devices || fail "there is no mouse: $(tail -n 1 mouse.log)"
            ;;
        esac
    done
    display_driver "enable_overlay=$overlay" "enable_cursor=$cursor"
    seat
    LIBSEAT_BACKEND=seatd compositor --backend=drm
}

# cage: starts a compositor of wlroots on vkms, which shows each window in full screen
cage() {
    display_driver
    seat
    # It takes the first free name.
    export WAYLAND_DISPLAY=wayland-0
    LIBSEAT_BACKEND=seatd WLR_BACKENDS=drm WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=gles2 WLR_RENDERER_ALLOW_SOFTWARE=1 \
        command cage -- sleep 86400 >cage.log 2>&1 &
    started $!
    await 60 wayland-info || fail "cage did not start: $(tail -n 1 cage.log)"
}

# seat: gives compositors the display and the input devices
seat() {
    SEATD_VTBOUND=0 seatd >seatd.log 2>&1 &
    started $!
    await 10 test -S /run/seatd.sock || fail "seatd did not start: $(tail -n 1 seatd.log)"
}

# display_driver OPTION…: loads a display without hardware, as /dev/dri/card0
display_driver() {
    modprobe -r vkms 2>/dev/null || true
    modprobe vkms "$@" || fail "vkms could not be loaded"
    await 10 test -c /dev/dri/card0 || fail "vkms made no /dev/dri/card0"
    udevadm settle --timeout=10
}

# checksum FILE: writes vkms's CRC-32 of the picture on the display
checksum() {
    folder=/sys/kernel/debug/dri/vkms/crtc-0/crc
    echo auto >$folder/control
    # Each read returns a line for one frame: its number and its checksum.
    timeout 5 dd if=$folder/data bs=4096 count=1 2>/dev/null | awk '{ print $2 }' >"$1"
    [ -s "$1" ] || fail "vkms gives no checksum of its screen"
}

# screenshot NAME: saves the headless compositor's whole screen as NAME.png. On a slow machine Weston once never answered a request for
# one, so there is a second.
screenshot() {
    mkdir shot
    (cd shot && timeout 60 weston-screenshooter) >>shot.log 2>&1 || {
        rm -f shot/*
        (cd shot && timeout 60 weston-screenshooter) >>shot.log 2>&1 || fail "no screenshot within two minutes: $(tail -n 1 shot.log)"
    }
    mv shot/*.png "$1.png" || fail "no screenshot was written"
    rmdir shot
}

# --- the viewer ---

# view NAME SOURCE OPTION…: runs the viewer to its end. The statistics go to NAME.json, its output to NAME.log; the final table
# gets a line for it.
view() {
    open_viewer "$@"
    viewer_ends 0
}

# open_viewer NAME SOURCE OPTION…: starts the viewer without waiting; to be followed by viewer_ends STATUS or close_viewer
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

# viewer_process: prints the viewer's process id; $viewer_pid is that of 'timeout'
viewer_process() { tr -d ' ' <"/proc/$viewer_pid/task/$viewer_pid/children"; }

# has_device: succeeds if the viewer has a VFIO device open
has_device() { find "/proc/$(viewer_process)/fd" -lname 'anon_inode:\[vfio-device\]' | grep -q .; }

# shown: waits until the viewer has logged the path of its first picture
shown() {
    await 60 grep -q ': path ' "$viewer.log" || fail "the viewer ($viewer) showed nothing: $(tail -n 1 "$viewer.log")"
    sleep 0.5
}

# bus: starts a session bus for the scenario
bus() {
    export DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
    dbus-daemon --session --nofork --address="$DBUS_SESSION_BUS_ADDRESS" >bus.log 2>&1 &
    started $!
    await 30 test -S "$XDG_RUNTIME_DIR/bus" || fail "there is no session bus: $(tail -n 1 bus.log)"
}

# --- a Linux guest in a QEMU inside the machine, whose own framebuffer is a dma-buf ---

# blob_guest OPTION…: starts it with a display, and waits until it shows its first picture. Its serial port is descriptor 8 and
# serial.log.
blob_guest() {
    # The guest's only program as an initrd, and a kernel with nothing but a screen and a serial port.
    mkdir "$XDG_RUNTIME_DIR/guest"
    cp /host/blob-guest "$XDG_RUNTIME_DIR/guest/init"
    (cd "$XDG_RUNTIME_DIR/guest" && find . | cpio --quiet -o -H newc) >"$XDG_RUNTIME_DIR/guest.cpio" || fail "the guest could not be packed"
    mkfifo "$XDG_RUNTIME_DIR/serial"
    qemu-system-x86_64 -accel tcg -m 256 -nodefaults -no-user-config -machine pc,memory-backend=mem \
        -object memory-backend-memfd,id=mem,size=256M,share=on -device virtio-gpu-pci,blob=true,xres=1024,yres=768 "$@" \
        -kernel /guest-kernel -initrd "$XDG_RUNTIME_DIR/guest.cpio" -append "console=ttyS0 panic=-1" -chardev stdio,id=serial \
        -serial chardev:serial <"$XDG_RUNTIME_DIR/serial" >serial.log 2>qemu.log &
    qemu_pid=$!
    started "$qemu_pid"
    exec 8>"$XDG_RUNTIME_DIR/serial"
    guest ready 1 100
}

# guest LINE TIMES SECONDS: waits until the guest has said this so many times
guest() { await "$3" said "$1" "$2" || fail "the guest isn't $1: $(tail -n 1 serial.log) $(tail -n 1 qemu.log)"; }
said() { [ "$(grep -c "^$1" serial.log)" -ge "$2" ]; }

# --- VFIO devices ---

# device mbochs|mdpy TYPE: creates a device; its UUID is $uuid
device() {
    modprobe -a mbochs mdpy || fail "the VFIO sample drivers could not be loaded"
    uuid=$(cat /proc/sys/kernel/random/uuid)
    echo "$uuid" >"/sys/class/mdev_bus/$1/mdev_supported_types/$1-$2/create" || fail "no device of type $1-$2"
    await 5 test -e "/sys/bus/mdev/devices/$uuid/iommu_group" || fail "the device has no group"
    udevadm settle --timeout=10
}

# own OPTION…: starts the stand-in for the VM, which opens the device; 'tell' sends it commands, and owner.log has their results
own() {
    mkfifo "$XDG_RUNTIME_DIR/$uuid"
    /host/device-owner "$@" <"$XDG_RUNTIME_DIR/$uuid" >owner.log 2>&1 &
    owner=$!
    started $!
    exec 9>"$XDG_RUNTIME_DIR/$uuid"
    await 5 grep -q ' device: ' owner.log || fail "the device's owner: $(tail -n 1 owner.log)"
}

# tell COMMAND…: runs the commands one after another and returns when all are done
tell() {
    for command in "$@"; do
        before=$(grep -c ': done$' owner.log)
        echo "$command" >&9
        await 30 did "$before" || fail "the device's owner: $(tail -n 1 owner.log)"
    done
}
did() { gone "$owner" || [ "$(grep -c ': done$' owner.log)" -gt "$1" ]; }
