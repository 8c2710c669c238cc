#!/usr/bin/env python3
"""The prediction log: what a policy lets be written of requests, their outputs, labels that come later; samples, limits, a
database that is full or gone, kill -9; in SQLite, and in PostgreSQL where a server is installed."""
import glob
import http.client
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ["MICA_SOURCE"]
sys.path.insert(0, os.path.join(SOURCE, "tests/cli"))
sys.path.insert(0, os.path.join(SOURCE, "tests/serve"))
import postgresql  # noqa: E402
from serving import MICA, Server, run  # noqa: E402

TENSORS = "m=" + SOURCE + "/tests/recorded/trainings/softmax.h5"
INFER = {"id": "c-1", "inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [0.5, 2, 3]}]}
PERSON = {"name": "Ada Lovelace", "mail": "ada@example.org", "age": 36, "city": "London"}
PERSONAL = ["Ada", "Lovelace", "ada@example"]
POLICY = {"columns": {"name": "drop", "mail": {"mask": {}}, "age": {"generalise": {"width": 10}}, "city": "keep"}, "other_columns": "drop"}


def write(name, text):
    with open(name, "w", encoding="utf-8") as f:
        f.write(text if isinstance(text, str) else json.dumps(text))


def wait_for(what):
    while not what():
        time.sleep(0.02)


def metric(server, name):
    host = server.control.split("//")[1]
    c = http.client.HTTPConnection(host, timeout=60)
    c.request("GET", "/metrics")
    text = c.getresponse().read().decode()
    c.close()
    return next((float(line.split()[1]) for line in text.splitlines() if line.startswith(name + " ")), None)


def kept(server, count, name="mica_prediction_records_total"):
    wait_for(lambda: metric(server, name) >= count)


def query(sql, path="log.db"):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql)]


def clean():
    for path in glob.glob("log*"):
        os.remove(path)


def train_table():
    lines = ["name,mail,age,city,bought"]
    for i in range(60):
        lines.append(f"Name {i},n{i}@example.org,{20 + i % 40},{['London', 'Paris'][i % 2]},{['no', 'yes'][i % 2]}")
    write("t.csv", "\n".join(lines) + "\n")
    write("t.json", {"model": {"input": [4], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
                     "data": {"train": "t.csv", "preprocessing": {"target": "bought", "categorical": ["name", "mail"], "unknown": "minus_one"}},
                     "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}, "output": "t.h5"})


def tensors_and_labels():
    write("keep.json", {})
    write("drop.json", {"columns": {"input_layer": "drop"}})
    with Server(TENSORS, "other=" + TENSORS[2:], "none=" + TENSORS[2:], "--prediction-log", "sqlite:log.db", "--deidentify", "m=keep.json",
                "--deidentify", "other=drop.json") as s:
        reply = s.post("/v2/models/m/infer", INFER, X_Request_Id="r-1")
        s.post("/v2/models/other/infer", INFER)
        s.post("/v2/models/none/infer", INFER)
        s.post("/v2/models/m/infer", {"inputs": []}, code=400)
        kept(s, 3)
        assert s.post("/v2/models/m/feedback", {"id": "r-1", "label": 2}) == {"accepted": 1}
        assert s.post("/v2/models/other/feedback", [{"id": "c-1", "label": "yes"}, {"id": "later", "label": [1, 2]}]) == {"accepted": 2}
        s.post("/v2/models/m/feedback", {"id": "r-1", "label": 3})  # corrected
        kept(s, 4, "mica_prediction_labels_total")
        for wrong, word in (({"id": "x"}, "label"), ({"label": 1}, "id"), ([], "1 to"), ([1], "label 1"), ({"id": "", "label": 1}, "id"),
                            ({"id": "x", "label": None}, "null"), (b"{", "body")):
            assert word in s.post("/v2/models/m/feedback", wrong, code=400)["error"], wrong
        assert "absent" in s.post("/v2/models/absent/feedback", {"id": "x", "label": 1}, code=404)["error"]
        paths = json.loads(s.ask("/openapi.json")[1])["paths"]
        assert "post" in paths["/v2/models/{model}/feedback"]
        assert os.stat("log.db").st_mode & 0o777 == 0o600
    # A record is made behind its reply: the next request's may overtake it.
    rows = sorted(query("SELECT * FROM mica_predictions"), key=lambda r: "m other none".find(r["model"]))
    assert [r["model"] for r in rows] == ["m", "other", "none"], rows
    first = rows[0]
    assert (first["request_id"], first["client_id"], first["version"], first["row_count"]) == ("r-1", "c-1", "1", 1), first
    assert json.loads(first["inputs"]) == {"input_layer": [[0.5, 2, 3]]}, first
    out = reply["outputs"][0]
    assert json.loads(first["outputs"]) == {out["name"]: [out["data"]]}, (first, reply)
    assert first["time"].endswith("Z") and first["time"] > "2026"
    assert json.loads(rows[1]["inputs"]) == {} and rows[2]["inputs"] is None
    labels = {(r["model"], r["request_id"]): json.loads(r["label"]) for r in query("SELECT * FROM mica_feedback")}
    assert labels == {("m", "r-1"): 3, ("other", "c-1"): "yes", ("other", "later"): [1, 2]}, labels
    labelled = {r["model"]: r["label"] for r in query("SELECT * FROM mica_labelled")}
    assert labelled == {"m": "3", "other": '"yes"', "none": None}, labelled
    run("data", "convert", "sqlite:log.db", "log.csv", "--table", "mica_labelled")  # the export
    with open("log.csv", encoding="utf-8") as f:
        assert "r-1" in f.read()
    assert [r["version"] for r in query("SELECT * FROM mica_schema")] == [1]
    with sqlite3.connect("log.db") as db:
        db.execute("UPDATE mica_schema SET version = 2")
    assert "schema version 2" in run("serve", TENSORS, "--port", "0", "--prediction-log", "sqlite:log.db", status=1)
    clean()
    with Server(TENSORS) as s:
        assert "--prediction-log" in s.post("/v2/models/m/feedback", {"id": "x", "label": 1}, code=404)["error"]


def date_parts():
    """What a date's parts tell is protected with the date, also where tensors come."""
    lines = "".join(f"2024-0{1 + i % 9}-1{i % 10},{i % 7},{['no', 'yes'][i % 2]}\n" for i in range(60))
    write("d.csv", "since,n,y\n" + lines)
    write("d.json", {"model": {"features": {"since": "float_normalized", "since.weekday": "float_normalized", "n": "float_normalized"},
                               "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
                     "data": {"train": "d.csv", "preprocessing": {"target": "y"}},
                     "compile": {"optimizer": "adam", "loss": "binary_crossentropy"}, "fit": {"epochs": 1}, "output": "d.h5"})
    run("train", "d.json", "--quiet")
    write("since.json", {"columns": {"since": "drop"}})
    with Server("d.h5", "--prediction-log", "sqlite:log.db", "--deidentify", "since.json") as s:
        inputs = json.loads(s.ask("/v2/models/d")[1])["inputs"]
        s.post("/v2/models/d/infer", {"inputs": [{"name": i["name"], "shape": [1, 1], "datatype": i["datatype"], "data": [4]}
                                                 for i in inputs]})
        kept(s, 1)
    assert {i["name"] for i in inputs} == {"since", "since.weekday", "n"}, inputs
    assert json.loads(query("SELECT * FROM mica_predictions")[0]["inputs"]) == {"n": [4]}
    clean()


def personal_values():
    """No personal value is in any file: not in the database, its log of changes, the audit log, the access log."""
    train_table()
    run("train", "t.json", "--quiet")
    write("policy.json", POLICY)
    with Server("t.h5", "--prediction-log", "sqlite:log.db", "--deidentify", "policy.json", "--audit-log", "log-audit", "--audit-bodies",
                "--access-log", "log.access") as s:
        # of a column that is none of the model's nothing is written
        s.post("/v2/models/t/rows", [dict(PERSON, nick=PERSONAL[0]), dict(PERSON, age=51, city="Paris")])
        kept(s, 1)
        wait_for(lambda: metric(s, "mica_audit_records_total") >= 3)
        s.post("/v2/models/t/rows", [{**{k: v for k, v in PERSON.items() if k != "age"}, "height": 1}], code=400)
        found = b"".join(open(path, "rb").read() for path in glob.glob("log*") + glob.glob("log-audit/*") if os.path.isfile(path))
        assert not any(word.encode() in found for word in PERSONAL)
    row = query("SELECT * FROM mica_predictions")[0]
    assert row["row_count"] == 2
    inputs = json.loads(row["inputs"])
    assert set(inputs) == {"mail", "age", "city"} and inputs["city"] == ["London", "Paris"], inputs
    assert inputs["age"] == ["[30, 40)", "[50, 60)"] and set(inputs["mail"][0]) <= set("*@."), inputs
    audited = [json.loads(line) for path in glob.glob("log-audit/audit-*") for line in open(path, encoding="utf-8")]
    assert [r["detail"]["inputs"] for r in audited if r["action"] == "predict" and r["outcome"] == "ok"] == [inputs], audited
    run("audit", "verify", "log-audit")
    clean_audit()
    clean()


def clean_audit():
    for path in glob.glob("log-audit/*"):
        os.remove(path)
    os.rmdir("log-audit")


def shown(page, kind):
    """The blocks of that kind in the section about training tables."""
    with open(f"{SOURCE}/docs/{page}", encoding="utf-8") as f:
        section = re.split(r"^### ", f.read(), flags=re.M)
    section = next(s for s in section if "labelled.sql" in s)
    return re.findall(rf"^```{kind}\n(.*?)^```$", section, re.M | re.S)


def make_churn():
    write("c.csv", "age,city,churn\n" + "".join(f"{20 + i % 40},{['Linz', 'Graz'][i % 2]},{['no', 'yes'][i // 7 % 2]}\n" for i in range(80)))
    write("c.json", {"model": {"features": {"age": "float_normalized", "city": "string_categorical"},
                               "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
                     "data": {"train": "c.csv", "preprocessing": {"target": "churn"}}, "output": "churn.h5",
                     "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}})
    run("train", "c.json", "--quiet")


def ask_churn(s):
    """What a training table is made of: requests of one and two samples, one of another model, one without a label."""
    s.post("/v2/models/churn/rows", [{"age": 31, "city": "Linz"}, {"age": 52.5, "city": "Graz, Ost"}], X_Request_Id="two")
    s.post("/v2/models/churn/rows", [{"age": 44, "city": "Wien"}], X_Request_Id="one")
    s.post("/v2/models/other/rows", [{"age": 99, "city": "Linz"}], X_Request_Id="three")
    s.post("/v2/models/churn/rows", [{"age": 98, "city": "Linz"}], X_Request_Id="four")
    kept(s, 4)
    s.post("/v2/models/churn/feedback", [{"id": "one", "label": "yes"}, {"id": "two", "label": ["no", "yes"]}])
    s.post("/v2/models/other/feedback", {"id": "three", "label": "yes"})
    kept(s, 3, "mica_prediction_labels_total")


LEARNED = ["31,Linz,no", '52.5,"Graz, Ost",yes', "44,Wien,yes"]


def labels_become_a_table():
    """As the docs show it."""
    make_churn()
    write("keep.json", {})
    with Server("churn.h5", "other=churn.h5", "--prediction-log", "sqlite:predictions.db", "--deidentify", "keep.json") as s:
        ask_churn(s)
    assert shown("serving_records.md", "sql") == shown("serving_records.zh.md", "sql")
    write("labelled.sql", shown("serving_records.md", "sql")[0])
    for line in shown("serving_records.md", "sh")[0].splitlines():
        assert line.startswith("mica "), line
        if line.startswith("mica init"):  # some more rows, for a network wants some
            with open("labelled.csv", encoding="utf-8") as f:
                rows = f.read().splitlines()
            assert sorted(rows[1:]) == sorted(LEARNED) and rows[0] == "age,city,churn", rows
            write("labelled.csv", "\n".join([rows[0]] + rows[1:] * 30) + "\n")
        run(*line.split()[1:])
    for path in glob.glob("predictions.db*"):
        os.remove(path)


def labels_that_can_be():
    """What is no answer of the model is told before anything is kept; of several versions any will do."""
    write("r.csv", "a,y\n" + "".join(f"{i},{i * 0.5}\n" for i in range(40)))
    write("r.json", {"model": {"input": [1], "layers": [{"Dense": {"units": 1}}]}, "data": {"train": "r.csv", "preprocessing": {"target": "y"}},
                     "compile": {"optimizer": "sgd", "loss": "mse"}, "fit": {"epochs": 1}, "output": "r.h5"})
    run("train", "r.json", "--quiet")
    write("serve.json", {"models": [TENSORS, "churn=churn.h5", "u=" + SOURCE + "/data/mnist/mnist_model.h5", "r=r.h5", {"name": "two", "version": "1", "path": "churn.h5"},
                                    {"name": "two", "version": "2", "path": "r.h5"}]})
    with Server("--config", "serve.json", "--prediction-log", "sqlite:log.db") as s:
        def ask(model, label, code=200):
            return s.post(f"/v2/models/{model}/feedback", {"id": "x", "label": label}, code=code)
        good = {"churn": ["yes", "no", 0, 1, 1.0, ["yes", 1, "no"]], "m": [3, "mine", [1, "mine"], {"a": None}], "u": [1, "mine", 2], "r": [1, -2.5, 1e300, [1, 2.5], [[1], [2]]],
                "two": ["yes", 7.5]}
        for model, labels in good.items():
            for label in labels:
                assert ask(model, label) == {"accepted": 1}, (model, label)
        for model, label, text in (
                ("churn", "maybe", 'label 1: "maybe" is no class of model churn: expected "no", "yes", or a class\'s number, 0 to 1'),
                ("churn", 2, "2 is no class"), ("churn", -1, "-1 is no class"), ("churn", 0.5, "0.5 is no class"), ("churn", {"a": 1}, "is no class"),
                ("churn", True, "is no class"), ("churn", [], "is no class"), ("churn", ["yes", "maybe"], 'label 1: sample 2: "maybe" is no class'),
                ("u", 10, "label 1: 10 is no class of model u: expected"), ("u", -1, "is no class"),
                ("r", "high", 'label 1: "high" is no number, and model r gives numbers'), ("r", True, "no number"), ("r", [1, None], "null is no number"),
                ("r", [], "no number"), ("two", "maybe", '"maybe"')):
            assert text in ask(model, label, 400)["error"], (model, label, ask(model, label, 400))
        several = [{"id": "a", "label": "yes"}, {"id": "b", "label": "perhaps"}]
        assert 'label 2: "perhaps"' in s.post("/v2/models/churn/feedback", several, code=400)["error"]
        count = sum(map(len, good.values()))
        kept(s, count, "mica_prediction_labels_total")
        assert metric(s, "mica_prediction_labels_total") == count
    assert "a" not in [r["request_id"] for r in query("SELECT request_id FROM mica_feedback")]
    clean()


def policies_that_do_not_fit():
    def refused(text, *options):
        assert text in run("serve", TENSORS, "--port", "0", "--prediction-log", "sqlite:log.db", *options, status=1)
    write("many.json", {"columns": {}, "k": 5, "quasi_identifiers": ["age"]})
    write("list.json", [])
    refused("k speaks of a whole table", "--deidentify", "many.json")
    refused("expected a policy", "--deidentify", "list.json")
    refused("absent.json", "--deidentify", "absent.json")
    refused("already", "--deidentify", "m=keep.json", "--deidentify", "m=keep.json")
    assert "want a policy" in run("serve", TENSORS, "--port", "0", "--audit-log", "log-audit", "--audit-bodies", status=1)
    clean_audit()
    assert "expected sqlite:" in run("serve", TENSORS, "--port", "0", "--prediction-log", "log.db", status=1)
    said = run("serve", TENSORS, "--port", "0", "--prediction-log", "postgresql://u:topsecret@h/d", status=1)
    assert ".pgpass" in said and "topsecret" not in said, said
    # A model that is not served is misspelt: the policy of all others would be its; of a repository it may come later.
    absent = ("--deidentify", "keep.json", "--deidentify", "n=drop.json")
    for ends in ((), ("--check",)):
        refused('--deidentify n=drop.json: there is no model "n" here', *absent, *ends)
    run("publish", TENSORS[2:], "m", "--repository", "log-store")
    with Server("log-store", "--prediction-log", "sqlite:log.db", *absent) as s:
        assert 'there is no model "n" here: so far' in s.said(), s.said()
    with Server("log-store", "--prediction-log", "sqlite:log.db", "--deidentify", "m=keep.json") as s:
        assert "--deidentify" not in s.said(), s.said()
    shutil.rmtree("log-store")
    # What cannot be protected is not written.
    write("masked.json", {"columns": {"input_layer": {"mask": {}}}})
    with Server(TENSORS, "--prediction-log", "sqlite:log.db", "--deidentify", "masked.json") as s:
        s.post("/v2/models/m/infer", INFER)
        kept(s, 1)
        inputs = query("SELECT inputs FROM mica_predictions ORDER BY number DESC")[0]["inputs"]
        assert inputs is None, inputs
        wait_for(lambda: metric(s, "mica_prediction_withheld_total") == 1)
    clean()


def columns_that_no_model_has():
    """A name that the model has not is misspelt: told at the start, by --check, and of versions that come later in the log."""
    log = ("--prediction-log", "sqlite:log.db")

    def refused(model, policy, text, *more):
        for ends in ((), ("--check",)):
            said = run("serve", model, "--port", "0", *log, "--deidentify", policy, *more, *ends, status=1)
            assert text in said, said
    write("wrong.json", {"columns": {"input_lajer": "drop"}})
    write("nick.json", {"columns": {"city": "drop", "nick": "drop"}})
    refused(TENSORS, "wrong.json", "wrong.json: column input_lajer is not known to model m, which has input_layer")
    refused("t.h5", "nick.json", "nick.json: column nick is not known to model t, which has name, mail, age, city, bought")
    refused("t.h5", "t=nick.json", "nick.json: column nick", TENSORS)
    refused("d.h5", "nick.json", "column city is not known to model d, which has since, n, y")
    run("publish", "t.h5", "t", "--repository", "log-store")
    refused("log-store", "nick.json", "column nick")
    write("mail.json", {"columns": {"mail": "drop"}})
    with Server("log-store", *log, "--deidentify", "mail.json", "--poll", "0") as s:
        run("publish", TENSORS[2:], "t", "--repository", "log-store", "--force")
        s.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "mail.json: column mail is not known to model t, which has input_layer (version 2): inputs of its requests are not kept" in s.said())
        s.post("/v2/models/t/infer", INFER)
        kept(s, 1)
        assert query("SELECT inputs FROM mica_predictions")[0]["inputs"] is None
    shutil.rmtree("log-store")
    clean()


def keys_that_do_not_fit():
    """Told at the start: else every record would be without inputs."""
    for name, columns, said in (("none.json", {"input_layer": "pseudonym"}, "none.json: pseudonyms need a key: --deidentify-key"),
                                ("texts.json", {"a": {"redact": {"replacement": "pseudonym"}}}, "texts.json: pseudonyms need a key"),
                                ("word.json", {"a": "pseudonim"}, "pseudonim")):
        write(name, {"columns": columns})
        for ends in ((), ("--check",)):
            got = run("serve", TENSORS, "--port", "0", "--prediction-log", "sqlite:log.db", "--deidentify", name, *ends, status=1)
            assert said in got, (name, got)
    write("names.json", {"columns": {"input_layer": "pseudonym"}})
    write("own.json", {"columns": {"input_layer": "pseudonym"}, "key_file": "absent.key"})
    write("open.key", "0123456789abcdef")
    os.chmod("open.key", 0o644)
    write("short.key", "0123")
    os.chmod("short.key", 0o600)
    for log in (("--prediction-log", "sqlite:log.db"), ("--audit-log", "log-audit", "--audit-bodies")):
        for key, word in (("absent.key", "absent.key"), ("open.key", "open.key"), ("short.key", "16")):
            said = run("serve", TENSORS, "--port", "0", *log, "--deidentify", "names.json", "--deidentify-key", key, status=1)
            assert "names.json: " in said and word in said, (log, key, said)
        said = run("serve", TENSORS, "--port", "0", *log, "--deidentify", "own.json", status=1)
        assert "own.json: " in said and "absent.key" in said, said
    clean_audit()
    clean()


def days_pass_without_requests():
    """What is too old goes though nothing comes."""
    with Server(TENSORS, "--prediction-log", "sqlite:log.db", "--prediction-days", "1"):
        for i in range(2):
            with sqlite3.connect("log.db", timeout=60) as db:
                db.execute("INSERT INTO mica_predictions (request_id, time, model, version, row_count, outputs) "
                           "VALUES (?, '2020-01-01T00:00:00.000000Z', 'm', '1', 1, '{}')", (f"old{i}",))
                db.execute("INSERT INTO mica_feedback (model, request_id, label, time) VALUES ('m', ?, '1', '2020-01-01T00:00:00.000000Z')", (f"old{i}",))
            db.close()
            wait_for(lambda: not query("SELECT number FROM mica_predictions") + query("SELECT number FROM mica_feedback"))
    clean()


INDEXES = ["mica_feedback_time", "mica_predictions_time"]


def indexes_of_time():
    """What grows old is found by an index; files of an earlier mica get theirs."""
    for missing in ([], INDEXES[:1], INDEXES):
        if missing:
            with sqlite3.connect("log.db") as db:
                for name in missing:
                    db.execute(f"DROP INDEX {name}")
            db.close()
        with Server(TENSORS, "--prediction-log", "sqlite:log.db"):
            found = query("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
            assert [row["name"] for row in found] == INDEXES, (missing, found)
            for table in ("mica_feedback", "mica_predictions"):
                plan = query(f"EXPLAIN QUERY PLAN DELETE FROM {table} WHERE time < '2020-01-01T00:00:00.000000Z'")
                assert f"USING INDEX {table}_time" in plan[0]["detail"], plan
    clean()


def what_the_database_refuses():
    """One of many that wait together is refused: the others are kept, and each is counted once."""
    with Server(TENSORS, "--prediction-log", "sqlite:log.db", "--deidentify", "masked.json") as s:
        db = sqlite3.connect("log.db", timeout=60, isolation_level=None)
        for table in ("mica_predictions", "mica_feedback"):
            db.execute(f"CREATE TRIGGER {table}_no BEFORE INSERT ON {table} WHEN new.request_id LIKE 'unwanted%' BEGIN SELECT RAISE(ABORT, 'no'); END")
        db.execute("BEGIN IMMEDIATE")  # what comes now waits, and is written together
        for name in ("n0", "n1", "n2", "unwanted1", "n3", "unwanted2", "n4"):
            s.post("/v2/models/m/infer", INFER, X_Request_Id=name)
        s.post("/v2/models/m/feedback", [{"id": "n1", "label": 1}, {"id": "unwanted1", "label": 2}, {"id": "n2", "label": 3}])
        db.execute("COMMIT")
        kept(s, 5)
        kept(s, 2, "mica_prediction_labels_total")
        wait_for(lambda: [metric(s, f"mica_prediction_{name}_total") for name in ("records", "labels", "lost", "withheld")] == [5, 2, 2, 5])
        assert sorted(r["request_id"] for r in query("SELECT request_id FROM mica_predictions")) == [f"n{i}" for i in range(5)]
        assert sorted(r["label"] for r in query("SELECT label FROM mica_feedback")) == ["1", "3"]
        assert "a label of model m was lost: " in s.said() and s.said().count("this record is not kept") == 1, s.said()
        # A constraint that undoes all that was begun: the others come a second later.
        db.execute("DROP TRIGGER mica_predictions_no")
        db.execute("CREATE TRIGGER no BEFORE INSERT ON mica_predictions WHEN new.request_id = 'undoes' BEGIN SELECT RAISE(ROLLBACK, 'no'); END")
        db.execute("BEGIN IMMEDIATE")
        for name in ("n5", "undoes", "n6"):
            s.post("/v2/models/m/infer", INFER, X_Request_Id=name)
        db.execute("COMMIT")
        kept(s, 7)
        wait_for(lambda: metric(s, "mica_prediction_lost_total") == 3)
        db.close()
    assert sorted(r["request_id"] for r in query("SELECT request_id FROM mica_predictions")) == [f"n{i}" for i in range(7)]
    clean()


def samples_and_limits():
    with Server(TENSORS, "--prediction-log", "sqlite:log.db", "--prediction-sample", "0.25") as s:
        host = s.url.split("//")[1]
        c = http.client.HTTPConnection(host, timeout=60)
        for _ in range(800):
            c.request("POST", "/v2/models/m/infer", json.dumps(INFER))
            assert c.getresponse().read()
        c.close()
    count = query("SELECT count(*) AS n FROM mica_predictions")[0]["n"]
    assert 120 <= count <= 280, count  # 200, and six times its deviation of 12
    clean()
    with Server(TENSORS, "--prediction-log", "sqlite:log.db", "--prediction-rows", "10") as s:
        c = s.connection()  # one, so one lane: records of several come in no order
        for i in range(30):
            c.request("POST", "/v2/models/m/infer", json.dumps(INFER), {"X-Request-Id": f"n{i}"})
            assert c.getresponse().read()
        c.close()
        kept(s, 30)
        time.sleep(1)
        s.post("/v2/models/m/infer", INFER, X_Request_Id="last")
        kept(s, 31)
        wait_for(lambda: [r["request_id"] for r in query("SELECT request_id FROM mica_predictions ORDER BY number")] ==
                 [f"n{i}" for i in range(21, 30)] + ["last"])
    with Server(TENSORS, "--prediction-log", "sqlite:log.db", "--prediction-sample", "0") as s:
        s.post("/v2/models/m/infer", INFER)
        assert metric(s, "mica_prediction_records_total") == 0
    clean()


def told(*options):
    """A server whose messages go to a file, with a small limit for files."""
    log = open("log.said", "w+", encoding="utf-8")  # pylint: disable=consider-using-with
    s = Server.__new__(Server)
    s.process = subprocess.Popen([MICA, "serve", TENSORS, "--port", "0", "--control-port", "0", "--json", *options],
                                 stdout=subprocess.PIPE, stderr=log, text=True)
    said = json.loads(s.process.stdout.readline())
    s.url, s.control = f"http://127.0.0.1:{said['port']}", f"http://127.0.0.1:{said['control_port']}"
    return s


def full_and_gone():
    with told("--prediction-log", "sqlite:log.db") as s:
        s.post("/v2/models/m/infer", INFER)
        kept(s, 1)
        size = max(os.path.getsize("log.db"), os.path.getsize("log.db-wal"))
        resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        def fails():
            s.post("/v2/models/m/infer", INFER)
            return metric(s, "mica_prediction_log_failing") == 1
        wait_for(fails)
        assert "label" in s.post("/v2/models/m/feedback", {"id": "x", "label": 1}, code=503)["error"]
        resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_for(lambda: metric(s, "mica_prediction_log_failing") == 0)
        done = metric(s, "mica_prediction_records_total")
        s.post("/v2/models/m/infer", INFER)
        kept(s, done + 1)
        assert metric(s, "mica_prediction_lost_total") == 0
        assert query("SELECT count(*) AS n FROM mica_predictions")[0]["n"] == done + 1
        for path in glob.glob("log.db*"):
            os.remove(path)
        s.post("/v2/models/m/infer", INFER, X_Request_Id="anew")
        kept(s, done + 2)
        assert [r["request_id"] for r in query("SELECT request_id FROM mica_predictions")] == ["anew"]
    with open("log.said", encoding="utf-8") as f:
        text = f.read()
    assert "predictions are not recorded" in text and "predictions are recorded again" in text, text
    clean()


def killed():
    s = told("--prediction-log", "sqlite:log.db")
    for _ in range(200):
        s.post("/v2/models/m/infer", INFER)
    kept(s, 100)
    before = metric(s, "mica_prediction_records_total")
    s.process.send_signal(signal.SIGKILL)
    s.process.communicate()
    with Server(TENSORS, "--prediction-log", "sqlite:log.db") as s:
        s.post("/v2/models/m/infer", INFER)
        kept(s, 1)
    with sqlite3.connect("log.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert before + 1 <= db.execute("SELECT count(*) FROM mica_predictions").fetchone()[0] <= 201
    clean()


def in_postgresql():
    binaries = postgresql.server_folder()
    if not binaries or postgresql.as_user()[0] is None:
        return "PostgreSQL was left out: no server is installed here (Debian: postgresql)"
    if "built without libpq" in subprocess.run([MICA, "data", "describe", "postgresql://h/d", "--table", "t"], capture_output=True, text=True,
                                               check=False).stderr:
        return "PostgreSQL was left out: this build has no libpq"
    for name in [n for n in os.environ if n.startswith("PG")]:
        del os.environ[name]
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        server = postgresql.Server(binaries, folder)
        try:
            server.start()
            write("pass", f"127.0.0.1:{server.port}:*:mica:{postgresql.QUOTED}\n")
            os.chmod("pass", 0o600)
            os.environ["PGPASSFILE"] = os.path.join(here, "pass")
            server.wait()
            with_postgresql(server)
        finally:
            server.stop()
    return "PostgreSQL, too"


def with_postgresql(server):
    def ask(sql):
        done = run("data", "convert", server.address(), "log.jsonl.csv", "--query", sql)
        assert done is not None
        with open("log.jsonl.csv", encoding="utf-8") as f:
            return f.read().splitlines()[1:]
    options = ["--prediction-log", server.address(), "--prediction-password-file", "pass", "--deidentify", "keep.json",
               "--prediction-rows", "5"]
    s = told(*options)
    for i in range(8):
        s.post("/v2/models/m/infer", INFER, X_Request_Id=f"n{i}")
    # What the database does not take is left out, and what came with it is kept.
    server.sql("ALTER TABLE mica_predictions ADD CHECK (request_id <> 'unwanted');")
    s.post("/v2/models/m/infer", INFER, X_Request_Id="unwanted")
    s.post("/v2/models/m/feedback", [{"id": "n7", "label": {"class": 2}}, {"id": "n7", "label": "twice"}])
    kept(s, 8)
    kept(s, 2, "mica_prediction_labels_total")
    time.sleep(1)
    s.post("/v2/models/m/infer", INFER, X_Request_Id="last")
    kept(s, 9)
    assert metric(s, "mica_prediction_lost_total") == 1
    wait_for(lambda: len(ask("SELECT request_id FROM mica_predictions ORDER BY number")) <= 5)
    assert ask("SELECT label::text FROM mica_labelled WHERE request_id = 'n7'") == ['"""twice"""']
    assert ask("SELECT (inputs->'input_layer'->0->>1)::float8 AS x FROM mica_predictions WHERE request_id = 'last'") == ["2"]
    # All connections are cut; the next record comes by a new one.
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mica';")
    s.post("/v2/models/m/infer", INFER, X_Request_Id="after")
    wait_for(lambda: ask("SELECT request_id FROM mica_predictions WHERE request_id = 'after'") == ["after"])
    s.process.send_signal(signal.SIGTERM)
    s.process.communicate()
    assert s.process.returncode == 0
    server.sql("ALTER TABLE mica_predictions DROP CONSTRAINT mica_predictions_request_id_check;")
    with Server("churn.h5", "other=churn.h5", "--prediction-log", server.address(), "--deidentify", "keep.json") as s:
        ask_churn(s)
    assert sorted(ask(shown("serving_records.md", "sql")[1])) == sorted(LEARNED)
    # An index that is missing is made, but where who writes does not own the table: that goes on without.
    server.sql("DROP INDEX mica_feedback_time; CREATE ROLE writer LOGIN PASSWORD '" + postgresql.SECRET + "'; GRANT CREATE ON SCHEMA public TO "
               "writer; GRANT SELECT, INSERT, UPDATE, DELETE ON mica_schema, mica_predictions, mica_feedback TO writer;")
    write("pass", f"127.0.0.1:{server.port}:*:*:{postgresql.QUOTED}\n")
    for who, there in (("writer", INDEXES[1:]), ("mica", INDEXES)):
        with Server(TENSORS, "--prediction-log", server.address().replace("mica@", who + "@"), *options[2:]) as s:
            s.post("/v2/models/m/feedback", {"id": "n1", "label": who})
            kept(s, 1, "mica_prediction_labels_total")
        assert ask("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'mica%time' ORDER BY 1") == there
    clean()


def main():
    if "built without SQLite" in subprocess.run([MICA, "data", "describe", "sqlite:/dev/null"], capture_output=True, text=True,
                                                check=False).stderr:
        print("skipped: this build has no SQLite")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        tensors_and_labels()
        date_parts()
        personal_values()
        labels_become_a_table()
        labels_that_can_be()
        policies_that_do_not_fit()
        columns_that_no_model_has()
        keys_that_do_not_fit()
        days_pass_without_requests()
        indexes_of_time()
        what_the_database_refuses()
        samples_and_limits()
        full_and_gone()
        killed()
        print(in_postgresql())
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
