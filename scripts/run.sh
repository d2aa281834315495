#!/usr/bin/env bash
# Runs the whole pipeline on this machine, from a bare checkout to the answers: builds it, starts a local cloud and a
# pretend Wistia account, deploys infra/template.yaml, runs one day, prints the gold tables and stops what it started.
#
# Each call plays the next day. With WISTIA_API_TOKEN set it reads that account instead (WISTIA_MEDIA_IDS limits the media);
# while it runs, other users of this machine could ask the local cloud for the token, so do that on a machine of your own.
#
# Usage:  scripts/run.sh [--reset] [--visitors N] [--help]
#   --reset        start over: forget the local cloud and its data
#   --visitors N   visitors of the pretend account on day 1 (default 1000)
# Needs:  what scripts/install.sh installs; network for the first build
# Writes: .venv, .deps, .build, .build-static, dist, .local
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source scripts/lib.sh

# The builds have no business with the token.
without_token() { env --unset=WISTIA_API_TOKEN "$@"; }

main() {
    local argument previous=""
    for argument in "$@"; do
        case "$argument" in
        --help) print_header && exit ;;
        --reset | --visitors) ;;
        *) [[ "$previous" == --visitors && "$argument" =~ ^[0-9]+$ ]] || die "unknown option $argument; see --help" ;;
        esac
        previous=$argument
    done
    [[ "$previous" != --visitors ]] || die "--visitors takes a number"
    without_token scripts/install.sh
    without_token scripts/build.sh
    [[ -n "${WISTIA_API_TOKEN:-}" ]] || nice swift build --configuration release --product wistia-sandbox
    PYTHONDONTWRITEBYTECODE=1 exec .venv/bin/python scripts/run.py "$@"
}

main "$@"
