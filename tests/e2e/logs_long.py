#!/usr/bin/python3
"""Logs through what takes lines away: the API server gone for 30 s, logs that the kubelet rotates at 1 MB. Nothing is doubled
or out of order, and each line that is missing lies within a gap that was named. A forward works again by itself, a shell
says that it is lost and is opened anew by a key. logs_long.py KVIEW KUBECTL NS CLUSTER"""
import json, re, signal, subprocess, sys, tempfile, time
import concurrent.futures, http.client

from screen import Screen, case
from terminal import Ended

KVIEW, KUBECTL, NS, CLUSTER = sys.argv[1], sys.argv[2].split(), sys.argv[3], sys.argv[4]
IMAGE = "docker.io/library/busybox:1.35"
AWAY, AFTER = 30, 25
# slow never fills a file; fast fills 1 MB in some 8 s
WRITERS = {"slow": ("x", 0.05, 1), "fast": ("x" * 1000, 0.1, 12)}
GAP = re.compile(r"(\w+)/c: lines are missing between (\S+)Z and (\S+)Z")


def kubectl(*args, text=None):
    return subprocess.run([*KUBECTL, "-n", NS, *args], input=text, capture_output=True, text=True, check=True).stdout


def pod(name):
    filler, pause, at_once = WRITERS[name]
    loop = (f"i=0; while :; do n=0; while [ $n -lt {at_once} ]; do n=$((n+1)); i=$((i+1)); echo \"line=$i {filler}\"; done; "
            f"sleep {pause}; done")
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "long"}},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [
                {"name": "c", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", loop]}]}}


def judge(name, lines, gaps):
    """lines: (time, number) as they came; gaps: (from, to) of this Pod."""
    numbers = [n for _, n in lines]
    doubled = len(numbers) - len(set(numbers))
    order = all(a < b for a, b in zip(numbers, numbers[1:]))
    unnamed = []
    for (t0, a), (t1, b) in zip(lines, lines[1:]):
        if b > a + 1 and not any(f <= t0 and t1 <= t for f, t in gaps):
            unnamed.append((a, b, t0, t1))
    missing = sum(b - a - 1 for a, b in zip(numbers, numbers[1:]))
    print(f"# logs_long: {name}: {len(numbers)} lines, {missing} missing within {len(gaps)} named gaps, {doubled} doubled")
    case(f"logs_long: {name}: none doubled, all in order", not doubled and order, f"{doubled} doubled")
    case(f"logs_long: {name}: what is missing is named", not unnamed, f"{unnamed[:3]} of gaps {gaps[:5]}")
    return missing


def asked(port):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        c.request("GET", "/")
        return c.getresponse().read().decode().strip()
    except (OSError, http.client.HTTPException) as e:
        return f"{type(e).__name__} {e}"
    finally:
        c.close()


class Ways:
    """A shell and a forward of one kview."""

    def __init__(self):
        self.s = Screen([KVIEW, "--write", "-n", NS, "shell", "serves"], {})
        self.s.wait("^/ #", 30)
        self.s.send(b"\x1d")
        self.s.wait("now a key of kview")
        self.s.send(b":forward pod/serves 0:8080\r")
        self.s.wait(r"127\.0\.0\.1:\d+ leads")
        self.port = next(int(m[1]) for m in (re.search(r"127\.0\.0\.1:(\d+) leads", r) for r in self.s.screen.display) if m)
        case("logs_long: a forward before the server goes", self.ask() == "serves", self.ask())

    def ask(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(asked, self.port)
            self.s.need(20, answer.done, "an answer")
            return answer.result()

    def lost(self):
        self.s.wait("the connection was lost", 60)
        case("logs_long: a shell says that its connection is lost", True)

    def back(self):
        end, answer = time.monotonic() + 30, ""
        while answer != "serves" and time.monotonic() < end:
            answer = self.ask()
            self.s.pump(0.5)
        case("logs_long: the forward works again by itself", answer == "serves", answer)
        self.s.send(b"r")
        self.s.wait("● connected", 30)  # the old prompt still stands there
        self.s.wait("^/ #", 30)
        self.s.send(b"echo again-$((4+4))\r")
        self.s.wait("^again-8")
        case("logs_long: the shell is opened anew by a key", True)
        self.s.close()


def rfc(stamp):
    return stamp if "." in stamp else stamp + ".0"


def serves():
    doc = pod("slow")
    doc["metadata"] = {"name": "serves"}
    doc["spec"]["containers"][0]["command"] = ["sh", "-c", "mkdir /w; hostname >/w/index.html; exec httpd -f -p 8080 -h /w"]
    return doc


def main():
    items = [*(pod(n) for n in WRITERS), serves()]
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    kubectl("wait", "--for=condition=Ready", "--timeout=60s", *(f"pod/{d['metadata']['name']}" for d in items))
    ways = Ways()
    with tempfile.TemporaryDirectory() as tmp, Screen([KVIEW, "-n", NS, "logs", "slow", "--tail", "all"]) as view:
        with open(f"{tmp}/out", "wb") as out, open(f"{tmp}/said", "wb") as said:
            once = subprocess.Popen([KVIEW, "-n", NS, "--once", "logs", "-l", "app=long", "--follow", "-o", "json"], stdout=out, stderr=said)
            try:
                view.wait("line=", 30)
                view.pump(15)  # some rotations while it is followed
                subprocess.run([CLUSTER, "stop-apiserver", "KILL"], check=True, capture_output=True)
                gone = time.monotonic()
                ways.lost()
                view.pump(AWAY - (time.monotonic() - gone))
                subprocess.run([CLUSTER, "start-apiserver"], check=True, capture_output=True)
                back, since = time.strftime("%Y-%m-%dT%H:%M:%S.0", time.gmtime()), time.monotonic()
                ways.back()
                view.pump(max(0, AFTER - (time.monotonic() - since)))
                once.send_signal(signal.SIGINT)
                once.wait(20)
            finally:
                once.kill()
        with open(f"{tmp}/out", encoding="utf-8") as f:
            docs = [json.loads(line) for line in f]
        with open(f"{tmp}/said", encoding="utf-8") as f:
            words = f.read()
        gaps = {n: [(rfc(a), rfc(b)) for p, a, b in GAP.findall(words) if p == n] for n in WRITERS}
        for name in WRITERS:
            lines = [(rfc(d["time"].rstrip("Z")), int(re.match(r"line=(\d+)", d["message"]).group(1))) for d in docs if d["pod"] == name]
            missing = judge(name, lines, gaps[name])
            case(f"logs_long: {name}: goes on after the server came back", lines and lines[-1][0] > back,
                 f"the last line is of {lines[-1:]}, the server was back at {back}\n{words[-900:]}")
            if name == "slow":
                case("logs_long: slow: nothing is missing where nothing was rotated", missing == 0 and not gaps[name], words[-600:])
        view.send(b"G")
        view.wait("complete to", 60)
        view.send(b":save " + f"{tmp}/view.txt".encode() + b"\r")
        view.wait("saved [0-9]+ bytes", 30)
        with open(f"{tmp}/view.txt", encoding="utf-8") as f:
            seen = [int(m.group(1)) for m in re.finditer(r"^line=(\d+)", f.read(), re.M)]
        case("logs_long: the view has each line once, in order", seen == list(range(1, len(seen) + 1)) and len(seen) > 500,
             f"{len(seen)} lines, the first {seen[:1]}, the last {seen[-1:]}")


try:
    main()
except (Ended, OSError, subprocess.SubprocessError) as e:
    case("logs_long: ended", False, f"{type(e).__name__}: {e}")
