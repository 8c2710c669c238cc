#!/usr/bin/env python3
"""mica serve and a service manager, which this test plays: readiness, reloading, stopping, the watchdog, sockets that
are passed on, restarts behind them without a refused connection, credentials. Loopback only."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from serving import MICA, run

SOURCE = os.environ["MICA_SOURCE"]
MODEL = f"m={SOURCE}/tests/recorded/trainings/softmax.h5"
PASSES = """import os, sys
count = int(sys.argv[1])
held = [os.dup(int(fd)) for fd in sys.argv[2:2 + count]]
high = [os.dup2(fd, 100 + i) for i, fd in enumerate(held)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""


class Service:
    """The command as a manager starts it."""

    def __init__(self, *arguments, sockets=(), environment=(), ports=("--port", "0", "--control-port", "0"), **pipes):
        command = [MICA, "serve", *ports, "--json", *arguments]
        environment = {**os.environ, **dict(environment)}
        if sockets:
            command = [sys.executable, "-c", PASSES, str(len(sockets)), *[str(s.fileno()) for s in sockets], *command]
            environment["LISTEN_FDS"] = str(len(sockets))
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
                                        pass_fds=[s.fileno() for s in sockets], **pipes)
        line = self.process.stdout.readline()
        said = json.loads(line) if line else {}
        if "port" not in said:
            self.error = said.get("error", "") + self.process.communicate()[1]
            return
        self.port, self.control, self.error = said["port"], said["control_port"], None

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        error = self.process.communicate()[1]
        assert self.process.returncode == 0, error
        return error


def ask(port, path="/v2/health/ready", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply.status


class Manager:
    """The socket that services tell; messages as dictionaries."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address[0] == "@" else address)
        self.environment = {"NOTIFY_SOCKET": address}

    def next(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))

    def until(self, key):
        """The messages up to one that has the key."""
        messages = [self.next()]
        while key not in messages[-1]:
            messages.append(self.next())
        return messages


def told(folder):
    for address in (os.path.join(folder, "notify"), f"@mica-test-{os.getpid()}"):
        manager = Manager(address)
        service = Service(MODEL, environment={**manager.environment, "WATCHDOG_USEC": "300000"})
        messages = manager.until("READY")
        assert any(m.get("STATUS", "").startswith("loads m=") for m in messages), messages
        assert messages[-1]["READY"] == "1" and f"1 model on port {service.port}" in messages[-1]["STATUS"], messages
        for _ in range(3):
            assert manager.until("WATCHDOG")[-1] == {"WATCHDOG": "1"}
        service.process.send_signal(signal.SIGHUP)
        begins = manager.until("RELOADING")[-1]
        assert begins["RELOADING"] == "1" and 0 < int(begins["MONOTONIC_USEC"]), begins
        assert manager.until("READY")[-1]["READY"] == "1"
        service.process.send_signal(signal.SIGTERM)
        assert manager.until("STOPPING")[-1]["STOPPING"] == "1"
        service.end()
        manager.socket.close()
    manager = Manager(os.path.join(folder, "other"))  # the watchdog of another process is not ours
    service = Service(MODEL, environment={**manager.environment, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"})
    manager.until("READY")
    service.process.send_signal(signal.SIGTERM)
    assert not any("WATCHDOG" in m for m in manager.until("STOPPING"))
    service.end()
    for name, value in (("NOTIFY_SOCKET", "notify"), ("WATCHDOG_USEC", "soon")):
        error = Service(MODEL, environment={**manager.environment, name: value}).error
        assert f'{name} is "{value}"' in error, error
    manager.socket.close()


def stuck(folder):
    """A lane that writes its log into a pipe that nobody reads is stuck: the watchdog hears no more of this server,
    until the pipe is read again."""
    path = os.path.join(folder, "log")
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        while True:
            os.write(pipe, b"x" * 4096)
    except BlockingIOError:
        pass
    manager = Manager(os.path.join(folder, "notify2"))
    service = Service(MODEL, "--access-log", path, environment={**manager.environment, "WATCHDOG_USEC": "300000"})
    manager.until("READY")
    manager.until("WATCHDOG")
    one = socket.create_connection(("127.0.0.1", service.port))
    one.sendall(b"GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
    manager.socket.settimeout(2)
    try:
        while True:
            manager.next()
    except TimeoutError:
        pass  # silence, of many periods
    manager.socket.settimeout(None)
    try:
        while os.read(pipe, 65536):
            pass
    except BlockingIOError:
        pass
    manager.until("WATCHDOG")
    assert one.recv(12) == b"HTTP/1.1 200"
    one.close()
    assert "the watchdog is told no more" in service.end()
    os.close(pipe)


def listener(address="127.0.0.1", kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_INET, kind)
    s.bind((address, 0))
    if kind == socket.SOCK_STREAM:
        s.listen(128)
    return s


def passed():
    main, control = listener(), listener()
    names = {"LISTEN_FDNAMES": "control:http"}
    service = Service(MODEL, sockets=(control, main), environment=names)
    assert (service.port, service.control) == (main.getsockname()[1], control.getsockname()[1]), service.error
    assert ask(service.port) == 200 and ask(service.control, "/metrics") == 200 and ask(service.port, "/metrics") == 404
    # Who asks all the while is never refused: between two processes, connections wait at the socket.
    stop, answered, failures = threading.Event(), [], []

    def ask_on():
        while not stop.is_set():
            try:
                answered.append(ask(main.getsockname()[1]))
            except (ConnectionResetError, http.client.RemoteDisconnected):
                pass  # was accepted as the process ended, before it asked anything: clients ask again
            except OSError as error:
                failures.append(repr(error))
    threads = [threading.Thread(target=ask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        before = len(answered)
        while len(answered) < before + 20:
            time.sleep(0.01)
        service.end()
        service = Service(MODEL, sockets=(control, main), environment=names)
    before = len(answered)
    while len(answered) < before + 20 and not failures:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures and set(answered) <= {200, 503}, (failures[:3], set(answered))
    service.end()
    alone = Service(MODEL, sockets=(main,), ports=("--control-port", "0"))  # one needs no name
    assert alone.port == main.getsockname()[1] and ask(alone.port) == 200
    alone.end()
    open_to_all, datagrams = listener("0.0.0.0"), listener(kind=socket.SOCK_DGRAM)
    for sockets, names, words in (((main, control), "http:http", 'two sockets "http"'), ((main,), "web", 'a socket "web"'),
                                  ((main, control), None, "without names"), ((datagrams,), "http", "none that listens over TCP"),
                                  ((open_to_all,), "http", "or --insecure"), ((main, open_to_all), "http:control", "or --insecure")):
        error = Service(MODEL, sockets=sockets, environment={"LISTEN_FDNAMES": names} if names else {}).error
        assert error and words in error, (names, error)
    for s in (main, control, open_to_all, datagrams):
        s.close()


def activated():
    """systemd's own tool passes them."""
    tool = shutil.which("systemd-socket-activate")
    if not tool:
        print("systemd-socket-activate is missing: left out")
        return
    with listener() as one:
        port = one.getsockname()[1]
    process = subprocess.Popen([tool, "-l", f"127.0.0.1:{port}", "--fdname=http", MICA, "serve", MODEL, "--control-port", "0",
                                "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "Listening" not in process.stderr.readline():
        pass
    assert ask(port) in (200, 503)  # the first connection starts it
    assert json.loads(process.stdout.readline())["port"] == port
    assert ask(port) == 200
    process.send_signal(signal.SIGTERM)
    error = process.communicate()[1]
    assert process.returncode == 0, error


def credentials(folder):
    key = json.loads(run("key", "create", "me", "--role", "predict", "--keys", os.path.join(folder, "keys"), "--json"))["key"]
    service = Service(MODEL, "--keys", "credential:keys", environment={"CREDENTIALS_DIRECTORY": folder})
    assert ask(service.port, "/v2/models/m") == 401 and ask(service.port, "/v2/models/m", X_API_Key=key) == 200
    service.end()
    for path, directory, words in (("credential:keys", "", "LoadCredential=keys:FILE"), ("credential:../keys", folder, "expected credential:NAME"),
                                   ("credential:", folder, "expected credential:NAME"), ("credential:none", folder, f"{folder}/none")):
        error = Service(MODEL, "--keys", path, environment={"CREDENTIALS_DIRECTORY": directory}).error
        assert error and words in error, (path, error)
    for options in (["--audit-log", os.path.join(folder, "audit"), "--audit-key"],
                    ["--prediction-log", "postgresql://127.0.0.1:1/none", "--prediction-password-file"]):
        error = Service(MODEL, *options, "credential:none", environment={"CREDENTIALS_DIRECTORY": folder}).error
        assert error and (f"{folder}/none" in error or "was built without" in error), (options, error)


def main():
    error = Service(MODEL, "--check").error
    if "built without libmicrohttpd" in error:
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        told(folder)
        stuck(folder)
        passed()
        activated()
        credentials(folder)


main()
