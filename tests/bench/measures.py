"""The measurements. Each takes a Bench (what to run, against what, how often) and returns {metric: figure}.
Of times the best of several runs counts, for kview and rival alike: what else runs on the machine only adds."""
import json, os, random, re, subprocess, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import replay
from link import Link
from screen import Screen
from server import MERGE, Churn, Watch
from terminal import Kview, percentile

ROW = rb"web-\d"
END_MARK = b"k8s.io/initial-events-end"
LETTERS = [c.encode() for c in "абвгдежзийклмнопрстуфхцчшщъыьэюя"]  # in no cell of any table


class Bench:
    def __init__(self, kview, server, quick):
        self.kview, self.server, self.quick = kview, server, quick
        self.runs = 2 if quick else 5
        self.idle_s = 20 if quick else 60

    def open(self, *args, config=None, env=None):
        return Kview([self.kview, "--kubeconfig", config or self.server.config, *args], env)


# ---- start and load

def load(b, config=None):
    """Start to first rows and to all rows, processor time and peak memory, curl for the same bytes beside it."""
    out = {}

    def best(**figures):
        for name, value in figures.items():
            out[name] = min(value, out.get(name, value))

    for _ in range(b.runs):
        best(curl_stream_s=curl_stream(b.server))
        with b.open("-A", "pods", config=config) as k:
            first = k.wait_text(ROW) - k.start
            best(first_rows_s=first, all_rows_s=k.wait_idle() - k.start)
            best(load_cpu_s=k.cpu(), peak_mb=k.memory())
    return out


def curl_stream(server):
    """Seconds until curl has passed on the whole streaming list: the request that kview sends."""
    start, tail = time.monotonic(), b""
    curl = subprocess.Popen(server.curl(replay.STREAM, replay.PROTOBUF), stdout=subprocess.PIPE)
    try:
        while END_MARK not in tail:
            data = os.read(curl.stdout.fileno(), 1 << 20)
            if not data:
                raise RuntimeError("curl ended before the list's end mark")
            tail = tail[-100:] + data[-1000:]
        return time.monotonic() - start
    finally:
        curl.kill()
        curl.wait()
        curl.stdout.close()


def rivals(b):
    """curl for the whole LIST, and kubectl."""
    out = {}
    for _ in range(b.runs):
        done = subprocess.run([*b.server.curl("/api/v1/pods"), "-o", "/dev/null", "-w", "%{time_total} %{size_download}"],
                              capture_output=True, text=True, check=True).stdout.split()
        out["curl_list_s"] = min(float(done[0]), out.get("curl_list_s", 1e9))
        out["list_mb"] = float(done[1]) / 1e6
        for name, value in kubectl(b.server).items():
            out[name] = min(value, out.get(name, 1e9))
    return out


def kubectl(server):
    start, first = time.monotonic(), None
    proc = subprocess.Popen([*server.kubectl, "--kubeconfig", server.config, "get", "pods", "-A"],
                            stdout=subprocess.PIPE)
    while data := os.read(proc.stdout.fileno(), 1 << 20):
        first = first or time.monotonic() - start
    _, status, usage = os.wait4(proc.pid, 0)
    proc.returncode = os.waitstatus_to_exitcode(status)
    proc.stdout.close()
    if proc.returncode or first is None:
        raise RuntimeError("kubectl get pods failed")
    return {"kubectl_first_s": first, "kubectl_all_s": time.monotonic() - start, "kubectl_mb": usage.ru_maxrss / 1024}


# ---- keys

def typed(k, n, gap, going=lambda: True):
    """Milliseconds from a letter sent to the prompt to that letter in the output. Each letter differs from the
    one before, so that it is printed; none is in a table, so that nothing else prints it."""
    out, rng = [], random.Random(1)
    while len(out) < n and going():
        k.key(b":")
        for letter in LETTERS[:n - len(out)]:
            k.clear()
            at = k.send(letter)
            out.append((k.wait_text(letter, 20) - at) * 1000)
            k.pump(gap * (0.5 + rng.random()))
            if not going():
                break
        k.send(b"\x1b")
        k.settle(0.2)
    return out


def stats(prefix, values, *percents):
    return {f"{prefix}_p{p}_ms": percentile(values, p) for p in percents} | {f"{prefix}_samples": len(values)}


def keys_idle(b):
    with b.open("-A", "pods") as k:
        k.wait_idle()
        k.settle()
        out = stats("key", typed(k, 60 if b.quick else 300, 0.03), 50, 95, 99)
        sizes = []
        for _ in range(30):
            before = k.bytes
            k.send(b"\x1b[B")
            k.pump(0.1)
            sizes.append(k.bytes - before)
        out["cursor_bytes"] = percentile(sizes, 50)
        out |= stats("filter", filter_keys(k, 2 if b.quick else 6), 50, 95)
    return out


def filter_keys(k, rounds):
    times = []
    for _ in range(rounds):
        k.key(b"/")
        for c in b"web-7":
            times.append(k.key(bytes([c])) * 1000)
            k.pump(0.05)
        k.send(b"\x1b")
        k.settle(0.2)
    return times


def keys_loading(b, config=None):
    """Beside it what a program needs that does nothing but print what is typed: the machine's own part, for
    kview, the server and the measurement share its processors."""
    times, echoes = [], []
    for _ in range(2 if b.quick else 6):
        with Kview(["sh", "-c", "stty raw -echo && echo ready && exec cat"]) as echo, \
                b.open("-A", "pods", config=config) as k:
            echo.wait_text(b"ready")
            k.wait_text(ROW)
            k.send(b":")
            k.wait_text(rb":")
            letters = iter(LETTERS * 40)
            while not loaded(k):
                letter = next(letters)
                k.clear()
                at = k.send(letter)
                k.wait_text(letter, 20)
                times.append((k.last_at - at) * 1000)
                k.pump(0.006)
                echo.clear()
                at = echo.send(letter)
                echo.wait_text(letter, 20)
                echoes.append((echo.last_at - at) * 1000)
                k.pump(0.006)
    out = stats("load_key", times, 50, 95, 99) | {"load_key_max_ms": max(times)} | stats("load_echo", echoes, 50, 95, 99)
    return out | {f"load_own_p{p}_ms": out[f"load_key_p{p}_ms"] - out[f"load_echo_p{p}_ms"] for p in (95, 99)}


def loaded(k):
    return k.idles > 0


# ---- idle and churn

OLD = {"KVIEW_NOW": "+43200"}  # the ages of Pods just made change all the time; those of most Pods do not


def idle(b):
    with b.open("-A", "pods", env=OLD) as k:
        k.wait_idle()
        k.settle(2)
        k.pump(3)
        size, cpu = k.bytes, k.cpu()
        k.pump(b.idle_s)
        return {"idle_bytes": (k.bytes - size) * 60 / b.idle_s, "idle_cpu_s": (k.cpu() - cpu) * 60 / b.idle_s}


def churn(b):
    """Processor use while other clients update 100 Pods a second among all; then events among those."""
    writer = Churn(b.server, "scale", 100)
    try:
        with b.open("-A", "pods", env=OLD) as k:
            k.wait_idle()
            k.pump(2)
            start, cpu, size = time.monotonic(), k.cpu(), k.bytes
            k.pump(b.idle_s)
            took = time.monotonic() - start
            out = {"churn_cpu_percent": (k.cpu() - cpu) / took * 100, "churn_bytes_s": (k.bytes - size) / took}
        out |= {"churn_" + name: v for name, v in events(b).items()}
    finally:
        rate = writer.stop()
    if rate < 80:
        raise RuntimeError(f"only {rate:.0f} of 100 updates a second were written: no measurement of churn")
    return out | {"churn_rate": rate}


def events(b):
    """From the arrival of a watch event at a plain client to the same change on kview's screen."""
    ns, n, rng, gaps = "a-kview-bench", 60 if b.quick else 300, random.Random(1), []
    conn, base = b.server.connect(), f"/api/v1/namespaces/{ns}"
    b.server.request(conn, "POST", "/api/v1/namespaces", {"metadata": {"name": ns}})
    try:
        pod = {"metadata": {"name": "event"}, "spec": {"automountServiceAccountToken": False, "containers":
               [{"name": "c", "image": "x"}], "nodeSelector": {"kview.test/none": "here"}}}
        wait_for(lambda: b.server.request(conn, "POST", base + "/pods", pod)[0] in (201, 409))
        with b.open("-A", "pods") as k, Watch(b.server, base + "/pods?watch=1") as watch:
            k.wait_idle()
            k.settle(1, 5)
            for i in range(n):
                gaps.append(one_event(b, conn, k, watch, base + "/pods/event/status", word(rng, i)))
                k.pump(rng.uniform(0.01, 0.12))
    finally:
        b.server.request(conn, "DELETE", base + "/pods/event?gracePeriodSeconds=0")
        b.server.request(conn, "DELETE", base)
        conn.close()
    return stats("event", gaps, 50, 99)


def word(rng, i):
    """Eight letters none of which was in the word before, so that a terminal gets all of them."""
    return "".join(rng.choice("ABCDEFGHIJKLM" if i % 2 else "NOPQRSTUVWXYZ") for _ in range(8))


def one_event(b, conn, k, watch, path, text):
    k.clear()
    b.server.send(conn, "PATCH", path, {"status": {"reason": text}}, MERGE)  # the answer can wait: both streams cannot
    seen = k.wait_text(text.encode(), 10)
    status, body = b.server.answer(conn)
    if status != 200:
        raise RuntimeError(f"PATCH: {status} {body[:200]!r}")
    return (seen - watch.heard(text.encode())) * 1000


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("a condition did not come true")
        time.sleep(0.1)


# ---- links and contexts

def thin(b):
    """All rows over 4 Mbit/s and 60 ms there and back."""
    link = Link(b.server.port, 4e6, 0.03)
    try:
        config = b.server.kubeconfig("thin.kubeconfig", [("thin", "default")], f"https://127.0.0.1:{link.port}")
        with b.open("-A", "pods", config=config) as k:
            first = k.wait_text(ROW) - k.start
            k.wait_idle(300)
            return {"thin_first_rows_s": first, "thin_s": k.idle_at - k.start, "thin_mb": link.bytes / 1e6}
    finally:
        link.close()


def switch(b):
    """Back and forth between two contexts whose Pods are loaded."""
    config = b.server.kubeconfig("two.kubeconfig", [("abcdef", "scale"), ("UVWXYZ", "scale")])
    times = []
    with b.open("pods", config=config) as k:
        k.wait_idle()
        k.send(b"\x1b2")
        k.wait_text(rb"UVWXYZ")
        k.wait_idle()
        k.settle(1)
        for i in range(10 if b.quick else 40):
            k.clear()
            at = k.send(b"`")
            k.wait_text(rb"abcdef" if i % 2 == 0 else rb"UVWXYZ", 20)
            times.append((k.last_at - at) * 1000)
            k.pump(0.1)
    return stats("switch", times, 50, 95)


def contexts(b):
    """Peak memory when five contexts have their Pods loaded. On an emulated screen, as their rows are the same."""
    names = ["first", "second", "third", "fourth", "fifth"]
    config = b.server.kubeconfig("five.kubeconfig", [(n, "scale") for n in names])
    with Screen([b.kview, "--kubeconfig", config, "-A", "pods"]) as k:
        for name in names:
            k.send(b":pods -A @" + name.encode() + b"\r")
            k.need(60, lambda: k.shows(rf"\b{name}\b") and k.shows("● live"), f"{name}, live")
            k.wait_idle()
            k.settle(1, 5)
        return {"contexts_mb": k.memory()}


def hang(b):
    """From the moment when a server falls silent, its connections open, to the mark of what is not live."""
    link = Link(b.server.port)
    try:
        config = b.server.kubeconfig("hang.kubeconfig", [("hang", "default")], f"https://127.0.0.1:{link.port}")
        with Screen([b.kview, "--kubeconfig", config, "-A", "pods"]) as k:
            k.wait("● live", 60)
            k.settle(1, 5)
            link.silent, at = True, time.monotonic()
            k.need(240, lambda: "○" in k.screen.display[0], "○ at the top")
            return {"hang_s": k.last_at - at}
    finally:
        link.close()


def namespaces(b, config):
    times = []
    for _ in range(b.runs):
        with b.open("namespaces", config=config) as k:
            times.append(k.wait_idle() - k.start)
    return {"namespaces_s": min(times)}


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    with open("/proc/meminfo") as f:
        memory = int(re.search(r"MemTotal:\s+(\d+)", f.read()).group(1)) / 1024 / 1024
    return {"processor": model.group(1) if model else "unknown", "cores": os.cpu_count(), "memory_gb": round(memory, 1),
            "kernel": os.uname().release, "load": os.getloadavg()[0]}


def dump(path, doc):
    with open(path, "w") as f:
        json.dump(doc, f, indent=1)
        f.write("\n")


# ---- actions

MARKED = 500


def marked(b):
    """Keys while 500 marked objects are deleted, and how long that takes."""
    items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"bench-{i}", "labels": {"of": "bench"}}} for i in range(MARKED)]
    doc = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    subprocess.run([*b.server.kubectl, "--kubeconfig", b.server.config, "create", "-f", "-"], input=doc, text=True, check=True,
                   stdout=subprocess.DEVNULL)
    keys = []
    with b.open("--write", "-n", "default", "cm", "-l", "of=bench") as k:
        k.wait_text(rb"bench-0\b")
        k.wait_idle()
        k.key(b"+")
        k.clear()
        at = k.send(b"X")
        asked = k.wait_text(b"type %d to confirm" % MARKED, 30) - at
        k.settle(0.3)
        k.clear()
        start = k.send(b"%d\r" % MARKED)
        k.pump(0.05)
        k.send(b":")
        letters = iter(LETTERS * 40)
        while b.server.get("/api/v1/namespaces/default/configmaps?labelSelector=of%3Dbench&limit=1")["items"]:
            for letter in [next(letters) for _ in range(8)]:
                k.clear()
                at = k.send(letter)
                keys.append((k.wait_text(letter, 20) - at) * 1000)
                k.pump(0.02)
        took = time.monotonic() - start
        k.send(b"\x1b")
        k.settle(0.3)
    return stats("marked_key", keys, 50, 99) | {"marked_asked_ms": asked * 1000, "marked_s": took}
