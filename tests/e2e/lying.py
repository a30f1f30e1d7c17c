#!/usr/bin/python3
"""kview on the screen before servers that storm, balloon or send nameless objects: each of them at once, ten seconds long.
At most 10 requests a list in 10 s, under 150 MB, no crash, and a key is answered. lying.py KVIEW"""
import gzip, http.server, json, os, sys, tempfile, threading, time, zlib

from screen import Screen, case
from terminal import Ended

KVIEW = sys.argv[1]
SECONDS, MOST, MEGABYTES, KEY_MS = 10, 10, 150, 2000  # a key is answered or not: how fast is for make bench

GROUPS = {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
RESOURCES = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": [
    {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "shortNames": ["po"], "verbs": ["get", "list", "watch"]},
    {"name": "namespaces", "singularName": "namespace", "namespaced": False, "kind": "Namespace", "verbs": ["get", "list", "watch"]}]}


def status(code, reason, message):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message}


def pod(i, **meta):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{i}", "namespace": "default", "uid": f"u{i}",
            "resourceVersion": str(i + 1), "creationTimestamp": "2026-01-01T00:00:00Z", **meta},
            "spec": {"containers": [{"name": "c"}]}, "status": {"phase": "Running"}}


def pod_list(items, **meta):
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "10", **meta}, "items": items}


def bomb(unit, megabytes):
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = unit * ((1 << 20) // len(unit))
    return b"".join(z.compress(piece) for _ in range(megabytes)) + z.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, lie):
        self.lie, self.lists = lie, 0
        self.stop = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *args):
        pass  # kview lets go of a connection when it has had enough


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, code, doc, headers=()):
        body = doc if isinstance(doc, bytes) else json.dumps(doc).encode()
        self.send_response(code)
        for k, v in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers):
            self.send_header(k, v)
        self.end_headers()
        self.wfile.write(body)

    def events(self, events, hold):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        for e in events:
            self.wfile.write(json.dumps(e).encode() + b"\n")
        self.wfile.flush()
        if hold:
            self.server.stop.wait(60)
        self.close_connection = True

    def do_GET(self):
        path = self.path
        try:
            if "/pods" in path and "metrics" not in path:
                self.server.lists += 1
                return self.pods(path)
            special = self.server.lie.get(path.split("?")[0])
            if special is not None:
                return self.answer(200, special, [("Content-Encoding", "gzip")] if special[:2] == b"\x1f\x8b" else ())
            if path.startswith("/version"):
                return self.answer(200, {"major": "1", "minor": "35", "gitVersion": "v1.35.0"})
            if path == "/api":
                return self.answer(200, {"kind": "APIVersions", "versions": ["v1"]})
            if path == "/apis":
                return self.answer(200, GROUPS)
            if path == "/api/v1":
                return self.answer(200, RESOURCES)
            self.answer(404, status(404, "NotFound", "the server could not find the requested resource"))
        except (BrokenPipeError, ConnectionResetError):
            pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(404, status(404, "NotFound", "no reviews here"))

    def pods(self, path):
        watch, one = "watch=" in path, "/pods/" in path
        how = self.server.lie.get("pods", "fine")
        if one:
            return self.answer(404, status(404, "NotFound", "pods not found"))
        if watch and "sendInitialEvents" in path and how != "gone":
            return self.answer(422, status(422, "Invalid", "sendInitialEvents is forbidden"))
        if how == "gone":
            return self.answer(410, status(410, "Expired", "too old resource version"))
        if how == "repeats" and not watch:
            return self.answer(200, pod_list([pod(0)], **{"continue": "again"}))
        if how == "endless" and not watch:
            return self.answer(200, pod_list([], **{"continue": f"token-{time.monotonic_ns()}"}))
        if how == "one" and watch:
            e = {"type": "MODIFIED", "object": pod(0, resourceVersion=str(time.monotonic_ns()))}
            return self.events([e], False)
        if watch:
            return self.events([], True)
        if how == "nameless":
            bad = [pod(1, name=""), pod(2, name=None), {"apiVersion": "v1", "kind": "Pod"}, {"metadata": {"uid": "x"}}, pod(3, uid=""), pod(4, name=7)]
            return self.answer(200, pod_list([pod(0), *bad]))
        self.answer(200, pod_list([pod(i) for i in range(3)]))


def lies():
    many = [{"name": f"g{i}.example.com", "versions": [{"groupVersion": f"g{i}.example.com/v1", "version": "v1"}],
             "preferredVersion": {"groupVersion": f"g{i}.example.com/v1", "version": "v1"}} for i in range(10000)]
    return {
        "a list that is gone again and again": ({"pods": "gone"}, None),
        "a continue token that repeats": ({"pods": "repeats"}, None),
        "continue tokens without end": ({"pods": "endless"}, None),
        "a watch of one event": ({"pods": "one"}, "p0"),
        "a balloon in /version": ({"/version": bomb(b'{"gitVersion": "v1.35.0", "x": "', 250)}, None),
        "a balloon in discovery": ({"/apis": bomb(b'{"kind":"APIGroupList","groups":[],"x":[', 250)}, "p0"),
        "nested without end": ({"/apis": gzip.compress(b"[" * (8 << 20))}, "p0"),
        "10 000 API groups": ({"/apis": json.dumps({**GROUPS, "groups": many}).encode()}, "p0"),
        "nameless objects": ({"pods": "nameless"}, "p0"),
    }


def play(name, lie, row, folder):
    server = Server(lie)
    config = os.path.join(folder, f"{server.server_port}.yaml")
    with open(config, "w") as f:
        json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                   "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
                   "users": [{"name": "u", "user": {"token": "t"}}],
                   "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}, f)
    try:
        with Screen([KVIEW, "--kubeconfig", config, "pods", "-n", "default"]) as s:
            start, slowest = time.monotonic(), 0.0
            if row:
                s.wait(row, SECONDS)
            if lie.get("pods") == "nameless":
                for keys in (b"d", b"\x1b", b"\x1b[B", b"d", b"\x1b", b"y", b"\x1b", b"x", b"\x1b", b"o", b"l", b"\x1b"):
                    s.send(keys)
                    s.settle(0.1, 2)
            while time.monotonic() - start < SECONDS:
                s.send(b":")
                at = time.monotonic()
                s.wait("^ *:", 5)
                slowest = max(slowest, time.monotonic() - at)
                s.send(b"\x1b")
                s.wait("^ *:", 5, gone=True)
                s.pump(0.7)
            asked = server.lists
            peak = s.memory()
            most = MOST * (2 if lie.get("pods") == "nameless" else 1)  # the views opened there ask as well
            case(f"{name}: at most {most} requests for the list in {SECONDS} s", asked <= most, f"{asked}\n{s.body()}")
            if lie.get("pods") == "nameless":
                s.send(b":pods -n default\r")
                s.settle(0.3, 3)
                case(f"{name}: only what has a name is a row", s.shows("^[▌ ]*p0 ") and not s.shows("^[▌ ]*p[1247] "), s.body())
            case(f"{name}: under {MEGABYTES} MB", peak < MEGABYTES, f"{peak:.0f} MB")
            case(f"{name}: keys within {KEY_MS} ms", slowest * 1000 < KEY_MS, f"{slowest * 1000:.0f} ms")
            print(f"# lying: {name}: {asked} requests for the list, {peak:.0f} MB, keys {slowest * 1000:.0f} ms", flush=True)
    except Ended as e:
        case(f"{name}: no crash", False, str(e))
    finally:
        server.stop.set()
        server.shutdown()


def main():
    with tempfile.TemporaryDirectory() as folder:
        pids = []
        for name, (lie, row) in lies().items():
            pid = os.fork()
            if pid == 0:
                try:
                    play(name, lie, row, folder)
                finally:
                    sys.stdout.flush()
                    os._exit(0)
            pids.append(pid)
        for pid in pids:
            os.waitpid(pid, 0)


main()
