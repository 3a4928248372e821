#!/bin/sh
# A VFIO device by its UUID, opened by the viewer alone; its screen is off, so there is nothing to show and nothing to fail.
# shellcheck source=scripts/vm/lib.sh
. /host/lib.sh
needs vfio

headless 640x480
device mbochs small
open_viewer uuid "vfio:$uuid" --duration 2
viewer_ends 0
