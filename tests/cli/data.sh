#!/bin/sh
# mica data: its commands, help at every place, what is no command.
. "$MICA_SOURCE/tests/cli/common.sh"

run 2 data; says err 'Usage: mica data COMMAND'
run 2 data descripe; says err "mica data: unknown command 'descripe' (did you mean 'describe'?)"
run 0 data --help; says out '  describe '
for name in $("$MICA" list data | cut -d' ' -f1); do
    run 0 data "$name" --help; says out "Usage: mica data $name"
    cp out long
    run 0 help data "$name"; same out long
    run 0 man data; says out "mica data $name"
done
run 2 help data absent; says err "unknown command 'absent'"
run 2 data describe; says err 'expected: mica data describe SPEC'
run 2 data describe x --jso; says err 'mica data describe: unknown option --jso (did you mean --json?)'

# ---- samples: shapes, classes ----
make_data data 41 8
run 0 data describe data --json
json out "it['rows'] == 41 and [a['shape'] for a in it['arrays']] == [[8, 8], []]"
json out "[c['count'] for c in it['classes']] == [11, 10, 10, 10]"
run 0 data describe data --test; says out '8 samples'; says out '(8, 8)'; says out '25.0 %'
run 1 data describe absent --json
json out "it['code'] == 'IO'"
finish
