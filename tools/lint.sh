#!/bin/sh
# Everything that is checked without running: lint.sh BUILD. The last line is 'N passed, N failed'.
set -u
build=${1:-build}
passed=0 failed=0
run() { # run 'name' command…
    name=$1; shift
    printf '%s … ' "$name"
    if output=$("$@" 2>&1); then
        passed=$((passed + 1)); echo ok
        printf '%s\n' "$output" | grep -E '^(median|largest)' || true
    else
        failed=$((failed + 1)); echo FAILED
        printf '%s\n' "$output" | grep -vE '^[0-9]+ warnings? generated|^Suppressed' | head -200
    fi
}

tidy() { # clang-tidy on the C files that the build folder compiles, two at a time
    python3 - "$build" <<'TIDY' | xargs -0 -r -n 6 -P 2 clang-tidy --quiet -p "$build" \
            --extra-arg-before=-Wno-unknown-warning-option
import json, os, sys
folder = sys.argv[1]
files = {os.path.relpath(os.path.join(e["directory"], e["file"]))
         for e in json.load(open(os.path.join(folder, "compile_commands.json")))}
# SIMD twins are compiled three times; clang-tidy would repeat itself.
print("\0".join(sorted(f for f in files if f.startswith("src/") and "simd_" not in f)), end="")
TIDY
}
c_files() { git ls-files -z 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'examples/*.[ch]' 'bench/*.[ch]'; }
format() { c_files | xargs -0 clang-format --dry-run --Werror; }
shell() { # every script parses
    git ls-files -z '*.sh' '.ci/run' tools | xargs -0 -n 1 sh -c 'case $(head -c 64 "$1" | head -n 1) in
        *bash) bash -n "$1" ;; *"/sh") sh -n "$1" ;; esac' sh
}

run 'clang-format' format
run 'levels, sizes, names' python3 tools/check_layers.py . "$build"
run 'code written twice' python3 tools/check_duplicates.py .
run 'files that no build knows' python3 tools/check_forgotten.py . "$build"
run 'exported symbols' python3 tools/check_exports.py . "$build"
run 'scripts' shell
run 'clang-tidy' tidy
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
