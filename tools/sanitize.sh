#!/bin/sh
# Builds with a sanitizer of gcc and runs the tests: sanitize.sh address|thread BUILD [test names …]
# address: with undefined behaviour, everything. thread: own threads instead of OpenMP, whose
# runtime the thread sanitizer cannot see into, and so without oneDNN.
set -eu
kind=$1 build=$2
shift 2
case $kind in
address) setup='-Db_sanitize=address,undefined -Db_lundef=false' ;;
thread) setup='-Db_sanitize=thread -Db_lundef=false -Dopenmp=disabled -Donednn=disabled' ;;
*) echo "usage: sanitize.sh address|thread BUILD [tests]" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086
[ -f "$build/build.ninja" ] || meson setup "$build" $setup -Dbench=false -Dc_args=-fno-sanitize-recover=all
ninja -C "$build"
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export LSAN_OPTIONS=suppressions=$PWD/tools/leaks.txt:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=allocator_may_return_null=1:halt_on_error=1:second_deadlock_stack=1
if [ "$kind" = thread ] && command -v setarch >/dev/null && setarch -R true 2>/dev/null; then
    exec setarch -R tools/run_tests.sh "$build" -t 8 --no-suite tree "$@" # its shadow memory wants fixed addresses
fi
exec tools/run_tests.sh "$build" -t 8 --no-suite tree "$@"
