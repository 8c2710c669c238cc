#!/usr/bin/env python3
"""Options that cannot be: ports that are taken, numbers that are too large. Each is told, and nothing is served."""
import os
import socket
import subprocess

from serving import MICA, Server

MODEL = f"m={os.environ['MICA_SOURCE']}/tests/recorded/trainings/softmax.h5"


def refused(*options, status=1):
    done = subprocess.run([MICA, "serve", MODEL, *options], capture_output=True, text=True, check=False)
    assert done.returncode == status, (options, done.returncode, done.stderr)
    return done.stderr


def taken_ports(grpc):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        for options in (["--port", port], ["--port", "0", "--control-port", port],
                        *([["--port", "0", "--grpc-port", port]] if grpc else [])):
            error = refused(*options)
            assert f"port {port}: Address already in use" in error, (options, error)


def main():
    with Server(MODEL):  # leaves this test out where there is no server
        pass
    grpc = "built without nghttp2" not in subprocess.run(
        [MICA, "serve", MODEL, "--port", "0", "--grpc-port", "0", "--check"], capture_output=True, text=True, check=False).stderr
    taken_ports(grpc)


main()
