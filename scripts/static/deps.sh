#!/usr/bin/env bash
# Builds the static libraries that Debian does not ship, from Debian's own source packages, and the linker's extra inputs.
#
# .deps/lib/libcurl.a       HTTP and HTTPS only, OpenSSL, c-ares (resolves names without glibc's shared NSS modules), with
#                           scripts/static/curl-*.patch
# .deps/lib/libsimdjson.a   the release whose header libsimdjson-dev installs
# .deps/crt/crtbeginT.o     a linker script with crtbegin.o and more in its place (see link_inputs below)
# .deps/stamp               what they were built from; while it holds, nothing is downloaded or built
#
# Usage:  scripts/static/deps.sh [--force] [--help]
#   --force   build even when the stamp says that nothing changed
# Needs:  what scripts/install.sh installs; network (the Debian mirrors that apt already uses) for the first build
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.."
source scripts/lib.sh

deps=$PWD/.deps
work=$deps/work
flags=(-O2 -DNDEBUG -ffunction-sections -fdata-sections)

# The source version that an installed Debian package was built from.
source_version() {
    dpkg-query --show --showformat='${source:Version}' "$1" 2>/dev/null || die "$1 is not installed; run scripts/install.sh"
}

# A version without Debian's epoch and revision.
upstream() {
    local version=${1#*:}
    printf '%s\n' "${version%-*}"
}

# Everything that decides what comes out, one line each.
inputs() {
    say "curl $(source_version libcurl4-openssl-dev)"
    say "simdjson $(source_version libsimdjson-dev)"
    say "openssl $(source_version libssl-dev)"
    say "c-ares $(source_version libc-ares-dev)"
    say "zlib $(source_version zlib1g-dev)"
    say "gcc $(gcc -dumpfullversion) $(gcc -dumpmachine)"
    say "swift $(swift --version 2>/dev/null | sed -n 1p)"
    say "recipe $(cat scripts/static/deps.sh scripts/static/*.c scripts/static/*.patch | sha256sum | cut -d ' ' -f 1)"
}

# Runs an apt command on the system's own mirrors with source packages switched on, leaving the system's apt as it is.
apt_sources() {
    local command=$1
    shift
    "$command" -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts="$work/apt/sources.list.d" \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o Acquire::Languages=none \
        -o APT::Sandbox::User= "$@"
}

prepare_apt() {
    mkdir -p "$work"/apt/{sources.list.d,lists/partial,cache/archives/partial}
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -e "$file" ]] || continue
        sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/apt/sources.list.d/$(basename "$file")"
    done
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null \
        | sed -nE 's/^[[:space:]]*deb(-src)?[[:space:]]/deb-src /p' | sort --unique >"$work/apt/sources.list" || true
    apt_sources apt-get update --quiet=2 >"$work/update.log" 2>&1 \
        || die "apt-get update failed: $(tail -n 3 "$work/update.log")"
}

# Downloads a source package, verified by apt, and unpacks it into $work/<name>.
fetch() {
    local name=$1 wanted=$2 version versions
    versions=$(apt_sources apt-cache showsrc --only-source "$name" | sed -n 's/^Version: //p' | sort --version-sort --reverse)
    if grep --quiet --line-regexp --fixed-strings "$wanted" <<<"$versions"; then
        version=$wanted
    else
        # A mirror keeps only the newest revision: take it when it is the same upstream release.
        version=$(head -n 1 <<<"$versions")
        [[ "$(upstream "$version")" == "$(upstream "$wanted")" ]] \
            || die "the mirrors have $name ${version:-in no version}, installed is $wanted; upgrade the installed packages"
        say "  the mirrors have no $name $wanted any more; taking $version"
    fi
    (cd "$work" && apt_sources apt-get source --quiet=2 "$name=$version" >/dev/null 2>fetch.log) \
        || die "cannot fetch $name $version: $(tail -n 3 "$work/fetch.log")"
    mv "$work/$name-$(upstream "$version")" "$work/$name"
}

build_curl() {
    local folder=$work/curl patches=("$PWD"/scripts/static/curl-*.patch)
    (
        cd "$folder"
        cat "${patches[@]}" | patch --strip=1 --fuzz=0
        # No bundle path of its own: libcrypto's default, which ca-bundle.c sets, fits Amazon Linux and Debian.
        ./configure --quiet --disable-dependency-tracking --disable-shared --enable-static --prefix=/nonexistent \
            --with-openssl --enable-ares --with-zlib --without-ca-bundle --without-ca-path --with-ca-fallback \
            --disable-dict --disable-file --disable-ftp --disable-gopher --disable-imap --disable-ldap --disable-ldaps \
            --disable-mqtt --disable-pop3 --disable-rtsp --disable-smb --disable-smtp --disable-telnet --disable-tftp \
            --disable-alt-svc --disable-doh --disable-hsts --disable-manual --disable-ntlm --disable-tls-srp \
            --disable-unix-sockets --without-brotli --without-gssapi --without-libidn2 --without-libpsl \
            --without-librtmp --without-libssh2 --without-nghttp2 --without-zstd \
            CFLAGS="${flags[*]} -ffile-prefix-map=$folder=curl" AR_FLAGS=crD
        nice make --silent --directory=lib --jobs="$(nproc)"
    ) >"$work/curl.log" 2>&1 || die "curl does not build; see $work/curl.log"
    cp "$folder/lib/.libs/libcurl.a" "$work/out/lib/"
}

build_simdjson() {
    local folder=$work/simdjson/singleheader
    cmp --silent "$folder/simdjson.h" /usr/include/simdjson.h \
        || die "the source package's simdjson.h is not the one that libsimdjson-dev installed"
    nice g++ -std=c++17 "${flags[@]}" -O3 -ffile-prefix-map="$folder=simdjson" -c "$folder/simdjson.cpp" \
        -o "$work/simdjson.o"
    ar crsD "$work/out/lib/libsimdjson.a" "$work/simdjson.o"
}

# For a static link clang takes crtbeginT.o, which registers all unwind tables at start; the first thread that ends then
# sorts them, which takes 20 to 40 ms. crtbegin.o does not, and the tables are left out (see no-unwinding.c).
# The ICU stub must come before Foundation's archives, and the start file is the first input there is.
link_inputs() {
    local resources symbol name
    resources=$(swiftc -print-target-info -static-stdlib | sed -nE 's/.*"runtimeResourcePath": "(.*)".*/\1/p')
    symbol=$(nm --defined-only "$resources/linux/lib_FoundationICU.a" 2>/dev/null | sed -nE 's/.* (icudt[0-9]+_dat)$/\1/p')
    [[ -n "$symbol" ]] || die "no ICU data symbol in $resources/linux/lib_FoundationICU.a; is this a complete Swift toolchain?"
    for name in icu-stub ca-bundle no-unwinding; do
        gcc "${flags[@]}" -DICU_DATA="$symbol" -c "scripts/static/$name.c" -o "$work/out/crt/$name.o"
    done
    cp "$(gcc -print-file-name=crtbegin.o)" "$work/out/crt/"
    cat >"$work/out/crt/crtbeginT.o" <<'SCRIPT'
INPUT(crtbegin.o icu-stub.o ca-bundle.o no-unwinding.o)
SECTIONS { /DISCARD/ : { *(.eh_frame .gcc_except_table .gcc_except_table.*) } } INSERT AFTER .text;
SCRIPT
}

main() {
    local force=false
    case "${1:-}" in
    "") ;;
    --force) force=true ;;
    --help) print_header && exit ;;
    *) die "unknown option $1; see --help" ;;
    esac
    need gcc g++ make patch nm ar flock dpkg-source swift
    mkdir -p "$deps"
    exec 9>"$deps/lock"
    flock 9

    local wanted
    wanted=$(inputs)
    if [[ $force == false && -f "$deps/stamp" && "$(<"$deps/stamp")" == "$wanted" ]]; then
        say "static libraries: up to date"
        return
    fi
    say "static libraries: building"
    rm -rf "$work" "$deps/stamp"
    mkdir -p "$work"/out/{lib,crt}
    prepare_apt
    fetch curl "$(source_version libcurl4-openssl-dev)"
    fetch simdjson "$(source_version libsimdjson-dev)"
    build_curl
    build_simdjson
    link_inputs
    rm -rf "${deps:?}/lib" "${deps:?}/crt"
    mv "$work/out/lib" "$work/out/crt" "$deps/"
    rm -rf "$work"
    say "$wanted" >"$deps/stamp"
}

main "$@"
