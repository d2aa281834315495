#!/usr/bin/env bash
# Fetches AWS's published signature test vectors, which ship inside botocore's source archive, to .deps/aws4_testsuite.
#
# Usage:  scripts/fetch-test-vectors.sh [--help]
# Needs:  python3 with pip, tar, network the first time
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

version=1.44.5
sha256=a988f39e3a4484def0b8010f41128f71157da0515a4804fccce4739aa8f216da
target=.deps/aws4_testsuite

if [[ "${1:-}" == --help ]]; then
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
    exit
elif (($# > 0)); then
    printf 'fetch-test-vectors.sh: unknown option %s; see --help\n' "$1" >&2
    exit 1
fi

stamp="$target/.version"
if [[ -f "$stamp" && "$(<"$stamp")" == "$version" ]]; then
    printf 'Signature test vectors: all there (%s)\n' "$target"
    exit
fi

python=.venv/bin/python3
[[ -x "$python" ]] || python=python3
mkdir --parents .deps
work=$(mktemp --directory .deps/fetch-test-vectors.XXXXXX)
trap 'rm --recursive --force "$work"' EXIT

# pip runs an archive's setup.py to learn what it needs, even when nothing is installed: only after it has checked the hash, and
# with the setuptools that are here instead of others that nobody has checked.
printf 'botocore==%s --hash=sha256:%s\n' "$version" "$sha256" >"$work/requirements.txt"
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary botocore --no-build-isolation \
    --require-hashes --requirement "$work/requirements.txt" --dest "$work"
archive="$work/botocore-$version.tar.gz"
tar --extract --gzip --file "$archive" --directory "$work" --strip-components=4 \
    "botocore-$version/tests/unit/auth/aws4_testsuite"
printf '%s\n' "$version" >"$work/aws4_testsuite/.version"
rm --recursive --force "$target"
mv "$work/aws4_testsuite" "$target"
printf 'Signature test vectors: %s cases in %s\n' "$(find "$target" -name '*.req' | wc --lines)" "$target"
