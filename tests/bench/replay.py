"""An API server that replays what a real one answered: discovery as it was, and the Pods of a real streaming
list several times over under other names and uids, for sizes that no cluster on one machine can hold.
HTTP/1.1 over TLS with the certificate of the recorded cluster."""
import http.server, json, re, socketserver, ssl, threading, urllib.parse


def stream_of(kind):
    return f"/api/v1/{kind}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"


STREAM = stream_of("pods")
RECORDED = ["/version", "/api", "/apis"]
DISCOVERY = ",".join(f"application/json;g=apidiscovery.k8s.io;v={v};as=APIGroupDiscoveryList"
                     for v in ("v2", "v2beta1")) + ",application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"
CHUNK = 1 << 18


def frame(reply):
    size = reply.read(4)
    return size + reply.read(int.from_bytes(size, "big"))


def record(server, stream=STREAM):
    """(answers, lines): path -> (type, body), and the events of a streaming list with its end mark: lines of JSON, or of
    Pods frames of protobuf, as kview asks for."""
    pods = stream == STREAM
    answers, conn = {}, server.connect()
    for path in RECORDED:
        conn.request("GET", path, headers={**server.headers(), "Accept": DISCOVERY})
        reply = conn.getresponse()
        answers[path] = (reply.getheader("Content-Type"), reply.read())
    conn.request("GET", stream, headers={**server.headers(), **({"Accept": PROTOBUF} if pods else {})})
    reply, lines = conn.getresponse(), []
    while not lines or b"k8s.io/initial-events-end" not in lines[-1]:
        line = frame(reply) if pods else reply.readline()
        if not line:
            raise RuntimeError("the streaming list ended without its mark")
        lines.append(line)
    conn.close()
    return answers, lines


def name_and_uid(event):
    """What stands first in an event: its own metadata."""
    if event.startswith(b"{"):
        meta = json.loads(event)["object"]["metadata"]
        return meta["name"].encode(), meta["uid"].encode()
    uid = re.search(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", event)
    return re.search(rb"web-\d+-[0-9a-z]+-[0-9a-z]{5}", event[:uid.start()])[0], uid[0]


def renamed(event, name, tag):
    """In protobuf as long as before, so that the lengths stay right: the end of its ReplicaSet's hash changes."""
    if event.startswith(b"{"):
        return event.replace(b'"name":"%s"' % name, b'"name":"%s-%s"' % (name, tag))
    return event.replace(name, name[:-10] + tag + name[-6:])


def multiply(lines, count):
    """As many Pods as asked for, then the end mark: chunks of bytes."""
    events, out, size, made, copy = lines[:-1], [], 0, 0, 0
    names = [name_and_uid(line) for line in events]
    chunks = []
    while made < count:
        for line, (name, uid) in zip(events, names):
            if made == count:
                break
            tag = b"%04x" % copy
            if copy:
                line = renamed(line.replace(uid, tag + uid[4:]), name, tag)
            out.append(line)
            size += len(line)
            made += 1
            if size > CHUNK:
                chunks.append(b"".join(out))
                out, size = [], 0
        copy += 1
    chunks.append(b"".join(out) + lines[-1])
    return chunks


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == f"/api/v1/{self.server.kind}" and "sendInitialEvents=true" in url.query:
            self.stream()
        elif url.path in self.server.answers:
            kind, body = self.server.answers[url.path]
            self.reply(200, kind, body)
        elif "watch=" in url.query:
            self.head(200, "application/json")
            self.server.ended.wait()
        else:
            self.reply(404, "application/json", json.dumps({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                "message": "the replay has no such answer"}).encode())

    do_POST = do_GET  # access reviews: not known here

    def head(self, status, kind, length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def reply(self, status, kind, body):
        self.head(status, kind, len(body))
        self.wfile.write(body)

    def stream(self):
        self.head(200, PROTOBUF + ";stream=watch" if self.server.kind == "pods" else "application/json")
        for chunk in self.server.chunks:
            self.wfile.write(b"%x\r\n" % len(chunk) + chunk + b"\r\n")
        self.server.ended.wait()  # the watch that follows: nothing happens

    def log_message(self, *_):
        pass


class Replay(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def __init__(self, answers, chunks, cert, key, kind="pods"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.chunks, self.kind, self.ended = answers, chunks, kind, threading.Event()
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ctx.load_cert_chain(cert, key)
        self.socket = ctx.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a client that went away in the middle

    def close(self):
        self.ended.set()
        self.shutdown()
        self.server_close()
