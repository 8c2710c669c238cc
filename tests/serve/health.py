#!/usr/bin/env python3
"""mica health: 0 of a server that is ready, 1 of one that is not, or of no server."""
import http.server
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import Server, run  # noqa: E402


class NotYet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/v2/health/ready":
            self.send_response(302)
            self.send_header("Location", "/v2/health/ready")
        else:
            self.send_response(503)
        self.send_header("Content-Length", "16")
        self.end_headers()
        self.wfile.write(b'{"ready": false}')

    def log_message(self, *unused):
        pass


def main():
    if "built without libcurl" in run_any("health", "http://127.0.0.1:1"):
        sys.exit(77)
    with Server(f"digits={os.environ['MICA_SOURCE']}/tests/verify/keras3_digits/model.h5") as server:
        assert run("health", server.url) == "ready\n"
        assert run("health", server.url + "/", "--json").strip() == '{"ready": true}'
        gone = server.url
    assert gone in run("health", gone, status=1)
    mock = http.server.HTTPServer(("127.0.0.1", 0), NotYet)
    thread = threading.Thread(target=mock.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{mock.server_port}"
    assert 'HTTP 503: {"ready": false}' in run("health", url, status=1)
    mock.shutdown()
    thread.join()
    for wrong, text in (("file:///etc/hostname", "expected http://HOST:PORT"), ("127.0.0.1:80", "expected http://HOST:PORT"),
                        ("http://me:secret@localhost", "the URL names a user"), (url + "/v2", "without a path"),
                        ("http://", "without a path")):
        error = run("health", wrong, status=1)
        assert text in error and "secret" not in error, (wrong, error)


def run_any(*arguments):
    try:
        return run(*arguments, status=1)
    except AssertionError as error:
        return str(error)


if __name__ == "__main__":
    main()
