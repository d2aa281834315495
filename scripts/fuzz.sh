#!/usr/bin/env bash
# Feeds damaged files to the Parquet reader for a while: libFuzzer finds what traps, hangs or takes too much memory.
#
# It starts from small files of pyarrow and DuckDB and from Apache's conformance files, where they are (PARQUET_TESTING_DIR, or
# data/parquet-testing in MEDALLION_SHARED_DIR). A finding is kept in .build/fuzz and can be run again:
# .build/fuzz/parquet-reader .build/fuzz/crash-...
#
# Usage:  scripts/fuzz.sh [--seconds N] [--help]
#   --seconds N   how long (default 60)
# Needs:  what scripts/install.sh installs
# Writes: .build/fuzz
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source scripts/lib.sh

folder=.build/fuzz
target=$folder/parquet-reader
seconds=60
shared=${MEDALLION_SHARED_DIR:-../shared}
conformance=${PARQUET_TESTING_DIR:-$shared/data/parquet-testing}
seed_size_maximum=40k

build() {
    local modules=() sources
    mapfile -t sources < <(find Sources/Parquet -name '*.swift' | sort)
    for module in Sources/C*/module.modulemap; do modules+=(-I "$(dirname "$module")"); done
    # Built anew only when a source is newer.
    if [[ -x "$target" && -z "$(find "${sources[@]}" Tests/Fuzz scripts/fuzz.sh -newer "$target")" ]]; then
        return
    fi
    say "building $target"
    nice swiftc -O -wmo -use-ld=lld -swift-version 6 -sanitize=fuzzer,address -parse-as-library -module-name ParquetFuzz \
        -enable-upcoming-feature InternalImportsByDefault "${modules[@]}" "${sources[@]}" Tests/Fuzz/ParquetReaderFuzzer.swift \
        -o "$target"
}

seeds() {
    rm -rf "$folder/seeds"
    mkdir -p "$folder/seeds" "$folder/corpus"
    .venv/bin/python Tests/EndToEnd/parquet_goldens.py make --rows 40 "$folder/seeds"
    [[ -d "$conformance" ]] || return 0
    find "$conformance" -name '*.parquet' -size "-$seed_size_maximum" -exec cp --target-directory "$folder/seeds" {} +
}

main() {
    while (($#)); do
        case "$1" in
        --seconds)
            [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || die "--seconds takes a number"
            seconds=$2
            shift
            ;;
        --help) print_header && exit ;;
        *) die "unknown option $1; see --help" ;;
        esac
        shift
    done
    need_swift
    need timeout
    mkdir -p "$folder"
    build
    seeds
    # The largest limit of the target is 16 MiB, and a growing array takes twice its size; Swift's backtrace would hang on a trap.
    SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:malloc_context_size=2 timeout --signal=KILL $((seconds + 60)) nice "$target" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=128 -max_len=60000 -seed=1 \
        -artifact_prefix="$folder/" -print_final_stats=1 "$folder/corpus" "$folder/seeds" \
        >"$folder/log" 2>&1 \
        || die "the reader fails; see $folder/log and $folder/crash-*, $folder/oom-* or $folder/timeout-*: $(
            grep -aE 'Fatal|ERROR|Precondition|SUMMARY' "$folder/log" | tail -n 3)"
    grep -aE 'number_of_executed_units|peak_rss_mb' "$folder/log"
}

main "$@"
