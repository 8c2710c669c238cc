#!/bin/sh
# Installs what is missing, with apt, and says what and why: install_deps.sh [--for WHAT] [--check]
# WHAT is build, test, lint, fuzz, bench or ci (each holds the former ones that it needs).
# Root installs at once, others through sudo; where neither works, the one command to run is shown.
# --check installs nothing; it exits 1 where something required is missing.
set -eu
what=build check=no
while [ $# -gt 0 ]; do
    case $1 in
    --for) what=${2:?--for wants build, test, lint, fuzz, bench or ci}; shift 2 ;;
    --check) check=yes; shift ;;
    *) echo "usage: install_deps.sh [--for build|test|lint|fuzz|bench|ci] [--check]" >&2; exit 2 ;;
    esac
done
case $what in
build) wanted=" build " ;;
test) wanted=" build test " ;;
lint) wanted=" build test lint " ;;
fuzz) wanted=" build fuzz " ;;
bench) wanted=" build bench " ;;
ci) wanted=" build test lint fuzz bench ci " ;;
*) echo "install_deps.sh: --for $what is not known" >&2; exit 2 ;;
esac

fuzzes() { printf 'int LLVMFuzzerTestOneInput(const char *d, long n) { return 0; }\n' |
    clang -fsanitize=fuzzer,address -x c - -o "$scratch/f" 2>/dev/null; }
postgres_server() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }
makes_venvs() { python3 -c 'import ensurepip, venv' 2>/dev/null; }
present() { # present PROBE: command:NAME, library:PKG-CONFIG-NAME, header:FILE or a function above
    case $1 in
    command:*) command -v "${1#command:}" >/dev/null ;;
    library:*) pkg-config --exists "${1#library:}" 2>/dev/null ;;
    header:*) printf '#include <%s>\n' "${1#header:}" | ${CC:-cc} -E -x c - >/dev/null 2>&1 ;;
    *) "$1" ;;
    esac
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

missing= required_missing=no report=
while read -r group need probe package why; do
    case $group in '' | '#'*) continue ;; esac
    case $wanted in *" $group "*) ;; *) continue ;; esac
    present "$probe" && continue
    case " $missing " in *" $package "*) continue ;; esac
    missing="$missing $package"
    [ "$need" = optional ] || required_missing=yes
    report="$report  $package ($need): $why
"
done <<'TABLE'
# group need     probe                 package          why
build  required  command:cc            gcc              compiles mica
build  required  header:stdio.h        libc6-dev        headers of the C library
build  required  command:pkg-config    pkgconf          finds libraries
build  required  command:meson         meson            configures the build
build  required  command:ninja         ninja-build      runs the build
build  required  library:zlib          zlib1g-dev       gzip: data sets, HDF5, .keras
build  required  library:jansson       libjansson-dev   JSON: model configurations, recipes
build  optional  header:dnnl.h         libdnnl-dev      oneDNN: fast convolution and matmul
build  optional  library:libdeflate    libdeflate-dev   faster unpacking of the data
build  optional  library:libjpeg       libjpeg62-turbo-dev reading JPEG
build  optional  library:libpng        libpng-dev       reading and writing PNG
build  optional  library:liblzma       liblzma-dev      reading .xz
build  optional  library:libzstd       libzstd-dev      reading .zst
build  optional  library:libwebp       libwebp-dev      reading WebP
build  optional  library:libarchive    libarchive-dev   reading .tar and .zip
build  optional  library:sqlite3       libsqlite3-dev   queries of SQLite
build  optional  library:libpq         libpq-dev        queries of PostgreSQL
build  optional  library:samplerate    libsamplerate0-dev resampling of sounds
build  optional  library:libutf8proc libutf8proc-dev  normal forms of Unicode
build  optional  library:sndfile       libsndfile1-dev  reading WAV and FLAC
build  optional  library:libmicrohttpd libmicrohttpd-dev the server
build  optional  library:gnutls        libgnutls28-dev  TLS of the server
build  optional  library:libnghttp2    libnghttp2-dev   gRPC of the server
build  optional  library:libseccomp    libseccomp-dev   the server limits its own system calls
build  optional  library:libcurl       libcurl4-gnutls-dev asking a server
test   required  library:cmocka        libcmocka-dev    the unit tests
test   optional  command:c++           g++              checks the public headers as C++
test   optional  command:curl          curl             runs the curl lines of the docs
lint   required  command:clang-format  clang-format     checks the format of the code
lint   required  command:clang-tidy    clang-tidy       looks for faults in the code
fuzz   required  command:clang         clang            builds the fuzz targets
fuzz   required  fuzzes                libclang-rt-dev  libFuzzer and the sanitizers of clang
bench  optional  makes_venvs           python3-venv     a virtual environment for the peers
ci     required  makes_venvs           python3-venv     a virtual environment for Keras and h5py
ci     required  command:h5dump        hdf5-tools       reads what mica writes, independently
ci     optional  command:chromedriver  chromium-driver  a browser that opens the server's page, with chromium
ci     optional  command:chromium      chromium         the browser
ci     optional  command:openssl       openssl          certificates for the tests of TLS
ci     optional  command:promtool      prometheus       tests the rules of alerts
ci     required  postgres_server       postgresql       a server that the tests of its queries start
TABLE

[ -n "$missing" ] || exit 0
echo "mica needs for '$what':" >&2
printf '%s' "$report" >&2
install="apt-get install -y --no-install-recommends$missing"
if [ "$check" = yes ]; then
    [ "$required_missing" = no ]
    exit
fi
if ! command -v apt-get >/dev/null; then
    echo "There is no apt-get here: please install the packages above in this system's way." >&2
    [ "$required_missing" = no ]
    exit
fi
if [ "$(id -u)" = 0 ]; then
    as_root='env'
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root='sudo env'
else
    echo "Neither root nor sudo: please run this as root, then again what you ran:" >&2
    echo "  apt-get update && $install" >&2
    [ "$required_missing" = no ]
    exit
fi
echo "Installing with apt:$missing" >&2
apt() { # one quiet call; all that it said is shown only where it fails
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" \
        </dev/null >"$scratch/apt" 2>&1 || { cat "$scratch/apt" >&2; return 1; }
}
apt update || echo "apt-get update failed; trying with the lists that are here" >&2
available=
for package in $missing; do # what this release or machine does not have is left out
    if apt-cache show "$package" >/dev/null 2>&1; then
        available="$available $package"
    else
        echo "$package: not in this system's archive" >&2
    fi
done
# shellcheck disable=SC2086
apt install -y --no-install-recommends $available
# A build folder that was configured without them looks again.
build=${BUILD:-build}
[ ! -f "$build/build.ninja" ] || meson setup --reconfigure "$build" >/dev/null
