#!/bin/sh
# Runs the tests of a build folder; the last line is 'N passed, N failed', counted test by test:
# run_tests.sh BUILD [meson test arguments …]
set -u
build=$1
shift
meson test -C "$build" --no-rebuild --print-errorlogs "$@"
status=$?
python3 "$(dirname "$0")/summarize_tests.py" "$build/meson-logs/testlog.json" || exit 1
exit $status
