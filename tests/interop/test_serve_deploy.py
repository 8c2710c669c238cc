"""What deploy/ holds, read by others and by the command: manifests by Kubernetes's own schemas (kubernetes-validate),
kustomizations by the files that they name, and every command line of mica by mica itself.

    MICA=build/mica PYTHON tests/interop/test_serve_deploy.py

PYTHON has tests/interop/requirements-serve.txt.
"""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile

import kubernetes_validate
import yaml
from harness import MICA, SOURCE, mica, run, test

DEPLOY = os.path.join(SOURCE, "deploy")
OLDEST = "1.30"  # deployment.yaml says so


def read(path):
    with open(os.path.join(DEPLOY, path), encoding="utf-8") as f:
        return f.read()


def manifests():
    """(file, object) of each object, kustomizations aside."""
    for path in sorted(glob.glob(DEPLOY + "/kubernetes/**/*.yaml", recursive=True)):
        if os.path.basename(path) != "kustomization.yaml":
            for made in yaml.safe_load_all(open(path, encoding="utf-8")):
                yield os.path.relpath(path, DEPLOY), made


def of_kind(kind):
    return [made for _, made in manifests() if made["kind"] == kind]


def pods():
    return [made["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for made in of_kind(kind)]


@test
def kubernetes_takes_every_manifest():
    seen = 0
    for path, made in manifests():
        for version in (OLDEST, kubernetes_validate.latest_version()):
            try:
                kubernetes_validate.validate(made, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                raise AssertionError(f"{path}, Kubernetes {version}: {error.path}: {error.message}") from error
        seen += 1
    assert seen >= 9, seen


@test
def a_wrong_manifest_is_refused():
    """The check above can fail."""
    made = of_kind("Deployment")[0]
    made["spec"]["replica"] = 2
    try:
        kubernetes_validate.validate(made, OLDEST, strict=True)
    except kubernetes_validate.ValidationError:
        return
    raise AssertionError("a field that is not there was taken")


@test
def kustomizations_name_what_there_is_and_leave_nothing_out():
    used = set()
    for path in glob.glob(DEPLOY + "/kubernetes/**/kustomization.yaml", recursive=True):
        folder = os.path.dirname(path)
        made = yaml.safe_load(open(path, encoding="utf-8"))
        assert made["apiVersion"] == "kustomize.config.k8s.io/v1beta1" and made["kind"] == "Kustomization", path
        assert set(made) <= {"apiVersion", "kind", "namespace", "resources", "labels", "images"}, (path, set(made))
        for name in made["resources"]:
            at = os.path.normpath(os.path.join(folder, name))
            assert os.path.isfile(at) or os.path.isfile(at + "/kustomization.yaml"), at
            used.add(at)
    left = [path for path in glob.glob(DEPLOY + "/kubernetes/**/*.yaml", recursive=True)
            if os.path.basename(path) != "kustomization.yaml" and os.path.normpath(path) not in used]
    assert not left, left


@test
def pods_are_as_closed_as_kubernetes_asks_of_the_restricted():
    for pod in pods():
        context = pod["securityContext"]
        assert context["runAsNonRoot"] and context["runAsUser"] and context["seccompProfile"]["type"] == "RuntimeDefault"
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False and own["readOnlyRootFilesystem"] and own["capabilities"] == {"drop": ["ALL"]}
            assert "limits" in container["resources"] and "requests" in container["resources"]
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted == {volume["name"] for volume in pod["volumes"]}, mounted


@test
def names_and_ports_agree():
    deployment = of_kind("Deployment")[0]["spec"]
    container = deployment["template"]["spec"]["containers"][0]
    labels, ports = deployment["template"]["metadata"]["labels"], {port["name"]: port["containerPort"] for port in container["ports"]}
    assert deployment["selector"]["matchLabels"].items() <= labels.items()
    for service in of_kind("Service"):
        assert service["spec"]["selector"].items() <= labels.items()
        assert all(port["targetPort"] in ports for port in service["spec"]["ports"]), service
    for rule in of_kind("NetworkPolicy")[0]["spec"]["ingress"]:
        assert all(port["port"] in ports for port in rule["ports"]), rule
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    assert f"--port={ports['https']}" in container["args"] and f"--control-port={ports['control']}" in container["args"]
    claims = {claim["metadata"]["name"] for claim in of_kind("PersistentVolumeClaim")}
    for pod in pods():
        assert {v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v} <= claims
    scaled = of_kind("HorizontalPodAutoscaler")[0]["spec"]
    assert scaled["scaleTargetRef"]["name"] == of_kind("Deployment")[0]["metadata"]["name"]
    metric = scaled["metrics"][0]["pods"]["metric"]["name"]
    assert yaml.safe_load(read("monitoring/adapter.yaml"))["rules"][0]["name"]["as"] == metric
    assert of_kind("PodDisruptionBudget")[0]["spec"]["selector"]["matchLabels"].items() <= labels.items()
    grace = deployment["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > container["lifecycle"]["preStop"]["sleep"]["seconds"] + 30, "the server drains for 30 s"


# ------------------------------------------------------------ command lines

def command_lines():
    """(where, words behind `mica`) of every command line there is."""
    for pod in pods():
        yield "kubernetes", pod["containers"][0]["args"]
    services = yaml.safe_load(read("container/compose.yaml"))["services"]
    for name, service in services.items():
        yield f"compose, {name}", service["command"]
        if "test" in service.get("healthcheck", {}):
            words = service["healthcheck"]["test"]
            assert words[:2] == ["CMD", "/usr/bin/mica"], words
            yield f"compose, health of {name}", words[2:]
    dockerfile = read("container/Dockerfile")
    assert json.loads(re.search(r"^ENTRYPOINT (\[.*\])$", dockerfile, re.M).group(1)) == ["/usr/bin/mica"]
    yield "Dockerfile", json.loads(re.search(r"^CMD (\[.*\])$", dockerfile, re.M).group(1))
    health = json.loads(re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", dockerfile, re.M).group(1))
    assert health[0] == "/usr/bin/mica"
    yield "Dockerfile, health", health[1:]
    variables = dict(line.split("=", 1) for line in read("systemd/serve.env").splitlines() if line and line[0] != "#")
    drop_in = re.search(r"^Environment=BACKEND=(.*)$", read("systemd/mica.service.d/no-generated-code.conf"), re.M).group(1)
    line = re.search(r"^ExecStart=/usr/bin/mica (.*)$", read("systemd/mica.service"), re.M).group(1)
    for backend in ("", drop_in):
        text = re.sub(r"\$\{?(\w+)\}?", lambda m: {**variables, "BACKEND": backend, "LOGS_DIRECTORY": "/var/log/mica"}[m.group(1)], line)
        yield "systemd", shlex.split(text)


def place(folder, word):
    """A word of a command line with its files, each in the folder and there."""
    return re.sub(r"(^|=)/(models|var/lib/mica|var/log/mica|run/keys|run/tls|run/secrets|srv/train)/",
                  lambda m: f"{m.group(1)}{folder}/", word)


@test
def mica_takes_every_command_line():
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(SOURCE, "data/mnist/mnist_model.h5"), folder + "/mnist.h5")
        mica("key", "create", "one", "--role", "predict", "--keys", folder + "/keys")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        folder + "/key.pem", "-out", folder + "/certificate.pem", "-days", "90", "-subj", "/CN=localhost"],
                       check=True, capture_output=True)
        for name, of in (("tls.crt", "certificate.pem"), ("certificate", "certificate.pem"), ("tls.key", "key.pem"), ("key", "key.pem")):
            shutil.copy(f"{folder}/{of}", f"{folder}/{name}")
        with open(folder + "/t.csv", "w", encoding="utf-8") as f:
            f.write("a,y\n" + "1,0\n2,1\n" * 40)
        with open(folder + "/recipe.json", "w", encoding="utf-8") as f:
            json.dump({"model": {"input": [1], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
                       "data": {"train": "t.csv", "preprocessing": {"target": "y"}},
                       "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}}, f)
        for where, words in command_lines():
            words = [place(folder, word) for word in words]
            if words[0] == "serve" and "--help" not in words:
                words = [word for word in words if not re.match(r"--(control-)?port=", word)] + ["--port", "0", "--control-port", "0", "--check"]
            status = 1 if words[0] == "health" else 0  # nobody is there
            done = subprocess.run([MICA, *words], cwd=folder, capture_output=True, text=True, check=False,
                                  env={**os.environ, "CREDENTIALS_DIRECTORY": folder})
            assert done.returncode == status, (where, words, done.returncode, done.stderr)
            seen.append(words[0])
    assert seen.count("serve") == 5 and seen.count("train") == 2 and seen.count("health") == 2, seen


run()
