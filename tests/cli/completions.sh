#!/bin/bash
# mica completions: bash completes commands, options and names; the others parse where they are.
# mica man: a page for every command.
. "$MICA_SOURCE/tests/cli/common.sh"
PATH=$(dirname "$MICA"):$PATH
"$MICA" completions bash >mica.bash
# shellcheck disable=SC1091
. ./mica.bash
completes() { # EXPECTED WORDS…
    local expected=$1; shift
    COMP_WORDS=(mica "$@") COMP_CWORD=$#
    _mica
    [ "${COMPREPLY[*]}" = "$expected" ] || failed "mica $*: '${COMPREPLY[*]}', expected '$expected'"
}
completes train tr
completes 'evaluate explain' e
completes --epochs train --ep
completes adagrad train --optimizer adag
completes 'error warning info' train --log-level ''
completes SHAPE explain SH
completes 'ops optimizers' list op
completes 'bash zsh fish' completions ''
completes 'en zh' explain --lang ''
completes '' train recipe
for shell in zsh fish; do
    run 0 completions "$shell"
    says out epochs
    if command -v $shell >/dev/null; then $shell -n out || failed "$shell does not take it"; fi
done
run 2 completions tcsh; says err "no completions for 'tcsh'"
run 2 completions

run 0 man; says out '.BR mica\-train (1)'
for name in $("$MICA" list commands | cut -d' ' -f1); do
    run 0 man "$name"
    says out "mica\\-$name \\- "
    for option in $("$MICA" "$name" --help | sed -n 's/^  --\([a-z-]*\) .*/\1/p'); do
        says out "\\-\\-$(printf '%s' "$option" | sed 's/-/\\-/g')\\fR"
    done
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W error out >lint || { failed "mandoc: mica-$name.1"; show lint; }
    fi
done
run 2 man absent; says err "no command 'absent'"
finish
