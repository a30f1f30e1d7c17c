#!/usr/bin/python3
"""What a bad night does to a connection, on a real control plane: kview keeps its rows, says stale and why, and
is live again by itself, with the server's truth. faults.py KVIEW KUBECTL NAMESPACE CLUSTER.SH AUDIT-LOG [STEP...]

The audit log tells what kview asked for: a list read anew, or a watch that goes on where it was."""
import json, os, random, re, shutil, ssl, subprocess, sys, threading, time, urllib.request

from screen import Screen, case
from link import Link
from server import Server
from terminal import Ended

KVIEW, KUBECTL, NS, CLUSTER, AUDIT = sys.argv[1], sys.argv[2].split(), sys.argv[3], sys.argv[4], sys.argv[5]
OUTAGE = float(os.environ.get("KVIEW_E2E_OUTAGE", "10"))
KIND = "horizontalpodautoscalers"
COUNT, PADDING = 8, 60000  # an event larger than several TLS records: a cut finds its middle
MERGE = "application/merge-patch+json"
SERVER = Server(KUBECTL, os.environ["KUBECONFIG"], os.path.join(os.environ.get("TMPDIR", "/tmp"), "kview-faults"))
PATH = f"/apis/autoscaling/v2/namespaces/{NS}/{KIND}"


def run(*args):
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(args)}: {done.stdout[-500:]}{done.stderr[-500:]}")


def until(what, seconds, test):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if test():
                return
        except (OSError, RuntimeError, ssl.SSLError):
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{what}: not within {seconds} s")


def send(method, path, body, kind="application/json"):
    conn = SERVER.connect()
    try:
        return SERVER.request(conn, method, path, body, kind)
    finally:
        conn.close()


def make_objects():
    send("DELETE", PATH, None)
    for i in range(COUNT):
        status, text = send("POST", PATH, {
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": f"scaler-{i}", "annotations": {"padding": "x" * PADDING}},
            "spec": {"minReplicas": 1, "maxReplicas": 100,
                     "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"none-{i}"}}})
        if status != 201:
            raise RuntimeError(f"cannot make scaler-{i}: {status} {text[:200]!r}")


def change(i, most):
    status, text = send("PATCH", f"{PATH}/scaler-{i}", {"spec": {"maxReplicas": most}}, MERGE)
    if status != 200:
        raise RuntimeError(f"cannot change scaler-{i}: {status} {text[:200]!r}")


def truth():
    return {o["metadata"]["name"]: str(o["spec"]["maxReplicas"]) for o in SERVER.get(PATH)["items"]}


def shown(s):
    """Name -> MAXPODS, as they stand on the screen."""
    rows = {}
    head = next((line for line in s.screen.display if "MAXPODS" in line), "")
    at = head.find("MAXPODS")
    for line in s.screen.display:
        m = re.match(r"[▌ ]\s?(\S+)", line)
        if m and m.group(1).startswith(("scaler-", "late-")) and at > 0:
            rows[m.group(1)] = (line[at - 1:].split() or [""])[0]
    return rows


def asked(since):
    """(lists, watches) that kview began since then: full reads, and watches that go on from a version."""
    lists = watches = 0
    with open(AUDIT, "rb") as f:
        f.seek(since)
        for line in f:
            try:
                e = json.loads(line)
            except ValueError:
                continue
            uri = e.get("requestURI", "")
            if not e.get("userAgent", "").startswith("kview/") or not uri.startswith(PATH):
                continue
            if "sendInitialEvents=true" in uri:
                lists += e["stage"] == "ResponseStarted"
            elif "watch=" in uri:
                watches += e["stage"] == "ResponseStarted" and e["responseStatus"]["code"] == 200
            else:
                lists += e["stage"] == "ResponseComplete"
    return lists, watches


def mark():
    return os.path.getsize(AUDIT)


def live_again(s, name, start, since, relist, seconds=60):
    """Live without a key pressed, and the table is the server's."""
    s.wait("● live", seconds)
    took = time.monotonic() - start
    want = truth()
    s.pump(15, lambda: shown(s) == want)
    lists, watches = asked(since)
    print(f"# faults: {name}: live {took:.1f} s after the way was free; lists {lists}, watches gone on {watches}")
    case(f"faults: {name}: live by itself, with the server's rows", shown(s) == want,
         f"{shown(s)} instead of {want}\n" + s.body())
    if relist is not None:
        case(f"faults: {name}: {'read anew' if relist else 'no list read again'}", (lists > 0) == relist,
             f"{lists} lists, {watches} watches")


def opened(config, env=None):
    s = Screen([KVIEW, "--kubeconfig", config, KIND, "-n", NS], env or {})
    try:
        s.wait("scaler-0")
        s.wait("● live")
        s.pump(10, lambda: shown(s) == truth())
    except Exception:
        s.close()
        raise
    return s


def stale(s, name, reason, seconds=40):
    s.wait("○ stale", seconds)
    s.pump(5, lambda: s.shows(reason))
    case(f"faults: {name}: says stale, and why", s.shows(f"○ stale.*({reason})"), s.screen.display[0])


def outage():
    """The API server is killed, stays away, and comes back."""
    with_rows, since = None, mark()
    with opened(SERVER.config) as s:
        with_rows = shown(s)
        run(CLUSTER, "stop-apiserver", "KILL")
        down = time.monotonic()
        try:
            stale(s, f"{OUTAGE:.0f} s without a server", "refused|reset|closed|broke")
            s.pump(OUTAGE - (time.monotonic() - down))
            case("faults: an outage: the rows stay", shown(s) == with_rows, s.body())
            since = mark()
        finally:
            run(CLUSTER, "start-apiserver")
        start = time.monotonic()
        until("a change after the restart", 60, lambda: change(0, 11) is None)
        live_again(s, f"{OUTAGE:.0f} s without a server", start, since, None)
        lists, watches = asked(since)
        case("faults: an outage: first asks to go on where it was", watches + lists > 0 and lists <= 1, f"{lists} lists")


def cuts():
    """Resets in the middle of events, thirty times, under churn: no update is lost, no list read again."""
    link, rng, end = Link(SERVER.port, 8e6, 0.002), random.Random(7), threading.Event()

    def churn():  # no more than what comes between two cuts: what ends a watch again and again is backed off from
        while not end.wait(1):
            change(rng.randrange(COUNT), rng.randrange(10, 99))

    writer = threading.Thread(target=churn, daemon=True)
    try:
        config = SERVER.kubeconfig("cuts.kubeconfig", [("cuts", NS)], f"https://127.0.0.1:{link.port}")
        with opened(config) as s:
            since, broken = mark(), 0
            writer.start()
            for _ in range(30):
                before = link.bytes
                limit = before + rng.randrange(5000, 3 * PADDING)
                s.pump(10, lambda: link.bytes > limit)
                link.cut()
                broken += 1
                s.wait("○ stale", 10)
                s.wait("● live", 40)
            end.set()
            writer.join()
            live_again(s, f"{broken} connections cut in mid-event", time.monotonic(), since, False)
    finally:
        end.set()
        link.close()


def silence():
    """The connection is there, but nothing passes: noticed by the watchdog, not by the kernel's quarter of an hour."""
    link = Link(SERVER.port)
    try:
        config = SERVER.kubeconfig("silence.kubeconfig", [("silence", NS)], f"https://127.0.0.1:{link.port}")
        with opened(config, {"KVIEW_WATCH_SILENCE_MS": "3000"}) as s:
            since = mark()
            link.silent = True
            change(1, 21)
            stale(s, "silence", "nothing|silent|answer|heard|time")
            link.cut()
            link.silent = False
            live_again(s, "silence", time.monotonic(), since, False)
    finally:
        link.close()


def stale_in_time(s, name, start):
    s.wait("○ stale", 30)
    took = s.last_at - start
    case(f"faults: {name}: stale within 10 s", took <= 10, f"{took:.1f} s")
    case(f"faults: {name}: says why", s.shows("○ stale \\d+s: the server does not answer"), s.screen.display[0])
    return took


def goes_on(s, name, start, since, most):
    live_again(s, name, start, since, False, 20)
    lists, watches = asked(since)
    case(f"faults: {name}: at most {most} watches asked for anew", watches <= most, f"{watches}")


def hang():
    """The API server is stopped as a process: nothing breaks, nothing comes. Its watches go on afterwards."""
    with opened(SERVER.config) as s:
        with_rows, since = shown(s), mark()
        run(CLUSTER, "signal-apiserver", "STOP")
        try:
            start = time.monotonic()
            took = stale_in_time(s, "a server that hangs", start)
            s.pump(20 - (time.monotonic() - start))
            case("faults: a server that hangs: the rows stay", shown(s) == with_rows, s.body())
        finally:
            run(CLUSTER, "signal-apiserver", "CONT")
        start = time.monotonic()
        s.wait("● live", 20)
        back = s.last_at - start
        print(f"# faults: hang: stale after {took:.1f} s, live {back:.1f} s after it went on")
        case("faults: a server that hangs: live within 5 s", back <= 5, f"{back:.1f} s")
        until("a change after it", 60, lambda: change(5, 71) is None)
        goes_on(s, "a server that hangs", start, since, 0)


def way():
    """The connections there are carry nothing any more, without a word; new ones do."""
    link = Link(SERVER.port)
    try:
        config = SERVER.kubeconfig("way.kubeconfig", [("way", NS)], f"https://127.0.0.1:{link.port}")
        with opened(config) as s:
            since, start = mark(), time.monotonic()
            link.freeze()
            change(6, 81)
            took = stale_in_time(s, "a dead connection", start)
            start = time.monotonic()
            s.wait("● live", 20)
            back = s.last_at - start
            print(f"# faults: way: stale after {took:.1f} s, live {back:.1f} s later")
            case("faults: a dead connection: live within 5 s", back <= 5, f"{back:.1f} s")
            goes_on(s, "a dead connection", start, since, 2)
    finally:
        link.close()


def compact():
    """etcd forgets what kview would go on from: 410, and the list is read anew."""
    etcd = f"http://127.0.0.1:{SERVER.port + 1}/v3/kv/"

    def post(what, body):
        with urllib.request.urlopen(urllib.request.Request(etcd + what, json.dumps(body).encode())) as reply:
            return json.load(reply)

    link = Link(SERVER.port)
    try:
        config = SERVER.kubeconfig("gone.kubeconfig", [("gone", NS)], f"https://127.0.0.1:{link.port}")
        with opened(config) as s:
            link.refuse = True
            link.cut()
            stale(s, "history compacted", "reset|closed|refused|broke")
            for i in range(COUNT):
                change(i, 40 + i)
            send("DELETE", f"{PATH}/scaler-{COUNT - 1}", None)
            revision = post("range", {"key": "AA==", "limit": 1})["header"]["revision"]
            post("compaction", {"revision": revision})
            run(CLUSTER, "stop-apiserver", "KILL")  # its watch cache remembers more than etcd
            run(CLUSTER, "start-apiserver")
            since = mark()
            link.refuse = False
            live_again(s, "history compacted", time.monotonic(), since, True)
    finally:
        link.close()


def token():
    return subprocess.run([*KUBECTL, "create", "token", "reader", "-n", NS], capture_output=True, text=True,
                          check=True).stdout.strip()


def expired():
    """The plugin's token is no longer valid: 401, the plugin is asked again. It may be broken for a while."""
    folder, link = SERVER.folder, Link(SERVER.port)
    reader = ["serviceaccount", "reader", "-n", NS]
    run(*KUBECTL, "delete", "serviceaccount,rolebinding", "reader", "-n", NS, "--ignore-not-found")
    run(*KUBECTL, "create", *reader)
    run(*KUBECTL, "create", "rolebinding", "reader", "-n", NS, "--clusterrole=view", f"--serviceaccount={NS}:reader")
    secret, broken, plugin = f"{folder}/token", f"{folder}/broken", f"{folder}/plugin"
    with open(os.open(plugin, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700), "w") as f:
        f.write(f"""#!/bin/sh
[ ! -e {broken} ] || {{ echo "the sign-in service is away" >&2; exit 7; }}
printf '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"%s"}}}}' "$(cat {secret})"
""")

    def new_token():
        with open(secret, "w") as f:
            f.write(token())

    new_token()
    config = SERVER.kubeconfig("expired.kubeconfig", [("expired", NS)], f"https://127.0.0.1:{link.port}")
    with open(config) as f:
        doc = json.load(f)
    doc["users"][0]["user"] = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": plugin,
                                        "interactiveMode": "Never"}}
    with open(config, "w") as f:
        json.dump(doc, f)

    def revoke():
        """The account is made anew: what was signed for the old one is refused (after the server's cache of 10 s)."""
        with open(secret) as f:
            old = f.read()
        run(*KUBECTL, "delete", *reader)
        run(*KUBECTL, "create", *reader)

        def refused():
            conn = SERVER.connect()
            plain = ssl.create_default_context(cafile=SERVER.ca)
            conn = type(conn)(SERVER.host, SERVER.port, context=plain, timeout=10)
            conn.request("GET", PATH, headers={"Authorization": "Bearer " + old})
            code = conn.getresponse().status
            conn.close()
            return code == 401

        until("the old token is refused", 60, refused)

    try:
        with opened(config) as s:
            revoke()
            new_token()
            since = mark()
            change(2, 52)
            start = time.monotonic()
            link.cut()
            s.wait("○ stale", 20)
            live_again(s, "token expired", start, since, False)
            revoke()
            open(broken, "w").close()
            link.cut()
            stale(s, "plugin fails", "the credential plugin ")
            new_token()
            change(3, 53)
            since, start = mark(), time.monotonic()
            os.unlink(broken)
            live_again(s, "plugin fails for a while", start, since, False)
    finally:
        link.close()


def rotated():
    """A new serving certificate of the same CA, and a new start of the server."""
    with opened(SERVER.config) as s:
        since = mark()
        run(CLUSTER, "rotate-cert")
        start = time.monotonic()
        until("a change after it", 60, lambda: change(4, 64) is None)
        s.pump(30, lambda: shown(s).get("scaler-4") == "64")
        live_again(s, "certificate rotated", start, since, None)


def main():
    make_objects()
    for step in (outage, cuts, silence, hang, way, compact, expired, rotated):
        if sys.argv[6:] and step.__name__ not in sys.argv[6:]:
            continue
        try:
            step()
        except (Ended, RuntimeError, OSError, subprocess.CalledProcessError) as e:
            case(f"faults: {step.__name__}", False, f"{type(e).__name__}: {e}")
    shutil.rmtree(SERVER.folder)


if __name__ == "__main__":
    main()
