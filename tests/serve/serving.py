"""A `mica serve` of a test's own, on ports that are free; the command is $MICA."""
import atexit
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import tempfile
import urllib.error
import urllib.request

MICA = os.environ["MICA"]


def run(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stderr if status else done.stdout


def make_model(name, seed=1, units=2):
    """A model m(None, 3) -> (None, units), trained for a moment, in the working folder."""
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("a,b,c,y\n" + "".join(f"{i % 7},{i % 3},{i % 5},{i % 2}\n" for i in range(64)))
    recipe = {"model": {"input": [3], "layers": [{"Dense": {"units": units, "activation": "softmax"}}]},
              "data": {"train": "t.csv", "preprocessing": {"target": "y"}},
              "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}, "seed": seed}
    with open("r.json", "w", encoding="utf-8") as f:
        json.dump(recipe, f)
    run("train", "r.json", "--quiet", "--output", name)


def has_grpc(model):
    done = subprocess.run([MICA, "serve", model, "--port", "0", "--grpc-port", "0", "--check"], capture_output=True, text=True, check=False)
    return "built without nghttp2" not in done.stderr


class Load:
    """Threads that ask until they are told to stop; a class of a test's own says in `run` what and how."""

    def __init__(self, count):
        self.stop, self.faults, self.answers = False, [], 0
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(count)]
        for t in self.threads:
            t.start()

    def run(self, i):
        raise NotImplementedError

    def join(self):
        self.stop = True
        for t in self.threads:
            t.join()
        assert not self.faults, self.faults[:3]
        assert self.answers > 0


class Server:
    """with Server("name=model.h5") as server: server.post("/v2/…", body)

    limits: {resource.RLIMIT_NOFILE: 100} of the process, or (100, 100) for the hard one too; secure: an ssl.SSLContext of its clients."""

    def __init__(self, *arguments, secure=None, limits=None, environment=None):
        def limit():
            for what, most in (limits or {}).items():
                resource.setrlimit(what, most if isinstance(most, tuple) else (most, resource.getrlimit(what)[1]))
        self.secure = secure
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.process = subprocess.Popen([MICA, "serve", "--port", "0", "--control-port", "0", "--json", *arguments],
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True, preexec_fn=limit,
                                        env={**os.environ, **(environment or {})})
        atexit.register(self.process.kill)  # of a test that fails
        line = self.process.stdout.readline()
        if '"port"' not in line:
            self.process.wait()
            error = line + self.said()
            if "built without" in error and ("libmicrohttpd" in error or "nghttp2" in error):
                sys.exit(77)
            raise AssertionError(error)
        ports = json.loads(line)
        self.port, self.control_port, self.grpc_port = ports["port"], ports["control_port"], ports["grpc_port"]
        self.grpc_control_port = ports["grpc_control_port"]
        self.url, self.control = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.control_port}"

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        status = self.end()
        assert status == 0, (status, self.said())

    def said(self):
        """What it told on standard error so far."""
        handle = self.errors.fileno()  # read where the server writes on: its place in the file is not moved
        return os.pread(handle, os.fstat(handle).st_size, 0).decode()

    def end(self, how=signal.SIGTERM):
        """Its exit status, and whatever it wrote to standard output lies in `output`."""
        self.process.send_signal(how)
        self.output = self.process.communicate()[0]
        return self.process.returncode

    def ask(self, path, body=None, **headers):
        """(code, reply); names of headers with _ for -."""
        request = urllib.request.Request(self.url + path, data=body, headers={
            name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def post(self, path, body, code=200, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        got, reply = self.ask(path, body, **headers)
        assert got == code, (path, got, reply)
        return json.loads(reply)

    def connection(self, control=False):
        port = self.control_port if control else self.port
        if self.secure:
            return http.client.HTTPSConnection("127.0.0.1", port, context=self.secure)
        return http.client.HTTPConnection("127.0.0.1", port)

    def request(self, method, path, body=None, control=False, **headers):
        """On a connection of its own: (code, reply, http.client's reply)."""
        c = self.connection(control)
        c.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        reply = c.getresponse()
        data = reply.read()
        c.close()
        return reply.status, data, reply

    def figure(self, name):
        """One number of /metrics; its labels belong to the name."""
        for line in self.request("GET", "/metrics", control=True)[1].decode().splitlines():
            if line.rpartition(" ")[0] == name:
                return float(line.rpartition(" ")[2])
        raise AssertionError(f"no figure {name}")

    def raw(self, data=b""):
        s = socket.create_connection(("127.0.0.1", self.port))
        s.sendall(data)
        return s
