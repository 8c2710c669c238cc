#!/bin/sh
# The run folder: what is in it, that it can be run again, that a full disk does not lose the model;
# mica runs list and compare.
. "$MICA_SOURCE/tests/cli/common.sh"
unset LC_ALL LC_MESSAGES LANG
make_data data 120 20
make_recipe recipe.json
event_files() { find "$1/tensorboard/train" -name 'events.out.tfevents.*' | wc -l; }

# ---- what is in it ----
run 0 train recipe.json --epochs 3
for file in run.json recipe.json environment.json history.csv curves.svg confusion.svg report.html; do
    [ -s "model.h5.run/$file" ] || failed "no model.h5.run/$file"
done
cp model.h5 first.h5
python3 - <<'PYTHON' || failed 'the files of a run folder'
import json, os, socket, xml.etree.ElementTree as xml
folder = "model.h5.run/"
info = json.load(open(folder + "run.json"))
assert info["state"] == "done" and info["epochs"] == 3 and info["output"] == "model.h5", info
assert info["checkpoint"] == "model.h5.checkpoint" and info["test"]["accuracy"] <= 1, info
lines = open(folder + "history.csv").read().splitlines()
assert lines[0] == "epoch,seconds,loss,accuracy,val_loss,val_accuracy" and len(lines) == 4, lines
rows = [list(map(float, line.split(","))) for line in lines[1:]]
assert [row[0] for row in rows] == [1, 2, 3]
assert info["best"]["loss"]["value"] == min(row[2] for row in rows)
recipe = json.load(open(folder + "recipe.json"))
assert recipe["data"]["train"] == "../data" and recipe["fit"]["epochs"] == 3 and recipe["seed"] == 3, recipe
environment = json.load(open(folder + "environment.json"))
assert environment["threads"]["count"] >= 1 and environment["libraries"]["zlib"]
for picture in ("curves.svg", "confusion.svg"):
    assert xml.parse(folder + picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"
page = open(folder + "report.html", encoding="utf-8").read()
assert page.count("<svg") == 2 and "<html lang=\"en\">" in page and "prefers-color-scheme:dark" in page
assert "src=" not in page and "href=" not in page and page.count("http") == page.count("http://www.w3.org/2000/svg")
found = {}
for place, _, files in os.walk(folder):
    found.update({name: os.path.join(place, name) for name in files})
assert sum(name.startswith("events.out.tfevents.") for name in os.listdir(folder + "tensorboard/train")) == 1
for name, path in found.items():
    text = open(path, encoding="utf-8", errors="replace").read()
    assert os.getcwd() not in text, name
    assert len(socket.gethostname()) < 6 or socket.gethostname() not in text, name
PYTHON

# ---- numbers are short, and a short epoch has a time ----
run 0 train recipe.json --epochs 2 --output short.h5 --set 'compile.optimizer={"adam":{"beta_1":0.9,"learning_rate":0.3}}' --json
says short.h5.run/recipe.json '"beta_1": 0.9,'
grep -Eq '^Epoch 2/2  [0-9.]+ ms|^Epoch 2/2  [0-9]+\.[0-9]*[1-9][0-9]* s' err || { failed 'the time of an epoch'; show err; }
# What the process was before (here of 300 MiB) is not its memory.
python3 - "$MICA" <<'PYTHON' || failed 'peak_rss_mib counts the memory of another program'
import json, os, subprocess, sys
block = bytearray(os.urandom(1 << 20)) * 300
r, w = os.pipe()
if os.fork() == 0:
    os.dup2(w, 1)
    os.execv(sys.argv[1], [sys.argv[1], "train", "recipe.json", "--epochs", "1", "--output", "peak.h5", "--json", "--quiet"])
os.close(w)
assert 5 < json.load(os.fdopen(r))["peak_rss_mib"] < 250
PYTHON

# ---- in Chinese ----
run 0 train recipe.json --epochs 1 --lang zh --output chinese.h5 --quiet
says chinese.h5.run/report.html '<html lang="zh-CN">'
says chinese.h5.run/report.html 混淆矩阵
says chinese.h5.run/curves.svg 损失
LANG=zh_CN.UTF-8 "$MICA" train recipe.json --epochs 1 --output locale.h5 --quiet
says locale.h5.run/report.html 真实类别
says locale.h5.run/history.csv epoch,seconds,loss

# ---- it runs again, to the same bits; from another folder too ----
run 0 train model.h5.run/recipe.json --quiet --output again.h5
same first.h5 again.h5
mkdir -p far/away
(cd far/away && run 0 train ../../model.h5.run/recipe.json --quiet && exit "$failures") || failures=1
same first.h5 far/away/model.h5
says far/away/model.h5.run/recipe.json '"../../../data"'

# ---- left out, stopped, failed ----
run 0 train recipe.json --epochs 1 --quiet --output none.h5 --no-run-folder
[ ! -e none.h5.run ] || failed '--no-run-folder'
run 0 train recipe.json --epochs 1 --quiet --output none.h5 --set run_folder=false
[ ! -e none.h5.run ] || failed 'run_folder false'
run 0 train recipe.json --check --output none.h5
[ ! -e none.h5.run ] || failed '--check writes a run folder'
run 1 train recipe.json --set run_folder=3; says err 'run_folder is 3, expected true or false'
run 1 train recipe.json --set 'compile.optimizer={"class_name":"SGD","config":{"learning_rate":1e30}}' --output nan.h5
says nan.h5.run/run.json '"state": "failed"'
says nan.h5.run/run.json 'the loss is nan'
says nan.h5.run/report.html 'the loss is nan'
run 0 train recipe.json --epochs 1 --quiet --output nan.h5 # what the earlier one left is gone
grep -qr 'loss is nan' nan.h5.run && failed 'an old report stays'
# What fails before its first epoch takes nothing of an earlier training away.
run 0 train recipe.json --epochs 2 --quiet --output kept.h5
cp -r kept.h5.run kept.run; cp kept.h5.checkpoint kept.checkpoint; cp kept.h5 kept.model
run 1 train recipe.json --output kept.h5 --set 'compile.optimizer={"class_name":"SGD","config":{"learning_rate":1e30}}'
same kept.h5.checkpoint kept.checkpoint; same kept.h5 kept.model
diff -r kept.h5.run kept.run >/dev/null || failed 'a failed training changes the run folder of the earlier one'
[ ! -e kept.h5.checkpoint.before ] || failed 'what was kept aside stays'
run 0 train recipe.json --epochs 3 --quiet --output kept.h5 --resume
run 0 train recipe.json --epochs 1 --quiet --output kept.h5 # the new one takes its place
says kept.h5.run/run.json '"epochs": 1'
[ ! -e kept.h5.checkpoint.before ] || failed 'what was kept aside stays after a training'
[ "$(event_files kept.h5.run)" = 1 ] || failed 'event files of the earlier training'
printf x >file.h5.run
run 1 train recipe.json --epochs 1 --output file.h5
says err '--no-run-folder leaves it out'
grep -q '^Epoch' err && failed 'said only after an epoch'
# More epochs after a resume: the history is whole.
run 0 train recipe.json --epochs 2 --quiet --output more.h5
run 0 train recipe.json --epochs 4 --quiet --output more.h5 --resume
[ "$(wc -l <more.h5.run/history.csv)" = 5 ] || { failed 'history after --resume'; show more.h5.run/history.csv; }
[ "$(event_files more.h5.run)" = 2 ] || failed 'a resumed training has event files of its own beside the earlier ones'
run 0 train recipe.json --epochs 1 --quiet --output more.h5
[ "$(event_files more.h5.run)" = 1 ] || failed 'a new training leaves old event files'

# ---- a folder that can no longer be written: the model is saved, a warning is said once ----
rm -rf blocked.h5.run
run 0 train recipe.json --epochs 1 --quiet --output blocked.h5
rm -rf blocked.h5.run blocked.h5; mkdir -p blocked.h5.run/history.csv/in_the_way
run 0 train recipe.json --epochs 3 --output blocked.h5
[ -s blocked.h5 ] || failed 'a run folder that cannot be written lost the model'
[ "$(grep -c 'the training goes on' err)" = 1 ] || { failed 'one warning'; show err; }
# The same where event files cannot be made, at the beginning or, for the validation, after an epoch.
for place in tensorboard tensorboard/validation; do
    rm -rf blocked.h5.run blocked.h5; mkdir -p "blocked.h5.run/$(dirname $place)"
    printf x >"blocked.h5.run/$place"
    run 0 train recipe.json --epochs 3 --output blocked.h5
    [ -s blocked.h5 ] || failed "$place that cannot be made lost the model"
    [ "$(grep -c 'tensorboard.*the training goes on' err)" = 1 ] || { failed "one warning of $place"; show err; }
    grep -q '^Epoch 3/3' err out || { failed "all epochs without $place"; show out; show err; }
    [ ! -e blocked.h5.run/history.csv ] || failed "written on without $place"
done

# ---- early stopping: what is told is of the weights that were saved ----
run 0 train recipe.json --epochs 40 --output early.h5 --learning-rate 0.3 --set data.test=null \
    --set 'fit.callbacks=[{"EarlyStopping":{"monitor":"val_loss","patience":2,"restore_best_weights":true}}]'
[ "$(grep -c 'early stopping after epoch [0-9]*; weights of epoch [0-9]* restored' err)" = 1 ] || { failed 'early stopping is told'; show err; }
run 0 card early.h5 --json; cp out card.json
python3 - <<'PYTHON' || failed 'what is told of restored weights'
import json, re
told = open("err", encoding="utf-8").read()
card = json.load(open("card.json"))["metrics"]
info = json.load(open("early.h5.run/run.json"))
rows = [line.split(",") for line in open("early.h5.run/history.csv").read().splitlines()]
epoch = info["saved"]["epoch"]
assert epoch == info["epochs"] - 2 == card["epoch"] == info["best"]["val_loss"]["epoch"], info
assert "last_epoch" not in card and card["restored_epoch"] == info["saved"]["results"], card
assert abs(info["saved"]["results"]["val_loss"] - float(rows[epoch][rows[0].index("val_loss")])) < 1e-6
page = open("early.h5.run/report.html", encoding="utf-8").read()
assert "saved weights are of epoch</th><td>%d<" % epoch in page and ">saved</th>" in page
PYTHON
mkdir early; cp -r early.h5.run early/; run 0 runs list early
says out "(epoch $(python3 -c 'import json; print(json.load(open("early.h5.run/run.json"))["saved"]["epoch"])'))"
run 0 runs list early --lang zh; says out 状态; says out 完成
LC_ALL=zh_CN.UTF-8 "$MICA" runs list early >out; says out 开始时间
run 0 runs compare early.h5 model.h5 --lang zh; says out '最好 val_loss'; says out 训练轮次

# ---- several ----
run 0 train recipe.json --epochs 2 --quiet --output other.h5 --learning-rate 0.5 --batch-size 8
run 0 runs list
says out 'model.h5.run'; says out 'test loss '; says out 'started'
run 0 runs list far/away; says out 'far/away/model.h5.run'
run 0 runs list --json
json out "any(r['run'] == 'other.h5.run' and r['epochs'] == 2 for r in it['runs'])"
mkdir empty; run 0 runs list empty; silent out; says err 'no run folder'
run 0 runs compare model.h5 other.h5.run/ --output both.svg
says out 'compile.optimizer.config.learning_rate'; says out 'fit.batch_size'; says out 'best val_accuracy'
grep -q 'best val_loss .*(epoch ' out || { failed 'the epoch of the best'; show out; }
grep -q seed out && failed 'a setting that does not differ'
python3 -c 'import xml.dom.minidom; d = xml.dom.minidom.parse("both.svg"); assert "other.h5.run" in d.toxml()' || failed both.svg
run 0 runs compare model.h5 other.h5 --json
json out "it['settings']['fit.batch_size'] == ['16', '8'] and len(it['best']['loss']) == 2 and it['test']['accuracy'][0] <= 1"
run 2 runs compare model.h5; says err 'two runs or more'
run 2 runs show; says err 'expected list or compare'
run 1 runs compare model.h5 absent.h5; says err 'absent.h5: no run folder'
printf 'epoch,seconds,loss\n1,x,2\n' >other.h5.run/history.csv
run 1 runs compare model.h5 other.h5; says err 'history.csv: line 2'
run 0 runs list; says err 'other.h5.run/history.csv'
printf '{"version": 99}' >other.h5.run/run.json
run 1 runs compare model.h5 other.h5; says err 'written by a newer mica'
finish
