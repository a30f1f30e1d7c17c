#!/usr/bin/python3
"""The rollback centre on twins: in one namespace kview goes back, in the other `kubectl rollout undo`, and the objects must
be equal field by field afterwards; and what must not happen. rollback.py KVIEW KUBECTL NAMESPACE TWIN FOLDER; `ok` or
`FAILED` a case."""
import copy, difflib, json, os, re

import twins
from recorder import Recorder
from twins import FOLDER, IMAGE, KUBECTL, NS, TWIN, get, kubectl, until

OTHER, BAD = "busybox:1.35", "registry.invalid/x:2"
OWN = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "namespace")


def workload(kind, name, **spec):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "annotations": {"kubernetes.io/change-cause": "first"}},
            "spec": {"selector": {"matchLabels": labels}, **spec, "template": {"metadata": {"labels": labels}, "spec": {
                "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "app", "image": IMAGE, "command": ["sleep", "100000"], "env": [{"name": "A", "value": "1"}]},
                               {"name": "side", "image": IMAGE, "command": ["sleep", "100000"]}]}}}}


def make(ns):
    items = [workload("Deployment", "web", replicas=2),
             workload("Deployment", "held", replicas=1),
             workload("Deployment", "short", replicas=1, revisionHistoryLimit=1),
             workload("Deployment", "bad", replicas=1, progressDeadlineSeconds=5),
             workload("StatefulSet", "db", replicas=2, serviceName="db"),
             workload("StatefulSet", "stuck", replicas=3, serviceName="stuck"),
             workload("DaemonSet", "agent")]
    kubectl("apply", "-f", "-", ns=ns, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def rolled_out(what, spaces):
    for ns in spaces:
        kubectl("rollout", "status", what, "--timeout=120s", ns=ns)


def change(what, number, *spaces):
    """Another revision: an image, a variable more, a cause, a label of the template."""
    patch = {"metadata": {"annotations": {"kubernetes.io/change-cause": f"change {number}"}}, "spec": {"template": {
        "metadata": {"annotations": {"n": str(number)}},
        "spec": {"containers": [{"name": "app", "image": OTHER if number % 2 else IMAGE, "env": [{"name": f"N{number}", "value": "x"}]}]}}}}
    for ns in spaces:
        kubectl("patch", what, "-p", json.dumps(patch), ns=ns)
    rolled_out(what, spaces)


def bare(doc):
    doc = copy.deepcopy(doc)
    for key in OWN:
        doc["metadata"].pop(key, None)
    doc.pop("status", None)
    text = json.dumps(doc, indent=1, sort_keys=True)
    return text.replace(f'\\"namespace\\":\\"{NS}\\"', "NS").replace(f'\\"namespace\\":\\"{TWIN}\\"', "NS")


def same(what):
    mine, theirs = (bare(get(what, ns)).splitlines() for ns in (NS, TWIN))
    diff = list(difflib.unified_diff(mine, theirs, "kview", "kubectl", lineterm="", n=1))
    assert not diff, "\n" + "\n".join(diff)


class View(twins.View):
    def yes(self, done=None):
        self.s.wait(r"dry run|REFUSED", 20)
        self.s.wait(r"\[ y: ", 5)
        said = self.text()
        self.s.send(b"y")
        self.s.wait(r"\[ n: ", 20, gone=True)
        if done:
            self.s.wait(done, 90)
        return said

    def choose(self, number):
        """The cursor on that revision."""
        for key in b"k" * 12 + b"j" * 12:
            self.s.settle(0.1, 2)
            if re.match(rf"▌ {number}\b", self.s.cursor()):
                return
            self.s.send(bytes([key]))
        raise AssertionError(f"no revision {number}:\n" + self.s.body())


def twin(kind, name, done):
    """Three revisions; the first is gone back to, the one before the newest, and the last of these is taken back."""
    what = f"{kind}/{name}"
    for n in (1, 2):
        change(what, n, NS, TWIN)
    with View(f"{kind} --name {name}") as v:
        v.s.wait(rf"^.\s{name}\b")
        v.s.send(b"b")
        v.s.wait(r"3 now")
        v.choose(1)
        v.s.wait(r"revision 3 \(now\) → revision 1")
        v.s.wait(r"- .*name: N2")
        v.s.send(b"\r")
        kubectl("rollout", "undo", what, "--to-revision=1", ns=TWIN)  # the two roll at once
        said = v.yes(done)
        assert f"rollout undo {what_of(kind)}/{name} --to-revision=1" in said and "revision 3 → 1" in said, said
        rolled_out(what, (TWIN,))
        v.s.wait(r"4 now")
        same(what)
        v.command("rollback-to")
        kubectl("rollout", "undo", what, ns=TWIN)
        said = v.yes(done)
        assert "revision 4 → 3" in said, said
        rolled_out(what, (TWIN,))
        v.s.wait(r"5 now")
        same(what)
        before = [c["env"] for c in get(what)["spec"]["template"]["spec"]["containers"] if "env" in c]
        v.command("undo")
        kubectl("rollout", "undo", what, "--to-revision=4", ns=TWIN)
        said = v.yes(done)
        assert "This takes back" in said and "revision 5 → 4" in said, said
        rolled_out(what, (TWIN,))
        v.s.wait(r"6 now")
        same(what)
        after = [c["env"] for c in get(what)["spec"]["template"]["spec"]["containers"] if "env" in c]
        assert before != after == [[{"name": "A", "value": "1"}]], (before, after)
        v.command("rollback-to 6")
        v.s.wait("nothing to do: its template is that of revision 6 already")
        v.command("rollback-to 99")
        v.s.wait("there is no revision 99")


def what_of(kind):
    return {"deploy": "deployment", "sts": "statefulset", "ds": "daemonset"}[kind]


def stuck_statefulset():
    kubectl("set", "image", "sts/stuck", f"app={BAD}")
    broken = until(60, lambda: next((p for p in get("pods")["items"] if p["metadata"]["name"] == "stuck-2"
                                     and "waiting" in p.get("status", {}).get("containerStatuses", [{}])[0].get("state", {})
                                     and "Pull" in p["status"]["containerStatuses"][0]["state"]["waiting"]["reason"]), None),
                   "a broken Pod")["metadata"]["uid"]
    with View("sts --name stuck") as v:
        v.s.wait(r"^.\sstuck\b")
        keys = [b"b", b"\r", b"y"]  # from the row to the rollback: three
        v.s.send(keys[0])
        v.s.wait("stuck-2 .*Pull")
        v.s.wait(r"2 now")  # or the cursor is on a Pod
        v.s.send(keys[1])
        v.s.wait(r"dry run")
        v.s.wait(r"\[ y: ")
        assert "OrderedReady: a Pod that is broken now stays" in v.text(), v.text()
        v.s.send(keys[2])
        v.s.wait(r"stuck at stuck-2 \(.*Pull.*\): b, then X deletes it", 30)
        v.s.wait("stuck-2 .* is left over from another revision. OrderedReady")
        assert not v.s.shows("3/3 ready")
        assert get("pod/stuck-2")["metadata"]["uid"] == broken
        v.s.send(b"X")
        said = v.yes()
        assert "Pod stuck-2" in said, said
        v.s.wait("stuck: 3/3 ready", 60)
        assert get("pod/stuck-2")["metadata"]["uid"] != broken
        v.s.send(b"X")
        v.s.wait("no Pod holds the rollout up")
        v.command("journal")
        v.s.wait(r"done +rollback-to")


def stuck_deployment():
    kubectl("rollout", "status", "deploy/bad", "--timeout=60s")
    with View("deploy --name bad") as v:
        v.s.wait(r"^.\sbad\b")
        v.command(f"set-image app={BAD}")
        v.yes(r"bad: stuck: exceeded its progress deadline.* — b rolls back")
        v.s.send(b"b")
        v.s.wait("exceeded its progress deadline")
        v.s.wait(r"2 now .*0/1")
        v.s.send(b"\r")
        v.yes(r"bad: 1/1 available after")
    assert get("deploy/bad")["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE


def paused():
    change("deploy/held", 1, NS)
    kubectl("rollout", "pause", "deploy/held")
    before = get("deploy/held")["metadata"]["generation"]
    with View("rollback deploy/held") as v:
        v.s.wait("paused: resume it before a rollback")
        v.s.send(b"\r")
        v.s.wait("held is paused: resume it first")
    assert get("deploy/held")["metadata"]["generation"] == before


def pruned():
    for n in (1, 2, 3):
        change("deploy/short", n, NS)
    until(20, lambda: len([r for r in get("rs")["items"] if r["metadata"]["labels"]["app"] == "short"]) == 2, "pruned")
    with View("rollback deploy/short") as v:
        v.s.wait("older revisions were pruned: revisionHistoryLimit 1")
        v.s.wait(r"4 now")
        v.command("rollback-to 1")
        v.s.wait("there is no revision 1: there are 3, 4")


def from_a_pod():
    name = next(p["metadata"]["name"] for p in get("pods")["items"] if p["metadata"]["labels"].get("app") == "web")
    with View(f"pods --name {name}") as v:
        v.s.wait(name)
        v.s.send(b"b")
        v.s.wait(f"Deployment {NS}/web: ")
    rs = get(f"pod/{name}")["metadata"]["ownerReferences"][0]["name"]
    with View(f"rollback rs/{rs}") as v:
        v.s.wait(f"Deployment {NS}/web: ")


def replaced():
    """Deleted and made anew under its name while the question is open: the new one is left alone."""
    with View("rollback deploy/held") as v:
        v.s.wait(r"\d now")
        kubectl("rollout", "resume", "deploy/held")
        v.s.wait("paused", gone=True)
        v.s.send(b"\r")
        v.s.wait("dry run")
        v.s.wait(r"\[ y: ")
        kubectl("delete", "deploy/held", "--cascade=foreground")
        kubectl("apply", "-f", "-", text=json.dumps(workload("Deployment", "held", replicas=1)))
        made = get("deploy/held")["metadata"]["uid"]
        v.s.send(b"y")
        v.s.wait("Roll back: not done")
        assert "another one has its name now" in v.text(), v.text()
    now = get("deploy/held")
    assert now["metadata"]["uid"] == made and now["metadata"]["generation"] == 1, now["metadata"]


def conflict():
    """Written to by somebody else while the question is open: done if it means the same, else asked about."""
    with View("rollback deploy/web") as v:
        v.s.wait(r"6 now")
        v.s.send(b"\r")
        v.s.wait("dry run")
        v.s.wait(r"\[ y: ")
        kubectl("annotate", "deploy/web", "touched=1")
        v.s.send(b"y")
        v.s.wait("web: 2/2 available after", 60)
        v.s.wait(r"7 now")
        v.s.send(b"\r")
        v.s.wait("dry run")
        v.s.wait(r"\[ y: ")
        kubectl("set", "image", "deploy/web", "side=" + OTHER)
        v.s.send(b"y")
        v.s.wait("Roll back: not done")
        assert "it changed since the question" in v.text(), v.text()


def lost():
    """The answer does not come: what the template is then decides what kview says."""
    with Recorder(KUBECTL) as r:
        config = r.kubeconfig(os.path.join(FOLDER, "rlost.yaml"))
        with View("rollback deploy/short", "--write", "--kubeconfig", config) as v:
            v.s.wait(r"4 now")
            v.s.send(b"\r")
            v.s.wait("dry run")
            v.s.wait(r"\[ y: ")
            r.lose = "before"
            v.s.send(b"y")
            v.s.wait("Roll back: not done")
            assert "as far as can be seen it was not done" in v.text(), v.text()
            r.lose = None
            v.s.send(b"\x1b")
            v.s.wait("Roll back: not done", gone=True)
            v.s.send(b"\r")
            v.s.wait("dry run")
            v.s.wait(r"\[ y: ")
            r.lose = "after"
            v.s.send(b"y")
            v.s.wait(r"short: revision 4 → 3|short: 1/1 available after")
            r.lose = None
            v.s.wait(r"5 now")
            assert not v.s.shows("not done")
            v.s.wait("older revisions were pruned")


def rights():
    """Who may read the Deployment and not its ReplicaSets; who may read and not patch."""
    kubectl("create", "serviceaccount", "roll")
    kubectl("create", "role", "roll", "--verb=get,list,watch", "--resource=deployments,pods")
    kubectl("create", "rolebinding", "roll", "--role=roll", f"--serviceaccount={NS}:roll")
    config = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json", ns=None))
    config["users"][0]["user"] = {"token": kubectl("create", "token", "roll").strip()}
    path = os.path.join(FOLDER, "roll.json")
    with open(path, "w") as f:
        json.dump(config, f)
    with View("rollback deploy/web", "--write", "--kubeconfig", path) as v:
        v.s.wait(f"the right to list replicasets in {NS} is missing")
    kubectl("create", "role", "roll-sets", "--verb=get,list,watch", "--resource=replicasets")
    kubectl("create", "rolebinding", "roll-sets", "--role=roll-sets", f"--serviceaccount={NS}:roll")
    with View("rollback deploy/web", "--write", "--kubeconfig", path) as v:
        v.s.wait(r"\d+ now")
        v.s.send(b"\r")
        v.s.wait(f"the right to patch deployments in {NS} is missing")
    with View("rollback deploy/web", "--readonly") as v:
        v.s.wait(r"\d+ now")
        v.s.send(b"\r")
        v.s.wait("read-only: rollback-to is refused")


def main():
    for ns in (NS, TWIN):
        make(ns)
    for o in ("deploy/web", "sts/db", "sts/stuck", "ds/agent", "deploy/short", "deploy/held"):
        rolled_out(o, (NS, TWIN))
    cases = [(f"{k} {n}", lambda t=(k, n, d): twin(*t)) for k, n, d in (
        ("deploy", "web", r"Deployment web: 2/2 available after"), ("sts", "db", r"StatefulSet db: 2/2 ready after"),
        ("ds", "agent", r"DaemonSet agent: \d+/\d+ available after"))]
    cases += [(f.__name__.replace("_", " "), f) for f in (stuck_statefulset, stuck_deployment, paused, pruned, from_a_pod,
                                                          replaced, conflict, lost, rights)]
    twins.run("rollback", cases)


main()
