"""How fast kview takes in logs: a server of its own writes numbered lines as fast as they are read, or 300 a second."""
import os, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import log_server  # noqa: E402
from screen import Screen  # noqa: E402

LINES, BATCH = 1_000_000, 10_000


def batches():
    for i in range(0, LINES, BATCH):
        sec = 1 + i // 100_000
        yield "".join(f"2026-01-01T{sec // 3600:02}:{sec // 60 % 60:02}:{sec % 60:02}.{(n % 100_000) * 10_000:09}Z "
                      f"request {n} level={'error' if n % 1000 == 0 else 'info'} path=/api/v1/things/{n} status=200 ms=12\n"
                      for n in range(i, i + BATCH)).encode()


class Flood(log_server.Handler):
    data = []
    go = threading.Event()

    def write_log(self, _):
        self.head(200, "text/plain")
        self.go.wait()
        for b in self.data:
            self.wfile.write(b)
        self.server.stop.wait()


class Steady(log_server.Handler):
    """300 lines a second, for a while."""

    def write_log(self, _):
        self.head(200, "text/plain")
        for i in range(30000):
            self.wfile.write(f"2026-01-01T00:00:00.{i * 10000:09}Z request {i} level=info path=/api/v1/things\n".encode())
            if self.server.stop.wait(1 / 300):
                break


def run(config, kview, *typed):
    """Lines a second, peak MB."""
    Flood.go.clear()
    s = Screen([kview, "--kubeconfig", config, "logs", "flood", "--tail", "all"], {"TERM": "xterm-256color"})
    try:
        s.wait("0 lines of 1 container", 20)
        for keys, shown in typed:
            s.send(keys)
            s.wait(shown, 20)
        start = time.monotonic()
        Flood.go.set()
        s.wait(f"{LINES} lines of 1 container.*" + (f", {LINES // 1000} pass" if typed else ""), 120)
        return LINES / (time.monotonic() - start), s.memory()
    finally:
        s.close()


def flood(kview):
    """A million lines as fast as they are read, without a filter and with one."""
    Flood.data = list(batches())
    with tempfile.TemporaryDirectory() as tmp:
        server, config = log_server.serve(Flood, tmp)
        try:
            shown, memory = run(config, kview)
            filtered, _ = run(config, kview, (b"&", "show only"), (b"\"error path=/api\"\r", "0 pass"))
        finally:
            server.stop.set()
    return {"log_lines_s": shown, "log_filtered_s": filtered, "log_mb": memory}


def follow(kview, seconds):
    """Processor use while 300 lines a second come."""
    with tempfile.TemporaryDirectory() as tmp:
        server, config = log_server.serve(Steady, tmp)
        s = Screen([kview, "--kubeconfig", config, "logs", "flood"], {"TERM": "xterm-256color"})
        try:
            s.wait("[1-9][0-9]* lines of 1 container", 20)
            s.pump(2)
            cpu, start = s.cpu(), time.monotonic()
            s.pump(seconds)
            return {"follow_cpu_percent": (s.cpu() - cpu) / (time.monotonic() - start) * 100}
        finally:
            server.stop.set()
            s.close()
