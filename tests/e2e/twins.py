"""What tests of actions share: kview and kubectl on twins, the same objects in two namespaces. The program's arguments
are KVIEW KUBECTL NAMESPACE TWIN FOLDER; TWIN is - where there is none."""
import copy, difflib, json, os, re, subprocess, sys, time, traceback

import kube
from screen import Screen, case
from terminal import Ended

KVIEW, KUBECTL, NS, TWIN, FOLDER = sys.argv[1], sys.argv[2].split(), sys.argv[3], sys.argv[4], sys.argv[5]
IMAGE = "docker.io/library/busybox:1.35"


def kubectl(*args, ns=NS, text=None, check=True):
    return subprocess.run([*KUBECTL, *(["-n", ns] if ns else []), *args], input=text, capture_output=True, text=True,
                          check=check).stdout


def get(what, ns=NS, check=True):
    doc = kube.get(what, ns)
    assert doc or not check, f"there is no {what} in {ns}"
    return doc


def until(seconds, fn, what):
    end = time.monotonic() + seconds
    while not (got := fn()):
        assert time.monotonic() < end, f"not {what}"
        time.sleep(0.1)
    return got


def settled(what, ns):
    """The object, when its controller has seen its newest version: what it writes, as the number of the revision, is there."""
    def look():
        doc = get(what, ns)
        seen = doc.get("status", {}).get("observedGeneration")
        return doc if seen is None or seen >= doc["metadata"].get("generation", 0) else None
    return until(30, look, f"{what} seen by its controller")


def template(labels):
    return {"metadata": {"labels": labels}, "spec": {
        "terminationGracePeriodSeconds": 0,
        "initContainers": [{"name": "first", "image": IMAGE, "command": ["true"]}],
        "containers": [{"name": "app", "image": IMAGE, "command": ["sleep", "100000"]},
                       {"name": "side", "image": IMAGE, "command": ["sleep", "100000"]}]}}


def workload(kind, name, **spec):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "labels": {"old": "yes", "stays": "1"}},
            "spec": {"selector": {"matchLabels": labels}, "template": template(labels), **spec}}


STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def normal(doc):
    """What an action decides of: without names of the one object, times and what the server counts."""
    doc = copy.deepcopy(doc)
    meta = doc["metadata"]
    for key in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "namespace", "generateName"):
        meta.pop(key, None)
    for ref in meta.get("ownerReferences", []):
        ref.pop("uid", None)
        ref.pop("blockOwnerDeletion", None)
    doc.pop("status", None)
    text = STAMP.sub("TIME", json.dumps(doc, sort_keys=True))
    for label in re.findall(r'"(?:batch.kubernetes.io/)?controller-uid": "([0-9a-f-]+)"', text):
        text = text.replace(label, "UID")
    return re.sub(r"kube-api-access-\w+", "TOKEN", re.sub(r"tick-manual-\w+", "JOB", text))


def same(mine, theirs):
    lines = [json.dumps(json.loads(t), indent=1, sort_keys=True).splitlines() for t in (mine, theirs)]
    diff = [d for d in difflib.unified_diff(*lines, "kview", "kubectl", lineterm="", n=1)]
    assert not diff, "\n" + "\n".join(diff)


# ---- kview

class View:
    def __init__(self, view, *args, env=None, config=None, **size):
        argv = [KVIEW, *(["--kubeconfig", config] if config else []), *(args or ["--write"]), "-n", NS, *view.split(" ")]
        self.s = Screen(argv, env or {}, **size)

    def __enter__(self):
        self.s.wait_idle()
        return self

    def __exit__(self, *_):
        self.s.close()

    def command(self, line):
        return self.s.send(b":" + line.encode() + b"\r")

    def question(self, pattern=r"\[ (y|Enter): "):
        """The dialog with the server's answer in it; its text without the frame, lines joined."""
        self.s.wait(r"dry run|REFUSED|left out", 20)
        self.s.wait(pattern, 5)
        return self.text()

    def leave(self):
        self.s.send(b"\x1b")
        self.s.wait(r"\[ (n|Esc): ", 10, gone=True)

    def text(self):
        rows = [re.search("│(.*)│", line) for line in self.s.screen.display]
        return re.sub(r"\s+", " ", " ".join(r[1] for r in rows if r))

    def act(self, line, yes="y", done=None):
        """Runs it with Yes; returns what the question said. done: what the bottom line says at the end."""
        self.command(line)
        said = self.question()
        self.s.send(yes.encode())
        self.s.wait(r"\[ (n|Esc): ", 20, gone=True)
        if done:
            self.s.wait(done, 90)
        return said


def twin(view, line, words, done):
    kind, name = view.split()
    before = get(f"{kind}/{name}")["metadata"]["resourceVersion"] if kind == "cm" else None
    with View(f"{kind} --name {name}") as v:
        v.s.wait(rf"^.\s{name}\b")
        v.command(line)
        v.question()
        v.s.send(b"n")
        v.s.wait(r"\[ n: ", 10, gone=True)
        if before:  # what nobody else writes: looked at and left, it is the same version
            assert get(f"{kind}/{name}")["metadata"]["resourceVersion"] == before, "the dry run changed it"
        v.act(line, done=done)
    kubectl(*words, ns=TWIN)
    mine, theirs = (normal(settled(f"{kind}/{name}", ns)) for ns in (NS, TWIN))
    same(mine, theirs)


def run(what, cases):
    """Each is a name and a function; ONLY=regex runs some."""
    only = os.environ.get("ONLY")
    for name, fn in cases:
        if only and not re.search(only, name):
            continue
        try:
            fn()
            case(f"{what}: {name}", True)
        except (AssertionError, Ended, subprocess.CalledProcessError) as e:
            why = traceback.extract_tb(e.__traceback__)[-1]
            case(f"{what}: {name}", False, f"line {why.lineno}: {e} {getattr(e, 'stderr', '')}")
