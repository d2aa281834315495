#!/usr/bin/env bash
# Sends an event to one function and prints its log, its answer and what it wrote.
#
# It runs the layer's real bootstrap under AWS's Runtime Interface Emulator, beside a local cloud that starts empty and holds
# what the event names: a run that a sample event speaks of is made first, by the layers before.
# With --cloud the event goes to the deployed function instead; sample bucket names become the stack's.
# The exit code is 0 when the function did it, 1 when it answered an error, 2 when it could not be asked.
#
# Usage:  scripts/invoke.sh LAYER EVENT.json [--cloud [--stack NAME]] [--help]
#   LAYER          bronze, silver or gold
#   EVENT.json     such as events/silver-s3-notification.json
#   --cloud        use the deployed function, with the AWS configuration of the AWS CLI
#   --stack NAME   the deployed stack (default medallion)
# Needs:  what scripts/install.sh installs; network for the first build
# Writes: .venv, .deps, .build, .build-static, dist, .local/invoke
set -euo pipefail
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.sh"

main() {
    local argument is_local=yes
    for argument in "$@"; do
        case "$argument" in
        --help) print_header && exit ;;
        --cloud) is_local=no ;;
        esac
    done
    [[ "${1:-}" =~ ^(bronze|silver|gold)$ ]] || { say "${0##*/}: name a layer, bronze, silver or gold; see --help" >&2; exit 2; }
    local event
    event=$(realpath --canonicalize-missing "${2:-.}")
    [[ -f "$event" ]] || { say "${0##*/}: ${2:-no event}: no such file; see --help" >&2; exit 2; }
    cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
    scripts/install.sh
    if [[ "$is_local" == yes ]]; then
        scripts/build.sh
        nice swift build --configuration release --product wistia-sandbox
    fi
    PYTHONDONTWRITEBYTECODE=1 exec .venv/bin/python scripts/invoke.py "$1" "$event" "${@:3}"
}

main "$@"
