#!/bin/sh
# Builds the keyboard and mouse of the desk tests with the clang of the Swift toolchain.
# usage: virtual-input.sh FOLDER   (the program becomes FOLDER/virtual-input)
set -eu
here=$(dirname "$0")
wayland-scanner client-header "$here/virtual-input.xml" "$1/virtual-input.h"
wayland-scanner private-code "$here/virtual-input.xml" "$1/virtual-input-code.c"
# shellcheck disable=SC2046 # a list of words
clang -std=gnu11 -Wall -Wextra -Werror -I"$1" -o "$1/virtual-input" "$here/virtual-input.c" "$1/virtual-input-code.c" \
    $(pkg-config --cflags --libs wayland-client xkbcommon)
