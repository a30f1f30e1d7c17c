"""How logs are taken in: a server of its own writes a million lines as fast as they are read, 300 000 a second for a
minute, or 300 a second. kubectl logs and stern read the same streams."""
import multiprocessing, os, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import log_server  # noqa: E402
from measures import LETTERS, stats  # noqa: E402
from terminal import Kview  # noqa: E402

LINES, BATCH = 1_000_000, 10_000
RATE, MINUTE = 300_000, 60
TAIL = b"level=%s path=/api/v1/things/%d status=200 ms=12\n"


def batches():
    for i in range(0, LINES, BATCH):
        sec = 1 + i // 100_000
        yield b"".join(b"2026-01-01T%02d:%02d:%02d.%09dZ request %d " % (
            sec // 3600, sec // 60 % 60, sec % 60, (n % 100_000) * 10_000, n) +
            TAIL % (b"error" if n % 1000 == 0 else b"info", n) for n in range(i, i + BATCH))


class Flood(log_server.Handler):
    """All of it at once, when the pipe says so; followed for ever."""
    data, go = [], None

    def write_log(self, query):
        self.head(200, "text/plain")
        if self.go:
            self.go.wait()
        for b in self.data:
            self.wfile.write(b)
        if query.get("follow") == "true":
            self.server.stop.wait()


class Steady(log_server.Handler):
    """300 lines a second, for a while."""

    def write_log(self, _):
        self.head(200, "text/plain")
        for i in range(30000):
            self.wfile.write(f"2026-01-01T00:00:00.{i * 10000:09}Z request {i} level=info path=/api/v1/things\n".encode())
            if self.server.stop.wait(1 / 300):
                break


class Minute(log_server.Handler):
    """300 000 lines a second for a minute, each second in 30 parts; who does not read in time is waited for."""
    parts, go = [], None

    def write_log(self, query):
        self.head(200, "text/plain")
        self.go.wait()
        start = time.monotonic()
        for i in range(MINUTE * len(self.parts)):
            late = start + i / len(self.parts) - time.monotonic()
            if late > 0:
                time.sleep(late)
            sec = i // len(self.parts)
            self.wfile.write(self.parts[i % len(self.parts)].replace(b"T##:##:##", b"T00:%02d:%02d" % (sec // 60, sec % 60)))
        if query.get("follow") == "true":
            self.server.stop.wait()


def minute_parts():
    per = BATCH
    return [b"".join(b"2026-01-01T##:##:##.%09dZ request %d " % (n * (10**9 // RATE), n) + TAIL % (b"info", n)
                     for n in range(i, i + per)) for i in range(0, RATE, per)]


class Served:
    """The server in a process of its own, so that it and the measurement do not wait for each other."""

    def __init__(self, handler, data):
        self.go = multiprocessing.Event()
        self.tmp = tempfile.TemporaryDirectory()
        told, tell = multiprocessing.Pipe(False)
        self.process = multiprocessing.Process(target=self.run, args=(handler, data, tell), daemon=True)
        self.process.start()
        self.config = told.recv()

    def run(self, handler, data, tell):
        for k, v in data.items():
            setattr(handler, k, v)
        handler.go = self.go
        tell.send(log_server.serve(handler, self.tmp.name)[1])
        threading.Event().wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()
        self.tmp.cleanup()


def shown(n):
    return f"{n:,} lines".replace(",", " ").encode()


def opened(kview, config, *more):
    k = Kview([kview, "--kubeconfig", config, "logs", "flood", *more], {"TERM": "xterm-256color"})
    k.wait_text(rb"0 lines of", 20)
    return k


def flood(kview):
    """A million lines as fast as they are read: shown, filtered as they come, then filtered and searched where they are."""
    with Served(Flood, {"data": list(batches())}) as server:
        with opened(kview, server.config, "--tail", "all") as k:
            start = time.monotonic()
            server.go.set()
            k.wait_text(shown(LINES), 120)
            out = {"log_lines_s": LINES / (time.monotonic() - start)}
            k.settle(0.3)
            out["log_mb"] = k.memory()
            out["log_filter_s"] = answer(k, b"&", b"\"status=200 ms=1[2].*\" /99999\\d\r", rb"\b10 of 1 000 0")
            k.key(b"&")
            k.send(b"\x15\r")
            k.settle(0.3)
            k.key(b"g")
            k.settle(0.3)
            out["log_search_s"] = answer(k, b"/", b"request 999999\r", rb"999999")
        server.go.clear()
        with opened(kview, server.config, "--tail", "all") as k:
            k.key(b"&")
            k.send(b"\"error path=/api\"\r")
            k.wait_text(rb"0 of 0 lines", 20)
            start = time.monotonic()
            server.go.set()
            k.wait_text(shown(LINES), 120)
            k.wait_idle()
            out["log_filtered_s"] = LINES / (time.monotonic() - start)
    return out


def answer(k, key, typed_text, pattern):
    """Seconds from the text, typed at once, until the pattern is printed and nothing is left to do."""
    k.key(key)
    k.settle(0.3)
    k.clear()
    at = k.send(typed_text)
    k.wait_text(pattern, 60)
    return k.wait_idle() - at


def typed_meanwhile(k, end):
    """Milliseconds from a letter typed into the prompt to its paint; none of them is in the log."""
    out = []
    k.send(b":")
    while time.monotonic() < end:
        for letter in LETTERS:
            k.clear()
            at = k.send(letter)
            out.append((k.wait_text(letter, 20) - at) * 1000)
            k.pump(0.1)
        k.send(b"\x15")
        k.pump(0.1)
    k.send(b"\x1b")
    k.pump(0.5)
    return out


def minute(kview):
    """Keys while 300 000 lines a second come, and whether all of them are there at the end."""
    parts = minute_parts()
    with Served(Minute, {"parts": parts}) as server, opened(kview, server.config, "--tail", "all") as k:
        start = time.monotonic()
        server.go.set()
        keys = typed_meanwhile(k, start + MINUTE - 2)
        total = MINUTE * RATE
        while shown(total) not in k.text:  # only what differs is printed, so all of it is asked for
            if time.monotonic() > start + 3 * MINUTE:
                raise RuntimeError(f"not {total} lines: {k.text[-300:]!r}")
            k.clear()
            k.send(b"\x0c")
            k.pump(0.3)
        took = time.monotonic() - start
        out = stats("minute_key", keys, 50, 99)
        return out | {"minute_lines_s": total / took, "minute_mb": k.memory()}


def follow(kview, seconds):
    """Processor use while 300 lines a second come."""
    with Served(Steady, {}) as server, opened(kview, server.config) as k:
        k.pump(2)
        cpu, start = k.cpu(), time.monotonic()
        k.pump(seconds)
        return {"follow_cpu_percent": (k.cpu() - cpu) / (time.monotonic() - start) * 100}


def read_by(argv):
    """Lines a second of a program that prints the million."""
    start = time.monotonic()
    with open(os.devnull, "wb") as null:
        proc = subprocess.Popen(argv, stdout=null, stderr=subprocess.DEVNULL)
    if proc.wait():
        raise RuntimeError(f"{argv[0]} failed with status {proc.returncode}")
    return LINES / (time.monotonic() - start)


def rivals(kview, kubectl, stern):
    """The million of lines printed into nothing by kview --once, kubectl and stern."""
    out = {}
    with Served(Flood, {"data": list(batches())}) as server:
        server.go.set()
        config = ["--kubeconfig", server.config]
        for name, argv in (("once", [kview, *config, "--once", "logs", "flood", "--tail", "all"]),
                           ("kubectl", [*kubectl, *config, "logs", "flood", "--timestamps"]),
                           ("stern", [stern, *config, "flood", "--no-follow", "--timestamps", "--color", "always"])):
            if argv[0]:
                out[f"{name}_log_lines_s"] = read_by(argv)
    return out
