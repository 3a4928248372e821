#!/bin/sh
# GNOME's compositor without a display. Its screen changes from scale 1 to 1.5 while a viewer is on it, and then shows the
# dma-bufs of the viewer's own guest and of one behind a plane server. Mutter's feedback tells what it accepted, the viewer's
# protocol log what it was asked for, and a screen cast what it shows.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

# rescale FACTOR: sets the scale of mutter's only screen, as GNOME's settings do
rescale() {
    display="org.gnome.Mutter.DisplayConfig /org/gnome/Mutter/DisplayConfig org.gnome.Mutter.DisplayConfig"
    # shellcheck disable=SC2086 # three words: service, object, interface
    serial=$(busctl --user call $display GetCurrentState 2>rescale.log | cut -d ' ' -f 2)
    # Method 1: until the next change. One logical screen at 0,0, not rotated, the primary one, with one monitor.
    # shellcheck disable=SC2086
    busctl --user call $display ApplyMonitorsConfig "uua(iiduba(ssa{sv}))a{sv}" "$serial" 1 \
        1 0 0 "$1" 0 true 1 Meta-0 1200x720@60.000 0 0 >>rescale.log 2>&1 || fail "scale $1: $(tail -n 1 rescale.log)"
}

# settled LOG: succeeds if mutter has answered every frame callback that the viewer has requested, including those it has given up
settled() {
    awk -F '[#()]' '/-> wl_surface#.*\.frame\(/ { asked[$(NF - 1)] = 1 } /delete_id\(/ { delete asked[$(NF - 1)] }
        END { for (number in asked) exit 1 }' "$1"
}

modprobe -r vkms 2>/dev/null || true
bus
# On the other socket, nothing here would give clients their permissions.
export PIPEWIRE_REMOTE=pipewire-0-manager
pipewire >pipewire.log 2>&1 &
started $!
await 30 test -S "$XDG_RUNTIME_DIR/$PIPEWIRE_REMOTE" || fail "pipewire did not start: $(tail -n 1 pipewire.log)"
# Without this feature, mutter 48 offers whole scales only.
settings=$HOME/.config/glib-2.0/settings
mkdir -p "$settings"
printf '%s\n' '[org/gnome/mutter]' "experimental-features=['scale-monitor-framebuffer']" >"$settings/keyfile"
export WAYLAND_DISPLAY=mutter
# The screen is 800x480 logical units at scale 1.5. Smaller screens have no fractional scales.
GSETTINGS_BACKEND=keyfile mutter --headless --virtual-monitor 1200x720 --wayland --no-x11 --wayland-display="$WAYLAND_DISPLAY" \
    >mutter.log 2>&1 &
started $!
await 90 wayland-info || fail "mutter did not start: $(tail -n 1 mutter.log)"
wayland-info >globals.txt 2>&1

# Few and small frames, with a full-screen window behind everything: a software renderer needs long for the desktop.
guest="memory=udmabuf&size=480x360"
export WAYLAND_DEBUG=client
open_viewer rescaled "demo:?$guest&cursor=none&rate=0" --fullscreen --scale native
rescaled=$viewer_pid
# The guest is still, so that nothing is in flight when the scale changes: mutter forgets the frame callbacks of the screen that
# it removes, and the viewer would wait for seconds. The last configure of the start has two states: full screen and activated.
await 60 grep -q 'configure(1200, 720, array\[8\])' rescaled.log || fail "the viewer (rescaled) was not activated"
await 60 settled rescaled.log || fail "mutter did not answer the viewer's last frame"
rescale 1.5
await 60 grep -q 'set_destination(320, 240)' rescaled.log || fail "the picture did not follow the scale"
await 60 settled rescaled.log || fail "mutter did not answer the viewer's frame at the new scale"
timeout 60 /host/screen-cast Meta-0 screen.png 2>cast.log || fail "no picture of the screen: $(tail -n 1 cast.log)"
/host/oriel screenshot "demo:?$guest&cursor=none&rate=0" guest.png || fail "no picture of the guest"

view window "demo:?$guest&cursor=still" --scale native --frames 10
/host/oriel guest "$XDG_RUNTIME_DIR/guest.sock" --size 480x360 --memory heap --cursor none >guest.log 2>&1 &
started $!
await 30 test -S "$XDG_RUNTIME_DIR/guest.sock" || fail "the guest: $(tail -n 1 guest.log)"
view planes "planes:$XDG_RUNTIME_DIR/guest.sock" --fullscreen --frames 10
unset WAYLAND_DEBUG
# This runs while the full-screen window is still there. Once it closes, mutter draws its desktop for seconds and answers nobody
# meanwhile.
/host/oriel doctor >doctor.txt 2>&1 || fail "doctor: $(tail -n 1 doctor.txt)"
viewer=rescaled viewer_pid=$rescaled
close_viewer
