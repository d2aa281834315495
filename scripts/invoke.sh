#!/usr/bin/env bash
# Sends an event to one function and prints its log, its answer and what it wrote.
#
# It runs the layer's real bootstrap under AWS's Runtime Interface Emulator, beside a local cloud of its own that holds what
# the event names: a run that a sample event speaks of is made first, by the layers before, from a pretend Wistia account.
# The cloud's objects stay for the next call, so that an event sent again finds what the first one did.
# With --cloud the event goes to the deployed function instead; sample bucket names become the stack's.
# The exit code is 0 when the function did it, 1 when it answered an error, 2 when it could not be asked.
#
# Usage:  scripts/invoke.sh LAYER EVENT.json [--now] [--reset | --cloud [--stack NAME]] [--help]
#   LAYER          bronze, silver or gold
#   EVENT.json     such as events/silver-s3-notification.json
#   --now          give the event a new id and the present time; as it is, it names the same run whenever it is sent
#   --reset        start with an empty local cloud
#   --cloud        use the deployed function, with the AWS configuration of the AWS CLI
#   --stack NAME   the deployed stack (default medallion)
# Needs:  what scripts/install.sh installs; network for the first build
# Writes: .venv, .deps, .build, .build-static, dist, .local/invoke
set -euo pipefail
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.sh"

# Ends the script with the code of a function that could not be asked.
refuse() {
    printf '%s: %s; see --help\n' "$(basename "$0")" "$*" >&2
    exit 2
}

main() {
    local is_local=yes event
    local -a named=() options=()
    while (($#)); do
        case "$1" in
        --help) print_header && exit ;;
        --cloud) is_local=no && options+=("$1") ;;
        --now | --reset) options+=("$1") ;;
        --stack)
            [[ -n "${2:-}" ]] || refuse "--stack takes a name"
            options+=("$1" "$2") && shift
            ;;
        -*) refuse "unknown option $1" ;;
        *) named+=("$1") ;;
        esac
        shift
    done
    [[ "${named[0]:-}" =~ ^(bronze|silver|gold)$ ]] || refuse "name a layer, bronze, silver or gold"
    [[ -n "${named[1]:-}" ]] || refuse "name an event, such as events/${named[0]}-unknown.json"
    [[ ${#named[@]} -eq 2 ]] || refuse "one event at a time, not also ${named[2]}"
    [[ -f "${named[1]}" ]] || refuse "${named[1]}: no such file"
    event=$(realpath "${named[1]}")
    cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
    scripts/install.sh
    if [[ "$is_local" == yes ]]; then
        scripts/build.sh
        nice swift build --configuration release --product wistia-sandbox
    fi
    PYTHONDONTWRITEBYTECODE=1 exec .venv/bin/python scripts/invoke.py "${named[0]}" "$event" "${options[@]}"
}

main "$@"
