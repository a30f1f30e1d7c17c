#!/usr/bin/python3
"""Port-forwards to a real Service through kview at a pseudo-terminal. forward.py KVIEW KUBECTL NAMESPACE [MB]"""
import concurrent.futures, http.client, json, re, signal, subprocess, sys, threading, time

from screen import Screen, case
from fetch import fetched
from terminal import Ended

KVIEW, KUBECTL, NS = sys.argv[1], sys.argv[2].split(), sys.argv[3]
MB = int(sys.argv[4]) if len(sys.argv) > 4 else 200
IMAGE = "docker.io/library/busybox:1.35"
SERVE = (f"mkdir /w; cd /w; hostname >index.html; dd if=/dev/urandom of=big bs=1M count={MB} 2>/dev/null; "
         "md5sum big | cut -c1-32 >big.md5; trap 'sleep 1; exit 0' TERM; httpd -f -p 8080 -h /w & wait $!")
LABELS = {"app": "web"}


def kubectl(*args, text=None, check=True):
    return subprocess.run([*KUBECTL, "-n", NS, *args], input=text, capture_output=True, text=True, check=check).stdout


def objects():
    ready = {"httpGet": {"path": "/big.md5", "port": "http"}, "periodSeconds": 1}
    box = {"name": "c", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", SERVE],
           "readinessProbe": ready, "ports": [{"name": "http", "containerPort": 8080}, {"name": "none", "containerPort": 9999}]}
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [box], "terminationGracePeriodSeconds": 4}}
    deploy = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
              "spec": {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": template}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
               "spec": {"selector": LABELS, "ports": [{"name": "www", "port": 80, "targetPort": "http"},
                                                      {"name": "dead", "port": 81, "targetPort": "none"}]}}
    never = {**box, "readinessProbe": {"exec": {"command": ["false"]}}}
    slow = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "wobbly", "labels": {"app": "wobbly"}}, "spec": {"containers": [never]}}
    others = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": n}, "spec": {"selector": {"app": n}, "ports": [
        {"port": 80, "targetPort": 8080}]}} for n in ("wobbly", "without")]
    return {"apiVersion": "v1", "kind": "List", "items": [deploy, service, slow, *others]}


class Driver(threading.Thread):
    """Keeps reading kview's screen while requests go through it."""

    def __init__(self, screen):
        super().__init__(daemon=True)
        self.screen, self.on = screen, True
        self.start()

    def run(self):
        while self.on:
            self.screen.pump(0.05)

    def stop(self):
        self.on = False
        self.join()


def get(port, path="/", host="127.0.0.1"):
    c = http.client.HTTPConnection(host, port, timeout=60)
    try:
        c.request("GET", path)
        r = c.getresponse()
        return r.status, r.read()
    finally:
        c.close()


def attempt(port, *args):
    try:
        return get(port, *args)[0] == 200
    except (OSError, http.client.HTTPException) as e:
        return str(e) or type(e).__name__


def command(s, text):
    s.send(b":" + text.encode() + b"\r")


def begin(s):
    """By key: a Service's row, the port picked, a local port typed; returns it."""
    s.wait(r"^[▌ ]*web ")
    s.send(b"f")
    s.wait("which port of services/web")
    s.send(b"\r")
    s.wait(r"forward LOCAL:PORT 8080:80")
    s.send(b"\x15:80\r")
    s.wait(r"127\.0\.0\.1:\d+ leads to port 80")
    line = next(m for m in (re.search(r"127\.0\.0\.1:(\d+) leads", r) for r in s.screen.display) if m)
    return int(line.group(1))


def requests(port):
    start = time.monotonic()
    bad = [r for r in (attempt(port) for _ in range(1000)) if r is not True]
    took = time.monotonic() - start
    case(f"forward: 1000 requests one after the other, {took:.1f} s", not bad, str(bad[:3]))
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        bad = [r for r in pool.map(lambda _: attempt(port), range(100)) if r is not True]
    case(f"forward: 100 requests at once, {time.monotonic() - start:.1f} s", not bad, str(bad[:3]))
    case("forward: [::1] too", attempt(port, "/", "::1") is True)


def big(port):
    took, size, digest = fetched(port, "/big")
    pod, want = get(port)[1].decode().strip(), get(port, "/big.md5")[1].decode().strip()
    case(f"forward: {size / 1e6:.0f} MB in {took:.1f} s, {size / took / 1e6:.0f} MB/s, the same sum",
         digest == want and size == MB << 20, f"{size} bytes, {digest} and {want} of {pod}")


def heals(port):
    pod = get(port)[1].decode().strip()
    kubectl("delete", "pod", pod, "--wait=false")
    bad, end, other = [], time.monotonic() + 8, ""
    while time.monotonic() < end:  # it serves for a second more, as well-behaved Pods do; no request may fail
        try:
            other = get(port)[1].decode().strip()
        except (OSError, http.client.HTTPException) as e:
            bad.append(f"{type(e).__name__} {e}")
    case("forward: the Pod deleted under it, every request works", not bad and other and other != pod, f"{bad[:3]} {other}")


def listed(s, port):
    command(s, "forwards")
    s.wait(rf"127\.0\.0\.1:{port} +{NS}/svc/web +80 +web-\S+ +0 +[1-9]\d{{3}} ")
    case("forward: the view counts connections and bytes", s.shows(r"\d[MG]B "), s.body())
    s.send(b"\x03")
    s.wait(rf"the forward of port {port} to")
    s.settle(0.2, 3)
    asked = " ".join(s.body().replace("\u2502", " ").split())  # a long name is wrapped in its box
    case("forward: quitting names it", f"the forward of port {port} to {NS}/services/web" in asked, s.body())
    s.send(b"\x1b")
    s.wait("the forward of port", gone=True)
    command(s, "forwards-save mine")
    s.wait("1 kept")
    s.send(b"X")
    s.wait("No port is forwarded")
    case("forward: ended by a key", attempt(port) is not True)
    command(s, "forwards-restore mine")
    s.wait(rf"127\.0\.0\.1:{port} ")
    drive = Driver(s)
    again = attempt(port)
    drive.stop()
    case("forward: restored by name", again is True, str(again))


def proxied(s):
    command(s, f"http GET svc/web:80/ -n {NS}")
    s.wait(r"^▌ HTTP/[\d.]+ 200")
    case("forward: http through the API server", s.shows("^ *content-type: text/html") and s.shows(r"^  web-"), s.body())
    command(s, "http svc/web:www/nothere?a=1&b=2")
    s.wait(r"^▌ HTTP/[\d.]+ 404")
    s.wait("404 Not Found|File not found", 10)
    case("forward: http says what the Service answers", True)


def refused(s, port):
    command(s, f"forward svc/web {port}:80 -n {NS}")
    s.wait(f"port {port} of this machine: this kview listens there")
    case("forward: a port that is taken", True)
    command(s, f"forward svc/web 0:81 -n {NS}")
    s.wait(r"127\.0\.0\.1:\d+ leads to port 81")
    dead = next(int(m.group(1)) for m in (re.search(r"127\.0\.0\.1:(\d+) leads", r) for r in s.screen.display) if m)
    drive = Driver(s)
    why = attempt(dead)
    drive.stop()
    case("forward: nothing listens in the Pod: the connection is reset", "reset" in str(why).lower(), str(why))
    s.send(b"\x1b[F")
    s.wait("ago: nothing listens on port 9999")
    case("forward: and the view says why", True)
    unsaid = 0
    for _ in range(60):  # the API server loses the reason now and then
        drive = Driver(s)
        attempt(dead)
        time.sleep(0.1)
        drive.stop()
        unsaid += not s.shows("ago: nothing listens on port 9999")
    case("forward: every time", unsaid == 0, f"{unsaid} times of 60 it does not\n{s.body()}")
    command(s, f"forward svc/wobbly 0:80 -n {NS}")
    s.send(b"\x1b[F")
    s.wait("listening, but its Pod is not ready", 20)
    case("forward: no ready Pod behind the Service", True)
    command(s, f"forward svc/without 0:80 -n {NS}")
    s.send(b"\x1b[F")
    s.wait("svc/without")
    nowhere = next(int(m[1]) for m in (re.search(r":(\d+) .*svc/without", r) for r in s.screen.display) if m)
    drive = Driver(s)
    attempt(nowhere)
    drive.stop()
    s.wait("without has no Pods now", 20)
    case("forward: no Pod at all behind the Service", True)
    command(s, f"forward svc/web 0:82 -n {NS}")
    s.wait("web has no port 82", 20)
    case("forward: a port that the Service has not", True)
    command(s, f"forward pod/nothere 0:80 -n {NS}")
    s.wait('"nothere" not found', 20)
    case("forward: a Pod that is not there", True)


def once():
    """`--once forward`: kept up without a screen, through its Pod's end, until interrupted."""
    p = subprocess.Popen([KVIEW, "--once", f"forward svc/web :80 -n {NS}"], stdout=subprocess.PIPE, text=True)
    try:
        said = p.stdout.readline()
        port, pod = re.match(r"127\.0\.0\.1:(\d+).* leads to port 80 of svc/web, Pod (\S+)", said).groups()
        first = attempt(int(port))
        kubectl("delete", "pod", pod, "--wait=false")
        time.sleep(2)
        again = [attempt(int(port)) for _ in range(3)]
        p.send_signal(signal.SIGINT)
        case("forward: once, without a screen", first is True and again[-1] is True and p.wait(10) == 0, f"{said} {first} {again} {p.poll()}")
    finally:
        p.kill()


def main():
    kubectl("create", "-f", "-", text=json.dumps(objects()))
    kubectl("rollout", "status", "deployment/web", "--timeout=120s")
    once()
    with Screen([KVIEW, "--write", "services", "-n", NS]) as s:
        try:
            port = begin(s)
            drive = Driver(s)
            try:
                for part in (requests, big, heals):
                    part(port)
            finally:
                drive.stop()
            listed(s, port)
            refused(s, port)
            proxied(s)
        except Ended as e:
            case("forward", False, f"{e}\n{s.body()}\n" + "\n".join(s.screen.display[-2:]))


main()
