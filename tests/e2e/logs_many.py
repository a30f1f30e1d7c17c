#!/usr/bin/env python3
"""200 containers at once, among them one whose clock jumps, one that writes a line of 10 MB, and one whose lines would
take over the terminal: each line is there once, in its container's order, and nothing of it reaches the terminal as a
control sequence. No cluster is needed. logs_many.py KVIEW"""
import os, re, sys, tempfile
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Screen, case  # noqa: E402  (puts tests/bench on the path)
import log_server  # noqa: E402

KVIEW, PODS, CONTAINERS, LINES, LONG = sys.argv[1], 40, 5, 300, 10 << 20
HOSTILE = [b"\x1b]52;c;aG9zdGlsZQ==\x07", b"\x1b]0;hostile\x1b\\", b"\x1b[99;77Hhostile", b"\x1b[2J\x1bc", b"\x1bP$q q\x1b\\", b"\x1b[?1049l",
           b"\x9b99;77H", b"\xc2\x9b31m", b"\xff\xfe\x80", b"\x00\x08\x0d\x7f", b"\xed\xa0\x80", "\u202e\u200b\ufeff".encode(), b"\x1b[6n", b"\x1b"]


def name(i):
    return f"many-{i:02}"


def pod(i):
    boxes = [f"c{k}" for k in range(CONTAINERS)]
    state = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {
        "name": name(i), "namespace": "default", "uid": f"u{i}", "resourceVersion": "5", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [{"name": b, "image": "x"} for b in boxes]},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": b, "restartCount": 0, "containerID": f"c://{i}-{b}", "state": state} for b in boxes]}}


def written(source, n):
    """(seconds of its stamp, text) of a container's line."""
    second, text = n // 10, f"of {source} line={n} ".encode()
    if source == "many-00/c0":
        second += 3600 if 100 <= n < 200 else 0  # its clock goes an hour on, and back
    elif source == "many-01/c1" and n == 150:
        text += b"x" * LONG + b"end"
    elif source == "many-02/c2":
        text += HOSTILE[n % len(HOSTILE)]
    return second, text


class Many(log_server.Handler):
    pods = [pod(i) for i in range(PODS)]
    wrong = []

    def write_log(self, query):
        source = f"{self.path.split('?')[0].split('/')[-2]}/{query['container']}"
        self.head(200, "text/plain")
        since = query.get("sinceTime", "")
        for n in range(LINES):
            sec, text = written(source, n)
            stamp = f"2026-01-01T{sec // 3600:02}:{sec // 60 % 60:02}:{sec % 60:02}.{n % 10 * 10**8:09}Z"
            if not since or stamp[:19] >= since[:19]:
                self.wfile.write(stamp.encode() + b" " + text + b"\n")
        if query.get("follow") == "true":
            self.server.stop.wait()


def harmless(data):
    """What of the output could be the log's doing."""
    text = data.decode("utf-8", "replace")
    found = [w for w in ("\x1b]52", "\x1b]0;hostile", "\x1b[99;77H", "\x1bP", "\x1b[6n", "\x1bc", "\ufffd", "\u202e", "\x00", "\x7f") if w in text.replace("\ufffd", "")]
    return found + [hex(ord(c)) for c in set(text) if 0x80 <= ord(c) < 0xa0]


def main():
    total = PODS * CONTAINERS * LINES
    with tempfile.TemporaryDirectory() as tmp:
        server, config = log_server.serve(Many, tmp)
        s = Screen([KVIEW, "--kubeconfig", config, "logs", "-l", "app=many", "--tail", "all"], {"TERM": "xterm-256color"})
        raw, take = [], s.stream.feed
        s.stream.feed = lambda data: (raw.append(data), take(data))[1]
        s.wait(rf"of {PODS * CONTAINERS} containers", 60)
        s.wait_idle()
        s.wait(f" {total:,} lines".replace(",", " "), 60)
        for key in (b"g", b"/of many-02/c2\r", b"n", b"n", b"J", b"J", b"w", b"w", b"\x1b", b"/line=150 x\r", b"w", b"\x1b[B", b"w", b"G", b"t", b"t", b"t"):
            s.send(key)
            s.settle(0.1, 3)
        for n in range(len(HOSTILE)):  # each on the screen
            s.send(b"&^of many-02/c2 line=" + str(n).encode() + b" \r")
            s.settle(0.1, 3)
            s.send(b"\r")
            s.settle(0.1, 3)
            s.send(b"q")
            s.settle(0.1, 3)
        s.send(b"&\x15\r")
        s.settle(0.2, 5)
        s.send(b":save " + tmp.encode() + b"/saved.txt\r")
        s.wait("saved [0-9]+ bytes", 30)
        memory = s.memory()
        found = harmless(b"".join(raw))
        case("logs: nothing of 200 containers acts on the terminal", not found, str(found))
        case(f"logs: 200 containers, memory {memory:.0f} MB", memory < 84 + 32, "above its cap")
        s.close()
        server.stop.set()
        with open(f"{tmp}/saved.txt", "rb") as f:
            data = f.read()
    have = defaultdict(list)
    for line in data.split(b"\n"):
        if m := re.search(rb"of (many-\d\d/c\d) line=(\d+) ", line):
            have[m[1].decode()].append((int(m[2]), line[m.start():]))
    wrong = {k: len(v) for k, v in have.items() if [n for n, _ in v] != list(range(LINES))}
    case(f"logs: {total} lines of {len(have)} containers, each once and in order", len(have) == PODS * CONTAINERS and not wrong, str(wrong))
    wrong = [k for k, v in have.items() if any(text != written(k, n)[1] for n, text in v)]
    for k in wrong[:1]:
        wrong += [f"line {n}: {len(t)} bytes {t[:80]!r} … {t[-40:]!r}, not {len(written(k, n)[1])}" for n, t in have[k] if t != written(k, n)[1]][:2]
    case("logs: byte for byte, the line of 10 MB too", not wrong, str(wrong))


if __name__ == "__main__":
    main()
