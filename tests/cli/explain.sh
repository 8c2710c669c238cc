#!/bin/sh
# mica explain: every code in both languages; errors name their code; log levels, colours.
. "$MICA_SOURCE/tests/cli/common.sh"
unset LC_ALL LC_MESSAGES LANG NO_COLOR

codes=$(sed -n 's/^    X(\([A-Z]*\),.*/\1/p' "$MICA_SOURCE/include/mica/status.h" | grep -v '^OK$')
[ "$(printf '%s\n' "$codes" | wc -l)" -ge 13 ] || failed 'codes of status.h'
for code in $codes; do
    grep -q "^EXPLAIN($code,$" "$MICA_SOURCE/src/cli/explanations.def" || failed "$code is not explained"
    run 0 explain "$code"
    says out "$code: "; says out Cause; says out Cure
    run 0 explain "$code" --lang zh
    says out "$code："; says out 原因; says out 办法
done
run 0 explain
[ "$(cut -d' ' -f1 out)" = "$codes" ] || { failed 'mica explain lists all codes'; show out; }
for lang in en zh; do
    run 0 explain --json --lang $lang
    json out "len(it['codes']) >= 13 and all(e[k] for e in it['codes'] for k in ('code', 'meaning', 'cause', 'cure'))"
done
run 0 explain IO --json; json out "it['code'] == 'IO' and 'df -h' in it['cure']"
run 0 explain mica_shape; says out 'SHAPE: shapes do not fit'
run 2 explain SHAPES; says err "did you mean 'SHAPE'?"
run 2 explain OK; silent out

# ---- the language: --lang, else LC_ALL, LC_MESSAGES, LANG, the first that is set ----
chinese() { "$MICA" explain IO "$@" >out 2>err; says out 读写失败; }
english() { "$MICA" explain IO "$@" >out 2>err; says out 'reading or writing failed'; }
english
(LANG=zh_CN.UTF-8; export LANG; chinese; english --lang en; exit "$failures") || failures=1
(LANG=de_DE LC_MESSAGES=zh_TW; export LANG LC_MESSAGES; chinese; exit "$failures") || failures=1
(LANG=zh_CN LC_ALL=C; export LANG LC_ALL; english; exit "$failures") || failures=1
(LANG=zh_CN LC_ALL=''; export LANG LC_ALL; chinese; exit "$failures") || failures=1
chinese --lang zh
run 2 explain --lang de; says err "--lang wants one of en, zh, not 'de'"

# ---- an error names its code; which messages are said ----
run 1 summary absent.h5; says err '(mica explain IO)'
make_data data 40 8
make_recipe recipe.json
run 0 train recipe.json --epochs 1; says err ' threads ('
run 0 train recipe.json --epochs 1 --log-level warning
grep -q ' threads (' err && failed '--log-level warning leaves out what is only told'
says err 'Epoch 1/1'
run 0 train recipe.json --epochs 1 --quiet --log-level info
says err ' threads ('
grep -q Epoch err && failed '--quiet leaves out progress'
run 2 train recipe.json --log-level all; says err '--log-level wants one of error, warning, info'
finish
