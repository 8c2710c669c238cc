#!/bin/sh
# Runs every fuzz target under libFuzzer with the address and undefined-behaviour sanitizers:
# fuzz.sh BUILD SECONDS [name …]. What it finds stays in BUILD/fuzz/<name>/. The corpus of the tree
# is read, not written. The last line is 'N passed, N failed'.
set -u
build=$1 seconds=$2
shift 2
[ -f "$build/build.ninja" ] ||
    CC=clang meson setup "$build" -Dfuzz=true -Dtests=true -Dbench=false -Db_lundef=false \
        -Db_sanitize=address,undefined -Dopenmp=disabled -Donednn=disabled || exit 1
names=${*:-$(sed -n 's/^FUZZ( *\([a-z0-9_]*\).*/\1/p' tests/fuzz/fuzz.def)}
ninja -C "$build" $(for name in $names; do echo "tests/fuzz/fuzz_$name"; done) || exit 1
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
passed=0 failed=0
for name in $names; do
    found=$build/fuzz/$name
    mkdir -p "$found/corpus"
    if "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=1024 \
        -malloc_limit_mb=512 -timeout=10 -print_final_stats=1 -artifact_prefix="$found/" \
        "$found/corpus" "tests/fuzz/corpus/$name" >"$found/log" 2>&1; then
        passed=$((passed + 1))
        echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log") inputs"
    else
        failed=$((failed + 1))
        echo "fuzz $name: FAILED"
        tail -40 "$found/log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
