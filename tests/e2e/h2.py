#!/usr/bin/python3
"""kview on the screen before a server whose HTTP/2 goes wrong (tests/h2): each way at once. When the fault is gone the
Pods are live again in time, by few requests; a key is answered; what is said meanwhile is in words. h2.py KVIEW SERVER"""
import json, os, re, select, subprocess, sys, tempfile, time

from screen import Screen, case
from terminal import Ended

KVIEW, SERVER = sys.argv[1], sys.argv[2]
SECONDS, MOST, KEY_MS = 10, 10, 2000  # a key is answered or not: how fast is for make bench
BEAT_MS, FRESH_MS = 200, 1500
GONE_S = 14  # until the last fault has struck
RAW = re.compile(r"HTTP2|HTTP/2|framing|nghttp2|curl|PROTOCOL_ERROR|INTERNAL_ERROR|[Ss]tream \d|not closed cleanly|OpenSSL|SSL_|errno")

SILENT = {"KVIEW_WATCH_SILENCE_MS": "2500"}
PAGES = {"KVIEW_LIST": "pages"}


def scenarios():
    """Name: the server's scenario, the environment, live again within seconds, requests for the Pods in ten seconds."""
    return {
        "GOAWAY in the middle of a list and of a watch": ("goaway", {}, 7, MOST),
        "GOAWAY in the middle of a page": ("goaway", PAGES, 7, MOST),
        "GOAWAY below the stream under way": ("goaway-below", {}, 7, MOST),
        "GOAWAY that asks for calm, three times": ("goaway-enhance", {}, 7, MOST),
        "RST_STREAM of a watch: internal error, cancel, refused": ("rst", {}, 7, MOST),
        "RST_STREAM before an answer: internal error, cancel, refused": ("rst-head", {}, 10, MOST),
        "a watch that stops in the middle of an event": ("stall", SILENT, 7, MOST),
        "a list that stops in the middle": ("stall-list", SILENT, 7, MOST),
        "connections that say nothing more, not even PING": ("stall-all", {}, 13, MOST),
        "such connections of a server that has no HTTP/1.1": ("stall-all-h2", {}, 13, MOST),
        "windows of one byte, frames of one byte": ("window", {}, 7, 1),
        "one stream at once": ("max-streams", {}, 7, 1),
        "one stream at once, and a watch in which nothing happens": ("max-streams-quiet", {}, 7, 1),
        "a storm of SETTINGS": ("settings-storm", {}, 7, 1),
        "a storm of PING": ("ping-storm", {}, 7, 1),
        "frames that are padding for the most part": ("padding", {}, 7, 1),
        "headers in six frames": ("continuation", {}, 7, 1),
        "headers in a thousand frames": ("continuations", {}, 10, MOST),
        "a header of 200 KB": ("big-headers", {}, 10, MOST),
        "a connection cut in the middle of a frame": ("early-close", {}, 7, MOST),
        "a connection cut in the middle of a page": ("early-close", PAGES, 7, MOST),
        "frames of an unknown type": ("unknown-frame", {}, 7, 1),
        "DATA on no stream": ("bad-frame", {}, 7, MOST),
        "watches that end with trailers": ("trailers", {}, 7, MOST),
        "PUSH_PROMISE, though not allowed": ("push", {}, 7, MOST),
    }


class Server:
    def __init__(self, scenario, config):
        self.lines, self.rest, self.quiet = [], b"", "quiet" in scenario
        self.process = subprocess.Popen([SERVER, scenario, config], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.until("port", 20)
        self.started = self.told("port")["started"] / 1000

    def told(self, key):
        return next((line for line in self.lines if key in line), None)

    def read(self, seconds=0.0):
        while select.select([self.process.stdout], [], [], seconds)[0]:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                return
            *whole, self.rest = (self.rest + data).split(b"\n")
            self.lines += [json.loads(line) for line in whole]

    def until(self, key, seconds):
        end = time.monotonic() + seconds
        while not self.told(key):
            if time.monotonic() > end:
                raise Ended(f"the server does not say {key}: {self.lines}")
            self.read(0.1)

    def total(self):
        self.process.stdin.close()
        self.until("end", 10)
        self.process.wait()
        return self.told("end")


class Watched(Screen):
    """Notes every line that was on the screen and that no person should have to read, and why rows were stale."""

    def __init__(self, *args):
        self.raw, self.stale = set(), set()
        super().__init__(*args)

    def _take(self, ready):
        super()._take(ready)
        if self.fd not in ready:
            return
        for line in self.screen.display:
            if RAW.search(line):
                self.raw.add(line.strip())
        m = re.search(r"stale \w+: (.*?)(?:  |$)", self.screen.display[0])
        if m:
            self.stale.add(re.sub(r",? ?(again|retry|next) .*", "", m.group(1)).strip())

    def beat_ms(self):
        """When the row that changes all the time was as it is shown, since the server's start; -1: it is not there."""
        for line in self.screen.display:
            m = re.match(r"[▌ ]*beat +\S+ +\S+ +(\d+)", line)
            if m:
                return int(m.group(1)) * BEAT_MS
        return -1

    def live(self, server):
        """What changed after the last fault is shown, and not late."""
        shown, now = self.beat_ms(), (time.time() - server.started) * 1000
        fresh = server.quiet or (shown > server.told("gone")["ms"] + BEAT_MS and shown > now - FRESH_MS)
        return shown >= 0 and fresh and "● live" in self.screen.display[0]

    def why(self, server):
        return f"{self.beat_ms()} of {(time.time() - server.started) * 1000:.0f} ms\n{self.screen.display[0]}\n{self.body()}"


def answers_key(s):
    s.send(b":")
    at = time.monotonic()
    s.wait("^ *:", 5)
    took = time.monotonic() - at
    s.send(b"\x1b")
    s.wait("^ *:", 5, gone=True)
    return took * 1000


def second_list(name, s):
    """Another list beside the watch of the first, on the same connection or on one more."""
    s.send(b":namespaces\r")
    case(f"{name}: another list beside the watch", s.pump(6, lambda: s.shows("space-02")), s.body())
    s.send(b":pods -n default\r")


def body(name, s, server):
    """A request with a body (who am I?), which goes out as the server's window lets it."""
    def came():
        server.read()
        return server.told("body")

    s.send(b":info\r")
    case(f"{name}: the body of a request", s.pump(6, came) and came()["body"] > 20, f"{server.lines}\n{s.body()}")
    s.send(b":pods -n default\r")


def play(name, row, folder):
    scenario, env, bound, most = row
    server = Server(scenario, os.path.join(folder, f"{os.getpid()}.yaml"))
    begun = time.monotonic()
    key_ms, took = 0.0, None
    try:
        with Watched([KVIEW, "--kubeconfig", os.path.join(folder, f"{os.getpid()}.yaml"), "pods", "-n", "default"], env) as s:
            def gone():
                server.read()
                return server.told("gone")

            while not gone() and time.monotonic() - begun < GONE_S:
                key_ms = max(key_ms, answers_key(s))
                s.pump(0.3, gone)
            case(f"{name}: each fault strikes", gone(), f"{server.lines}\n{s.body()}")
            if not gone():
                return
            if s.pump(bound, lambda: s.live(server)):
                took = time.time() - server.started - server.told("gone")["ms"] / 1000
            case(f"{name}: live within {bound} s", took is not None, s.why(server))
            if scenario in ("max-streams", "window"):
                second_list(name, s)
            if scenario == "window":
                body(name, s, server)
            while time.monotonic() - begun < SECONDS + 5 * server.quiet:
                key_ms = max(key_ms, answers_key(s))
                s.pump(0.7)
            case(f"{name}: stays live, all rows there", s.pump(3, lambda: s.live(server)) and s.shows("pod-30"),
                 s.why(server))
            if server.quiet:
                case(f"{name}: never stale", not s.stale, f"{s.stale}")
            case(f"{name}: in words", not s.raw, f"{s.raw}")
            untrue = [t for t in s.stale if "at once" in t]  # each watch lasts for a second and brings something
            case(f"{name}: in true ones", not untrue, f"{untrue}")
            case(f"{name}: keys within {KEY_MS} ms", key_ms < KEY_MS, f"{key_ms:.0f} ms")
            told = server.total()
            case(f"{name}: at most {most} requests for the list in {SECONDS} s", told["most"] <= most, f"{told}")
            goaway = [line["goaway"] for line in server.lines if "goaway" in line]
            print(f"# h2: {name}: live {-1 if took is None else took:.1f} s after the last fault struck; {told['most']} requests in {SECONDS} s, "
                  f"{told['connections']} connections, {told['bodies']} bodies, {told['refused']} streams refused, keys {key_ms:.0f} ms; "
                  f"stale: {sorted(s.stale)}; kview says {goaway}", flush=True)
    except Ended as e:
        case(f"{name}: no crash", False, str(e))
    finally:
        server.process.kill()


def main():
    wanted = os.environ.get("KVIEW_H2", "")  # a part of the names: for a person
    with tempfile.TemporaryDirectory() as folder:
        pids = []
        for name, row in scenarios().items():
            if wanted not in name + row[0]:
                continue
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    play(name, row, folder)
                    status = 0
                finally:
                    sys.stdout.flush()
                    os._exit(status)
            pids.append((name, pid))
        for name, pid in pids:
            if os.waitpid(pid, 0)[1]:
                case(f"{name}: played to its end", False, "an exception, above")


main()
