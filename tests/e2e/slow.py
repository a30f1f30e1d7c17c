#!/usr/bin/python3
"""kview at 80x24 on a link of 300 ms and 1 % loss: slow.py KVIEW KUBECTL NAMESPACE FOLDER. What the server is not asked
for is answered at once, and what was read is all of it."""
import json, os, re, subprocess, sys, time

import slowlink
from screen import Screen, case
from measures import LETTERS
from terminal import Ended, percentile

KVIEW, KUBECTL, NS, FOLDER = sys.argv[1], sys.argv[2].split(), sys.argv[3], sys.argv[4]
IMAGE = "docker.io/library/busybox:1.35"
WRITE = ("i=0; while :; do i=$((i + 1)); echo \"line=$i level=info path=/api/v1/things status=200\"; "
         "[ $((i % 20)) = 0 ] && sleep 0.5; done")


def kubectl(*args, text=None):
    return subprocess.run([*KUBECTL, *args], input=text, capture_output=True, text=True, check=True).stdout


def config(link_host, port):
    doc = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json"))
    doc["clusters"][0]["cluster"] |= {"server": f"https://{link_host}:{port}", "tls-server-name": "localhost"}
    path = os.path.join(FOLDER, "slow.json")
    with open(path, "w") as f:
        json.dump(doc, f)
    return path


def keys(s, what, prefix=b""):
    """Every letter typed is there within 200 ms, and Esc takes them away: nothing that is typed waits for the link."""
    took = []
    for _ in range(3):
        s.send(prefix + b":")
        for letter in LETTERS[:8]:
            s.pump(0.1)
            at = s.send(letter)
            took.append((s.wait(letter.decode()) - at) * 1000)
        at = s.send(b"\x1b")
        took.append((s.wait(LETTERS[0].decode(), gone=True) - at) * 1000)
    case(f"slow: {what}: keys answered in {percentile(took, 50):.1f} ms, at most {max(took):.1f}", max(took) < 200, str(took))


def lists(link, path):
    with Screen(link.inside([KVIEW, "--kubeconfig", path, "pods", "-n", NS]), {}, 24, 80) as s:
        s.wait("connecting|loading", 5)
        keys(s, "while it connects")
        s.wait(r"^[▌ ]*writer-0 ", 30)
        case("slow: the list is there", True)
        keys(s, "a list")
        s.send(b"d")
        s.wait("Containers:|Image:", 20)
        case("slow: describe", True)


def logs(link, path):
    with Screen(link.inside([KVIEW, "--kubeconfig", path, "logs", "sts/writer", "-n", NS, "--tail", "all"]), {}, 24, 80) as s:
        s.wait("line=[0-9]+", 40)
        s.wait(r"complete to \d", 60)
        keys(s, "a log")
        s.send(b"/line=[0-9]+7 \r")
        s.wait("[0-9]+ hits", 20)
        s.send(b"\x1b")
        s.wait("[0-9]+ hits", 10, gone=True)
        case("slow: Esc ends a search", True)
        s.send(b"G")
        s.pump(10)
        saved = os.path.join(FOLDER, "slow.log")
        s.send(b":save " + saved.encode() + b"\r")
        s.wait("lines? (saved|written|in )|saved", 10)
    with open(saved, encoding="utf-8") as f:
        per = {}
        for line in f:
            if m := re.search(r"^(\S+) .*line=(\d+) |line=(\d+) ", line):
                per.setdefault(m[1] or "", []).append(int(m[2] or m[3]))
    bad = {k: v[:3] for k, v in per.items() if v != list(range(1, len(v) + 1))}
    n = sum(map(len, per.values()))
    case(f"slow: {n} lines of {len(per)} containers, none missing, none twice", n > 200 and len(per) == 2 and not bad,
         f"{bad} {len(per)}")


def shell(link, path):
    with Screen(link.inside([KVIEW, "--write", "--kubeconfig", path, "pods", "-n", NS, "--name", "writer-0"]), {}, 24, 80) as s:
        s.wait(r"^[▌ ]*writer-0 ", 30)
        s.send(b"s")
        s.wait(r"^/ [#$] ?", 30)
        took = []
        for c in "#abcde":
            s.pump(0.3)
            at = s.send(c.encode())
            took.append(s.wait(rf"^/ [#$] #?[a-{c}]*{c}" if c != "#" else r"^/ [#$] #") - at)
        case(f"slow: a shell echoes in {percentile(took, 50) * 1000:.0f} ms, at most {max(took) * 1000:.0f}", percentile(took, 50) < 0.6, str(took))
        keys(s, "a shell", b"\x1d")
        s.send(b"\x03echo done $((6 * 7))\r")
        s.wait("^done 42", 20)
        case("slow: what is typed in a shell arrives", True)


def main():
    if not slowlink.possible():
        print("skipped slow: no TUN devices or network namespaces here")
        return
    template = {"metadata": {"labels": {"app": "writer"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
        {"name": "c", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", WRITE]}]}}
    kubectl("apply", "-n", NS, "-f", "-", text=json.dumps({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "writer"},
            "spec": {"replicas": 2, "serviceName": "w", "podManagementPolicy": "Parallel",
                     "selector": {"matchLabels": {"app": "writer"}}, "template": template}}))
    kubectl("rollout", "status", "-n", NS, "sts/writer", "--timeout=60s")
    server = kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    link = slowlink.SlowLink(int(server.rsplit(":", 1)[1]))
    try:
        path = config(link.host, link.port)
        for part in (lists, logs, shell):
            try:
                part(link, path)
            except Ended as e:
                case(f"slow: {part.__name__}", False, str(e))
        print(f"# slow: {link.carried} packets carried, {link.lost} lost")
        case("slow: the link lost some", link.lost > 0)
    finally:
        link.close()


main()
