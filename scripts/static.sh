#!/bin/sh
# Prepares .build/static for linking the release. Libraries that only the viewer uses, and that a desktop hasn't already loaded,
# are linked in as archives where the system has them; loading them took a twentieth of the start.
# The libraries found there come first in the linker's search path, and their descriptions come first in PKG_CONFIG_PATH.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.build/static
mkdir -p "$folder/pkgconfig"

# The C++ library of the Swift runtime, alone in its folder.
archive=$(gcc -print-file-name=libstdc++.a 2>/dev/null || true)
[ ! -f "$archive" ] || ln -sf "$archive" "$folder/libstdc++.a"

# describe PACKAGE LIBRARY…: writes the system's description of the package with these archives in place of its -l and -L
describe() {
    package=$1
    shift
    description=$folder/pkgconfig/$package.pc
    rm -f "$description"
    origin=$(pkg-config --variable=pcfiledir "$package")/$package.pc
    archives=""
    for library; do
        archive=$(pkg-config --variable=libdir "$package")/lib$library.a
        [ -f "$archive" ] || return 0
        archives="$archives -l:lib$library.a"
    done
    sed -e "s|^Libs:.*|Libs:$archives|" -e '/^Libs.private:/d' -e '/^Requires.private:/d' "$origin" >"$description"
}
describe libpng png16 z
describe zlib z
describe libdrm drm
describe jansson jansson

# Functions of the start are put side by side (scripts/link-order.sh), for which each needs a section of its own.
flags="-Xswiftc -use-ld=lld -Xswiftc -Xfrontend -Xswiftc -function-sections -Xlinker --no-warn-symbol-ordering"
flags="$flags -Xlinker --symbol-ordering-file=$PWD/scripts/link-order.txt"
# Packed relative relocations save a megabyte of reading and memory. The C library must support them (glibc 2.36).
library=$(gcc -print-file-name=libc.so.6 2>/dev/null || true)
if grep -aqs GLIBC_ABI_DT_RELR "$library"; then flags="$flags -Xlinker -z -Xlinker pack-relative-relocs"; fi
echo "$flags" >"$folder/flags"
