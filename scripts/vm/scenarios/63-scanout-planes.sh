#!/bin/sh
# A guest in another process, connected through the plane server's socket: the same buffers, and no copies either.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs planes

scanout
/host/oriel guest "$XDG_RUNTIME_DIR/guest.sock" --size 1024x768 --memory heap --cursor none >guest.log 2>&1 &
started $!
await 30 test -S "$XDG_RUNTIME_DIR/guest.sock" || fail "the guest: $(tail -n 1 guest.log)"
view planes "planes:$XDG_RUNTIME_DIR/guest.sock" --fullscreen --frames 90 --cursor hidden
