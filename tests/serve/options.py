#!/usr/bin/env python3
"""Options that cannot be: ports that are taken, numbers that are too large. Each is told, and nothing is served."""
import os
import socket
import subprocess

from serving import MICA, Server, has_grpc

MODEL = f"m={os.environ['MICA_SOURCE']}/tests/recorded/trainings/softmax.h5"


def refused(*options, status=1):
    done = subprocess.run([MICA, "serve", MODEL, *options], capture_output=True, text=True, check=False)
    assert done.returncode == status, (options, done.returncode, done.stderr)
    return done.stderr


def taken_ports(grpc):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        for options in (["--port", port], ["--port", "0", "--control-port", port],
                        *([["--port", "0", "--grpc-port", port], ["--port", "0", "--grpc-port", "0", "--grpc-control-port", port]] if grpc else [])):
            error = refused(*options)
            assert f"port {port}: Address already in use" in error, (options, error)
    assert ("--grpc-control-port wants --grpc-port" if grpc else "built without nghttp2") in refused("--port", "0", "--grpc-control-port", "0")


def too_large():
    """Numbers that do not fit what they are for; those at the edge do."""
    for name, least, most in (("port", 0, 65535), ("control-port", 0, 65535), ("grpc-port", 0, 65535), ("grpc-control-port", 0, 65535), ("idle", 1, 86400),
                              ("lanes", 1, 127), ("workers", 1, 127), ("max-batch", 1, 1024), ("connections", 1, 2147483647),
                              ("max-queue", 1, 2147483647), ("newest", 1, 2147483647), ("audit-keep", 1, 2147483647)):
        for value in (most + 1, (1 << 32) + 1, 1 << 50):
            error = refused(f"--{name}", str(value), status=2)
            assert f"--{name} wants a whole number from {least} to {most}, not '{value}'" in error, error


def many_names():
    """Each name that is given counts, however many."""
    names = [word for i in range(100) for word in ("--host-name", f"host{i}.example")]
    with Server(MODEL, *names) as server:
        for i in (0, 31, 32, 99):
            assert server.request("GET", "/v2/health/live", Host=f"host{i}.example")[0] == 200, i
        assert server.request("GET", "/v2/health/live", Host="host100.example")[0] == 421


def without_a_log():
    """Who says how a log is to be is told that there is none."""
    for options, word in ((["--audit-keep", "3"], "--audit-log"), (["--audit-key", "k"], "--audit-log"),
                          (["--prediction-sample", "0.5"], "--prediction-log"), (["--deidentify", "p.json"], "--prediction-log")):
        error = refused(*options)
        assert "there is none" in error and word in error, (options, error)


def main():
    with Server(MODEL):  # leaves this test out where there is no server
        pass
    taken_ports(has_grpc(MODEL))
    too_large()
    many_names()
    without_a_log()


main()
