#!/bin/sh
# A repository of models: publishing, aliases, going back, retiring, and what is refused.
. "$MICA_SOURCE/tests/cli/common.sh"
unset MICA_REPOSITORY
table() { # FILE, cities: rows of a table
    awk -v cities="$2" 'BEGIN { n = split(cities, c, " "); print "age,city,y"
        for (i = 0; i < 40; i++) printf "%d,%s,%s\n", 20 + i, c[i % n + 1], i % 3 ? "no" : "yes" }' >"$1"
}
table a.csv 'Linz Wien'
table b.csv 'Linz Wien Graz'
cat >recipe.json <<'RECIPE'
{"model": {"input": [2], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
 "data": {"train": "a.csv", "preprocessing": {"target": "y"}},
 "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}}
RECIPE
run 0 train recipe.json --quiet --output a.h5
run 0 train recipe.json --quiet --output b.h5 --data b.csv
run 0 train recipe.json --quiet --output c.h5 --seed 9

run 1 publish a.h5 churn
says err 'MICA_REPOSITORY'
run 1 models list --repository nowhere
says err 'nowhere'
export MICA_REPOSITORY="$folder/store"
run 0 publish a.h5 churn --alias champion
says out 'churn version 1'
says err 'it is champion'
run 0 publish c.h5 churn --alias candidate --alias shop --json
json out "it['version'] == 2 and it['aliases'] == ['candidate', 'shop'] and len(it['sha256']) == 64 and not it['differences']"
cmp -s c.h5 store/churn/2/model.h5 || failed 'the published file is another one'
[ "$(sha256sum c.h5 | cut -c 1-64)" = "$("$MICA" models list churn --json | python3 -c 'import json, sys
print(json.load(sys.stdin)["models"][0]["versions"][1]["sha256"])')" ] || failed 'another sha256'

# Another input contract.
run 1 publish b.h5 churn
says err 'column "city": categories: ["Graz", "Linz", "Wien"], expected ["Linz", "Wien"]'
[ "$(grep -c 'column "city": categories' err)" = 1 ] || { failed 'a difference is told once'; show err; }
says err 'not the input contract of version 1'
says err 'MISMATCH'
[ ! -e store/churn/3 ] || failed 'what was refused is there'
run 0 publish b.h5 churn --force --version 7 --json
says err 'warning: column "city": categories: found ["Graz", "Linz", "Wien"], expected ["Linz", "Wien"]'
json out "it['version'] == 7 and it['differences'][0]['what'] == 'column \"city\": categories'"
run 1 publish a.h5 churn --version 7
says err 'version 7: expected 8 or more'
run 1 publish recipe.json churn
says err 'recipe.json: not a model file'
run 1 publish a.h5 ../churn
says err "cannot be a model's name"
run 2 publish a.h5

run 0 models list
[ "$(head -n 1 out | tr -s ' ')" = 'model version state published sha256 by aliases' ] || { failed 'a head line'; show out; }
says out 'churn        1  live '
says out 'champion (default)'
says out 'candidate, shop'
says out '(forced)'
run 0 models alias churn champion candidate
says out 'churn: champion is version 2'
run 0 models alias churn champion 7 --json
json out "it == {'name': 'churn', 'alias': 'champion', 'version': 7, 'before': 2}"
run 0 models rollback churn
says out 'churn: champion is version 2 (it was 7)'
run 0 models rollback churn --json
json out "it == {'name': 'churn', 'version': 1, 'before': 2, 'skipped': 0}"
run 1 models rollback churn
says err 'had no champion before'
run 1 models alias churn shop
says err 'expected NAME ALIAS VERSION'
run 0 models alias churn shop --remove
run 1 models alias churn 3 1
says err 'cannot be an alias'
run 1 models retire churn champion
says err 'is its champion'
run 0 models retire churn 7
says out 'churn: version 7 is retired'
run 1 models alias churn shop 7
says err 'is retired'
run 0 models retire churn 7 --restore
run 0 models retire churn 7 --delete --json
json out "it == {'name': 'churn', 'version': 7, 'state': 'deleted'}"
[ ! -e store/churn/7 ] || failed 'deleted files are there'
run 0 publish a.h5 churn --json
json out "it['version'] == 8"
run 0 models list --changes
tr -s ' ' <out >one; says one 'model when by what version alias before'; says one ' rollback 1 champion 2'
run 0 models list churn --changes --json
json out "[c['what'] for c in it['models'][0]['changes']][-4:] == ['retire', 'restore', 'delete', 'publish'] and it['models'][0]['default'] == 1"
run 1 models list other
says err 'there is no model "other"'

# A file that was changed; an index that was written by a newer mica.
run 0 models list --check
printf x >>store/churn/2/model.h5
run 1 models list --check
says err 'store/churn/2/model.h5 was changed after it was published'
sed -i 's/"version": 1,/"version": 2,/' store/churn/index.json
run 1 models list
says err 'index.json: written by mica'
finish
