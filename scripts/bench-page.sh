# Puts what a benchmark has printed into docs/performance.md, for the scripts that source this file.
# shellcheck shell=sh

# write_section NAME FILE: replaces what is between the page's marks of this name by the file's lines
write_section() {
    page=docs/performance.md
    awk -v name="$1" -v file="$2" '
        $0 == "<!-- begin " name " -->" { print; while ((getline line < file) > 0) print line; inside = 1; found = 1; next }
        $0 == "<!-- end " name " -->" { inside = 0 }
        !inside { print }
        END { exit !found }
    ' "$page" >"$page.new" || { rm -f "$page.new"; echo "bench: $page has no section $1" >&2; return 1; }
    mv "$page.new" "$page"
}

# machine: prints in a line what the figures were measured on
machine() {
    processor=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
    # shellcheck source=/dev/null
    echo "$(date -u +%F), $(getconf _NPROCESSORS_ONLN) × $processor, Linux $(uname -r), $(. /etc/os-release && echo "$PRETTY_NAME"), no GPU"
}
