#!/bin/sh
# Packs the guest of the desk tests: busybox, kernel modules, the input reporter, the clipboard agent and the screen follower.
# usage: guest.sh VERSION FOLDER   (VERSION is that of a kernel under /boot; the initrd becomes FOLDER/guest.cpio)
set -eu
PATH=$PATH:/usr/sbin:/sbin # modprobe is only there on root's PATH
here=$(cd "$(dirname "$0")" && pwd)
root=$2/guest
mkdir -p "$root/bin" "$root/modules"
cp "$(command -v busybox)" "$root/bin/busybox"
install -m 0755 "$here/init" "$root/init"
for program in input-report clipboard-agent screen-follower; do
    # shellcheck disable=SC2046 # a list of words
    clang -O1 -static -Wall -Wextra -Werror $(pkg-config --cflags libdrm) -o "$root/bin/$program" "$here/$program.c"
done

# Each module comes after those that it needs. Modules built into the kernel have no file.
for module in virtio_pci virtio_gpu virtio_input virtio_console xhci_pci usbhid hid-generic psmouse evdev; do
    modprobe --set-version "$1" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
    name=$(basename "${file%.xz}")
    case $file in
    *.xz) xz -dc "$file" >"$root/modules/$name" ;;
    *) cp "$file" "$root/modules/$name" ;;
    esac
    echo "$name"
done >"$root/modules.order"
mv "$root/modules.order" "$root/modules/order"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$2/guest.cpio"
