#!/usr/bin/env python3
"""Who may ask a server: keys (roles, models, rates, expiry, revoked while in use), signed tokens (HS256, RS256, what is
forged), TLS with certificates of clients, a certificate that is replaced. openssl makes keys; where it is missing, what
needs it is left out and said."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from serving import MICA, Server, has_grpc, make_model, run

BODY = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})
SECRET = "0123456789abcdef0123456789abcdef"
OPENSSL = shutil.which("openssl")


def key(name, *options):
    return json.loads(run("key", "create", name, "--keys", "keys.json", "--json", *options))


def serve(*options, secure=None):
    return Server("m=m.h5", "other=m.h5", *options, secure=secure)


def ask(s, key=None, path="/v2/models/m/infer", method="POST", control=False, header="Authorization"):
    given = {header: ("Bearer " if header == "Authorization" else "") + key} if key else {}
    status, data, _ = s.request(method, path, BODY if method == "POST" else None, control, **given)
    assert key is None or key.encode() not in data, "no secret comes back"
    return status


def known(s, key):
    """The models whose figures the key is shown."""
    status, data, _ = s.request("GET", "/v2/stats", None, False, Authorization="Bearer " + key)
    assert status == 200, data
    return [m["name"] for m in json.loads(data)["models"]]


def keys():
    plain, one, boss = key("web", "--role", "predict"), key("one", "--role", "predict", "--model", "m"), key("boss", "--role", "admin")
    watch, slow = key("watch", "--role", "metrics"), key("slow", "--role", "predict", "--rate", "2")
    held = open("keys.json", encoding="utf-8").read()
    assert plain["key"] not in held and hashlib.sha256(plain["key"].encode()).hexdigest() in held
    assert plain["key"].startswith("mica_") and os.stat("keys.json").st_mode & 0o777 == 0o600
    s = serve("--keys", "keys.json")
    assert ask(s) == 401 and ask(s, "mica_" + "A" * 43) == 401 and ask(s, plain["key"][:-1]) == 401
    assert ask(s, plain["key"]) == 200 and ask(s, plain["key"], header="X-API-Key") == 200
    assert ask(s, path="/v2/health/ready", method="GET") == 200, "probes have no key"
    assert ask(s, one["key"]) == 200 and ask(s, one["key"], path="/v2/models/other/infer") == 403
    assert known(s, one["key"]) == ["m"] and known(s, plain["key"]) == ["m", "other"]
    assert ask(s, plain["key"], "/metrics", "GET", control=True) == 403
    assert ask(s, watch["key"], "/metrics", "GET", control=True) == 200 and ask(s, watch["key"]) == 403
    load = "/v2/repository/models/m/load"
    assert ask(s, plain["key"], load, control=True) == 403 and ask(s, None, load, control=True) == 401
    assert ask(s, boss["key"], "/v2/repository/models/other/unload", control=True) == 200 and ask(s, boss["key"]) == 200
    codes = [ask(s, slow["key"]) for _ in range(5)]
    assert codes[:2] == [200, 200] and 429 in codes, codes
    rare = key("rare", "--role", "predict", "--rate", "0.001")
    s.process.send_signal(signal.SIGHUP)
    while ask(s, rare["key"]) == 401:
        time.sleep(0.05)
    assert ask(s, rare["key"]) == 429, "its first is answered, the next is too soon"
    run("key", "revoke", plain["id"], "--keys", "keys.json")
    for _ in range(600):
        if ask(s, plain["key"]) == 401:
            break
        time.sleep(0.1)
    assert ask(s, plain["key"]) == 401 and ask(s, one["key"]) == 200, "revoked while in use"
    assert ask(s, rare["key"]) == 429, "keys that were read again are not fresh ones"
    with open("keys.json", "w", encoding="utf-8") as f:
        f.write('{"version": 1, "keys": [{"id": 3}]}')
    s.process.send_signal(signal.SIGHUP)
    while "the old keys stay" not in s.said():
        time.sleep(0.05)
    assert ask(s, one["key"]) == 200, "a broken file leaves the old keys"
    assert s.end() == 0
    assert "keys[0].id" in run("key", "list", "--keys", "keys.json", status=1)
    for options, words in ((["--role", "king"], "predict, metrics or admin"), ([], "--role"),
                           (["--role", "admin", "--expires", "2001-01-01"], "a date to come")):
        assert words in run("key", "create", "x", "--keys", "new.json", *options, status=1)
    os.remove("keys.json")


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(claims, algorithm="HS256", sign=None):
    text = encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()) + b"." + encode(json.dumps(claims).encode())
    sign = sign or (lambda t: hmac.new(SECRET.encode(), t, hashlib.sha256).digest())
    return (text + b"." + encode(sign(text))).decode()


def tokens():
    with open("secret", "w", encoding="utf-8") as f:
        f.write(SECRET + "\n")
    soon = int(time.time()) + 600
    good = {"sub": "me", "exp": soon, "roles": ["predict"]}
    s = serve("--jwt-secret", "secret")
    assert ask(s, token(good)) == 200 and ask(s) == 401
    assert ask(s, token({**good, "models": ["other"]})) == 403 and ask(s, token({**good, "models": ["m"]})) == 200
    assert known(s, token(good)) == ["m", "other"] and known(s, token({**good, "models": ["other"]})) == ["other"]
    assert ask(s, token({**good, "roles": ["metrics"]})) == 403 and ask(s, token({"exp": soon})) == 403
    for claims in ({**good, "exp": 1}, {"sub": "me", "roles": ["predict"]}, {**good, "nbf": soon}, {**good, "exp": "never"}):
        assert ask(s, token(claims)) == 401, claims
    text = token(good)
    forged = text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB")
    for bad in (forged, token(good, "none", lambda t: b""), token(good, "HS512"), token(good, "RS256"), text + ".x",
                text.replace(".", "", 1), "a.b.c", "...", ".." + text.split(".")[2], "e" * 9000 + ".a.b"):
        assert ask(s, bad) == 401, bad
    assert s.end() == 0
    if not OPENSSL:
        return
    subprocess.run([OPENSSL, "genrsa", "-out", "rsa.pem", "2048"], check=True, capture_output=True)
    subprocess.run([OPENSSL, "rsa", "-in", "rsa.pem", "-pubout", "-out", "rsa.pub"], check=True, capture_output=True)

    def rs256(t):
        return subprocess.run([OPENSSL, "dgst", "-sha256", "-sign", "rsa.pem"], input=t, check=True, capture_output=True).stdout
    public = open("rsa.pub", "rb").read()
    s = serve("--jwt-key", "rsa.pub")
    assert ask(s, token(good, "RS256", rs256)) == 200
    assert ask(s, token(good, "HS256", lambda t: hmac.new(public, t, hashlib.sha256).digest())) == 401, "the public key is no secret"
    assert ask(s, token(good, "RS256", lambda t: b"x" * 256)) == 401
    assert s.end() == 0


def certificate(name, ca=None, kind="ec", purpose=None):
    bits = "ec_paramgen_curve:prime256v1" if kind == "ec" else "rsa_keygen_bits:2048"
    subprocess.run([OPENSSL, "req", "-newkey", kind, "-pkeyopt", bits, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                    "-subj", f"/CN={name}"], check=True, capture_output=True)
    with open("extensions", "w", encoding="utf-8") as f:
        f.write("subjectAltName=IP:127.0.0.1\n" if ca else "basicConstraints=critical,CA:TRUE\n")
        if purpose:
            f.write(f"extendedKeyUsage={purpose}\n")
    signer = ["-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial"] if ca else ["-signkey", f"{name}.key"]
    subprocess.run([OPENSSL, "x509", "-req", "-in", f"{name}.csr", "-days", "30", "-extfile", "extensions", "-out", f"{name}.pem", *signer],
                   check=True, capture_output=True)


def purposes(s):
    """A certificate for servers, of the same authority and name, is no client's."""
    for purpose, code in (("serverAuth", 401), ("clientAuth", 200), ("serverAuth,clientAuth", 200), ("codeSigning", 401)):
        certificate("client", "ca", purpose=purpose)
        s.secure = ssl.create_default_context(cafile="ca.pem")
        s.secure.load_cert_chain("client.pem", "client.key")
        assert ask(s) == code, purpose


def client_context(newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    context = ssl.create_default_context(cafile="ca.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.maximum_version = newest
    return context


def shake(port, ciphers=None, newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    """The cipher and the version of a new connection; None: none that both take."""
    context = client_context(newest)
    if ciphers:
        context.set_ciphers(ciphers + ":@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", port)) as c:
        try:
            with context.wrap_socket(c, server_hostname="127.0.0.1") as t:
                return t.cipher()[0], t.version()
        except OSError:
            return None


class Slow:
    """A client of TLS 1.2 that stops when the server's first words have come, before its own second."""

    def __init__(self, port):
        context = client_context(ssl.TLSVersion.TLSv1_2)
        self.socket, self.got, self.put = socket.create_connection(("127.0.0.1", port)), ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.got, self.put, server_hostname="127.0.0.1")
        self.step()
        self.socket.sendall(self.put.read())
        self.got.write(self.socket.recv(1 << 16))

    def step(self):
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False

    def go_on(self):
        while not self.step():
            self.socket.sendall(self.put.read())
            more = self.socket.recv(1 << 16)
            assert more, "the server ended the handshake"
            self.got.write(more)
        self.socket.close()
        return self.tls.getpeercert()["serialNumber"]


def shown(port):
    with client_context().wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1") as c:
        return c.getpeercert()["serialNumber"]


def old_ways():
    """What no key exchange protects from a key that is learnt later, and CBC, are refused; a handshake that takes long goes on with the
    certificate that it began with."""
    certificate("rsa", "ca", "rsa")
    grpc = ["--grpc-port", "0"] if has_grpc("m.h5") else []
    s = serve("--tls-certificate", "rsa.pem", "--tls-key", "rsa.key", *grpc)
    for port in (s.port, s.grpc_port) if grpc else (s.port,):
        for cipher in ("AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES128-SHA", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA"):
            assert shake(port, cipher, ssl.TLSVersion.TLSv1_2) is None, cipher
        for cipher in ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"):
            assert shake(port, cipher, ssl.TLSVersion.TLSv1_2) == (cipher, "TLSv1.2")
        assert shake(port)[1] == "TLSv1.3"
        first = shown(port)
        slow = Slow(port)
        for _ in range(2):
            before = shown(port)
            certificate("rsa", "ca", "rsa")
            s.process.send_signal(signal.SIGHUP)
            while shown(port) == before:
                time.sleep(0.05)
        assert slow.go_on() == first
    assert s.end() == 0


def encrypted():
    for name, ca in (("ca", None), ("server", "ca"), ("next", "ca"), ("client", "ca"), ("stranger", None)):
        certificate(name, ca)
    key("client", "--role", "predict")
    run("key", "revoke", "client", "--keys", "keys.json")
    client = key("client", "--role", "predict")  # a certificate of that name has the rights of this one
    trust = ssl.create_default_context(cafile="ca.pem")
    s = serve("--keys", "keys.json", "--tls-certificate", "server.pem", "--tls-key", "server.key", "--client-ca", "ca.pem", secure=trust)
    assert ask(s) == 401 and ask(s, client["key"]) == 200
    s.secure = ssl.create_default_context(cafile="ca.pem")
    s.secure.load_cert_chain("client.pem", "client.key")
    assert ask(s) == 200, "a certificate is a caller"
    purposes(s)
    stranger = ssl.create_default_context(cafile="ca.pem")
    stranger.load_cert_chain("stranger.pem", "stranger.key")
    s.secure = stranger
    try:
        assert ask(s) == 401
    except OSError:
        pass  # refused in the handshake
    s.secure = trust
    before = ssl.get_server_certificate(("127.0.0.1", s.port), ca_certs="ca.pem")
    os.replace("next.pem", "server.pem")  # without its key: the old pair stays
    s.process.send_signal(signal.SIGHUP)
    while "the old certificate stays" not in s.said():
        time.sleep(0.05)
    assert ssl.get_server_certificate(("127.0.0.1", s.port), ca_certs="ca.pem") == before
    os.replace("next.key", "server.key")
    s.process.send_signal(signal.SIGHUP)
    for _ in range(100):
        if ssl.get_server_certificate(("127.0.0.1", s.port), ca_certs="ca.pem") != before:
            break
        time.sleep(0.1)
    assert ssl.get_server_certificate(("127.0.0.1", s.port), ca_certs="ca.pem") != before
    assert ask(s, client["key"]) == 200
    plain = http.client.HTTPConnection("127.0.0.1", s.port, timeout=60)
    try:
        plain.request("GET", "/v2/health/ready")
        assert plain.getresponse().status != 200
    except (OSError, http.client.HTTPException):
        pass
    with socket.create_connection(("127.0.0.1", s.port)) as c:  # a client that does not trust the certificate
        try:
            ssl.create_default_context().wrap_socket(c, server_hostname="localhost")
        except ssl.SSLError:
            pass
    while "127.0.0.1 " not in s.said():
        time.sleep(0.05)
    assert "http: 127.0.0.1 sent no TLS to a port of HTTPS" in s.said(), s.said()
    assert s.end() == 0
    for mode, told in ((0o644, "everyone on this machine may read this secret"), (0o620, "others may write it"), (0o600, None), (0o440, None)):
        os.chmod("server.key", mode)
        done = subprocess.run([MICA, "serve", "m=m.h5", "--port", "0", "--tls-certificate", "server.pem", "--tls-key", "server.key", "--check"],
                              capture_output=True, text=True, check=True)
        assert (f"server.key: {told}" in done.stderr) if told else "server.key" not in done.stderr, (mode, done.stderr)
    for chain, private, text in (("server.pem", "t.csv", "t.csv: expected the private key of the server's certificate (PEM)"),
                                   ("t.csv", "server.key", "t.csv: expected the server's certificate")):
        assert text in run("serve", "m=m.h5", "--port", "0", "--tls-certificate", chain, "--tls-key", private, status=1)
    done = subprocess.run([MICA, "serve", "m=m.h5", "--tls-certificate", "ca.pem", "--tls-key", "client.key"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and "is not the key of the certificate" in done.stderr, done.stderr


def main():
    make_model("m.h5")
    keys()
    tokens()
    if OPENSSL:
        encrypted()
        old_ways()
    else:
        print("openssl is missing: TLS and RS256 are left out")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
    print("guarded: as it should be")
