#!/usr/bin/env bash
# What the scripts share: messages and version checks.
#
# Usage:  source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.sh"
# Needs:  bash 5

# Numbers, messages and sort orders must not depend on who runs the script.
export LC_ALL=C.UTF-8

# Prints a line about what is going on.
say() { printf '%s\n' "$*"; }

# Prints why the script cannot go on and ends it.
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Prints the header comment of the running script, which is its help text.
print_header() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# Ends the script unless every command named is on the PATH.
need() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || die "$command is missing; run scripts/install.sh"
    done
}

# Ends the script unless the Swift toolchain is at least 6.2.
need_swift() {
    command -v swift >/dev/null \
        || die "swift is not on the PATH; install Swift 6.2 or later (https://www.swift.org/install/linux/)"
    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)*).*/\1/p')
    [[ "$(printf '%s\n' 6.2 "${version:-0}" | sort --version-sort | sed -n 1p)" == 6.2 ]] \
        || die "Swift ${version:-of an unknown version} is too old; install 6.2 or later (https://www.swift.org/install/linux/)"
}
