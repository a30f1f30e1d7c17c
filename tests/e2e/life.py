#!/usr/bin/python3
"""Pods through their whole lives: kview's table says kubectl's words at each step. life.py KVIEW KUBECTL NAMESPACE

`kubectl get pods -w` and kview at a pseudo-terminal run side by side. kview paints at most 30 times a second, so
what it showed must be a part of what kubectl printed, in the same order, with every state that lasted."""
import json, subprocess, sys, threading, time

from screen import Screen, case
from terminal import Ended

KVIEW, KUBECTL, NS = sys.argv[1], sys.argv[2].split(), sys.argv[3]
HELD = "^[▌ ]*held "
LASTED_S = 1.0  # a state of that length is seen by everybody
IMAGE = "docker.io/library/busybox:1.35"


def kubectl(*args, text=None):
    return subprocess.run([*KUBECTL, "-n", NS, *args], input=text, capture_output=True, text=True, check=True).stdout


def pod(name, script="sleep 600", image=IMAGE, restart="Never", meta=None, **spec):
    c = {"name": "c", "image": image, "imagePullPolicy": "IfNotPresent",
         "command": ["sh", "-c", f"trap 'exit 0' TERM; {script} & wait $!"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **(meta or {})},
            "spec": {"containers": [c], "restartPolicy": restart, "terminationGracePeriodSeconds": 3, **spec}}


INIT = {"name": "i", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", "sleep 2"]}
GATE, HOLD = "example.kview.test/wait", "example.kview.test/hold"
PODS = [pod("crash", "sh -c 'sleep 2; exit 1'", restart="Always"), pod("done", "sleep 2"),
        pod("gated", schedulingGates=[{"name": GATE}]), pod("held", meta={"finalizers": [HOLD]}),
        pod("init", initContainers=[INIT]), pod("nowhere", nodeSelector={"kview.test/no": "such"}),
        pod("nopull", image="registry.invalid/none:1")]
# The words that each Pod must have met, in this order, or the test watched nothing.
MEETS = {"crash": ["Running", "Error", "CrashLoopBackOff"], "done": ["Running", "Completed"],
         "gated": ["SchedulingGated", "Running"], "held": ["Running", "Terminating"],
         "init": ["Init:0/1", "Running"], "nowhere": ["Pending"], "nopull": ["ErrImagePull", "ImagePullBackOff"]}


class Words:
    """What was said of each Pod: (READY, STATUS, restarts), and when."""

    def __init__(self):
        self.said = {p["metadata"]["name"]: [] for p in PODS}

    def row(self, line, at):
        w = line.lstrip("▌").split()
        if len(w) >= 4 and w[0] in self.said and "/" in w[1]:
            list_ = self.said[w[0]]
            if not list_ or list_[-1][0] != tuple(w[1:4]):
                list_.append((tuple(w[1:4]), at))

    def statuses(self, name):
        return [s[1] for s, _ in self.said[name]]


class Table(Screen):
    def __init__(self, *args):
        self.words = Words()
        super().__init__(*args)

    def _take(self, ready):
        super()._take(ready)
        for line in self.screen.display[2:-2]:
            self.words.row(line, time.monotonic())


def follow(words):
    proc = subprocess.Popen([*KUBECTL, "-n", NS, "get", "pods", "-w", "--no-headers"], stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.DEVNULL, start_new_session=True)

    def read():
        for line in proc.stdout:
            words.row(line, time.monotonic())

    threading.Thread(target=read, daemon=True).start()
    return proc


def in_order(part, whole):
    rest = iter(whole)
    return all(x in rest for x in part)


def compare(name, seen, told):
    kview, theirs = [s for s, _ in seen.said[name]], told.said[name]
    ends = [at for _, at in theirs[1:]] + [time.monotonic()]
    lasting = [s for (s, at), end in zip(theirs, ends) if end - at >= LASTED_S]
    words = f"kview {kview}\nkubectl {[s for s, _ in theirs]}"
    case(f"life of {name}: nothing but kubectl's words", in_order(kview, [s for s, _ in theirs]), words)
    case(f"life of {name}: every state that lasted", in_order(lasting, kview), words)
    case(f"life of {name}: {' '.join(MEETS[name])}", in_order(MEETS[name], seen.statuses(name)), words)


def met(s, name):
    return in_order(MEETS[name], s.words.statuses(name))


def live_through(s, told):
    s.wait_idle()
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": PODS}))
    s.need(30, lambda: "SchedulingGated" in s.words.statuses("gated"), "the gate on the screen")
    kubectl("patch", "pod", "gated", "--type=json", "-p", '[{"op": "remove", "path": "/spec/schedulingGates"}]')
    s.need(60, lambda: "Running" in s.words.statuses("held"), "the held Pod runs")
    kubectl("delete", "pod", "held", "--wait=false")
    for name in PODS:
        name = name["metadata"]["name"]
        s.need(120, lambda: met(s, name), f"{name}: {MEETS[name]}, but {s.words.statuses(name)}")
    # Held by its finalizer alone, then gone
    s.need(30, lambda: s.words.said["held"][-1][0] == told.said["held"][-1][0] and
           told.said["held"][-1][0][0] == "0/1", "the held Pod has ended")
    s.pump(LASTED_S)
    case("life of held: its finalizer keeps it", s.shows(HELD), s.body())
    kubectl("patch", "pod", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    s.wait(HELD, gone=True)
    case("life of held: gone with its finalizer", True)


def main():
    told = Words()
    proc = follow(told)
    try:
        with Table([KVIEW, "pods", "-n", NS]) as s:
            try:
                live_through(s, told)
            except Ended as e:
                case("life", False, f"{e}\n{s.body()}")
            # The same moment for both: until what was said last is the same
            s.pump(10, lambda: all(s.words.said[n][-1:] and s.words.said[n][-1][0] == told.said[n][-1][0]
                                   for n in told.said if told.said[n]))
            for name in told.said:
                compare(name, s.words, told)
    finally:
        proc.terminate()


main()
