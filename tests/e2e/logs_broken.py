#!/usr/bin/env python3
"""A log whose stream breaks after every few kilobytes, anywhere in a line, with many lines of the same second, some
of them equal: kview goes on and has each line once. No cluster is needed. logs_broken.py KVIEW"""
import os, random, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Screen, case  # noqa: E402  (puts tests/bench on the path)
import log_server  # noqa: E402

KVIEW, LINES, SEED = sys.argv[1], 20000, int(sys.argv[2]) if len(sys.argv) > 2 else 7


def make_lines():
    rng = random.Random(SEED)
    out = []
    for n in range(LINES):
        t = n * 1_000_000 * 2 // 3  # 1500 lines a second
        text = "the same" if n % 5 == 0 else f"line {n} " + "x" * rng.randrange(200)
        out.append((t // 10**9, f"2026-01-01T00:00:{t // 10**9:02}.{t % 10**9:09}Z {text}\n".encode()))
    return out


class Broken(log_server.Handler):
    lines = make_lines()
    rng = random.Random(SEED)
    opened = 0

    def write_log(self, query):
        Broken.opened += 1
        since = query.get("sinceTime", "")
        second = int(since[17:19]) if since else 0
        data = b"".join(line for s, line in self.lines if s >= second)
        again = sum(len(line) for s, line in self.lines if s == second) if since else 0
        # each stream gets somewhere: beyond what was known, or nothing would ever be done
        cut = again + self.rng.randrange(1, 300_000)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        part = data[:cut]
        self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.flush()
        if cut >= len(data):
            self.server.stop.wait()
        self.close_connection = True  # without the last chunk: the connection broke


def main():
    with tempfile.TemporaryDirectory() as tmp:
        server, config = log_server.serve(Broken, tmp)
        s = Screen([KVIEW, "--kubeconfig", config, "logs", "flood", "--tail", "all"], {"TERM": "xterm-256color"})
        s.wait(f"[^0-9]{LINES:,} lines of 1 container".replace(",", " "), 60)
        s.send(b":")
        s.wait("^:")
        s.send(f"save {tmp}/saved.txt\r".encode())
        s.wait("saved [0-9]+ bytes")
        with open(f"{tmp}/saved.txt", encoding="utf-8") as f:
            have = [line for line in f.read().splitlines() if not line.startswith("── ")]
        want = [line.decode().split(" ", 1)[1].rstrip("\n") for _, line in Broken.lines]
        wrong = next((f"line {i}: {a!r}, not {b!r}" for i, (a, b) in enumerate(zip(have, want)) if a != b), "")
        case(f"logs: {LINES} lines over {Broken.opened} broken streams", have == want and Broken.opened > 3,
             f"{len(have)} lines, {Broken.opened} streams; {wrong}")
        s.close()
        server.stop.set()


if __name__ == "__main__":
    main()
