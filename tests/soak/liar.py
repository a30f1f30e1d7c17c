"""A man in the middle that lies: plain HTTP for kview, TLS and the admin's credentials to the API server behind it. What it
is asked it passes on, and streams the answer through as it comes; now and then, by a seeded generator, it tells one of LIES
instead. (The seed fixes the lies, not which request meets which: that is a race between threads.)

Each lie must heal: once they stop, a correct client shows the truth again by itself. So there is no lie that any client
would have to believe for ever: an event left out with a good bookmark after it, an empty list with a good version, ADDED
of what is not there, a version from the future (a watch from it is silent, and rightly so), an old state as if it were
new. HTTP/2 is not lied in: the standard library has none."""
import collections, gzip, http.server, json, random, re, socket, struct, threading, time, urllib.parse, zlib

from ready import ready

STALL_S, TRICKLE_S, ENDLESS, BALLOON_MB = 25, 6, 50 << 20, 200
TICK_S = 0.25


class Gone(Exception):
    """Whoever is on one of the two sides is there no more."""


def status(code, reason, message, **meta):
    return {"kind": "Status", "apiVersion": "v1", "metadata": meta, "status": "Failure", "code": code, "reason": reason,
            "message": message}


def text(doc):
    return doc if isinstance(doc, bytes) else json.dumps(doc, separators=(",", ":")).encode()


def frames(data):
    """How many of these bytes are whole events of a watch in protobuf: a length in four bytes before each."""
    at = 0
    while at + 4 <= len(data) and at + 4 + (n := int.from_bytes(data[at:at + 4], "big")) <= len(data):
        at += 4 + n
    return at


class Upstream:
    """One request to the API server, and its answer in pieces."""

    def __init__(self, liar, handler, path, compress):
        try:
            raw = socket.create_connection((liar.server.host, liar.server.port), 10)
            self.sock = liar.tls.wrap_socket(raw, server_hostname=liar.server.host)
        except OSError as e:
            raise Gone(e) from e
        self.sock.settimeout(TICK_S)
        self.buf, self.handler = bytearray(), handler
        own = ("host", "connection", "accept-encoding", "authorization") + (() if handler.upgrade else ("upgrade",))
        head = [f"{handler.command} {path} HTTP/1.1", f"Host: {liar.server.host}:{liar.server.port}",
                "Connection: Upgrade" if handler.upgrade else "Connection: close"]
        head += [f"{k}: {v}" for k, v in handler.headers.items() if k.lower() not in own]
        if liar.server.token:
            head.append(f"Authorization: Bearer {liar.server.token}")
        if compress and handler.gzip:
            head.append("Accept-Encoding: gzip")
        self.sock.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + handler.body)

    def more(self):
        """What comes next into buf; False when the tick is over. While nothing comes, the client may have gone."""
        try:
            data = self.sock.recv(1 << 16)
        except TimeoutError:
            self.handler.check()
            return False
        except OSError as e:
            raise Gone(e) from e
        if not data:
            raise Gone("end")
        self.buf += data
        return True

    def line(self):
        while b"\r\n" not in self.buf:
            self.more()
        at = self.buf.index(b"\r\n")
        line = bytes(self.buf[:at])
        del self.buf[:at + 2]
        return line

    def head(self):
        self.code = int(self.line().split()[1])
        self.fields = []
        while line := self.line():
            name, _, value = line.decode("latin-1").partition(":")
            self.fields.append((name.strip(), value.strip()))
        lower = {k.lower(): v for k, v in self.fields}
        self.chunked = "chunked" in lower.get("transfer-encoding", "")
        self.length = int(lower["content-length"]) if "content-length" in lower else None
        if self.code in (204, 304):
            self.length, self.chunked = 0, False
        return self

    def some(self, n):
        """Up to n bytes of the body, b"" when a tick passed without any."""
        if not self.buf and not self.more():
            return b""
        data = bytes(self.buf[:n])
        del self.buf[:n]
        return data

    def pieces(self):
        """The body as it comes; b"" for each tick in which nothing came. Raises Gone when it is cut off."""
        while self.chunked:
            while b"\r\n" not in self.buf:
                if not self.more():
                    yield b""
            left = int(self.line().split(b";")[0], 16)
            if not left:
                return
            while left:
                data = self.some(left)
                left -= len(data)
                yield data
            self.line()
        left = self.length
        while left is None or left:
            try:
                data = self.some(left or 1 << 16)
            except Gone:
                if left is None:
                    return
                raise
            left = None if left is None else left - len(data)
            yield data

    def whole(self):
        return b"".join(self.pieces())

    def close(self):
        self.sock.close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    # ---- what was asked

    def look(self):
        """Whose request it is (the first part of the path), and which lies fit it."""
        _, self.who, rest = self.path.split("/", 2)
        self.target = "/" + rest
        where, _, query = self.target.partition("?")
        self.where, self.query = where, urllib.parse.parse_qs(query)
        self.gzip = "gzip" in self.headers.get("Accept-Encoding", "")
        self.upgrade = "upgrade" in self.headers.get("Connection", "").lower()
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.fits = {"any"}
        parts = [p for p in where.split("/") if p]
        if self.upgrade or where.endswith("/log") or where.endswith("z"):
            self.fits = set()
        elif "watch" in self.query:
            self.fits.add("watch")
        elif self.command == "GET":
            objects = len(parts) > (2 if parts[:1] == ["api"] else 3)
            self.fits.add("objects" if objects else "meta")
            if "limit" in self.query or "continue" in self.query:
                self.fits.add("page")
            if "continue" in self.query:
                self.fits.add("next page")
            if where == "/apis":
                self.fits.add("groups")
            if "as=Table" in self.headers.get("Accept", ""):
                self.fits.add("table")
            if self.gzip:
                self.fits.add("gzip")

    def serve(self):
        liar = self.server.liar
        try:
            self.look()
            liar.counts[self.who] += 1
            lie = liar.choose(self.fits)
            if lie or liar.chance(0.5):  # the lies are told in JSON; the truth in both
                self.no_protobuf()
            if lie:
                liar.told[lie.name] += 1
                lie.tell(self)
            else:
                self.through()
        except (Gone, OSError):
            self.reset()

    def no_protobuf(self):
        if "protobuf" in self.headers.get("Accept", ""):
            self.headers.replace_header("Accept", "application/json")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve

    # ---- to kview

    def check(self):
        """Raises Gone when kview has let go of the connection."""
        if ready([self.connection], [], 0)[0] and not self.connection.recv(1, socket.MSG_PEEK):
            raise Gone("kview let go")
        if self.server.liar.ended:
            raise Gone("the end")

    def reset(self):
        """An end in the middle: RST."""
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.close_connection = True

    def start(self, code, fields=()):
        self.send_response_only(code)
        for k, v in fields:
            if k.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(k, v)

    def begin(self, code=200, fields=(("Content-Type", "application/json"),)):
        """A body of unknown length follows."""
        self.start(code, fields)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def part(self, data):
        if data:
            self.connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))

    def finish_body(self):
        self.connection.sendall(b"0\r\n\r\n")

    def answer(self, code, doc, fields=(), kind="application/json"):
        body = text(doc)
        self.start(code, [("Content-Type", kind), *fields])
        if code not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if code not in (204, 304):
            self.connection.sendall(body)

    # ---- the truth

    def ask(self, compress=True):
        return Upstream(self.server.liar, self, self.target, compress).head()

    def tunnel(self):
        """A WebSocket: bytes both ways until one side ends."""
        up = Upstream(self.server.liar, self, self.target, False)
        up.sock.settimeout(20)
        self.close_connection = True
        while True:
            came = [up.sock] if up.sock.pending() else ready([self.connection, up.sock], [], TICK_S)[0]
            for src, dst in ((up.sock, self.connection), (self.connection, up.sock)):
                if src in came:
                    data = src.recv(1 << 16)
                    if not data:
                        raise Gone("end")
                    dst.sendall(data)
            if self.server.liar.ended:
                raise Gone("the end")

    def through(self):
        """The truth. In a watch, a lie may follow after a while, between two events."""
        if self.upgrade:
            self.tunnel()
            return
        up = self.ask()
        try:
            self.copy(up)
        finally:
            up.close()

    def copy(self, up):
        liar, watch = self.server.liar, "watch" in self.fits and up.code == 200
        at = liar.moment() if watch else None
        if up.length == 0:
            self.start(up.code, up.fields)
            if up.code not in (204, 304):
                self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.begin(up.code, up.fields)
        protobuf = any(k.lower() == "content-type" and "protobuf" in v for k, v in up.fields)
        rest = b""
        for data in up.pieces():
            if watch and protobuf:
                whole = frames(rest + data)
                self.part((rest + data)[:whole])
                rest = (rest + data)[whole:]
            elif watch:  # whole lines, so that a lie stands between two events
                lines, new, tail = (rest + data).rpartition(b"\n")
                self.part(lines + new)
                liar.learn(self.where, lines)
                rest = tail
            else:
                self.part(data)
            if at and time.monotonic() > at and not rest:
                lie = liar.choose({"stream"}, always=True)
                if lie:
                    liar.told[lie.name] += 1
                    lie.tell(self)
                    return
                at = liar.moment()
        self.part(rest)
        self.finish_body()

    # ---- what several lies need

    def kind(self):
        """apiVersion and kind of what lies at this path, as far as an event has told."""
        return self.server.liar.kinds.get(self.where, ("v1", "Pod"))

    def event(self, what, meta, api=None, kind=None):
        own = self.kind()
        self.part(text({"type": what, "object": {"kind": kind or own[1], "apiVersion": api or own[0], "metadata": meta}}) + b"\n")

    def silence(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            time.sleep(TICK_S)


# ---- the lies: instead of an answer

Lie = collections.namedtuple("Lie", "name fits tell")
HTML = b"<html><head><title>Log in</title></head><body>nginx</body></html>"


def says(name, code, doc, fields=(), kind="application/json", fits="any"):
    return Lie(name, {fits}, lambda h: h.answer(code, doc, fields, kind))


def other_list(h):
    kind = "PodList" if "/secrets" in h.where else "SecretList"
    h.answer(200, {"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "5"},
                   "items": [{"metadata": {"name": "other", "namespace": "default", "uid": "other"}}]})


def half(h):
    up = h.ask(compress=False)
    body = up.whole()
    up.close()
    h.answer(up.code, body[:max(1, len(body) // 2)])


def half_gzip(h):
    up = h.ask(compress=False)
    body = gzip.compress(up.whole())
    up.close()
    h.answer(up.code, body[:max(12, len(body) // 2)], [("Content-Encoding", "gzip")])


def balloon(unit=b" " * (1 << 20), made=[]):
    if not made:
        z = zlib.compressobj(9, zlib.DEFLATED, 31)
        start = z.compress(b'{"kind":"List","apiVersion":"v1","gitVersion":"v1.35.0","x":"')
        made.append(start + b"".join(z.compress(unit) for _ in range(BALLOON_MB)) + z.flush())
    return made[0]


def groups(h):
    many = [{"name": f"g{i}.example.com", "versions": [{"groupVersion": f"g{i}.example.com/v1", "version": "v1"}],
             "preferredVersion": {"groupVersion": f"g{i}.example.com/v1", "version": "v1"}} for i in range(10000)]
    h.answer(200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": many})


def listed(change):
    """The real list, changed."""
    def tell(h):
        if h.query.get("continue") == ["liar"]:  # the token that repeats brings the first page again
            h.target = re.sub("&?continue=liar", "", h.target)
        up = h.ask(compress=False)
        body = up.whole()
        up.close()
        try:
            doc = json.loads(body)
            change(doc)
        except (ValueError, KeyError, TypeError, IndexError):
            h.answer(up.code, body)  # there is nothing of the kind: the truth
            return
        h.answer(up.code, doc)
    return tell


def meta(**values):
    def change(doc):
        doc["metadata"].update({k.rstrip("_"): v for k, v in values.items()})
    return listed(change)


def rows(change):
    def each(doc):
        for row in doc["rows"]:
            change(row["cells"])
    return listed(each)


def not_finite(cells):
    cells[-1] = "NUMBER"


def table_number(h):
    """1e999 is no double: json.dumps would not write it."""
    up = h.ask(compress=False)
    body = up.whole()
    up.close()
    h.answer(up.code, re.sub(rb'"cells":\["[^"]*"', lambda m: m.group(0) + b",1e999,-1e999,NaN", body))


def cut_in_answer(h):
    up = h.ask(compress=False)
    body = up.whole()
    up.close()
    h.begin(up.code, up.fields)
    h.part(body[:len(body) // 2])
    h.reset()


def no_answer(h):
    h.silence(STALL_S)
    h.reset()


# ---- in a watch, between two events; each ends the answer, but for the harmless ones before its last line

def ends(name, *lines):
    """These lines, then the end of the stream."""
    def tell(h):
        for line in lines:
            h.part(text(line) + b"\n")
        h.finish_body()
    return Lie(name, {"stream"}, tell)


def bookmark(name, rv):
    def tell(h):
        h.event("BOOKMARK", {"resourceVersion": rv})
        h.finish_body()
    return Lie(name, {"stream"}, tell)


def half_event(h):
    h.part(b'{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"ha')
    h.finish_body()


def reset_in_event(h):
    h.part(b'{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"ha')
    h.reset()


def unknown_deleted(h):
    for i in range(0, 10000, 500):
        own = h.kind()
        h.part(b"".join(text({"type": "DELETED", "object": {"kind": own[1], "apiVersion": own[0], "metadata": {
            "name": f"nobody-{n}", "namespace": "default", "uid": f"nobody-{n}"}}}) + b"\n" for n in range(i, i + 500)))
    h.finish_body()


def old_version(h):
    h.event("DELETED", {"name": "nobody", "namespace": "default", "uid": "nobody", "resourceVersion": "1"})
    h.finish_body()


def other_kind(h):
    kind = "ConfigMap" if h.kind()[1] == "Secret" else "Secret"
    h.event("MODIFIED", {"name": "other", "namespace": "default", "uid": "other"}, "v1", kind)
    h.finish_body()


def nameless(h):
    h.event("MODIFIED", {"uid": "nameless"})
    h.event("ADDED", {"name": "", "uid": ""})
    h.event("DELETED", {})
    h.finish_body()


def endless(h):
    h.part(b'{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"')
    for _ in range(ENDLESS >> 16):
        h.part(b"a" * (1 << 16))
    h.reset()


def trickle(h):
    end = time.monotonic() + TRICKLE_S
    line = text({"type": "BOOKMARK", "object": {"kind": h.kind()[1], "apiVersion": h.kind()[0], "metadata": {}}})
    while time.monotonic() < end:
        for c in line:
            h.part(bytes([c]))
            time.sleep(0.02)
        h.part(b"\n")
    h.finish_body()


LIES = [
    says("Status in a 200", 200, status(500, "InternalError", "etcdserver: leader changed")),
    says("{}", 200, {}), says("[]", 200, []), says("a string", 200, "x"), says("null", 200, b"null"), says("empty body", 200, b""),
    says("HTML 200", 200, HTML, kind="text/html"), says("HTML 502", 502, HTML, kind="text/html"),
    says("HTML 503", 503, HTML, kind="text/html"), says("204", 204, b""), says("304", 304, b""),
    says("400", 400, status(400, "BadRequest", "a bad request")), says("401", 401, status(401, "Unauthorized", "Unauthorized")),
    says("403", 403, status(403, "Forbidden", "RBAC: clusterrole not found")), says("404", 404, status(404, "NotFound", "not found")),
    says("404 without a Status", 404, b"404 page not found\n", kind="text/plain"),
    says("405", 405, status(405, "MethodNotAllowed", "the server does not allow this method")),
    says("406", 406, status(406, "NotAcceptable", "only the following media types are accepted")),
    says("410", 410, status(410, "Expired", "too old resource version")),
    says("415", 415, status(415, "UnsupportedMediaType", "no")), says("422", 422, status(422, "Invalid", "invalid")),
    says("429", 429, b"Too many requests, please try again later.\n", [("Retry-After", "2")]),
    says("500 with a Status", 500, status(500, "InternalError", "etcdserver: request timed out")),
    says("503 without a body", 503, b""), says("504", 504, status(504, "Timeout", "Too large resource version: 9, current: 8")),
    Lie("a list of another kind", {"objects", "watch"}, other_list), Lie("half the JSON", {"objects", "meta"}, half),
    Lie("half the gzip", {"gzip"}, half_gzip), Lie("half, then a reset", {"objects", "meta"}, cut_in_answer),
    Lie("no answer", {"any"}, no_answer),
    Lie("balloon", {"gzip"}, lambda h: h.answer(200, balloon(), [("Content-Encoding", "gzip")])),
    Lie("10 000 groups", {"groups"}, groups),
    Lie("a continue token that repeats", {"page"}, meta(continue_="liar")),
    Lie("a continue token of 5 MB", {"page"}, meta(continue_="x" * (5 << 20))),
    Lie("a continue token of nobody", {"page"}, meta(continue_="bm9ib2R5&limit=1")),
    says("expired continue token", 410, status(410, "Expired", "The provided continue parameter is too old", **{"continue": "eyJ2Ijo"}),
         fits="next page"),
    Lie("list without a version", {"page"}, meta(resourceVersion="")),
    Lie("list with a hostile version", {"page"}, meta(resourceVersion="1&labelSelector=x")),
    Lie("table: numbers that are none", {"table"}, table_number),
    Lie("table: cells are missing", {"table"}, rows(lambda cells: cells.clear())),
    Lie("table: too many cells", {"table"}, rows(lambda cells: cells.extend(range(300)))),
    Lie("table: no columns", {"table"}, listed(lambda doc: doc.pop("columnDefinitions"))),
    ends("ERROR 410", {"type": "ERROR", "object": status(410, "Expired", "too old resource version: 1 (2)")}),
    ends("ERROR 500", {"type": "ERROR", "object": status(500, "InternalError", "etcdserver: leader changed")}),
    ends("ERROR without an object", {"type": "ERROR"}), ends("garbage", b"<html>\x00\xff not JSON"), ends("a number", b"7"),
    ends("end of the stream"), Lie("half an event", {"stream"}, half_event),
    bookmark("bookmark: a hostile version", "1&labelSelector=x"), bookmark("bookmark: 300 characters", "9" * 300),
    bookmark("bookmark: no version", ""), Lie("10 000 strangers deleted", {"stream"}, unknown_deleted),
    Lie("an old version", {"stream"}, old_version), Lie("event of another kind", {"stream"}, other_kind),
    Lie("events without a name", {"stream"}, nameless), Lie("endless line", {"stream"}, endless),
    Lie("trickle", {"stream"}, trickle), Lie("stall", {"stream"}, no_answer), Lie("reset in an event", {"stream"}, reset_in_event),
]


class Liar(http.server.ThreadingHTTPServer):
    """http://127.0.0.1:PORT/WHO/… is the API server, asked by WHO."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, server, seed, share=0.2, every_s=20):
        self.server, self.liar, self.tls = server, self, server.tls()
        self.share, self.every_s, self.lies, self.ended = share, every_s, False, False
        self.seconds, self.during = 0.001, collections.Counter()
        self.rng, self.lock = random.Random(seed), threading.Lock()
        self.counts, self.told, self.kinds = collections.Counter(), collections.Counter(), {}
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *args):
        pass  # kview lets go of a connection when it has had enough

    def chance(self, share):
        with self.lock:
            return self.rng.random() < share

    def choose(self, fits, always=False):
        """A lie for this request, or None: the truth."""
        with self.lock:
            if not self.lies or not (always or self.rng.random() < self.share):
                return None
            fitting = [x for x in LIES if x.fits & fits]
            return self.rng.choice(fitting) if fitting else None

    def moment(self):
        """When a watch that begins now is lied in."""
        with self.lock:
            return time.monotonic() + self.rng.expovariate(1 / self.every_s)

    def learn(self, where, lines):
        if where not in self.kinds and (m := re.search(rb'"object":\{"kind":"(\w+)","apiVersion":"([^"]+)"', lines)):
            self.kinds[where] = (m.group(2).decode(), m.group(1).decode())

    def begin(self):
        self.lies, self.began, self.before = True, time.monotonic(), collections.Counter(self.counts)

    def stop(self):
        """The truth from now on; what is lied at this moment is said to its end."""
        if self.lies:
            self.lies = False
            self.seconds += time.monotonic() - self.began
            self.during += self.counts - self.before

    def rate(self, who):
        """Requests a second while lies were told."""
        return self.during[who] / self.seconds

    def untold(self):
        return [x.name for x in LIES if x.name not in self.told]

    def close(self):
        self.lies, self.ended = False, True
        self.shutdown()
        self.server_close()
