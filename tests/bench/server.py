"""The API server of a measurement: its kubeconfig, plain requests over TLS, writers that make load."""
import base64, http.client, json, os, random, socket, ssl, subprocess, sys, tempfile, threading, time


class Server:
    """What kubectl, curl and this program need to talk to the cluster of a kubeconfig."""

    def __init__(self, kubectl, config, folder):
        self.kubectl, self.config, self.folder = kubectl, config, folder
        os.makedirs(folder, exist_ok=True)
        view = json.loads(subprocess.run([*kubectl, "--kubeconfig", config, "config", "view", "--raw", "--minify",
                                          "-o", "json"], capture_output=True, check=True).stdout)
        self.cluster, self.user = view["clusters"][0]["cluster"], view["users"][0]["user"]
        self.url = self.cluster["server"]
        host, port = self.url.removeprefix("https://").rsplit(":", 1)
        self.host, self.port = host, int(port)
        self.ca = self._file("ca.crt", self.cluster["certificate-authority-data"])
        self.token = self.user.get("token")
        if not self.token:
            self.cert = self._file("user.crt", self.user["client-certificate-data"])
            self.key = self._file("user.key", self.user["client-key-data"])

    def _file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
            f.write(base64.b64decode(data))
        return path

    def tls(self):
        ctx = ssl.create_default_context(cafile=self.ca)
        if not self.token:
            ctx.load_cert_chain(self.cert, self.key)
        return ctx

    def headers(self):
        # Not curl's own User-Agent: for that one the server indents its JSON
        auth = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"User-Agent": "kview-bench", "Accept": "application/json", **auth}

    def connect(self):
        return http.client.HTTPSConnection(self.host, self.port, context=self.tls(), timeout=60)

    def send(self, conn, method, path, body=None, kind="application/json"):
        headers = self.headers()
        if body is not None:
            headers["Content-Type"] = kind
        conn.request(method, path, body if body is None else json.dumps(body), headers)

    def answer(self, conn):
        reply = conn.getresponse()
        return reply.status, reply.read()

    def request(self, conn, *args):
        self.send(conn, *args)
        return self.answer(conn)

    def get(self, path):
        conn = self.connect()
        try:
            status, body = self.request(conn, "GET", path)
        finally:
            conn.close()
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {body[:200]!r}")
        return json.loads(body)

    def curl(self, path, accept="application/json"):
        auth = ["-H", f"Authorization: Bearer {self.token}"] if self.token else ["--cert", self.cert, "--key", self.key]
        return ["curl", "-sSN", "--http2", "-A", "kview-bench", "-H", "Accept: " + accept, "--noproxy", "*", "--cacert", self.ca, *auth,
                self.url + path]

    def kubeconfig(self, name, contexts, url=None):
        """A kubeconfig of other context names (name, namespace), or with another address of the same server."""
        doc = {"apiVersion": "v1", "kind": "Config", "current-context": contexts[0][0],
               "clusters": [{"name": "c", "cluster": {**self.cluster, "server": url or self.url}}],
               "users": [{"name": "u", "user": self.user}],
               "contexts": [{"name": c, "context": {"cluster": "c", "user": "u", "namespace": ns}}
                            for c, ns in contexts]}
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            json.dump(doc, f)
        return path


class Watch:
    """A plain watch in a thread of its own: when which event came."""

    def __init__(self, server, path):
        self.conn = server.connect()
        server.send(self.conn, "GET", path)
        self.reply, self.lines, self.news = self.conn.getresponse(), [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while line := self.reply.readline():
                with self.news:
                    self.lines.append((time.monotonic(), line))
                    self.news.notify()
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # closed by __exit__

    def heard(self, text, seconds=10):
        """When the first event with this text came; forgets what was before."""
        found = []

        def look():
            found[:] = [i for i, (_, line) in enumerate(self.lines) if text in line][:1]
            return found

        with self.news:
            if not self.news.wait_for(look, seconds):
                raise RuntimeError(f"the plain watch did not hear {text!r}")
            at = self.lines[found[0]][0]
            del self.lines[:found[0] + 1]
            return at

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.conn.sock.shutdown(socket.SHUT_RDWR)
        self.conn.close()


MERGE = "application/merge-patch+json"


class Churn:
    """Updates of Pods' status at a steady rate, spread over all of them, from a process of its own."""

    def __init__(self, server, namespace, rate):
        self.proc = subprocess.Popen([sys.executable, __file__, json.dumps(server.kubectl), server.config,
                                      server.folder, namespace, str(rate)],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.proc.stdout.readline().strip() != "ready":
            raise RuntimeError("the writer of updates did not start")

    def stop(self):
        """Updates a second that the server took."""
        out, _ = self.proc.communicate("", timeout=30)
        return float(out.split()[-1])


def churn_main(kubectl, config, folder, namespace, rate):
    server, workers, done = Server(kubectl, config, folder), 4, [0, 0]
    names = [p["metadata"]["name"] for p in server.get(f"/api/v1/namespaces/{namespace}/pods")["items"]]
    end, rng = threading.Event(), random.Random(1)

    def work():
        conn, at = server.connect(), time.monotonic()
        while not end.is_set():
            at += workers / rate
            time.sleep(max(0, at - time.monotonic()))
            path = f"/api/v1/namespaces/{namespace}/pods/{rng.choice(names)}/status"
            try:  # a condition's text: seen by every client, of no account for controllers
                status, _ = server.request(conn, "PATCH", path, {"status": {"message": f"churn {at}"}}, MERGE)
            except (OSError, http.client.HTTPException):  # the server was restarted
                conn.close()
                conn, status = server.connect(), 0
            done[0 if status == 200 else 1] += 1

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    start = time.monotonic()
    for t in threads:
        t.start()
    print("ready", flush=True)
    sys.stdin.read()
    end.set()
    print(done[0] / (time.monotonic() - start))


if __name__ == "__main__":
    churn_main(json.loads(sys.argv[1]), *sys.argv[2:5], float(sys.argv[5]))
