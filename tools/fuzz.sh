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
# Two at a time, each on a core of its own; a target's word is in its folder.
fuzz() {
    found=$build/fuzz/$1
    mkdir -p "$found/corpus"
    if "$build/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -rss_limit_mb=1024 \
        -malloc_limit_mb=512 -timeout=10 -print_final_stats=1 -artifact_prefix="$found/" \
        "$found/corpus" "tests/fuzz/corpus/$1" >"$found/log" 2>&1; then
        echo "fuzz $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log") inputs"
    else
        echo "fuzz $1: FAILED"
        tail -40 "$found/log"
    fi >"$found/said"
    cat "$found/said"
}
lane() { # every second name, from the first or the second on
    number=0
    for name in $names; do
        [ $((number % 2)) = "$1" ] && fuzz "$name"
        number=$((number + 1))
    done
}
for name in $names; do rm -f "$build/fuzz/$name/said"; done
lane 0 &
lane 1
wait
passed=0 failed=0
for name in $names; do
    if grep -q "^fuzz $name: [0-9]* inputs$" "$build/fuzz/$name/said" 2>/dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
