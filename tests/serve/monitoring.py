#!/usr/bin/env python3
"""Every figure that the dashboard, the alerts and the autoscaler ask for is one that the server tells, and what goes wrong is in
dashboard and alerts, which tell of each server for itself; docs/serving.md and its
Chinese twin have a row for each figure and each route, with its arguments, and for none that is not there."""
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from serving import Server

SOURCE = os.environ["MICA_SOURCE"]
MODEL = f"{SOURCE}/tests/recorded/trainings/softmax.h5"
NAME = re.compile(r"\bmica_[a-z_]+")
FAULT = re.compile(r"_(failing|lost_total|withheld_total|refused|unreadable|unmet_total)$")  # somebody must be told of what it counts
PAGES = ("docs/serving.md", "docs/serving.zh.md")
OF_VERSION = re.compile(r"/(versions/V|labels/ALIAS)(?=$|[:/])") # of a model's route: the page says once that it is there


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as f:
        return f.read()


def text_of(server, path, control=False):
    code, reply, _ = server.request("GET", path, control=control)
    assert code == 200, (path, code, reply)
    return reply.decode()


def figures_of(server):
    """{name: kind}"""
    return dict(line.split()[2:4] for line in text_of(server, "/metrics", True).splitlines() if line.startswith("# TYPE "))


def routes_of(server):
    """{"POST /v2/models/NAME/rows": {"top", "outputs"}} of both ports, but for the files of the page."""
    found = {}
    for control in (False, True):
        for path, methods in json.loads(text_of(server, "/openapi.json", control))["paths"].items():
            path = path.replace("{model}", "NAME").replace("{version}", "V").replace("{label}", "ALIAS")
            for method, route in methods.items():
                if route["tags"] != ["page"] or path == "/":
                    found[f"{method.upper()} {path}"] = {p["name"] for p in route["parameters"] if p["in"] == "query"}
    return found


def check_asked(told, all_there):
    """Without SQLite there are no figures of a prediction log."""
    asked = {}
    for path in glob.glob(os.path.join(SOURCE, "deploy/monitoring/*")) + glob.glob(os.path.join(SOURCE, "deploy/kubernetes/*/*.yaml")):
        for name in NAME.findall(read(path)):
            asked.setdefault(name, os.path.relpath(path, SOURCE))
    assert len(asked) > 10, asked
    known = {name + end for name, kind in told.items() for end in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))}
    unknown = {name: path for name, path in asked.items() if name not in known and (all_there or not name.startswith("mica_prediction_"))}
    assert not unknown, unknown
    alarms, shown = (set(NAME.findall(read(f"deploy/monitoring/{name}"))) for name in ("alerts.yaml", "grafana.json"))
    faults = {name for name in told if FAULT.search(name)}
    assert len(faults) > 5 and faults <= alarms and faults <= shown, (faults - alarms, faults - shown)


def check_alerts():
    """Sums over servers hide the one that fails; promtool, where it is there, has the rules tell of made-up servers."""
    sums = re.findall(r"\bby \(([^)]*)\)", read("deploy/monitoring/alerts.yaml"))
    assert len(sums) > 5 and all("instance" in labels.split(", ") for labels in sums), sums
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "test", "rules", os.path.join(SOURCE, "deploy/monitoring/alerts_test.yaml")],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def check_figures(page, told):
    rows = dict(re.findall(r"^\| `(mica_\w+)` \| (\w+) \|", read(page), re.M))
    assert rows == told, (page, "missing", told.items() - rows.items(), "not told", rows.items() - told.items())


def check_routes(page, routes):
    text = read(page)
    assert "`…/NAME/versions/V/…`" in text and "`…/NAME/labels/ALIAS`" in text, page
    written = {}
    for method, path, query in re.findall(r"`(GET|POST|PUT|DELETE|PATCH) (/[^`?\s]*)\??([^`\s]*)`", text):
        written.setdefault(f"{method} {path}", set()).update(part.split("=")[0] for part in query.split("&") if part)
    missing = [r for r in routes if r not in written and OF_VERSION.sub("", r) not in written]
    assert not missing, (page, "no row for", missing)
    files = {f"GET /{name}" for name in os.listdir(os.path.join(SOURCE, "web"))}
    assert not written.keys() - routes.keys() - files, (page, "no such route", written.keys() - routes.keys() - files)
    other = {r: (query, routes[r]) for r, query in written.items() if r in routes and query != routes[r]}
    assert not other, (page, "arguments that it has, and should have", other)


def with_records():
    """A server that has all there is to tell about; without SQLite there is no prediction log."""
    options = ["--audit-log", "audit"]
    try:
        return Server("folder", *options, "--prediction-log", "sqlite:log.db"), True
    except AssertionError as error:
        assert "without" in str(error), error
        return Server("folder", *options), False


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        os.mkdir("folder")
        server, all_there = with_records()
        with server:
            told, routes = figures_of(server), routes_of(server)
        assert len(told) > 15 and len(routes) > 30, (told, routes)
        check_asked(told, all_there)
        check_alerts()
        for page in PAGES:
            check_routes(page, routes)
            if all_there:
                check_figures(page, told)


if __name__ == "__main__":
    main()
