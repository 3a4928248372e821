# Finds the machine's Debian mirror, for the scripts that source this file.
# shellcheck shell=sh

# debian_mirror: prints the address of the machine's first deb822 or one-line entry for its own release, or nothing
debian_mirror() {
    (
        . /etc/os-release
        cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
            sed -nE "/security/d; s/^URIs: *([^ ]+).*/\\1/p; s/^deb +(\\[[^]]*\\] +)?([^ ]+) +${VERSION_CODENAME:-stable} .*/\\2/p" |
            head -n 1
    )
}
