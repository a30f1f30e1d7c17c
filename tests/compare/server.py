"""One API server as the comparison sees it: requests, watches, and what is noted of the replies.

Bodies are normalised so that two servers can be compared: UIDs become their order of appearance,
versions, times, addresses, tokens and random suffixes become words.
"""
import base64
import http.client
import json
import re
import ssl
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
AGE = re.compile(r"^(\d+[ydhms])+$")
VERSION = re.compile(r"(in record \(|resource version: |current: |version: )\d+( \(\d+\))?")
IP = re.compile(r"\b10\.\d+\.\d+\.\d+\b")
LIMIT = 120  # seconds that anything is waited for


class Server:
    def __init__(self, kubeconfig, kubectl):
        self.kubeconfig = kubeconfig
        raw = subprocess.run(kubectl + ["--kubeconfig", kubeconfig, "config", "view", "--raw", "--minify",
                                        "-o", "json"],
                             stdout=subprocess.PIPE, check=True, timeout=LIMIT).stdout
        conf = json.loads(raw)
        cluster, user = conf["clusters"][0]["cluster"], conf["users"][0]["user"]
        url = urlsplit(cluster["server"])
        self.host, self.port, self.prefix = url.hostname, url.port, url.path.rstrip("/")
        ca = cluster.get("certificate-authority-data")
        self.tls = ssl.create_default_context(
            cadata=base64.b64decode(ca).decode() if ca else None,
            cafile=None if ca else cluster.get("certificate-authority"))
        self.auth = {}
        if "token" in user:
            self.auth["Authorization"] = "Bearer " + user["token"]
        else:
            self._load_cert(user)
        self.conn = None

    def _load_cert(self, user):
        paths = []
        for key in ("client-certificate", "client-key"):
            if key in user:
                paths.append(user[key])
                continue
            tmp = tempfile.NamedTemporaryFile()
            tmp.write(base64.b64decode(user[key + "-data"]))
            tmp.flush()
            paths.append(tmp.name)
            setattr(self, key, tmp)
        self.tls.load_cert_chain(*paths)

    def connect(self):
        return http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=LIMIT)

    def send(self, conn, method, path, body, headers):
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        heads = {"User-Agent": "kview-compare/1", "Accept": "application/json"}
        if data is not None:
            heads["Content-Type"] = "application/json"
        if headers.get("Authorization", "x"):
            heads.update(self.auth)
        heads.update({k: v for k, v in headers.items() if v})
        conn.request(method, self.prefix + path, body=data, headers=heads)
        return conn.getresponse()

    def request(self, method, path, body=None, **headers):
        heads = {k.replace("_", "-"): v for k, v in headers.items()}
        for last in (False, True):
            self.conn = self.conn or self.connect()
            try:
                reply = self.send(self.conn, method, path, body, heads)
                text = reply.read()
                return reply.status, reply, text
            except (http.client.HTTPException, ConnectionError):
                self.conn = None  # an idle connection that the server closed
                if last:
                    raise


class Session:
    """One case on one server: a transcript of replies, in the order of the requests."""

    def __init__(self, server):
        self.server = server
        self.notes = []
        self.uids = {}

    def call(self, method, path, body=None, note=True, what=None, **headers):
        status, reply, text = self.server.request(method, path, body, **headers)
        kind = reply.getheader("Content-Type", "")
        try:
            doc = json.loads(text) if "json" in kind or text[:1] == b"{" else text.decode("utf-8", "replace")
        except ValueError:
            doc = "not JSON: " + text[:200].decode("utf-8", "replace")
        if note:
            short = re.sub(r"(resourceVersion=)\d{2,}|(continue=)[^&]{20,}", r"\1\2...", path)
            self.note(what or "%s %s" % (method, short),
                      {"code": status, "type": kind, "warning": reply.getheader("Warning"),
                       "body": doc})
        return doc

    def get(self, path, **kw):
        return self.call("GET", path, **kw)

    def post(self, path, body, **kw):
        return self.call("POST", path, body, **kw)

    def put(self, path, body, **kw):
        return self.call("PUT", path, body, **kw)

    def delete(self, path, body=None, **kw):
        return self.call("DELETE", path, body, **kw)

    def patch(self, path, body, kind="merge", **kw):
        types = {"merge": "merge-patch+json", "json": "json-patch+json",
                 "strategic": "strategic-merge-patch+json", "apply": "apply-patch+yaml"}
        return self.call("PATCH", path, body,
                         Content_Type="application/" + types.get(kind, kind), **kw)

    def note(self, what, value):
        self.notes.append((what, self.normal(value)))

    def upgrade(self, path, protocol):
        """The answer to the upgrade to a WebSocket; a connection that is made is let go again."""
        heads = {"Accept": "*/*", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": protocol}
        conn = self.server.connect()
        reply = self.server.send(conn, "GET", path, None, heads)
        text = b"" if reply.status == 101 else reply.read()
        self.note("upgrade %s (%s)" % (path, protocol),
                  {"code": reply.status, "type": reply.getheader("Content-Type"),
                   "protocol": reply.getheader("Sec-WebSocket-Protocol"),
                   "body": json.loads(text) if text[:1] == b"{" else text.decode("utf-8", "replace")})
        conn.close()

    def watch(self, path, act=None, want=None, **headers):
        """The events of a watch until want(events) holds or it ends; act() runs once it is open."""
        conn = self.server.connect()
        reply = self.server.send(conn, "GET", path, None,
                                 {k.replace("_", "-"): v for k, v in headers.items()})
        events = []
        if act:
            act()
        if reply.status != 200:
            events = json.loads(reply.read())
        else:
            end = time.monotonic() + LIMIT
            while time.monotonic() < end and not (want and want(events)):
                line = reply.readline()
                if not line:
                    break
                events.append(json.loads(line))
        conn.close()
        short = re.sub(r"resourceVersion=\d{2,}", "resourceVersion=...", path)
        self.note("watch " + short, {"code": reply.status, "events": events})
        return events

    def until(self, path, holds):
        """Waits until what lies at `path` is as it should be; False when it never was."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            doc = self.get(path, note=False)
            if holds(doc):
                return doc
            time.sleep(0.05)
        self.note("never came true: " + path, doc)
        return doc

    def normal(self, v, key=""):
        if isinstance(v, dict):
            return {k: self.normal(x, k) for k, x in v.items()}
        if isinstance(v, list):
            if key == "managedFields":  # their order is that of their times, in whole seconds
                v = sorted(v, key=lambda m: [m.get(k, "") for k in ("operation", "manager", "subresource")])
            return [self.normal(x, key) for x in v]
        if key in ("resourceVersion", "continue") and v and v != "0":
            return key.upper()
        if not isinstance(v, str):
            return v
        v = UUID.sub(lambda m: self.uids.setdefault(m.group(0), "UID-%d" % (len(self.uids) + 1)), v)
        v = TIME.sub("TIME", v)
        v = VERSION.sub(r"\1N", v)
        v = IP.sub("IP", v)
        v = re.sub(r"\b(gen-)[bcdfghjklmnpqrstvwxz2456789]{5}\b", r"\1SUFFIX", v)
        v = re.sub(r"\b(kube-api-access-)[0-9a-z]{5}\b", r"\1SUFFIX", v)
        v = re.sub(r"\b(rolled|strategic)-[0-9a-z]{5,10}\b", r"\1-HASH", v)
        return "AGE" if key in ("", "cells") and AGE.match(v) else v


def differences(a, b, path=""):
    """(path, a's, b's) for each place where two normalised documents differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            yield from differences(a.get(key, "(absent)"), b.get(key, "(absent)"), path + "." + key)
    elif isinstance(a, list) and isinstance(b, list):
        for i in range(max(len(a), len(b))):
            yield from differences(a[i] if i < len(a) else "(absent)",
                                   b[i] if i < len(b) else "(absent)", "%s[%d]" % (path, i))
    elif a != b or isinstance(a, bool) != isinstance(b, bool):
        yield path, a, b
