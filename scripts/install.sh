#!/usr/bin/env bash
# Installs what the build and the scripts need and is not there yet: Debian packages and .venv with pinned Python tools.
#
# Usage:  scripts/install.sh [--engines] [--help]
#   --engines   also chdb and Spark with Java (1.4 GB), which scripts/test.sh wants to read Parquet files
# Needs:  Debian 12 or later, Swift 6.2 or later, root or sudo for missing Debian packages, network for what is missing
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
source scripts/lib.sh

packages=(
    # Compilers and tools that build the static libraries from Debian's sources.
    gcc g++ make dpkg-dev
    # Headers and archives that the code links. Foundation loads libcurl in a debug build.
    libcurl4-openssl-dev libssl-dev zlib1g-dev libdeflate-dev libzstd-dev libsnappy-dev libbrotli-dev
    liblz4-dev libc-ares-dev libsimdjson-dev
    # Packs the zips 3 % smaller than zlib does.
    libdeflate-tools
    python3 python3-venv
)

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] \
            || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        say "Debian packages: all there"
        return
    fi
    local install=(apt-get install --yes --no-install-recommends "${missing[@]}")
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "packages are missing; run as root: apt-get update && ${install[*]}"
        as_root=(sudo)
    fi
    say "Debian packages: installing ${missing[*]}"
    "${as_root[@]}" apt-get update --quiet=2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" --quiet=2 >/dev/null
}

# Arguments: a list of requirements, and the name of the file that says which of its versions is installed.
install_python_tools() {
    local requirements=$1 stamp=.venv/$2 wanted
    wanted=$(sha256sum <"$requirements")
    if [[ -x .venv/bin/python3 && -f "$stamp" && "$(<"$stamp")" == "$wanted" ]]; then
        say "Python tools: all of $requirements there (.venv)"
        return
    fi
    say "Python tools: installing $requirements into .venv (some minutes)"
    rm -f "$stamp"
    .venv/bin/python3 -c '' 2>/dev/null || python3 -m venv --clear .venv
    # The file names everything that is needed and the hash of each; nothing is built, which would bring in what it does not name.
    # PySpark alone comes as a source archive; it is packed by the setuptools that is installed already.
    .venv/bin/python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --no-binary pyspark \
        --no-build-isolation --require-hashes --requirement "$requirements"
    .venv/bin/python3 -m pip check --disable-pip-version-check
    printf '%s\n' "$wanted" >"$stamp"
}

main() {
    local with_engines=
    case "${1:-}" in
    "") ;;
    --engines) with_engines=yes ;;
    --help) print_header && exit ;;
    *) die "unknown option $1; see --help" ;;
    esac
    need_swift
    command -v apt-get >/dev/null || die "this is not a Debian system; install by hand: ${packages[*]}"
    [[ -z "$with_engines" ]] || command -v java >/dev/null || packages+=(openjdk-17-jre-headless)
    install_packages
    install_python_tools scripts/requirements.txt .requirements.sha256
    [[ -z "$with_engines" ]] || install_python_tools scripts/requirements-engines.txt .requirements-engines.sha256
}

main "$@"
