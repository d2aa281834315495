#!/usr/bin/env bash
# Checks everything: format, template, Swift tests, the static bootstraps and the whole chain in the local cloud.
#
# Every stage prints its time; the last line is the sum of all tests: "N passed, N failed".
#
# Usage:  scripts/test.sh [--only STAGE]... [--help]
#   --only STAGE   run only this stage; may be repeated; see scripts/test.py for their names
# Needs:  Swift 6.2, Debian; scripts/install.sh installs the rest; network for the first build
# Writes: .venv, .deps, .build, .build-static, dist
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source scripts/lib.sh

[[ " $* " != *" --help "* ]] || { print_header && exit; }
[[ $# -eq 0 || "$1" == --only ]] || die "unknown option $1; see --help"
scripts/install.sh --engines
PYTHONDONTWRITEBYTECODE=1 exec .venv/bin/python scripts/test.py "$@"
