#!/bin/sh
# Installs into FOLDER and builds a program against it, as C and as C++, shared and static, and with
# symbols of its own that have the names of hidden ones: check_install.sh BUILD FOLDER
set -eu
build=$1 folder=$2
rm -rf "$folder"
meson install -C "$build" --quiet --destdir "$folder"
pc=$(find "$folder" -name mica.pc)
libs=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR=
prefix=$folder$(pkg-config --variable=prefix mica)
set_prefix="--define-variable=prefix=$prefix"
cat >"$folder/program.c" <<'C'
#include <mica/dtype.h>
#include <stdio.h>
#include <stdlib.h>
/* The library has hidden functions of these names; a program's own must not meet them. */
int fail(void) { return 3; }
int text_of(void) { return 4; }
int main(void) {
    mica_dtype dtype;
    if (!mica_dtype_of_name("bfloat16", &dtype) || fail() != 3 || text_of() != 4) return 1;
    printf("%s has %zu bytes\n", mica_dtype_name(dtype), mica_dtype_size(dtype));
    return mica_dtype_size(dtype) == 2 ? 0 : 1;
}
C
passed=0 failed=0
try() { # try 'what' command
    what=$1
    shift
    if "$@"; then passed=$((passed + 1)); echo "$what: ok"; else failed=$((failed + 1)); echo "$what: FAILED"; fi
}
shared() { # shellcheck disable=SC2046
    "$@" "$folder/program.c" -o "$folder/shared" $(pkg-config $set_prefix --cflags --libs mica) &&
        LD_LIBRARY_PATH=$libs "$folder/shared"
}
# The flags without libraries that the linker cannot find: Debian's libpq.pc and libarchive.pc name
# ones for linking them statically too, which no package that they need holds.
found() {
    for flag in "$@"; do
        case $flag in
        -lmica) ;;
        -l*) echo 'int main(void) { return 0; }' | cc -x c - "$flag" -o /dev/null 2>/dev/null && echo "$flag" ;;
        *) echo "$flag" ;;
        esac
    done
}

static() { # the one archive, the rest from the system; shellcheck disable=SC2046
    "$@" "$folder/program.c" -x none -o "$folder/static" $(pkg-config $set_prefix --cflags mica) \
        "$libs/libmica.a" $(found $(pkg-config $set_prefix --libs --static mica)) &&
        "$folder/static"
}
command_runs() { LD_LIBRARY_PATH=$libs "$prefix/bin/mica" --version; }
try 'C, shared' shared cc -std=c99
try 'C++, shared' shared c++ -std=c++17 -x c++
try 'C, static' static cc -std=c99
try 'C++, static' static c++ -std=c++17 -x c++
try 'installed command' command_runs
try 'manual page' test -s "$prefix/share/man/man1/mica-train.1"
try 'completions' test -s "$prefix/share/bash-completion/completions/mica"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
