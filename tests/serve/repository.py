#!/usr/bin/env python3
"""Serving a repository: versions come and go under load and no request fails; aliases; a broken version is refused
and the old one goes on; foreign layouts; looking on SIGHUP and by the clock. Loopback only, no time limits."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import http.client

from serving import Load

MICA = os.environ["MICA"]
BODY = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.stdout, done.stderr)
    return done.stdout + done.stderr


def make_model(name, seed, units=2):
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("a,b,c,y\n" + "".join(f"{i % 7},{i % 3},{i % 5},{i % 2}\n" for i in range(64)))
    recipe = {"model": {"input": [3], "layers": [{"Dense": {"units": units, "activation": "softmax"}}]},
              "data": {"train": "t.csv", "preprocessing": {"target": "y"}},
              "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}, "seed": seed}
    with open("r.json", "w", encoding="utf-8") as f:
        json.dump(recipe, f)
    mica("train", "r.json", "--quiet", "--output", name)


class Server:
    def __init__(self, folder, *options):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([MICA, "serve", folder, "--port", "0", "--json", *options], text=True,
                                        stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        assert line, self.told()
        said = json.loads(line)
        self.port, self.control = said["port"], said["control_port"]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait() == 0, self.told()

    def told(self):
        self.log.seek(0)
        return self.log.read()

    def ask(self, path, body=None, method=None, control=False):
        c = http.client.HTTPConnection("127.0.0.1", self.control if control else self.port)
        c.request(method or ("GET" if body is None else "POST"), path, body)
        reply = c.getresponse()
        data = reply.read()
        c.close()
        return reply.status, data

    def version(self, path="/v2/models/m/infer"):
        """Which version answers; an error is (code, text)."""
        status, data = self.ask(path, BODY)
        return json.loads(data)["model_version"] if status == 200 else (status, json.loads(data)["error"])

    def states(self, body="{}"):
        status, data = self.ask("/v2/repository/index", body)
        assert status == 200, data
        return {(s["name"], s["version"]): (s["state"], s["reason"]) for s in json.loads(data)}

    def metric(self, name):
        text = self.ask("/metrics", control=True)[1].decode()
        return [line for line in text.splitlines() if line.startswith(name)]

    def look(self, until):
        """Tells it to look, and waits until what it does shows."""
        self.process.send_signal(signal.SIGHUP)
        wait(until, self)


def wait(until, server):
    while not until():
        assert server.process.poll() is None, server.told()
        time.sleep(0.01)


class Clients(Load):
    """Threads that ask for the default version and for the alias until they are told to stop."""

    def __init__(self, server, count=6):
        self.server, self.versions = server, set()
        super().__init__(count)

    def run(self, i):
        path = "/v2/models/m/infer" if i % 2 else "/v2/models/m/versions/champion/infer"
        c = http.client.HTTPConnection("127.0.0.1", self.server.port)
        while not self.stop:
            c.request("POST", path, BODY)
            reply = c.getresponse()
            data = reply.read()
            if reply.status != 200:
                self.faults.append((reply.status, data))
            else:
                self.versions.add(json.loads(data)["model_version"])
            self.answers += 1
        c.close()


def under_load():
    """Twenty versions are published, made champion, retired and deleted while clients ask."""
    mica("publish", "a.h5", "m", "--alias", "champion")
    with Server("store", "--poll", "0.02") as s:
        assert s.version() == "1"
        clients = Clients(s)
        for number in range(2, 12):
            mica("publish", "b.h5" if number % 2 else "a.h5", "m", "--alias", "candidate")
            wait(lambda: s.version("/v2/models/m/versions/candidate/infer") == str(number), s)
            mica("models", "alias", "m", "champion", "candidate")
            wait(lambda: s.version() == str(number), s)
            mica("models", "retire", "m", str(number - 1), "--delete")
            wait(lambda: s.version(f"/v2/models/m/versions/{number - 1}/infer")[0] == 404, s)
        clients.join()
        assert clients.versions == {str(n) for n in range(1, 12)}, clients.versions
        wait(lambda: s.states() == {("m", "11"): ("READY", "")}, s)  # it was told that 10 is deleted, too


def aliases():
    """v1 .. v3: the champion answers; aliases in all protocols; going back; what is not served."""
    shutil.rmtree("store")
    for alias in ("champion", "champion", "candidate"):
        mica("publish", "a.h5", "m", "--alias", alias)
    with Server("store", "--poll", "0") as s:
        assert s.version() == "2" and s.version("/v2/models/m/versions/candidate/infer") == "3"
        assert s.version("/v2/models/m/versions/3/infer") == "3"
        assert s.version("/v2/models/m/versions/nobody/infer")[0] == 404
        for path in ("/v1/models/m/labels/candidate:predict", "/v1/models/m:predict", "/v1/models/m/versions/3:predict"):
            status, data = s.ask(path, json.dumps({"instances": [[1, 2, 3]]}))
            assert status == 200 and len(json.loads(data)["predictions"][0]) == 2, data
        status, data = s.ask("/v1/models/m/labels/candidate")
        assert json.loads(data)["model_version_status"][0]["version"] == "3", data
        assert json.loads(s.ask("/v1/models/m/labels/candidate/metadata")[1])["model_spec"]["version"] == "3"
        assert s.ask("/v2/models/m/versions/candidate/ready")[0] == 200
        assert json.loads(s.ask("/v2/models/m")[1])["versions"] == ["2", "3"]
        names(s)
        assert s.states() == {("m", "1"): ("UNAVAILABLE", "it has no alias, and there are newer ones"),
                              ("m", "2"): ("READY", ""), ("m", "3"): ("READY", "")}
        assert list(s.states('{"ready": true}')) == [("m", "2"), ("m", "3")]
        mica("models", "rollback", "m")
        s.look(lambda: s.version() == "1")
        wait(lambda: list(s.states('{"ready": true}')) == [("m", "1"), ("m", "3")], s)
        mica("models", "retire", "m", "candidate")
        s.look(lambda: s.states()["m", "3"] == ("UNAVAILABLE", "it is retired"))
        by_request(s)
        shutil.copytree("store/m", "store/.copy")
        os.rename("store/.copy", "store/n")
        s.look(lambda: s.version("/v2/models/n/infer") == "1")
        shutil.rmtree("store/n")
        s.look(lambda: s.version("/v2/models/n/infer")[0] == 404)


def names(s):
    """Which version answers, and what they are called: of a model, in the index, in the figures of the page."""
    called = {"2": (True, ["champion"]), "3": (False, ["candidate"])}
    for version, path in (("2", "/v2/models/m"), ("3", "/v2/models/m/versions/candidate")):
        assert json.loads(s.ask(path)[1])["parameters"] == {
            "classifier": True, "version": version, "default_version": "2", "aliases": {"candidate": "3", "champion": "2"}}, path
    index = json.loads(s.ask("/v2/repository/index", "{}")[1])
    assert {m["version"]: (m["default"], m["aliases"]) for m in index} == {"1": (False, []), **called}, index
    stats = json.loads(s.ask("/v2/stats")[1])["models"]
    assert {m["version"]: (m["default"], m["aliases"]) for m in stats} == called, stats
    schemas = json.loads(s.ask("/openapi.json")[1])["paths"]
    reply = lambda path, method: schemas[path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(reply("/v2/models/{model}", "get")["properties"]["parameters"]["properties"]) == {"classifier", "version", "default_version", "aliases"}
    assert {"default", "aliases"} < set(reply("/v2/repository/index", "post")["items"]["properties"])
    assert {"default", "aliases"} < set(reply("/v2/stats", "get")["properties"]["models"]["items"]["properties"])


def by_request(s):
    """The port of administration: load and unload."""
    load = lambda what, version=None: s.ask(f"/v2/repository/models/m/{what}", json.dumps(
        {"parameters": {"version": version}} if version else {}), control=True)
    assert load("load", "2")[0] == 200 and s.version("/v2/models/m/versions/2/infer") == "2"
    status, data = load("load", "3")
    assert status == 400 and b"retired" in data, data
    assert load("load", "9")[0] == 404 and load("unload", "9")[0] == 404
    assert load("unload", "2")[0] == 200 and s.version("/v2/models/m/versions/2/infer")[0] == 404
    assert s.states()["m", "2"] == ("UNAVAILABLE", "it was unloaded by request")
    assert load("unload")[0] == 200 and s.version()[0] == 404
    mica("models", "alias", "m", "other", "1")
    looks = s.metric("mica_repository_looks_total")
    s.look(lambda: s.metric("mica_repository_looks_total") != looks)
    s.states()  # waits for the end of the look
    assert s.version()[0] == 404, "what was unloaded stays so"
    assert load("load")[0] == 200 and s.version() == "1", s.version()


def spoil(path):
    with open(path, "r+b") as f:
        f.seek(100)
        f.write(b"xyz")


def broken():
    """What cannot be loaded is refused and told; the old one goes on, also after a restart."""
    shutil.rmtree("store")
    mica("publish", "a.h5", "m", "--alias", "champion")
    with Server("store", "--poll", "0") as s:
        clients = Clients(s)
        refused = lambda n: bool(s.metric(f'mica_repository_version_refused{{model="m",version="{n}"}} 1'))
        unreadable = lambda n: s.metric("mica_repository_unreadable") == [f"mica_repository_unreadable {n}"]
        mica("publish", "b.h5", "m", "--alias", "champion")
        spoil("store/m/2/model.h5")
        s.look(lambda: refused(2))
        assert "version 2 is refused: store/m/2/model.h5 was changed after it was published" in s.told(), s.told()
        assert s.version() == s.version("/v2/models/m/versions/champion/infer") == "1", "the old one goes on"
        mica("publish", "b.h5", "m", "--alias", "champion", "--force")
        s.look(lambda: s.version() == "3")
        spoil("store/m/3/model.h5")  # after it was loaded
        s.look(lambda: refused(3))
        assert s.version() == "3"
        shutil.copy("b.h5", "store/m/3/model.h5")
        s.look(lambda: not refused(3))
        shutil.copy("store/m/index.json", "kept.json")
        with open("store/m/index.part", "w", encoding="utf-8") as f:
            f.write("{")
        os.replace("store/m/index.part", "store/m/index.json")
        s.look(lambda: unreadable(1))
        assert s.version() == "3"
        os.replace("kept.json", "store/m/index.json")
        s.look(lambda: unreadable(0))
        os.rename("store", "away")
        s.look(lambda: unreadable(1))
        assert s.version() == "3"
        os.rename("away", "store")
        s.look(lambda: unreadable(0))
        clients.join()
    with open("store/m/3/model.h5", "ab") as f:
        f.write(b"x")
    assert "cannot be served" in mica("serve", "store", "--check", "--port", "0", status=1)
    with Server("store") as s:
        assert s.version() == "1", "the champion before the one that is broken, past the broken one before"
        assert "version 1 answers, for the champion, 3, is not loaded" in s.told(), s.told()
        assert s.states()["m", "3"][0] == "UNAVAILABLE" and "sha256" in s.states()["m", "3"][1]


def foreign():
    """Folders as TensorFlow Serving has them: the newest answers; one that comes in pieces is taken when it is whole."""
    os.makedirs("other/m/1")
    shutil.copy("a.h5", "other/m/1/model.h5")
    with Server("other", "--poll", "0.02", "--newest", "2") as s:
        assert s.version() == "1"
        whole = open("b.h5", "rb").read()
        os.mkdir("other/m/2")
        with open("other/m/2/model.h5", "wb") as f:
            f.write(whole[:len(whole) // 2])
            f.flush()
            wait(lambda: s.metric('mica_repository_version_refused{model="m",version="2"} 1'), s)
            assert s.version() == "1"
            f.write(whole[len(whole) // 2:])
        wait(lambda: s.version() == "2", s)
        assert s.version("/v2/models/m/versions/1/infer") == "1"
        os.mkdir("other/m/3")
        shutil.copy("a.h5", "other/m/3/model.h5")
        wait(lambda: s.version() == "3" and s.version("/v2/models/m/versions/1/infer")[0] == 404, s)
    assert sorted(os.listdir("other/m")) == ["1", "2", "3"], "nothing is written there"


def refusals():
    os.makedirs("empty")
    with Server("empty", "--poll", "0.02") as s:
        assert "there is no model yet" in s.told()
        mica("publish", "a.h5", "m", "--repository", "empty")
        wait(lambda: s.version() == "1", s)
    assert "served alone" in mica("serve", "empty", "m=a.h5", "--port", "0", status=1)
    with open("empty/m/1/model.h5", "wb") as f:
        f.write(b"x")
    assert "no version could be loaded" in mica("serve", "empty", "--port", "0", status=1)


def main():
    os.environ["MICA_REPOSITORY"] = "store"
    make_model("a.h5", 1)
    make_model("b.h5", 2)
    under_load()
    aliases()
    broken()
    foreign()
    refusals()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
print("a repository is served: as it should be")
