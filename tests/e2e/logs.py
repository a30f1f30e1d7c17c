#!/usr/bin/env python3
"""Logs of real containers followed by kview: every container numbers its lines and counts them at its end, so that
what was saved can be held against what was written. logs.py KVIEW KUBECTL NAMESPACE"""
import json, os, signal, subprocess, sys, tempfile, time
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kube  # noqa: E402
from screen import Screen  # noqa: E402

KVIEW, KUBECTL, NS = sys.argv[1], sys.argv[2].split(), sys.argv[3]
IMAGE = "docker.io/library/busybox:1.35"
# Which boot of the Pod it is outlives the container; a file makes it crash; SIGTERM makes it end well.
WRITER = """
trap 'stop=1' TERM
n=$(($(cat /boot/n 2>/dev/null || echo 0) + 1)); echo $n >/boot/n
i=0
while [ -z "$stop" ] && ! [ -f /boot/crash.$n ]; do
  i=$((i + 1)); echo "rev=$REV boot=$n line=$i abcdefghijklmnopqrstuvwxyz"
  [ $((i % 50)) = 0 ] && sleep 0.05
done
echo "rev=$REV boot=$n end=$i"
[ -n "$stop" ] || exit 7
"""


SCREENS = []  # kview's now; their terminals are read while others are waited for, as a real one would be


def pause(seconds):
    if SCREENS:
        SCREENS[-1].pump(seconds)
    else:
        time.sleep(seconds)


def kubectl(*args, text=None, check=True):
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as out:
        given.write(text or "")
        given.seek(0)
        p = subprocess.Popen([*KUBECTL, "-n", NS, *args], stdin=given, stdout=out, stderr=subprocess.STDOUT)
        while p.poll() is None:
            pause(0.05)
        out.seek(0)
        said = out.read()
        if check and p.returncode:
            raise AssertionError(f"kubectl {' '.join(args)}: {said}")
        return said


def container(name, script, **more):
    return {"name": name, "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script],
            "volumeMounts": [{"name": "boot", "mountPath": "/boot"}], **more}


def pod_spec(*containers, **more):
    return {"terminationGracePeriodSeconds": 5, "containers": list(containers),
            "volumes": [{"name": "boot", "emptyDir": {}}], **more}


def apply(doc):
    kubectl("apply", "-f", "-", text=json.dumps(doc))


def deployment(name, replicas, spec):
    apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
           "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                    "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}})


def pods(app):
    return kube.names("pods", NS, f"app={app}")


def restarts(pod):
    return kube.get(f"pod/{pod}", NS)["status"].get("containerStatuses", [{}])[0].get("restartCount")


def until(what, seconds, fn):
    end = time.monotonic() + seconds
    while not fn():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        pause(0.3)


def kview(*args):
    s = Screen([KVIEW, "-n", NS, *args], {"TERM": "xterm-256color"})
    SCREENS.append(s)
    return s


def typed(s, line):
    s.send(b":")
    s.wait("^:")
    s.send(line.encode() + b"\r")


def save(s, path):
    typed(s, f"save {path}")
    s.wait("saved [0-9]+ bytes", 60)
    with open(path, encoding="utf-8") as f:
        return f.read()


def lost_and_doubled(saved):
    """Each boot of each Pod: lines 1..end in order, once, and its end."""
    seen, ends, wrong = defaultdict(list), {}, []
    for raw in saved.splitlines():
        doc = json.loads(raw)
        line = doc.get("line", doc.get("message"))  # of the view, of --once
        if line is None:
            continue
        words = dict(w.split("=", 1) for w in line.split() if "=" in w)
        key = (doc["pod"], words["boot"])
        if "end" in words:
            ends[key] = int(words["end"])
        else:
            seen[key].append(int(words["line"]))
    for key, numbers in seen.items():
        if key not in ends:
            wrong.append(f"{key}: its end is missing after line {numbers[-1]}")
        elif numbers != list(range(1, ends[key] + 1)):
            have = set(numbers)
            wrong.append(f"{key}: {len(numbers)} lines, {ends[key]} were written; missing "
                         f"{[i for i in range(1, ends[key] + 1) if i not in have][:5]}, doubled {len(numbers) - len(have)}")
    return wrong, len(seen), sum(map(len, seen.values()))


def rollout_and_crash(tmp):
    spec = pod_spec(container("main", WRITER, env=[{"name": "REV", "value": "A"}]))
    deployment("numbers", 3, spec)
    s = kview("logs", "deploy/numbers", "--tail", "all")
    s.wait("line=[0-9]+", 60)
    with open(f"{tmp}/once.json", "wb") as out, open(f"{tmp}/once.txt", "wb") as said:
        once = subprocess.Popen([KVIEW, "-n", NS, "--once", "logs", "deploy/numbers", "--follow", "-o", "json"],
                                stdout=out, stderr=said)
    try:
        changes()
        s.wait("● ended", 30)
        pause(2)
        once.send_signal(signal.SIGINT)
        assert once.wait(10) == 0, f"--once ended with {once.returncode}"
    finally:
        once.kill()
    with open(f"{tmp}/once.json", encoding="utf-8") as f:
        piped = f.read()
    for name, text in (("view", save(s, f"{tmp}/all.json")), ("--once", piped)):
        wrong, boots, lines = lost_and_doubled(text)
        print(f"# logs: {name}: {lines} lines of {boots} instances through a rollout, a crash and a scale to 5 and back")
        assert boots >= 9, f"{name}: only {boots} instances were seen"
        assert not wrong, f"{name}: " + "; ".join(wrong)


def changes():
    kubectl("rollout", "status", "deploy/numbers", "--timeout=60s")
    victim = pods("numbers")[0]
    kubectl("exec", victim, "--", "touch", "/boot/crash.1", check=False)  # the container may end under it
    until("a restart", 60, lambda: restarts(victim) == 1)
    kubectl("set", "env", "deploy/numbers", "REV=B")
    kubectl("rollout", "status", "deploy/numbers", "--timeout=90s")
    kubectl("exec", pods("numbers")[-1], "--", "touch", "/boot/crash.1", check=False)
    for replicas in (5, 3):
        kubectl("scale", "deploy/numbers", f"--replicas={replicas}")
        until(f"{replicas} Pods", 90, lambda n=replicas: len(pods("numbers")) == n)
        kubectl("rollout", "status", "deploy/numbers", "--timeout=90s")
    kubectl("scale", "deploy/numbers", "--replicas=0")
    until("no Pods", 90, lambda: not pods("numbers"))


def previous_is_stitched(tmp):
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "crasher"}, "spec": pod_spec(
        container("main", "n=$(($(cat /boot/n 2>/dev/null || echo 0) + 1)); echo $n >/boot/n; echo \"boot=$n begins\"; "
                  "[ $n = 1 ] && sleep 1 && echo \"boot=$n fails\" && exit 3; sleep 3600"))})
    until("a restart", 60, lambda: restarts("crasher") == 1)
    s = kview("logs", "crasher")
    s.wait("boot=2 begins", 30)
    text = save(s, f"{tmp}/crasher.txt").splitlines()
    assert text[:2] == ["boot=1 begins", "boot=1 fails"], text
    assert "crasher/main ended: Error, exit status 3" in text[2], text
    assert text[3:] == ["boot=2 begins"], text
    s = kview("logs-previous", "crasher")
    s.wait("boot=1 fails", 30)
    assert not s.shows("boot=2"), "the current instance is shown too"


def said(words, pattern):
    def case(tmp):
        s = kview(*words)
        s.wait(pattern, 30)
    return case


def waits_and_retries(tmp):
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "slow"}, "spec": pod_spec(
        container("main", "echo it runs; sleep 3600"), initContainers=[
            container("init", "echo it prepares; until [ -f /boot/go ]; do sleep 0.2; done")])})
    s = kview("logs", "slow")
    s.wait("it prepares", 60)
    s.wait("slow/main waits to start: PodInitializing", 20)
    kubectl("exec", "slow", "-c", "init", "--", "touch", "/boot/go", check=False)  # the container may end under it
    s.wait("it runs", 30)


def killed_by_a_probe(tmp):
    probe = {"exec": {"command": ["sh", "-c", "echo not well; exit 1"]}, "periodSeconds": 1, "failureThreshold": 2}
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probed"}, "spec": pod_spec(
        container("main", "echo it is up; sleep 3600", livenessProbe=probe), terminationGracePeriodSeconds=1)})
    s = kview("logs", "probed")
    s.wait("probed/main ended: Error, exit status 137 .SIGKILL.: Container main failed liveness probe", 60)


def search_and_filter(tmp):
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "counter"}, "spec": pod_spec(
        container("main", "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo \"number $i level=$([ $((i % 1000)) = 0 ] "
                  "&& echo error || echo info)\"; done; printf '\\033[31mred\\033[0m \\033]0;evil\\007done\\n'; sleep 3600"))})
    s = kview("logs", "counter", "--tail", "all")
    s.wait("done", 60)
    assert s.shows("3 001 lines of 1 container"), s.screen.display
    s.send(b"/number 77 \r")
    s.wait("number 77 ")
    s.wait("PAUSED")
    s.send(b"\r")  # the line that was found, by itself
    s.wait("Container: +main")
    assert s.shows("level: +info") and s.shows("^  number 77 level=info"), s.screen.display
    s.send(b"q")
    s.wait("PAUSED")
    s.send(b"G&")
    s.wait("show only")
    s.send(b"level>=warn\r")
    s.wait("3 of 3 001 lines")
    text = save(s, f"{tmp}/errors.txt").splitlines()
    text = [t for t in text if not t.startswith("── ")]  # kview's own words
    assert text == [f"number {i} level=error" for i in (1000, 2000, 3000)], text
    assert "evil" not in s.screen.title
    s.send(b"&\x15\r0v")  # all of it anew, with the events of its Pod
    s.wait("3 001 lines of 1 container")
    s.send(b"g")
    s.wait("event of counter: Started")
    assert s.shows("number 1 level"), s.screen.display


def no_right(tmp):
    for what in (["create", "serviceaccount", "viewer"],
                 ["create", "role", "viewer", "--verb=get,list,watch", "--resource=pods"],
                 ["create", "rolebinding", "viewer", "--role=viewer", f"--serviceaccount={NS}:viewer"]):
        kubectl(*what)
    config = json.loads(subprocess.run([*KUBECTL, "config", "view", "--raw", "--flatten", "--minify", "-o", "json"],
                                       capture_output=True, text=True, check=True).stdout)
    config["users"][0]["user"] = {"token": kubectl("create", "token", "viewer").strip()}
    path = f"{tmp}/viewer.json"
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)
    s = kview("--kubeconfig", path, "logs", "counter")
    s.wait("needs the verb get on pods/log", 30)


CASES = [
    ("a rollout, a crash, a scale to 5 and back", rollout_and_crash),
    ("the previous instance is stitched", previous_is_stitched),
    ("waits for a container", waits_and_retries),
    ("why a probe had it killed", killed_by_a_probe),
    ("search and filter", search_and_filter),
    ("no such container", said(["logs", "counter", "-c", "nope"], "counter has no container nope: it has main")),
    ("no such Pod", said(["logs", "nobody"], "there is no Pod nobody")),
    ("no previous instance", said(["logs-previous", "counter"], "has no previous instance")),
    ("no right", no_right),
]


def main():
    only = sys.argv[4:]
    with tempfile.TemporaryDirectory() as tmp:
        for name, case in CASES:
            if only and name not in only:
                continue
            try:
                case(tmp)
                print(f"ok logs: {name}", flush=True)
            except Exception as e:  # noqa: BLE001 a case that fails is told, the others run
                print(f"FAILED logs: {name}: {type(e).__name__}: {e}", flush=True)
            while SCREENS:
                SCREENS.pop().close()


main()
