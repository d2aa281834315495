#!/usr/bin/env bash
# Builds the Lambda functions: one fully static `bootstrap` each, packed as dist/bronze.zip, dist/silver.zip, dist/gold.zip.
#
# The same sources and packages give the same bytes, in whatever folder they are built.
#
# Usage:  scripts/build.sh [--layer NAME]... [--probe] [--clean] [--help]
#   --layer NAME   build only bronze, silver or gold; may be repeated
#   --probe        also link .build-static/release/runtime-probe, a function that the tests break in every way
#   --clean        forget earlier builds of the Swift code first (not the static libraries)
# Needs:  what scripts/install.sh installs; network for the first build
# Writes: .deps (static libraries), .build-static (Swift's build folder), dist
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source scripts/lib.sh

root=$PWD
scratch=.build-static
zip_limit=12000000
layers=()

# Runs a step and prints how long it took.
step() {
    local started=$EPOCHREALTIME
    "$@"
    printf '  %-24s %6.1f s\n' "$(tr _ ' ' <<<"$1")${2:+ $2}" \
        "$(awk -v from="$started" -v to="$EPOCHREALTIME" 'BEGIN { print to - from }')"
}

static_libraries() { scripts/static/deps.sh; }

# SwiftPM does not see these inputs of the link, so their change would not be noticed.
drop_stale_links() {
    local key=$scratch/link-inputs
    cmp --silent .deps/stamp "$key" && return
    rm -f "$scratch"/release/{bronze,silver,gold,runtime-probe}
    mkdir -p "$scratch"
    cp .deps/stamp "$key"
}

swift_build() {
    local options=(
        --configuration release --scratch-path "$scratch" -debug-info-format none
        -Xswiftc -static-executable -Xswiftc -use-ld=lld
        # Makes clang find .deps/crt/crtbeginT.o before gcc's (see scripts/static/deps.sh).
        -Xswiftc -Xclang-linker -Xswiftc "-B$root/.deps/crt"
        -Xlinker --gc-sections -Xlinker --icf=safe -Xlinker -s -Xlinker --build-id=none
        # What scripts/static/*.c replace.
        -Xlinker --wrap=X509_get_default_cert_file
        -Xlinker --wrap=_Unwind_ForcedUnwind -Xlinker --wrap=_Unwind_Backtrace
        -Xlinker "-L$root/.deps/lib"
        -Xlinker -lcurl -Xlinker -lssl -Xlinker -lcrypto -Xlinker -lcares -Xlinker -lz
        # No path of this machine in the result, nor a hash of the compiler's options, which name such paths.
        -Xswiftc -file-prefix-map -Xswiftc "$root=."
        -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
        -Xcc "-ffile-prefix-map=$root=."
    )
    nice swift build "${options[@]}" --product "$1"
}

# Refuses what would not run on AWS, and puts the zip into place.
pack() {
    local layer=$1 executable=$scratch/release/$1 archive=dist/$1.zip linkage size
    linkage=$(LC_ALL=C ldd "$executable" 2>&1 || true)
    [[ "$linkage" == *"not a dynamic executable"* ]] \
        || die "$executable is not fully static; it would load: $linkage"
    mkdir -p dist
    python3 scripts/static/pack.py "$executable" "$archive.new"
    size=$(stat --format=%s "$archive.new")
    ((size <= zip_limit)) || die "$archive would have $size bytes, more than $zip_limit; what did the last change link in?"
    mv "$archive.new" "$archive"
}

print_sizes() {
    local layer
    for layer in "${layers[@]}"; do
        printf 'dist/%-11s %5.2f MB zipped  %5.2f MB  sha256 %.16s\n' "$layer.zip" \
            "$(stat --format=%s "dist/$layer.zip")e-6" "$(stat --format=%s "$scratch/release/$layer")e-6" \
            "$(sha256sum <"dist/$layer.zip")"
    done
}

main() {
    local layer probe=
    while (($#)); do
        case "$1" in
        --layer)
            [[ "${2:-}" =~ ^(bronze|silver|gold)$ ]] || die "--layer takes bronze, silver or gold"
            layers+=("$2")
            shift
            ;;
        --probe) probe=runtime-probe ;;
        --clean) rm -rf "$scratch" ;;
        --help) print_header && exit ;;
        *) die "unknown option $1; see --help" ;;
        esac
        shift
    done
    ((${#layers[@]})) || layers=(bronze silver gold)
    need_swift
    need python3 libdeflate-gzip ldd

    step static_libraries
    drop_stale_links
    for layer in "${layers[@]}" $probe; do
        step swift_build "$layer"
    done
    for layer in "${layers[@]}"; do
        step pack "$layer"
    done
    print_sizes
}

main "$@"
