#!/usr/bin/env python3
"""One container writes numbered lines of 100 bytes as fast as the node takes them; kview follows. FLOOD_LINES: how many.
flood.py KVIEW KUBECTL NAMESPACE"""
import json, os, re, statistics, subprocess, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Screen, case  # noqa: E402

KVIEW, KUBECTL, NS = sys.argv[1], sys.argv[2].split(), sys.argv[3]
LINES = int(os.environ.get("FLOOD_LINES", 6_000_000))
PASS = [i for i in range(LINES + 1) if "99" in str(i)]
CAP_MB = 64
SCRIPT = f"sleep 8; seq 1 {LINES} | sed 's/$/ level=info abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl/'; sleep 3600"


def kubectl(*args, text=None):
    return subprocess.run([*KUBECTL, "-n", NS, *args], input=text, text=True, capture_output=True, check=True).stdout


def pod(name):
    kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "terminationGracePeriodSeconds": 0, "containers": [{
            "name": "main", "image": "docker.io/library/busybox:1.35", "imagePullPolicy": "IfNotPresent",
            "command": ["sh", "-c", SCRIPT]}]}}))
    kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")


def answered(s):
    """Seconds from a key to the prompt that it opens."""
    start = time.monotonic()
    s.send(b":")
    s.need(5, lambda: s.screen.display[-1].startswith(" :") or s.screen.display[-1].startswith(":"), "the prompt")
    took = s.last_at - start
    s.send(b"\x1b")
    s.need(5, lambda: not re.match(r" ?:", s.screen.display[-1]), "no prompt")
    return took


def follow(name, filtered):
    pod(name)
    s = Screen([KVIEW, "-n", NS, "logs", name, "--tail", "all"])
    s.wait("0 lines|lines of 1", 20)
    if filtered:
        s.send(b"&99\r")
        s.wait('of [0-9 ]+ lines')
    took, memory, first, total = [], 0.0, None, 0
    end = time.monotonic() + 600
    while time.monotonic() < end:
        took.append(answered(s))
        s.pump(0.4)
        memory = max(memory, s.memory("VmRSS"))
        m = next((m for line in s.screen.display[-3:] if (m := re.search(r"(\d[\d ]*) lines of 1 container", line))), None)
        total = int(m.group(1).replace(" ", "")) if m else total
        if total and first is None:
            first = time.monotonic()
        if total >= LINES:
            break
    seconds = time.monotonic() - first
    s.send(b"G")
    s.pump(1)
    dropped = any("dropped" in line for line in s.screen.display)
    what = "with a filter" if filtered else "without a filter"
    if filtered:
        s.wait(rf"\b{len(PASS):,} of [0-9 ]+ lines".replace(",", " "), 120)
    case(f"flood {what}: {total} lines taken in", total == LINES and not dropped, f"of {LINES}")
    case(f"flood {what}: the last line is on the screen", s.shows(rf"^{PASS[-1] if filtered else LINES} level=info"),
         "\n".join(s.screen.display))
    took.sort()
    print(f"# flood {what}: {LINES / seconds:,.0f} lines/s for {seconds:.0f} s, memory {memory:.0f} MB, key to prompt median "
          f"{statistics.median(took) * 1000:.1f} ms, p95 {took[int(len(took) * 0.95)] * 1000:.1f} ms of {len(took)}")
    case(f"flood {what}: memory under the cap and what kview has without: {memory:.0f} MB", memory < CAP_MB + 32)
    s.close()
    kubectl("delete", "pod", name, "--wait=false")


follow("flood", False)
follow("filtered", True)
