#!/usr/bin/env python3
"""A file of options, models and rules; versions share requests, one sees copies of them."""
import json
import os
import re
import signal
import tempfile
import time
import urllib.error
import urllib.request

from serving import Server, run

SOURCE = os.environ["MICA_SOURCE"]
MODEL = f"{SOURCE}/data/mnist/mnist_model.h5"


def control(server, method, path, body=None, code=200):
    request = urllib.request.Request(server.control + path, method=method,
                                     data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request) as reply:
            got, text = reply.status, reply.read()
    except urllib.error.HTTPError as error:
        got, text = error.code, error.read()
    assert got == code, (path, got, text)
    return text


def figures(server):
    """{'name{labels}': value}"""
    lines = control(server, "GET", "/metrics").decode().splitlines()
    return {key: float(value) for key, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def wait_for(what):
    for _ in range(3000):
        if what():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")


def versions(server, count, start=0):
    """How many of so many requests each version answered."""
    got = {}
    for i in range(start, start + count):
        reply = server.post("/v2/models/m/infer", {"inputs": [
            {"name": server.input, "shape": [1, 28, 28, 1], "datatype": "FP32", "data": [0] * 784}]},
            X_Request_Id=f"id-{i}")
        got[reply["model_version"]] = got.get(reply["model_version"], 0) + 1
    return got


def write(path, **settings):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(settings, file)


def main():
    with tempfile.TemporaryDirectory() as folder:
        config = f"{folder}/serve.json"
        entries = [{"name": "m", "version": v, "path": MODEL} for v in ("1", "2", "3")]
        write(config, max_batch=16, models=entries + [f"other={MODEL}"],
              traffic={"m": {"split": {"1": 0.5}, "shadow": {"version": "2"}}})
        log = f"{folder}/audit"
        with Server("--config", config, "--audit-log", log) as server:
            inputs = json.loads(server.ask("/v2/models/m")[1])["inputs"]
            server.input = inputs[0]["name"]
            shares(server)
            shadows(server)
            by_request(server)
            read_again(server, config, entries)
        again = [json.loads(r) for r in run("audit", "show", log).splitlines() if '"reread"' in r]
        # fourteen wrong files; each SIGHUP itself is heard
        assert 14 <= sum(r["outcome"] != "ok" for r in again) < sum(r["outcome"] == "ok" for r in again), again
    of_a_repository()
    of_a_repository_in_the_file()
    of_the_command_line()
    names_with_signs()
    checked_beside_a_server()
    wrong_files()


def shares(server):
    got = versions(server, 200)
    assert set(got) == {"1", "3"} and 60 < got["1"] < 140, got
    assert got == versions(server, 200)  # the same ids go the same way
    reply = server.post("/v2/models/m/versions/2/infer", {"inputs": [
        {"name": server.input, "shape": [1, 28, 28, 1], "datatype": "FP32", "data": [0] * 784}]})
    assert reply["model_version"] == "2"  # who names a version has it
    code, text = server.ask("/v2/models/m/ready")
    assert code == 200, text


def shadows(server):
    label = 'mica_shadow_requests_total{model="m",version="2",outcome="%s"}'
    wait_for(lambda: sum(figures(server)[label % k] for k in ("same", "dropped")) == 400)
    now = figures(server)
    assert now[label % "same"] > 0 and now[label % "different"] == now[label % "failed"] == 0, now
    # the copies are not counted among the version's own requests: one named it
    assert now['mica_requests_total{model="m",version="2",outcome="ok"}'] == 1
    assert now['mica_shadow_difference_count{model="m",version="2"}'] == now[label % "same"]
    assert now['mica_replies_total{protocol="http",code="200"}'] >= 400
    assert now["mica_traffic_unmet_total"] == 0


def by_request(server):
    path = "/v2/repository/models/m/traffic"
    assert json.loads(control(server, "GET", path)) == {"split": {"1": 0.5}, "shadow": {"version": "2"}}
    assert "no version" in control(server, "PUT", path, {"split": {"9": 1}}, 400).decode()
    for rule in ({"split": {"1": 1}}, {}, "{"):
        assert "no model" in control(server, "PUT", path.replace("/m/", "/x/"), rule, 404).decode()
    control(server, "PUT", path, {"split": {"1": 1}})
    assert versions(server, 20) == {"1": 20}
    control(server, "POST", "/v2/repository/models/m/unload", {"parameters": {"version": "1"}})
    assert versions(server, 20) == {"3": 20}  # its share is the default's
    assert figures(server)["mica_traffic_unmet_total"] == 20
    control(server, "PUT", path, {})
    assert versions(server, 20) == {"3": 20}
    assert figures(server)["mica_traffic_unmet_total"] == 20


def read_again(server, config, entries):
    """SIGHUP: what is new is loaded, what is gone is taken out, a broken file changes nothing."""
    def names():
        return {(m["name"], m["version"]) for m in json.loads(server.ask("/v2/repository/index", b'{"ready": true}')[1])}
    write(config, max_batch=16, models=[dict(entries[1], default=True), entries[2], f"new={MODEL}"])
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for(lambda: names() == {("m", "2"), ("m", "3"), ("new", "1")})
    assert versions(server, 20) == {"2": 20}
    with open(config, "w", encoding="utf-8") as file:
        file.write('{"models": [')
    os.kill(server.process.pid, signal.SIGHUP)
    assert versions(server, 200) == {"2": 200}
    assert names() == {("m", "2"), ("m", "3"), ("new", "1")}
    kept_by_wrong_files(server, config, entries, names)
    # a rule may be about a version that comes with it
    write(config, max_batch=16, models=[entries[0], entries[2]], traffic={"m": {"split": {"1": 1}}})
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for(lambda: names() == {("m", "1"), ("m", "3")} and versions(server, 20) == {"1": 20})
    write(config, max_batch=16, models=[entries[2]])
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for(lambda: names() == {("m", "3")})
    assert versions(server, 20) == {"3": 20}
    control(server, "POST", "/v2/repository/models/m/unload")
    assert names() == set()
    os.kill(server.process.pid, signal.SIGHUP)  # the file names it, and it is not there
    wait_for(lambda: names() == {("m", "3")})


def kept_by_wrong_files(server, config, entries, names):
    """What start-up refuses, SIGHUP refuses: it is told, and no model comes or goes."""
    before = names()
    assert before == {("m", "2"), ("m", "3"), ("new", "1")}
    more = dict(entries[0], name="more")
    for wrong, told in (([], "expected an object"), ({}, "no model is named"), ({"models": []}, "no model is named"),
                        ({"modles": entries}, "did you mean 'models'"), ({"models": {"a": MODEL}}, "expected a list"),
                        ({"models": [more], "max_batch": "8"}, "max-batch is"), ({"models": [more], "max_batch": 0}, "--max-batch wants"),
                        ({"models": [more, {"name": "a"}]}, "path"), ({"models": [more, "gone=/nowhere.h5"]}, "/nowhere.h5"),
                        ({"models": [more], "traffic": []}, "traffic is"), ({"models": [more], "traffic": {"m": {"splt": 1}}}, "splt"),
                        # a rule must fit the models that will be there, or none comes or goes
                        ({"models": [more], "traffic": {"m": {}}}, 'no model "m"'),
                        ({"models": entries[2:] + [more], "traffic": {"m": {"shadow": {"version": "2"}}}}, 'model "m" has no version "2"'),
                        ({"models": entries[1:] + [more], "traffic": {"more": {}, "m": {"split": {"9": 0.5}}}}, 'model "m" has no version "9"')):
        said = len(server.said())
        with open(config, "w", encoding="utf-8") as file:
            json.dump(wrong, file)
        os.kill(server.process.pid, signal.SIGHUP)
        try:
            wait_for(lambda: told in server.said()[said:])  # pylint: disable=cell-var-from-loop
        except AssertionError as error:
            raise AssertionError((wrong, told, server.said()[said:])) from error
        assert names() == before, wrong


def of_a_repository():
    """A rule may be about an alias that comes later, and follows it."""
    label = 'mica_shadow_requests_total{model="m",version="%d",outcome="same"}'
    with tempfile.TemporaryDirectory() as folder:
        store, config = f"{folder}/store", f"{folder}/serve.json"
        run("publish", MODEL, "m", "--repository", store, "--alias", "champion")
        write(config, poll=0.02, traffic={"m": {"shadow": {"version": "candidate"}}})
        with Server(store, "--config", config) as server:
            server.input = json.loads(server.ask("/v2/models/m")[1])["inputs"][0]["name"]
            assert versions(server, 5) == {"1": 5}
            for candidate in (2, 3):
                run("publish", MODEL, "m", "--repository", store, "--alias", "candidate")
                wait_for(lambda: label % candidate in figures(server))  # pylint: disable=cell-var-from-loop
                wait_for(lambda: versions(server, 1) and figures(server)[label % candidate] > 0)  # pylint: disable=cell-var-from-loop


def of_a_repository_in_the_file():
    """"models" takes a folder as the command line does: alone, with rules about its models, the same until the end."""
    with tempfile.TemporaryDirectory() as folder:
        store, config = f"{folder}/store", f"{folder}/serve.json"
        run("publish", MODEL, "m", "--repository", store)
        write(config, poll=0.02, models=[store], traffic={"m": {"split": {"1": 1}}})
        with Server("--config", config) as server:
            server.input = json.loads(server.ask("/v2/models/m")[1])["inputs"][0]["name"]
            assert versions(server, 5) == {"1": 5}
            write(config, poll=0.02, models=[store], traffic={"m": {"shadow": {"version": "1"}}})
            os.kill(server.process.pid, signal.SIGHUP)
            wait_for(lambda: json.loads(control(server, "GET", "/v2/repository/models/m/traffic")) == {"shadow": {"version": "1"}})
            write(config, models=[f"new={MODEL}"])
            os.kill(server.process.pid, signal.SIGHUP)
            wait_for(lambda: "models: what is served, a repository or files, is chosen at the start" in server.said())
            run("publish", MODEL, "m", "--repository", store)
            wait_for(lambda: versions(server, 1) == {"2": 1})
        write(config, models=[{"path": store}])
        assert re.search(r"^m +2 +yes ", run("serve", "--config", config, "--check"), re.M)
        for models in ([store, f"m={MODEL}"], [{"path": store, "name": "m"}]):
            write(config, models=models)
            assert f'{config}: models: {store} is a folder, which is served alone: expected ["{store}"]' in \
                run("serve", "--config", config, "--check", status=1)
        write(config, models=[store])
        assert "served alone" in run("serve", f"m={MODEL}", "--config", config, "--check", status=1)


def of_the_command_line():
    """Rules of the file may be about models that it does not name."""
    with tempfile.TemporaryDirectory() as folder:
        config = f"{folder}/serve.json"
        write(config, models=[f"new={MODEL}"], traffic={"m": {"split": {"1": 1}}})
        with Server(f"m={MODEL}", "--config", config) as server:
            server.input = json.loads(server.ask("/v2/models/m")[1])["inputs"][0]["name"]
            write(config, models=[f"newer={MODEL}"], traffic={"m": {"shadow": {"version": "1"}}})
            os.kill(server.process.pid, signal.SIGHUP)
            wait_for(lambda: json.loads(control(server, "GET", "/v2/repository/models/m/traffic")) == {"shadow": {"version": "1"}})
            write(config, models=[f"newest={MODEL}"], traffic={"newer": {"shadow": {"version": "1"}}})
            os.kill(server.process.pid, signal.SIGHUP)
            wait_for(lambda: 'no model "newer"' in server.said())
            assert server.ask("/v2/models/newest")[0] == 404 and server.ask("/v2/models/newer")[0] == 200


def checked_beside_a_server():
    with Server(f"m={MODEL}") as server:
        ports = ["--port", server.url.rpartition(":")[2], "--control-port", server.control.rpartition(":")[2]]
        said = run("serve", MODEL, *ports, "--check")
        assert f"HTTP on port {ports[1]}, metrics and administration on port {ports[3]}" in said and "anyone" in said, said
        assert re.search(r"^mnist_model +1 +yes +\S+ float32 \(None, 28, 28, 1\) ", said, re.M), said
        assert run("serve", MODEL, "--port", "0", "--check", "--quiet") == ""
        it = json.loads(run("serve", f"m={MODEL}", "--check", "--json"))
        assert [(m["name"], m["version"], m["default"], m["inputs"][0]["shape"]) for m in it["models"]] == [("m", "1", True, "(None, 28, 28, 1)")], it
        assert it["address"] == {"host": "127.0.0.1", "port": 8080, "control_port": 8081}, it
        assert it["protection"]["open"] and it["protection"]["tls_certificate"] is None and it["logs"]["access_log"] is None, it


def names_with_signs():
    """A path is decoded once: %2541 is a%41, not aA."""
    with Server(f"a%41={MODEL}", f"my model={MODEL}") as server:
        for path, code in (("a%2541", 200), ("a%41", 404), ("my%20model", 200), ("%FF", 404)):
            got, text = server.ask(f"/v2/models/{path}")
            assert got == code, (path, got, text)


def wrong_files():
    cases = [({"models": [MODEL], "max_bach": 1}, "max_batch"),
             ({"models": [MODEL], "max_batch": 0}, "--max-batch wants"),
             ({"models": [MODEL], "open": 1}, "open is 1, expected true or false"),
             ({"models": {"a": MODEL}}, "models is an object, expected a list"),
             ({"models": [{"name": "a"}]}, "path"),
             ({"models": [{"path": MODEL, "max_batch": "8"}]}, "max_batch"),
             ({"models": [MODEL], "traffic": {"other": {}}}, "no model \"other\""),
             ({"models": [{"path": MODEL, "version": 'a"b'}]}, "expected up to 39 letters"),
             ({"models": []}, "no model is named"), ([], "expected an object")]
    with tempfile.TemporaryDirectory() as folder:
        for settings, text in cases:
            with open(f"{folder}/c.json", "w", encoding="utf-8") as file:
                json.dump(settings, file)
            error = run("serve", "--config", f"{folder}/c.json", "--port", "0", "--check", status=1)
            assert text in error, (settings, error)
        write(f"{folder}/c.json", models=[MODEL], max_batch=2000, port=0)
        assert 'a model "m" already' in run("serve", f"m={MODEL}", f"m={MODEL}", "--port", "0", "--check", status=1)
        # what the command line says goes before the file
        run("serve", "--config", f"{folder}/c.json", "--max-batch", "4", "--check")


main()
