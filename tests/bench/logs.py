#!/usr/bin/env python3
"""How fast kview takes in logs: a server of its own writes numbered lines as fast as they are read. Prints lines/s with
and without a filter, and memory. logs.py KVIEW [LINES]"""
import os, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import log_server  # noqa: E402
from screen import Screen  # noqa: E402

KVIEW, LINES = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
BATCH = 10_000
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


def run(config, name, *typed):
    Flood.go.clear()
    s = Screen([KVIEW, "--kubeconfig", config, "logs", "flood", "--tail", "all"], {"TERM": "xterm-256color"})
    s.wait("0 lines of 1 container", 20)
    for keys, shown in typed:
        s.send(keys)
        s.wait(shown, 20)
    cpu, start = s.cpu(), time.monotonic()
    Flood.go.set()
    s.wait(f"{LINES} lines of 1 container.*" + (f", {LINES // 1000} pass" if typed else ""), 120)
    took = time.monotonic() - start
    print(f"# {name}: {LINES / took:,.0f} lines/s, {sum(map(len, Flood.data)) / took / 1e6:.0f} MB/s, "
          f"CPU {s.cpu() - cpu:.2f} s of {took:.2f} s, peak memory {s.memory():.0f} MB", flush=True)
    s.close()


def main():
    Flood.data = list(batches())
    with tempfile.TemporaryDirectory() as tmp:
        server, config = log_server.serve(Flood, tmp)
        run(config, "all shown")
        run(config, "filtered", (b"&", "show only"), (b"\"error path=/api\"\r", "0 pass"))
        server.stop.set()


if __name__ == "__main__":
    main()
