#!/bin/sh
# The devices themselves, without a viewer: VFIO's display calls return what the owner has painted.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh

device mbochs medium
own "$uuid" -
tell query "mode 640x480" query "paint 1" "show 1" query "flip 10 30" query off query on query "mode 1024x768" query
exec 9>&-
wait "$owner" || fail "mbochs: $(tail -n 1 owner.log)"
mv owner.log mbochs.log

device mdpy vga
own "$uuid" -
tell "paint 0" query
exec 9>&-
wait "$owner" || fail "mdpy: $(tail -n 1 owner.log)"
mv owner.log mdpy.log
