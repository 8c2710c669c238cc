"""A `mica serve` of a test's own, on ports that are free; the command is $MICA."""
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

MICA = os.environ["MICA"]


def run(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stderr if status else done.stdout


class Server:
    """with Server("name=model.h5") as server: server.post("/v2/…", body)"""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([MICA, "serve", "--port", "0", "--control-port", "0", "--json", *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if '"port"' not in line:
            error = line + self.process.communicate()[1]
            if "built without libmicrohttpd" in error:
                sys.exit(77)
            raise AssertionError(error)
        said = json.loads(line)
        self.url = f"http://127.0.0.1:{said['port']}"
        self.control = f"http://127.0.0.1:{said['control_port']}"

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        error = self.process.communicate()[1]
        assert self.process.returncode == 0, (self.process.returncode, error)

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
