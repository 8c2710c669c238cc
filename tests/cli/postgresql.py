#!/usr/bin/env python3
"""Queries of a PostgreSQL server that is started here: types, passwords, reading alone."""
import csv
import glob
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from limited import started

MICA = os.environ["MICA"]
SECRET = "s3cret pass:word"  # a colon is escaped in password files
QUOTED = SECRET.replace(":", "\\:")


def run_mica(*arguments):
    return subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)


def mica(*arguments, status=0):
    done = run_mica(*arguments)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    assert SECRET not in done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def says(text, *arguments):
    said = mica(*arguments, status=1)
    assert text in said, f"mica {' '.join(arguments)} says\n{said}expected: {text}"
    return said


# ---- the server ----

def server_folder():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    initdb = found[-1] if found else shutil.which("initdb")
    return initdb and os.path.dirname(initdb)


def as_user():
    """The server does not run as root: then as postgres or nobody."""
    if os.getuid() != 0:
        return [], None
    for name in ("postgres", "nobody"):
        try:
            return ["runuser", "-u", name, "--"], pwd.getpwnam(name)
        except KeyError:
            continue
    return None, None


class Server:
    def __init__(self, binaries, folder):
        self.prefix, owner = as_user()
        self.binaries = binaries
        self.data = os.path.join(folder, "server")
        os.mkdir(self.data, 0o700)
        password = os.path.join(self.data, "password")
        with open(password, "w", encoding="utf-8") as f:
            f.write(SECRET + "\n")
        if owner:
            os.chmod(folder, 0o755)
            os.chown(self.data, owner.pw_uid, owner.pw_gid)
            os.chown(password, owner.pw_uid, owner.pw_gid)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.process = None

    def start(self):
        cluster = os.path.join(self.data, "cluster")
        subprocess.run([*self.prefix, os.path.join(self.binaries, "initdb"), "-D", cluster, "-U", "mica", "--auth=scram-sha-256",
                        "--pwfile=" + os.path.join(self.data, "password"), "-E", "UTF8", "--locale=C", "--no-sync"],
                       check=True, stdout=subprocess.DEVNULL, cwd="/")
        # In its own folder, so that nothing is left of it; it ends with its standard input's process.
        self.process = subprocess.Popen(
            [*self.prefix, os.path.join(self.binaries, "postgres"), "-D", cluster, "-p", str(self.port), "-k", self.data,
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def stop(self):
        if self.process:
            pid = os.path.join(self.data, "cluster", "postmaster.pid")
            if os.path.exists(pid):
                with open(pid, encoding="utf-8") as f:
                    os.kill(int(f.readline()), 2)  # of postgres, not of runuser: fast shutdown
            self.process.wait()

    def address(self, user="mica", database="postgres"):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def sql(self, text):
        subprocess.run([os.path.join(self.binaries, "psql"), self.address(), "-X", "-q", "-v", "ON_ERROR_STOP=1"], input=text,
                       text=True, check=True, stdout=subprocess.DEVNULL)

    def wait(self):
        for _ in range(600):
            if subprocess.run([os.path.join(self.binaries, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0:
                return
            assert self.process.poll() is None, "the server ended"
            time.sleep(0.1)
        raise AssertionError("the server does not come up")


# ---- what is tested ----

THINGS = """
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE TABLE things (small int2, id int4, large int8, half real, whole double precision, exact numeric(12, 3), yes boolean,
  name text, code varchar(8), how mood, day date, moment timestamp, zoned timestamptz, empty text);
INSERT INTO things VALUES
  (-3, 1, -9223372036854775807, 0.1, 1e300, 12.500, true, 'NA', '007', 'sad', '2024-03-05', '2024-03-05 10:00:00.25',
   '2024-03-05 10:00:00+08', NULL),
  (NULL, 2, 4, 'NaN', 0.1, NULL, false, '', '008', 'fine', NULL, '2024-03-06', '2024-12-31 23:59:59.999999+00', NULL),
  (5, 3, NULL, -2.5, NULL, 'NaN', NULL, E'蓝, "blue"\\nnext', NULL, NULL, '0001-01-01', NULL, NULL, NULL);
CREATE TABLE other (x bytea); INSERT INTO other VALUES ('\\x00ff');
CREATE SCHEMA apart; CREATE TABLE apart."odd name" (y int); INSERT INTO apart."odd name" SELECT generate_series(1, 20000);
CREATE USER guest PASSWORD 'guest'; CREATE DATABASE lonely;
"""
TYPES = {"small": "integer", "id": "integer", "large": "integer", "half": "number", "whole": "number", "exact": "number",
         "yes": "boolean", "name": "text", "code": "text", "how": "text", "day": "date", "moment": "date", "zoned": "date",
         "empty": "missing"}
CELLS = [["-3", "1", "-9223372036854775807", "0.1", "1e+300", "12.5", "True", "NA", "007", "sad", "2024-03-05",
          "2024-03-05T10:00:00.25", "2024-03-05T02:00:00Z", ""],
         ["", "2", "4", "", "0.1", "", "False", "", "008", "fine", "", "2024-03-06T00:00:00", "2024-12-31T23:59:59.999999Z", ""],
         ["5", "3", "", "-2.5", "", "", "", "蓝, \"blue\"\nnext", "", "", "0001-01-01", "", "", ""]]


def passwords(server, folder):
    """They come from a file of mode 0600 alone, and are in no message."""
    own = os.path.join(folder, "own")
    with open(own, "w", encoding="utf-8") as f:
        f.write(f"127.0.0.1:{server.port}:*:mica:{QUOTED}\n")
    query = ["--query", "SELECT 1 AS one"]
    os.chmod(own, 0o640)
    says("mode 0640", "data", "describe", server.address(), *query, "--password-file", own)
    says("absent", "data", "describe", server.address(), *query, "--password-file", "absent")
    os.chmod(own, 0o600)
    mica("data", "describe", server.address(), *query, "--password-file", own)
    says("no password supplied", "data", "describe", server.address(), *query)
    os.environ["PGPASSFILE"] = own
    mica("data", "describe", server.address(), *query)
    for wrong in (f"postgresql://mica:topsecret@127.0.0.1:{server.port}/postgres", "postgres://mica:topsecret@h/d",
                  f"csv:postgresql://mica:topsecret@127.0.0.1:{server.port}/postgres",
                  "postgresql://h/d?user=mica&password=topsecret", "postgresql://h/d?sslpassword=topsecret",
                  "postgresql://h/d?pass%77ord=topsecret", "postgresql://u%3Ax:topsecret@h"):
        for arguments in (["data", "describe", wrong, *query], ["data", "bench", wrong, *query],
                          ["data", "convert", wrong, "x.npz", *query], ["data", "describe", wrong, "--json"]):
            done = run_mica(*arguments)
            assert done.returncode == 1 and "topsecret" not in done.stdout + done.stderr, done
            assert ".pgpass" in done.stdout + done.stderr, done
    with open("secret.json", "w", encoding="utf-8") as f:
        json.dump({"model": {"input": [1], "layers": [{"Dense": {"units": 1}}]}, "compile": {"optimizer": "sgd", "loss": "mse"},
                   "data": {"train": wrong, "preprocessing": {"target": "x"}}, "fit": {"epochs": 1}}, f)
    done = run_mica("train", "secret.json", "--output", "secret.h5")
    assert done.returncode == 1 and ".pgpass" in done.stderr and "topsecret" not in done.stderr, done
    assert not os.path.exists("secret.h5.run") and not os.path.exists("secret.h5")


def types_and_cells(server):
    spec = server.address()
    found = json.loads(mica("data", "describe", spec, "--table", "things", "--json"))
    assert {c["name"]: c["type"] for c in found["columns"]} == TYPES, found
    missing = {c["name"]: c["missing"] for c in found["columns"]}
    assert missing == {"small": 1, "id": 0, "large": 1, "half": 1, "whole": 1, "exact": 2, "yes": 1, "name": 0, "code": 1,
                       "how": 1, "day": 1, "moment": 1, "zoned": 1, "empty": 3}, missing
    mica("data", "convert", spec, "things.csv", "--query", "SELECT * FROM things ORDER BY id")
    with open("things.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    assert rows[0] == list(TYPES) and rows[1:] == CELLS, rows
    found = json.loads(mica("data", "describe", spec, "--table", "apart.odd name", "--json"))
    assert found["rows"] == 20000 and found["columns"][0]["mean"] == 10000.5
    found = json.loads(mica("data", "describe", spec, "--query", "SELECT id, name FROM things WHERE false", "--json"))
    assert found["rows"] == 0 and [c["name"] for c in found["columns"]] == ["id", "name"]


def errors(server):
    spec = server.address()
    says("its tables are: other, things", "data", "describe", spec)
    says("its tables are: none", "data", "describe", server.address(database="lonely"))
    says("relation \"absent\" does not exist", "data", "describe", spec, "--table", "absent")
    says("syntax error", "data", "describe", spec, "--query", "SELEC 1")
    says("bytea", "data", "describe", spec, "--table", "other")
    says("row 2, column 'd': a date that a table does not hold", "data", "describe", spec, "--query",
         "SELECT '2024-01-01'::date AS d UNION ALL SELECT 'infinity'")
    says("read-only transaction", "data", "describe", spec, "--query", "DELETE FROM things RETURNING *")
    says("cannot insert multiple commands", "data", "describe", spec, "--query", "COMMIT; DELETE FROM things RETURNING *")
    says("the query gives no rows", "data", "describe", spec, "--query", "COMMIT")
    told = says("invalid input syntax for type integer", "data", "describe", spec, "--query",
                "SELECT ssn::int FROM (VALUES ('123-45-6789')) AS people(ssn)")
    assert "SQLSTATE 22P02" in told and "6789" not in told, told  # cells may be personal
    says("division by zero", "data", "describe", spec, "--query", "SELECT 1 / (3 - i) AS x FROM generate_series(1, 5) AS i")
    says("database \"absent\" does not exist", "data", "describe", server.address(database="absent"))
    says("no password supplied", "data", "describe", server.address(user="guest"))
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        says("refused", "data", "describe", f"postgresql://mica@127.0.0.1:{s.getsockname()[1]}/postgres", "--table", "t")
    says("expected postgresql://", "data", "describe", "postgresql:host=h", "--table", "t")


LIMIT = 130 << 20  # bytes that a process may take: what is gone through in blocks then is held without it


def content(path):
    with open(path, "rb") as f:
        return f.read()


def blocks(server):
    """A query that does not fit: what comes of it is what comes of one that is held."""
    spec = server.address()
    if started(LIMIT, "describe", spec, "--query", "SELECT 1 AS one").returncode:
        return  # a sanitizer wants more than the limit for itself
    server.sql("CREATE TABLE many AS SELECT i, 'person number ' || i || ' of a long list, ' || repeat('x', 100) AS name,"
               "i * 0.25::float8 AS price, CASE WHEN i % 3 > 0 THEN 'A' ELSE 'B' END AS city, i % 90 AS age,"
               "date '2024-01-01' + i % 300 AS day, CASE WHEN i > 199990 THEN i % 2 = 0 END AS late "
               "FROM generate_series(1, 200000) AS i")
    query = ["--query", "SELECT * FROM many ORDER BY i DESC; -- the last; first"]
    for command in (["convert"], ["clean", "--missing", "median", "--outliers", "iqr", "--outlier-action", "missing"],
                    ["clean", "--drop-duplicates", "--subset", "age"],
                    ["resample", "--target", "city", "--method", "under"]):
        output = [] if command == ["convert"] else ["--output"]
        mica("data", command[0], spec, *query, *output, "held.csv", *command[1:])
        done = started(LIMIT, command[0], spec, *query, *output, "blocks.csv", *command[1:])
        assert done.returncode == 0, (command, done.stderr)
        assert content("held.csv") == content("blocks.csv"), command
    done = started(LIMIT, "describe", spec, *query, "--json")
    assert done.stdout == mica("data", "describe", spec, *query, "--json"), done
    # The server runs a query once: what it makes up is the same in each pass.
    done = started(LIMIT, "convert", spec, "blocks.csv", "--query", "SELECT random() AS x, name FROM many ORDER BY random()")
    assert done.returncode == 0, done.stderr
    assert len(set(content("blocks.csv").splitlines())) == 200001
    done = started(LIMIT, "convert", spec, "refused.csv", "--query",
                     "SELECT name, CASE WHEN i = 150000 THEN name::int ELSE i END AS x FROM many")
    assert done.returncode == 1 and "invalid input syntax" in done.stderr and "150000" not in done.stderr, done
    done = started(LIMIT, "convert", spec, "refused.csv", "--query",
                     "SELECT name, CASE WHEN i = 150000 THEN 'infinity' ELSE day END AS x FROM many ORDER BY i")
    assert done.returncode == 1 and "row 150000, column 'x': a date that" in done.stderr, done
    assert not os.path.exists("refused.csv")
    # What has no cursor is held.
    assert json.loads(mica("data", "describe", spec, "--query", "SHOW server_encoding", "--json"))["rows"] == 1
    assert json.loads(mica("data", "describe", spec, "--query", "EXPLAIN SELECT * FROM many", "--json"))["rows"] >= 1


def training(server):
    server.sql("CREATE TABLE flowers AS SELECT (i % 7 + (i % 2) * 9)::real AS length, (i % 5) AS width,"
               "CASE WHEN i % 2 = 1 THEN 'rose' ELSE 'tulip' END AS kind FROM generate_series(0, 199) AS i")
    del os.environ["PGPASSFILE"]
    recipe = {"model": {"input": [2], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
              "data": {"train": server.address(), "test": server.address(),
                       "preprocessing": {"query": "SELECT * FROM flowers ORDER BY ctid", "target": "kind", "test_split": 0.2,
                                         "password_file": "../own"}},
              "compile": {"optimizer": {"adam": {"learning_rate": 0.1}}, "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
              "fit": {"epochs": 20, "batch_size": 16}}
    os.mkdir("recipes")
    with open("recipes/recipe.json", "w", encoding="utf-8") as f:
        json.dump(recipe, f)
    trained = json.loads(mica("train", "recipes/recipe.json", "--output", "flowers.h5", "--json").splitlines()[-1])
    with open("flowers.h5.run/recipe.json", encoding="utf-8") as f:
        data = json.load(f)["data"]
    assert data["train"] == server.address() and data["preprocessing"]["password_file"] == "../own", data
    assert trained["evaluate"]["accuracy"] > 0.9, trained
    found = json.loads(mica("evaluate", "flowers.h5", "--data", server.address(), "--json"))
    assert abs(found["loss"] - trained["evaluate"]["loss"]) < 1e-6, (found, trained)


def main():
    binaries = server_folder()
    if not binaries or as_user()[0] is None:
        print("skipped: no PostgreSQL server is installed here (Debian: postgresql)")
        return 77
    if "built without libpq" in run_mica("data", "describe", "postgresql://h/d", "--table", "t").stderr:
        print("skipped: this build has no libpq")
        return 77
    for name in [n for n in os.environ if n.startswith("PG")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HOME"] = folder
        server = Server(binaries, folder)
        try:
            server.start()
            server.wait()
            passwords(server, folder)
            server.sql(THINGS)
            types_and_cells(server)
            errors(server)
            blocks(server)
            training(server)
        finally:
            server.stop()
            os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
