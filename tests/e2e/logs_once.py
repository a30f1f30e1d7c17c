#!/usr/bin/env python3
"""`kview --once logs` without a cluster: streams that break anywhere, one that dies without a word, a line of 10 MB, a
reader that does not read. logs_once.py KVIEW"""
import json, os, signal, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import case  # noqa: E402  (puts tests/bench on the path)
import log_server  # noqa: E402
import logs_broken  # noqa: E402

KVIEW = sys.argv[1]


class Silent(log_server.Handler):
    """The first stream gives ten lines and no more, though there are twenty; nothing says that it is dead."""
    opened, asked = 0, []

    def write_log(self, query):
        Silent.asked.append(query)
        lines = [f"2026-01-01T00:00:{n // 10:02}.{n % 10}Z line {n}\n".encode() for n in range(20)]
        since = int(query["sinceTime"][17:19]) if "sinceTime" in query else 0
        follow = query.get("follow") == "true"
        Silent.opened += follow
        data = b"".join(lines[:10] if follow and Silent.opened == 1 else lines[since * 10:])
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        if follow:
            self.wfile.flush()
            self.server.stop.wait()
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


class Endless(log_server.Handler):
    """A line of 10 MB, then lines as fast as they are taken."""
    sent = 0

    def write_log(self, query):
        self.head(200, "text/plain")
        self.wfile.write(b"2026-01-01T00:00:00Z " + b"x" * 10_000_000 + b"\n")
        n = 0
        while not self.server.stop.is_set():
            block = b"".join(f"2026-01-01T00:00:01.{i:09}Z line {i}\n".encode() for i in range(n, n + 1000))
            n += 1000
            self.wfile.write(block)
            Endless.sent += len(block)


def start(config, *args, **more):
    return subprocess.Popen([KVIEW, "--kubeconfig", config, "--once", "logs", "flood", *args], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **more)


def read_until(p, enough, seconds):
    """Lines of its stdout, until there are enough or the time is over; then it is interrupted."""
    timer = threading.Timer(seconds, p.send_signal, [signal.SIGINT])
    timer.start()
    lines = []
    for line in p.stdout:
        lines.append(line)
        if len(lines) == enough:
            time.sleep(0.5)  # whatever comes too much
            p.send_signal(signal.SIGINT)
    timer.cancel()
    return lines, p.stderr.read().decode(), p.wait()


def broken(tmp):
    server, config = log_server.serve(logs_broken.Broken, tmp)
    lines, said, rc = read_until(start(config, "--follow"), logs_broken.LINES, 60)
    want = [line.split(b" ", 1)[1] for _, line in logs_broken.Broken.lines]
    case(f"once logs: {len(want)} lines over {logs_broken.Broken.opened} broken streams", lines == want and rc == 0,
         f"{len(lines)} lines, status {rc}, {said[-300:]}")
    server.stop.set()


def silent(tmp):
    server, config = log_server.serve(Silent, tmp)
    begun = time.monotonic()
    lines, said, rc = read_until(start(config, "--follow", "-o", "json"), 20, 60)
    have = [json.loads(line)["message"] for line in lines]
    case(f"once logs: a stream that died without a word is found out after {time.monotonic() - begun:.0f} s",
         have == [f"line {n}" for n in range(20)] and "died without a word" in said and rc == 0, f"{have} {said} {rc}")
    server.stop.set()


def slow_reader(tmp):
    server, config = log_server.serve(Endless, tmp)
    p = start(config, "--follow")
    time.sleep(3)
    sent = Endless.sent
    time.sleep(2)
    with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
        peak = int(next(line for line in f if line.startswith("VmHWM")).split()[1]) // 1024
    case(f"once logs: a reader that does not read stops the server ({sent >> 20} MB, {peak} MB of memory)",
         Endless.sent == sent and peak < 64, f"{Endless.sent} after {sent} bytes, {peak} MB")
    first = p.stdout.readline()
    numbers = [p.stdout.readline() for _ in range(300_000)]
    case("once logs: a line of 10 MB and 300 000 after it are whole",
         first == b"x" * 10_000_000 + b"\n" and numbers == [b"line %d\n" % n for n in range(300_000)], f"{len(first)}")
    p.stdout.close()  # as head does
    rc = p.wait(10)
    case("once logs: a reader that goes away ends it quietly", rc == 0 and not p.stderr.read(), f"status {rc}")
    server.stop.set()


def main():
    for test in (broken, slow_reader, silent):
        with tempfile.TemporaryDirectory() as tmp:
            test(tmp)


main()
