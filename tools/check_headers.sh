#!/bin/sh
# Compiles every public header alone, as C99, C11 and C++17, with all warnings as errors:
# check_headers.sh ROOT. C++ only where a C++ compiler is found.
set -u
root=$1 failed=0 passed=0
one() { # one HEADER compiler flags…
    header=$1; shift
    if printf '#include "mica/%s"\nextern int check_headers;\n' "$header" |
        "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$root/include" -; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)); echo "include/mica/$header: fails with: $*"
    fi
}
for path in "$root"/include/mica/*.h; do
    header=${path##*/}
    one "$header" ${CC:-cc} -std=c99 -x c
    one "$header" ${CC:-cc} -std=c11 -x c
    command -v "${CXX:-c++}" >/dev/null && one "$header" "${CXX:-c++}" -std=c++17 -x c++
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
