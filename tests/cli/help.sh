#!/bin/sh
# The help of every command is what docs/commands.md says.
. "$MICA_SOURCE/tests/cli/common.sh"

"$MICA_SOURCE/tools/write_command_docs.sh" "$MICA" page.md
[ ! -e page.md.part ] || failed 'page.md.part stays'
diff "$MICA_SOURCE/docs/commands.md" page.md >&2 ||
    failed 'docs/commands.md differs from --help: tools/write_command_docs.sh writes it'

run 0 --help
cp out overview
[ "$(sed -n 's/^\(  [a-z]*  *\)[^ ].*$/\1/p' overview | awk '{ print length($0) }' | sort -u | wc -l)" = 1 ] ||
    { failed 'the summaries are not below each other'; show overview; }
for name in $("$MICA" list commands | cut -d' ' -f1); do
    grep -q "^  $name " overview || failed "mica --help does not list $name"
    run 0 "$name" --help
    says out "Usage: mica $name"
    cp out long
    run 0 help "$name"
    same out long
    run 0 "$name" -h
    same out long
done
run 0 --version
[ "$(grep -cE '^mica [0-9]+\.[0-9]+\.[0-9]+$' out)" = 1 ] || { failed '--version'; show out; }

run 0 list
for kind in $(cut -d' ' -f1 out); do
    run 0 list "$kind"
    [ -s out ] || failed "mica list $kind is empty"
    run 0 list "$kind" --json
    json out "list(it) == ['$kind'] and all('name' in e for e in it['$kind'])"
done
run 0 list layers; says out Conv2DTranspose
run 0 list backends; says out reference
run 0 info --json
json out "it['threads']['count'] >= 1 and it['threads']['why'] and it['libraries']['zlib'] and 'reference' in it['backends']"
run 0 info --threads 3; says out '3 (as asked)'
MICA_NUM_THREADS=1 "$MICA" info >out; says out '1 (MICA_NUM_THREADS)'
finish
