"""A Kubernetes API server with one Pod and its log, as far as kview asks: for tests of what a real one does seldom."""
import http.server, json, os, threading, urllib.parse

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {
    "name": "flood", "namespace": "default", "uid": "u1", "resourceVersion": "5", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {"containers": [{"name": "main", "image": "x"}]},
    "status": {"phase": "Running", "containerStatuses": [
        {"name": "main", "restartCount": 0, "containerID": "c://1", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}]}}

DISCOVERY = {  # as much as kubectl asks for
    "/version": {"major": "1", "minor": "35", "gitVersion": "v1.35.4"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [
        {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list", "watch"]},
        {"name": "pods/log", "singularName": "", "namespaced": True, "kind": "Pod", "verbs": ["get"]}]}}


class Handler(http.server.BaseHTTPRequestHandler):
    """A subclass has write_log(query): the head is not sent yet; dict of the query's first values."""
    protocol_version = "HTTP/1.1"
    pods = [POD]

    def log_message(self, *_):
        pass

    def head(self, code, kind):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()

    def answer(self, doc, code=200):
        self.head(code, "application/json")
        self.wfile.write(json.dumps(doc).encode())

    def do_GET(self):
        path, _, query = self.path.partition("?")
        try:
            if path in DISCOVERY:
                self.answer(DISCOVERY[path])
            elif path.endswith("/log"):
                self.write_log({k: v[0] for k, v in urllib.parse.parse_qs(query).items()})
            elif path.endswith("/pods") and "watch=" in query:
                self.head(200, "application/json")
                end = {"kind": "Pod", "apiVersion": "v1", "metadata": {
                    "resourceVersion": "6", "annotations": {"k8s.io/initial-events-end": "true"}}}
                for kind, doc in (*(("ADDED", p) for p in self.pods), ("BOOKMARK", end)):
                    self.wfile.write(json.dumps({"type": kind, "object": doc}).encode() + b"\n")
                self.server.stop.wait()
            elif pod := next((p for p in self.pods if path.endswith("/pods/" + p["metadata"]["name"])), None):
                self.answer({"kind": "Pod", "apiVersion": "v1", **pod})
            elif path.endswith("/pods"):
                self.answer({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"}, "items": self.pods})
            else:
                self.answer({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404, "message": "no"}, 404)
        except (BrokenPipeError, ConnectionResetError):
            pass


def serve(handler, folder):
    """Starts it; returns the server and the path of a kubeconfig."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.stop = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "f", "users": [{"name": "f", "user": {}}],
              "clusters": [{"name": "f", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
              "contexts": [{"name": "f", "context": {"cluster": "f", "user": "f", "namespace": "default"}}]}
    path = os.path.join(folder, "config")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)
    return server, path
