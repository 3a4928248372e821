#!/bin/sh
# Lays out .build/static, by which the release is linked: of the libraries that only the viewer uses of all that a desktop has
# loaded anyway, the archives go into the program, where the system has them. Loading them took a twentieth of the start.
# What libraries are found there comes first in the linker's search, and PKG_CONFIG_PATH has these descriptions before the system's.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.build/static
mkdir -p "$folder/pkgconfig"

# The runtime's C++ library: a folder with nothing else in it.
archive=$(gcc -print-file-name=libstdc++.a 2>/dev/null || true)
[ ! -f "$archive" ] || ln -sf "$archive" "$folder/libstdc++.a"

# describe PACKAGE LIBRARY…: the package as the system has it, with these archives instead of its -l and -L
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
describe libdrm drm
describe jansson jansson

# Relocations that only move an address, packed: a megabyte less to read and to keep in memory. The C library must know them (glibc 2.36).
library=$(gcc -print-file-name=libc.so.6 2>/dev/null || true)
if grep -aqs GLIBC_ABI_DT_RELR "$library"; then
    echo "-Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs" >"$folder/flags"
else
    : >"$folder/flags"
fi
