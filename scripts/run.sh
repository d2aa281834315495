#!/usr/bin/env bash
# Runs the whole pipeline on this machine, from a bare checkout to the answers: builds it, starts a local cloud, deploys
# infra/template.yaml, has one source's data go through all layers, prints the answers and stops what it started.
#
# Sources:
#   wistia        a pretend Wistia account; each call plays the next day. With WISTIA_API_TOKEN set it reads that account instead
#                 (WISTIA_MEDIA_IDS limits the media); while it runs, other users of this machine could ask the local cloud for
#                 the token, so do that on a machine of your own.
#   clickstream   a shop's events; each call lands the file of the next five minutes
#
# Usage:  scripts/run.sh [wistia] [--visitors N] [--reset]
#         scripts/run.sh clickstream [--file FILE] [--events N] [--reset]
#         scripts/run.sh --help
#   --visitors N   visitors of the pretend account on day 1 (default 1000)
#   --file FILE    land this file, JSON lines or REES46's CSV, gzipped or not, instead of made-up events
#   --events N     how many events to make up (default 500000)
#   --reset        start over: forget the source's local cloud and its data
# Needs:  what scripts/install.sh installs; network for the first build
# Writes: .venv, .deps, .build, .build-static, dist, .local
set -euo pipefail
root=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/..
source "$root/scripts/lib.sh"

# The builds have no business with the token.
without_token() { env --unset=WISTIA_API_TOKEN "$@"; }

number() { [[ "${2:-}" =~ ^[0-9]{1,8}$ ]] || die "$1 takes a number of at most 8 digits; see --help"; }

main() {
    local source=wistia program=scripts/run.py generator=wistia-sandbox options=()
    if [[ "${1:-}" =~ ^[^-] ]]; then
        source=$1
        shift
    fi
    case "$source" in
    wistia) ;;
    clickstream) program=scripts/run_clickstream.py generator=clickstream-generator ;;
    *) die "there is no source $source; there are wistia and clickstream, see --help" ;;
    esac
    while (($#)); do
        case "$source $1" in
        *" --help") print_header && exit ;;
        *" --reset") options+=("$1") ;;
        "wistia --visitors" | "clickstream --events")
            number "$@"
            options+=("$1" "$2")
            shift
            ;;
        "clickstream --file")
            [[ -f "${2:-}" ]] || die "--file takes a file, and ${2:-nothing} is none; see --help"
            options+=("$1" "$(realpath "$2")")
            generator=
            shift
            ;;
        *) die "unknown option $1 of $source; see --help" ;;
        esac
        shift
    done
    [[ -z "${WISTIA_API_TOKEN:-}" || "$source" != wistia ]] || generator=
    # Not before: a file is named from the caller's folder.
    cd "$root"
    without_token scripts/install.sh
    without_token scripts/build.sh
    [[ -z "$generator" ]] || without_token nice swift build --configuration release --product "$generator"
    PYTHONDONTWRITEBYTECODE=1 exec .venv/bin/python "$program" "${options[@]}"
}

main "$@"
