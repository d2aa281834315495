#!/usr/bin/env bash
# Writes Parquet files of every type, encoding, codec, nullability and shape and reads them with other engines.
#
# Usage:  scripts/parquet-engines.sh FOLDER [--help]
#   FOLDER   where the files go (0.5 GB); emptied before and after
# Needs:  scripts/install.sh --engines
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source scripts/lib.sh

[[ " $* " != *" --help "* ]] || { print_header && exit; }
[[ $# -eq 1 && "$1" != -* ]] || die "name one folder; see --help"
# A million rows of each column take minutes without optimisation.
swift build --configuration release --product parquet-matrix
rm -rf "$1"
trap 'rm -rf "$1"' EXIT
"$(swift build --configuration release --show-bin-path)/parquet-matrix" "$1"
PYTHONDONTWRITEBYTECODE=1 .venv/bin/python Tests/EndToEnd/parquet_matrix.py "$1"
