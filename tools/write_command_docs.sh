#!/bin/sh
# Writes docs/commands.md from the command's own help: write_command_docs.sh [MICA [FILE]]; FILE "-"
# is standard output. A test holds both equal.
set -eu
mica=${1:-build/mica}
file=${2:-$(dirname "$0")/../docs/commands.md}
[ -f "$mica" ] && [ -x "$mica" ] || { echo "$0: $mica is not the command mica" >&2; exit 1; }
if [ "$file" != - ]; then
    "$0" "$mica" - >"$file.part" && mv "$file.part" "$file"
    exit
fi
printf '%s\n' '# The command `mica`' '' \
    'Written by `tools/write_command_docs.sh` from `mica COMMAND --help`.' '' \
    'Results go to standard output, progress and messages to standard error. With `--json` standard' \
    'output holds exactly one line, a JSON object (`predict`: one line for each sample); where a command' \
    'fails, `{"error", "code"}`. Numbers read the same in every locale. Exit status: 0 success, 1 failure,' \
    '2 wrong usage, 130 and 143 after Ctrl-C and SIGTERM.' ''
page() { # ## or ###, the command's words
    mark=$1
    shift
    printf '%s mica %s\n\n```\n' "$mark" "$*"
    "$mica" "$@" --help </dev/null
    printf '```\n\n'
}
"$mica" list commands | while read -r name _; do
    page '##' "$name"
    "$mica" "$name" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' |
        while read -r inner; do page '###' "$name" "$inner"; done
done | sed -e '$d'
