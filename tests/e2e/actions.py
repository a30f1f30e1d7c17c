#!/usr/bin/python3
"""Actions on twins: in one namespace kview acts, in the other kubectl, and the objects must be equal afterwards; and
what must not happen. actions.py KVIEW KUBECTL NAMESPACE TWIN FOLDER; `ok` or `FAILED` a case. Without a TWIN (-): the
walk of all commands in a read-only context."""
import concurrent.futures, json, os, re

import kube
from recorder import Recorder
from screen import Screen
from twins import (FOLDER, IMAGE, KUBECTL, KVIEW, NS, TWIN, View, get, kubectl, normal, run, same, template, twin, until,
                   workload)

# ---- the objects

def objects():
    job = {"backoffLimit": 0, "template": {"spec": {**template({})["spec"], "restartPolicy": "Never"}}}
    job["template"]["spec"]["containers"][0]["command"] = ["sleep", "1"]
    job["template"]["spec"]["containers"][1]["command"] = ["true"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "labels": {"app": "bare"}},
           "spec": template({})["spec"]}
    return [workload("Deployment", "web", replicas=2),
            workload("StatefulSet", "db", replicas=1, serviceName="db"),
            workload("DaemonSet", "agent", updateStrategy={"type": "RollingUpdate"}),
            workload("ReplicaSet", "rs", replicas=1),
            {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"}, "spec": {
                "schedule": "0 0 1 1 *", "jobTemplate": {"metadata": {"labels": {"of": "tick"}, "annotations": {"n": "1"}},
                                                         "spec": job}}},
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": {**job, "suspend": True}},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf", "annotations": {"a": "1"}}, "data": {"k": "v"}},
            pod,
            {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "bare"},
             "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "web"}}}}]


def make(ns):
    kubectl("apply", "--server-side", "-f", "-", ns=ns, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects()}))


TWINS = [  # the view and object, kview's command, kubectl's, what the bottom line ends with
    ("deploy web", "scale 3", ["scale", "deploy/web", "--replicas=3"], r"Deployment web: 3/3 available after \d+ s"),
    ("deploy web", "scale +1", ["scale", "deploy/web", "--replicas=4"], r"Deployment web: 4/4 available"),
    ("deploy web", "scale 0", ["scale", "deploy/web", "--replicas=0"], r"Deployment web: 0/0 available"),
    ("deploy web", "scale 2", ["scale", "deploy/web", "--replicas=2"], r"Deployment web: 2/2 available"),
    ("sts db", "scale 2", ["scale", "sts/db", "--replicas=2"], r"StatefulSet db: 2/2 ready"),
    ("rs rs", "scale -1", ["scale", "rs/rs", "--replicas=0"], r"ReplicaSet rs: 0/0 ready"),
    ("deploy web", "restart", ["rollout", "restart", "deploy/web"], r"Deployment web: 2/2 available"),
    ("sts db", "restart", ["rollout", "restart", "sts/db"], r"StatefulSet db: 2/2 ready"),
    ("ds agent", "restart", ["rollout", "restart", "ds/agent"], r"DaemonSet agent: \d+/\d+ available"),
    ("deploy web", "pause", ["rollout", "pause", "deploy/web"], r"web: paused false → true"),
    ("deploy web", "set-image app=busybox:1.35 side=docker.io/library/busybox:1.35 first=busybox:1.35",
     ["set", "image", "deploy/web", "app=busybox:1.35", "first=busybox:1.35"], r"Deployment web: 2/2 available, paused"),
    ("deploy web", "resume", ["rollout", "resume", "deploy/web"], r"Deployment web: 2/2 available after"),
    ("ds agent", "set-image side=busybox:1.35", ["set", "image", "ds/agent", "side=busybox:1.35"],
     r"DaemonSet agent: \d+/\d+ available"),
    ("cj tick", "set-image app=busybox:1.35", ["set", "image", "cj/tick", "app=busybox:1.35"], "tick: app: "),
    ("pods bare", "set-image app=busybox:1.35", ["set", "image", "pod/bare", "app=busybox:1.35"], "bare: app: "),
    ("cj tick", "pause", ["patch", "cj/tick", "-p", '{"spec":{"suspend":true}}'], "suspend false → true"),
    ("cj tick", "resume", ["patch", "cj/tick", "-p", '{"spec":{"suspend":false}}'], "suspend true → false"),
    ("jobs once", "resume", ["patch", "job/once", "-p", '{"spec":{"suspend":false}}'], "suspend true → false"),
    ("cm conf", "label new=1 tier=back", ["label", "cm/conf", "new=1", "tier=back"], "conf: new: unset → 1"),
    ("cm conf", "label new- tier=front", ["label", "--overwrite", "cm/conf", "new-", "tier=front"], "conf: new: 1 → unset"),
    ("cm conf", "annotate a- 'note=two words'", ["annotate", "cm/conf", "a-", "note=two words"], "conf: a: 1 → unset"),
    ("deploy web", "label old-", ["label", "deploy/web", "old-"], "web: old: yes → unset"),
]


def trigger():
    with View("cj --name tick") as v:
        v.s.wait(r"^.\stick\b")
        v.act("trigger", done="tick: the Job tick-manual-")
    kubectl("create", "job", "tick-manual-kubectl", "--from=cronjob/tick", ns=TWIN)
    jobs = [[j for j in get("jobs", ns)["items"] if j["metadata"]["name"].startswith("tick-manual")] for ns in (NS, TWIN)]
    assert [len(j) for j in jobs] == [1, 1], jobs
    for j in jobs:
        j[0]["spec"].pop("suspend", None)
    mine, theirs = normal(jobs[0][0]), normal(jobs[1][0])
    same(mine, theirs)


def nodes():
    """Two nodes without a kubelet."""
    names = [f"{NS}-a", f"{NS}-b"]
    for n in names:
        kubectl("create", "-f", "-", ns=None, text=json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": n}}))
    try:
        spec = lambda n: get(f"node/{n}", None)["spec"].get("unschedulable")
        with View(f"nodes --name {names[0]}") as v:
            v.s.wait(names[0])
            for line, want in (("cordon", True), ("uncordon", None), ("cordon", True)):
                v.act(line, done=f"{names[0]}: unschedulable")
                kubectl(line, names[1], ns=None)
                assert spec(names[0]) == spec(names[1]) == want, line
            v.command("cordon")
            v.s.wait("unschedulable is true already")
            v.command("undo")
            assert "This takes back: cordon" in v.question()
            v.s.send(b"y")
            until(20, lambda: spec(names[0]) is None, "taken back")
            v.command("delete")
            v.question(r"type .* to confirm")
            v.s.send(b"y\r")
            v.s.send(b"\x15" + names[0].encode() + b"\r")
            v.s.wait("gone after", 20)
    finally:
        kubectl("delete", "node", "--ignore-not-found", *names, ns=None)


def deletions():
    kubectl("scale", "rs/rs", "--replicas=1")
    until(30, lambda: get("rs/rs")["status"].get("readyReplicas") == 1, "ready")
    with View("rs --name rs") as v:
        v.s.wait(r"^.\srs\b")
        v.act("delete --cascade orphan", done="gone after")
    left = [p for p in get("pods")["items"] if p["metadata"]["labels"].get("app") == "rs"]
    assert left and not any("deletionTimestamp" in p["metadata"] for p in left), "orphans stay"
    name = left[0]["metadata"]["name"]
    with View(f"pods --name {name}") as v:
        v.s.wait(name)
        said = v.act("delete --grace 3")
        assert "nothing makes this Pod again" in said, said
        v.s.wait("gone after", 30)
    until(10, lambda: not get(f"pod/{name}", check=False), "deleted")
    with View("pods --name bare") as v:
        v.s.wait("bare")
        assert "--force --grace-period=0" in v.act("delete --force", done="gone after")


def evict():
    pods = [p["metadata"]["name"] for p in get("pods")["items"] if p["metadata"]["labels"].get("app") == "web"]
    until(30, lambda: get("pdb/bare")["status"].get("expectedPods", 0) >= 2, "a budget that knows its Pods")
    with View(f"pods --name {pods[0]}") as v:
        v.s.wait(pods[0])
        v.command("evict")
        said = v.question()
        assert "REFUSED" in said and "budget bare allows 0 disruptions now" in said, said
        assert "The disruption budget bare needs" in said and "ReplicaSet web-" in said, said
        v.s.send(b"y")
        v.s.wait("Evict: not done")
        v.s.send(b"\x1b")
        v.s.wait("Evict: not done", gone=True)
        assert "deletionTimestamp" not in get(f"pod/{pods[0]}")["metadata"]
        kubectl("patch", "pdb/bare", "--type=merge", "-p", '{"spec":{"maxUnavailable":1}}')
        until(30, lambda: get("pdb/bare")["status"]["disruptionsAllowed"] == 1, "a disruption allowed")
        said = v.act("evict", done="gone after")
        assert "REFUSED" not in said and "budget bare allows 1 disruption now" in said, said


def named():
    """An object by its name, from another list, another namespace, and as what kview is started with."""
    kubectl("create", "configmap", "by-name")
    with View("pods") as v:
        v.command(f"label cm/by-name k=v -n {NS}")
        said = v.question()
        assert "ConfigMap by-name" in said and "k: unset → v" in said, said
        v.s.send(b"y")
        until(20, lambda: get("cm/by-name")["metadata"].get("labels") == {"k": "v"}, "labelled")
        v.command("delete cm/no-such")
        v.s.wait(f"there is no ConfigMap no-such in {NS}")
        v.command("scale cm/by-name 3")
        v.s.wait("scale does not apply to ConfigMap by-name")
        v.command("label app.kubernetes.io/part=x")  # a key, no object: nothing is under the cursor
        v.s.wait("nothing is selected|Label Pod")
        v.s.send(b"\x1b")
    with View("delete cm/by-name") as v:
        assert "ConfigMap by-name" in v.question()
        v.s.send(b"y")
        until(20, lambda: "by-name" not in kubectl("get", "cm", "-o", "name"), "deleted")


def several():
    """Three marked objects, one of them gone by the time of the Yes: the others are done, its failure stays."""
    for i in range(3):
        kubectl("create", "configmap", f"many-{i}")
    with View("cm /many-") as v:
        v.s.wait("many-2")
        v.s.send(b"+")
        v.command("label marked=yes")
        said = v.question()
        assert all(f"many-{i}" in said for i in range(3)), said
        assert "Label 3 objects?" in "\n".join(v.s.screen.display)
        kubectl("delete", "cm", "many-1")
        v.s.send(b"y")
        v.s.wait("Label: 2 done, 1 not")
        assert "many-1 is gone" in v.text(), v.text()
        for i in (0, 2):
            assert get(f"cm/many-{i}")["metadata"]["labels"]["marked"] == "yes"
        v.leave()
        v.command("undo")
        said = v.question()
        assert "This takes back: label marked=yes" in said and "many-1" not in said, said
        v.s.send(b"y")
        until(20, lambda: not any("labels" in get(f"cm/many-{i}")["metadata"] for i in (0, 2)), "both taken back")
        for i in range(12):
            kubectl("create", "configmap", f"many-x{i}")
        v.command("filter many-x")
        v.s.wait("many-x11")
        v.s.send(b"\\")
        v.s.wait_idle()
        v.s.send(b"+")
        v.command("delete")
        v.question("type 12 to confirm")  # so many are not deleted by one key
        v.s.send(b"12\r")
        v.s.wait("Delete: 12 of 12 done|gone after", 30)
        until(20, lambda: not [n for n in kube.names("cm", NS) if n.startswith("many-x")], "deleted")


def race():
    """Deleted and made anew under its name while the question is open."""
    for line, kind, name in (("delete", "cm", "same"), ("label x=1", "cm", "same2"), ("scale 5", "deploy", "same3"), ("restart", "deploy", "same4")):
        def create():
            if kind == "cm":
                kubectl("create", "cm", name)
            else:
                kubectl("create", "deploy", name, f"--image={IMAGE}", "--replicas=0", "--", "sleep", "1000")
        create()
        with View(f"{kind} --name {name}") as v:
            v.s.wait(rf"^.\s{name}\b")
            v.command(line)
            v.question()
            kubectl("delete", kind, name)
            create()
            other = get(f"{kind}/{name}")["metadata"]["uid"]
            v.s.send(b"y")
            v.s.wait("not done")
            assert "another one has its name now: nothing was done to it" in v.text(), v.text()
        now = get(f"{kind}/{name}")
        assert now["metadata"]["uid"] == other and "x" not in now["metadata"].get("labels", {}), line
        assert kind == "cm" or now["spec"]["replicas"] == 0 and now["metadata"]["generation"] == 1, line


def shuffled():
    """Rows come, go and change places, and marked ones leave the filter, while the question is open: what was marked is meant,
    by its UID, and nothing else."""
    def create(kind, name):
        if kind == "cm":
            kubectl("create", "cm", name, "--from-literal=a=1")
        else:
            kubectl("create", "deploy", name, f"--image={IMAGE}", "--replicas=0", "--", "sleep", "1000")
        kubectl("label", "--overwrite", f"{kind}/{name}", "pick=yes")

    touched = {"label x=1": lambda o: o["metadata"]["labels"].get("x") == "1",
               "delete": lambda o: o is None,
               "scale 1": lambda o: o["spec"]["replicas"] == 1,
               "restart": lambda o: "restartedAt" in json.dumps(o["spec"]["template"])}
    for line, done in touched.items():
        kind = "cm" if line in ("label x=1", "delete") else "deploy"
        names = [f"mix{line[0]}-{c}" for c in ("in-b", "in-d", "out")]
        new = f"mix{line[0]}-in-a"
        for n in names:
            create(kind, n)
        uid = get(f"{kind}/{names[1]}")["metadata"]["uid"]
        with View(f"{kind} -l pick=yes") as v:
            v.s.wait(rf"^.\s{names[2]}\b")
            v.command(f"filter mix{line[0]}-in")
            v.s.wait(names[2], gone=True)
            v.command("sort-by AGE")
            v.s.wait_idle()
            v.s.send(b"+")
            for n in names[:2]:
                v.s.wait(rf"^.●{n}\b")
            v.command(line)
            said = v.question()
            assert names[0] in said and names[1] in said and names[2] not in said, said
            create(kind, new)
            kubectl("label", f"{kind}/{names[1]}", "pick-")
            kubectl("delete", kind, names[0])
            create(kind, names[0])
            v.s.wait_idle()
            v.s.send(b"y")
            v.s.wait("1 done, 1 not", 30)
            v.s.wait_idle()
            assert "another one has its name now: nothing was done to it" in v.text(), v.text()
        now = {n: get(f"{kind}/{n}", check=False) for n in (*names, new)}
        until(20, lambda: done(get(f"{kind}/{names[1]}", check=False)), f"{line} done to what was marked")
        assert line == "delete" or get(f"{kind}/{names[1]}")["metadata"]["uid"] == uid, line
        for n in (names[0], names[2], new):
            assert now[n] and not done(now[n]), (line, n, now[n])


def conflict():
    with View("deploy --name web") as v:
        v.s.wait(r"^.\sweb\b")
        v.command("scale 3")
        v.question()
        kubectl("annotate", "deploy/web", "somebody=else")  # nothing that was asked about: it is done all the same
        v.s.send(b"y")
        v.s.wait("web: 3/3 available", 60)
        v.command("scale 2")
        v.question()
        kubectl("scale", "deploy/web", "--replicas=1")
        v.s.send(b"y")
        v.s.wait("Scale: not done")
        assert "it changed since the question: 1, and was 3" in v.text(), v.text()
        assert get("deploy/web")["spec"]["replicas"] == 1
        v.s.send(b"y")  # ask again
        assert "replicas 1 → 2" in v.question()
        v.s.send(b"y")
        v.s.wait("web: 2/2 available", 60)


def admission():
    """A policy refuses it: its words are in the question, before anything is done."""
    policy, name = "admissionregistration.k8s.io/v1", NS
    docs = [{"apiVersion": policy, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": {
        "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"],
                                                "resources": ["configmaps"]}]},
        "validations": [{"expression": "!has(object.metadata.labels) || !('bad' in object.metadata.labels)",
                         "message": "no bad labels here"}]}},
            {"apiVersion": policy, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": {
                "policyName": name, "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NS}}}}}]
    kubectl("create", "-f", "-", ns=None, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": docs}))
    try:
        until(30, lambda: not kubectl("label", "cm/conf", "bad=1", "--dry-run=server", "-o", "name", check=False), "refused")
        with View("cm --name conf") as v:
            v.s.wait(r"^.\sconf\b")
            v.command("label bad=1")
            said = v.question()
            assert "REFUSED" in said and "no bad labels here" in said, said
            v.s.send(b"y")
            v.s.wait("Label: not done")
            assert "no bad labels here" in v.text()
            v.leave()
            v.command("label 'k=not a valid value!'")
            said = v.question()
            assert "REFUSED" in said and "metadata.labels" in said, said
    finally:
        kubectl("delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", name, ns=None)


def rights():
    """With the right to patch Deployments but not their scale."""
    kubectl("create", "serviceaccount", "acts")
    kubectl("create", "role", "acts", "--verb=get,list,watch,patch", "--resource=deployments,pods,replicasets")
    kubectl("create", "rolebinding", "acts", "--role=acts", f"--serviceaccount={NS}:acts")
    token = kubectl("create", "token", "acts").strip()
    config = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json", ns=None))
    config["users"][0]["user"] = {"token": token}
    path = os.path.join(FOLDER, "acts.json")
    with open(path, "w") as f:
        json.dump(config, f)
    with View("deploy --name web", "--write", config=path) as v:
        v.s.wait(r"^.\sweb\b")
        for line, want in (("scale 9", rf"the right to patch deployments/scale in {NS} is missing"),
                           ("delete", rf"the right to delete deployments in {NS} is missing")):
            v.command(line)
            v.s.wait(want)
        v.act("restart", done="web: 2/2 available")
    assert get("deploy/web")["spec"]["replicas"] == 2


def lost():
    """The answer does not come: what the object is then decides what kview says."""
    with Recorder(KUBECTL) as r:
        config = r.kubeconfig(os.path.join(FOLDER, "lost.yaml"))
        with View("cm --name conf", "--write", config=config) as v:
            v.s.wait(r"^.\sconf\b")
            r.lose = "after"
            v.act("label lost=after", done="conf: lost: unset → after")
            r.lose = None
            assert get("cm/conf")["metadata"]["labels"]["lost"] == "after"
            r.lose = "before"
            v.command("label lost=before")
            v.question()
            v.s.send(b"y")
            v.s.wait("Label: not done")
            assert "as far as can be seen it was not done" in v.text(), v.text()
            assert get("cm/conf")["metadata"]["labels"]["lost"] == "after"
            r.lose = None
            v.leave()
            v.command("journal")
            v.s.wait("answer was lost")


# Commands of the configuration that write by kubectl: what says nothing of itself counts as one that changes something
WRITERS = {"own-pane": "pane", "own-quiet": "background", "own-term": "terminal"}


def configuration(folder):
    os.makedirs(os.path.join(folder, "kview"), exist_ok=True)
    with open(os.path.join(folder, "kview", "config.yaml"), "w") as f:
        json.dump({"commands": [{"name": name, "output": output, "confirm": name == "own-pane", "command": [
            *KUBECTL, "--kubeconfig", "$KUBECONFIG", "annotate", "--overwrite", "$RESOURCE", "$NAME", f"by={name}",
            "-n", "$NAMESPACE"]} for name, output in WRITERS.items()]}, f)
    return folder


def read_only():
    """Every command of the table and of a configuration, on objects of several kinds, with --readonly: no write gets
    through."""
    with open("app/command.c") as f:
        names = re.findall(r'^    \{ "([a-z-]+)",', f.read(), re.M)
    assert len(names) > 90, names
    names += WRITERS
    own = {"XDG_CONFIG_HOME": configuration(os.path.join(FOLDER, "own"))}
    leave = {"q", "q!", "qa", "quit", "suspend", "snapshot", "save", "pipe", "cp"}
    words = {"scale": "0", "set-env": "app x=1", "taint": "x=1:NoExecute",
             "autoscale": "1 2", "resize": "9Gi", "finalize": "x/y", "set-resources": "app cpu=1", "label": "x=1", "annotate": "x=1", "set-image": "app=other", "unlock": "", "delete": "--force"}

    def walk(view):
        config = os.path.join(FOLDER, f"ro-{view[:2]}.yaml")
        with Recorder(KUBECTL, "--as=kview-readonly", "--as-group=system:masters") as r, \
                View(view, "--readonly", config=r.kubeconfig(config, "anywhere"), env=own) as v:
            kind, _, name = view.partition(" --name ")
            for command in [n for n in names if n not in leave]:
                v.command(f"{kind} -n {NS}" + (f" --name {name}" if name else ""))
                v.command(f"{command} {words.get(command, '')}".strip())
                for keys in (b"y", b"\x1b\x1b"):  # whatever was asked: yes
                    v.s.settle(0.02, 2)
                    v.s.send(keys)
                v.s.settle(0.02, 2)
            for command in WRITERS:
                v.command(command)
                v.s.wait(f"the program of {command} is refused")
            assert r.writes == [], (view, r.writes)

    with concurrent.futures.ThreadPoolExecutor(3) as pool:  # each waits most of its time
        list(pool.map(walk, ("deploy --name web", "pods", "cj --name tick", "nodes", "cm --name conf")))
    config = os.path.join(FOLDER, "ro.yaml")
    with Recorder(KUBECTL) as r, View("cm --name conf", "--write", config=r.kubeconfig(config), env=own) as v:
        v.s.wait(r"^.\sconf\b")  # it would have been seen
        v.act("label seen=1", done="conf: seen")
        assert [w[0] for w in r.writes] == ["PATCH", "PATCH"] and "dryRun=All" in r.writes[0][1], r.writes
        v.command("own-pane")
        v.s.wait(r"Run own-pane\?")
        v.s.send(b"y")
        v.s.wait("ended with status 0")
        assert [w[0] for w in r.writes] == ["PATCH"] * 3, r.writes
        assert get("cm/conf")["metadata"]["annotations"]["by"] == "own-pane"
        v.s.send(b"\x1b")
        v.s.wait("ended with status", gone=True)
        v.command("own-quiet")
        v.s.wait("own-quiet: done")
        assert get("cm/conf")["metadata"]["annotations"]["by"] == "own-quiet"


def unlock():
    with Recorder(KUBECTL) as r:
        path = r.kubeconfig(os.path.join(FOLDER, "prod.yaml"), "my-prod-eu")
        s = Screen([KVIEW, "--kubeconfig", path, "-n", NS, "cm", "--name", "conf"])
        v = View.__new__(View)
        v.s = s
        with v:
            s.wait("READ-ONLY")
            v.command("label l=1")
            s.wait("my-prod-eu is read-only: label is refused")
            v.command("unlock 3")
            s.wait("type my-prod-eu to confirm")
            s.send(b"my-prod\r")
            s.settle(0.2)
            assert s.shows("type my-prod-eu to confirm")
            s.send(b"-eu\r")
            s.wait(r"UNLOCKED 2:5\d")
            v.act("label l=1", done="conf: l: unset → 1")
            v.command("lock")
            s.wait("READ-ONLY")
            v.command("label l=2")
            s.wait("label is refused")
        assert get("cm/conf")["metadata"]["labels"]["l"] == "1"


def main():
    namespaces = (NS, TWIN) if TWIN != "-" else (NS,)
    for ns in namespaces:
        make(ns)
    for ns in namespaces:
        kubectl("rollout", "status", "deploy/web", "--timeout=120s", ns=ns)
        kubectl("wait", "--for=condition=Ready", "pod/bare", "--timeout=60s", ns=ns)
    cases = [(f"{view}: {line}", lambda t=(view, line, words, done): twin(*t)) for view, line, words, done in TWINS]
    cases += [(f.__name__.replace("_", " "), f) for f in (trigger, nodes, deletions, evict, named, several, race, shuffled, conflict,
                                                          admission, rights, lost, unlock)]
    if TWIN == "-":
        cases = [("read only", read_only)]
    run("actions", cases)


if __name__ == "__main__":
    main()
