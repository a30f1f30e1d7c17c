#!/usr/bin/python3
"""More actions on twins: what needs no running containers. acts2.py KVIEW KUBECTL NAMESPACE TWIN FOLDER; `ok` or
`FAILED` a case."""
import base64, json, re, subprocess

from twins import IMAGE, NS, TWIN, View, get, kubectl, normal, run, same, twin, until, workload


def objects():
    web = workload("Deployment", "web", replicas=0)
    app = web["spec"]["template"]["spec"]["containers"][0]
    app["env"] = [{"name": "A", "value": "1"}, {"name": "E"},
                  {"name": "S", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}}]
    app["envFrom"] = [{"configMapRef": {"name": "conf"}}]
    app["resources"] = {"requests": {"cpu": "100m"}, "limits": {"cpu": "500m", "memory": "1Gi"}}
    hpa = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": {
        "maxReplicas": 5, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}
    return [web, hpa]


TWINS = [  # as in actions.py
    ("deploy web", "set-env app A=2 'B=two words' E-", ["set", "env", "deploy/web", "-c", "app", "A=2", "B=two words", "E-"],
     "Deployment web: 0/0 available"),
    ("deploy web", "set-env first E- side X=", ["set", "env", "deploy/web", "-c", "side", "X="], "Deployment web: 0/0 available"),
    ("deploy web", "set-resources app cpu=0.2/500m memory=64Mi/128Mi",
     ["set", "resources", "deploy/web", "-c", "app", "--requests=cpu=0.2,memory=64Mi", "--limits=cpu=500m,memory=128Mi"],
     "Deployment web: 0/0 available"),
    ("deploy web", "set-resources side memory=/1Gi",
     ["set", "resources", "deploy/web", "-c", "side", "--limits=memory=1Gi"], "Deployment web: 0/0 available"),
    ("deploy web", "set-resources app cpu=-/- memory=-", ["patch", "deploy/web", "-p", json.dumps({"spec": {"template": {
        "spec": {"containers": [{"name": "app", "resources": {"limits": {"cpu": None},
                                                              "requests": {"cpu": None, "memory": None}}}]}}}})],
     "Deployment web: 0/0 available"),
    ("hpa web", "autoscale 2 10", ["patch", "hpa/web", "-p", '{"spec":{"minReplicas":2,"maxReplicas":10}}'], "replicas 1 to 5 → 2 to 10"),
]


def settings():
    """What is refused before anything is sent, what the question says, what takes it back."""
    spec = get("deploy/web")["spec"]["template"]["spec"]
    with View("deploy --name web") as v:
        v.s.wait(r"^.\sweb\b")
        for line, want in (("set-env app S=1", "S is left alone: it comes from Secret keys, key token"),
                           ("set-resources app cpu=much", "cpu: much is no amount"),
                           ("set-resources app memory=2Gi/1Gi", "the request 2Gi is more than the limit 1Gi"),
                           ("set-resources other cpu=1", "there is no container other")):
            v.command(line)
            v.s.wait(want)
        said = v.act("set-env app NEW=1 A-", done="web: 0/0 available")
        assert "S comes from Secret keys, key token" in said and "all keys of ConfigMap conf as well" in said, said
        v.command("undo")
        assert "This takes back: set-env app NEW=1 A-" in v.question()
        v.s.send(b"y")
        v.s.wait("web: 0/0 available")
        v.command("set-resources")
        v.s.wait("resources: app cpu=")
        v.s.send(b" first cpu=1\r")
        v.question()
        v.s.send(b"y")
        v.s.wait("web: 0/0 available")
        v.command("undo")
        v.question()
        v.s.send(b"y")
        v.s.wait("web: 0/0 available")
    now = get("deploy/web")["spec"]["template"]["spec"]
    for c in (*spec["containers"], *now["containers"]):
        c.get("env", []).sort(key=lambda e: e["name"])
    assert now == spec, (now, spec)


def resized():
    """A running Pod's amounts in place, beside kubectl's patch of the subresource: nothing else of it changes, no container
    starts anew but the one whose resizePolicy says so, and what the node cannot give is told."""
    first = lambda ns: {c["name"]: (c["containerID"], c["restartCount"]) for c in get("pod/sized", ns)["status"]["containerStatuses"]}
    for ns in (NS, TWIN):
        kubectl("create", "-f", "-", ns=ns, text=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "sized"}, "spec": {
            "terminationGracePeriodSeconds": 0, "containers": [
                {"name": "app", "image": IMAGE, "command": ["sleep", "100000"],
                 "resources": {"requests": {"cpu": "20m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}}},
                {"name": "again", "image": IMAGE, "command": ["sleep", "100000"],
                 "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
                 "resources": {"requests": {"cpu": "10m"}, "limits": {"cpu": "200m"}}}]}}))
        kubectl("wait", "--for=condition=Ready", "pod/sized", "--timeout=90s", ns=ns)
    patch = lambda *containers: kubectl("patch", "pod/sized", "--subresource=resize", "-p", json.dumps({"spec": {"containers": [
        {"name": n, "resources": r} for n, r in containers]}}), ns=TWIN)
    before = {ns: first(ns) for ns in (NS, TWIN)}
    with View("pods --name sized") as v:
        v.s.wait(r"^.\ssized\b")
        said = v.act("set-resources app cpu=0.03/ memory=24Mi/96Mi", done="sized: resized after")
        assert "in place" in said and "--subresource=resize" in said and "app memory limit: 64Mi → 96Mi" in said, said
        patch(("app", {"requests": {"cpu": "30m", "memory": "24Mi"}, "limits": {"memory": "96Mi"}}))
        same(normal(get("pod/sized")), normal(get("pod/sized", TWIN)))
        said = v.act("set-resources again cpu=20m/100m", done="sized: resized after")
        assert "container again is restarted for its cpu" in said, said
        patch(("again", {"requests": {"cpu": "20m"}, "limits": {"cpu": "100m"}}))
        same(normal(get("pod/sized")), normal(get("pod/sized", TWIN)))
        for ns in (NS, TWIN):
            until(30, lambda: first(ns)["again"][1] == 1, "again started anew")
            assert first(ns)["app"] == before[ns]["app"], (first(ns), before[ns])
        v.command("undo")
        assert "This takes back: set-resources again cpu=20m/100m" in v.question()
        v.s.send(b"y")
        until(30, lambda: get("pod/sized")["spec"]["containers"][1]["resources"] == {"requests": {"cpu": "10m"}, "limits": {"cpu": "200m"}},
              "taken back")
        for line, why in (("set-resources again cpu=-/-", "resource (requests|limits) cannot be removed"),
                          ("set-resources app ephemeral-storage=1Gi", "only cpu and memory resources are mutable")):
            v.command(line)
            v.s.wait("REFUSED")
            v.s.wait_idle()
            assert re.search(why, v.text()), v.text()
            v.leave()
            v.s.wait("REFUSED", gone=True)
        # All that the node has, of which others use some: it waits for them
        cores = get("node/" + get("pod/sized")["spec"]["nodeName"], None)["status"]["allocatable"]["cpu"]
        v.command(f"set-resources app cpu={int(cores) * 1000 - 10}m")  # again has 10m
        v.question()
        v.s.send(b"y")
        v.s.wait("stuck: Deferred: Node didn't have enough resource: cpu", 60)
        # A limit that was not there has no way back, and more than the node has is said to be so
        v.command("set-resources app cpu=900/1000")
        assert "no way back" in v.question()
        v.s.send(b"y")
        v.s.wait("stuck: Infeasible: Node didn't have enough capacity", 60)
    patch(("again", {"requests": {"cpu": "10m"}, "limits": {"cpu": "200m"}}))  # as the undo
    patch(("app", {"requests": {"cpu": f"{int(cores) * 1000 - 10}m"}}))
    patch(("app", {"requests": {"cpu": "900"}, "limits": {"cpu": "1000"}}))
    same(normal(get("pod/sized")), normal(get("pod/sized", TWIN)))


def node(name):
    kubectl("create", "-f", "-", ns=None, text=json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}))


def taints():
    """Two nodes without a kubelet; a Pod bound to one of them."""
    names = [f"{NS}-a", f"{NS}-b"]
    try:
        for n in names:
            node(n)
        spec = lambda n: [{k: v for k, v in t.items() if k != "timeAdded"} for t in get(f"node/{n}", None)["spec"].get("taints", [])]
        kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bound"}, "spec": {
            "nodeName": names[0], "terminationGracePeriodSeconds": 0,
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists"},
                            {"key": "node.kubernetes.io/unreachable", "operator": "Exists"}],
            "containers": [{"name": "app", "image": "none"}]}}))
        ours = lambda n: [t for t in spec(n) if not t["key"].startswith("node.kubernetes.io/")]
        with View(f"nodes --name {names[0]}") as v:
            v.s.wait(names[0])
            for words in (["use=db:NoSchedule", "soft:PreferNoSchedule"], ["use=web:NoSchedule", "use=x:NoExecute"],
                          ["use:NoSchedule-", "new=1:NoSchedule"], ["use-", "soft-"]):
                said = v.act("taint " + " ".join(words), done=f"{names[0]}: ")
                if "use=x:NoExecute" in words:
                    assert "1 of the 1 Pods on it do not tolerate it" in said, said
                    until(30, lambda: not get("pod/bound", check=False), "deleted by the taint")
                kubectl("taint", "--overwrite", "node", names[1], *words, ns=None)
                assert ours(names[0]) == ours(names[1]), (words, ours(names[0]), ours(names[1]))
            v.command("undo")
            assert "This takes back: taint use- soft-" in v.question()
            v.s.send(b"y")
            until(20, lambda: {t["key"] for t in ours(names[0])} == {"use", "soft", "new"}, "taken back")
            v.command("taint use=1:Never")
            v.s.wait("Never is no effect")
    finally:
        kubectl("delete", "node", "--ignore-not-found", *names, ns=None)


def rerun():
    """As one would do it by hand."""
    first = {"metadata": {"labels": {"app": "once"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": IMAGE}]}}
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "batch/v1", "kind": "Job", "metadata": {
        "name": "once", "labels": {"l": "1"}, "annotations": {"a": "1"}}, "spec": {"suspend": True, "template": first}}))
    with View("jobs --name once") as v:
        v.s.wait(r"^.\sonce\b")
        said = v.act("rerun", done="once: the Job once-rerun-")
        assert "left out: suspend" in said and "both may run at once" in said, said
    old, new = get("job/once"), next(j for j in get("jobs")["items"] if j["metadata"]["name"].startswith("once-rerun-"))
    del old["spec"]["selector"], old["status"]
    old["spec"]["suspend"] = False
    for labels in (old["metadata"]["labels"], old["spec"]["template"]["metadata"]["labels"]):
        for key in [k for k in labels if "controller-uid" in k or "job-name" in k]:
            del labels[key]
    old["metadata"] = {"name": "once-by-hand", "labels": old["metadata"]["labels"], "annotations": old["metadata"]["annotations"]}
    kubectl("create", "-f", "-", text=json.dumps(old))
    theirs = get("job/once-by-hand")
    same(*(normal(j).replace(j["metadata"]["name"], "JOB") for j in (new, theirs)))
    assert new["metadata"]["uid"] in json.dumps(new["spec"]["selector"]), new["spec"]["selector"]


def requests():
    """approve and deny, each beside kubectl's; what is decided stays so."""
    pem = subprocess.run(["openssl", "req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-subj",
                          "/O=acts/CN=jane", "-addext", "subjectAltName=DNS:acts.example"], capture_output=True, check=True).stdout
    names = {n: f"{NS}-{n}" for n in ("a1", "a2", "d1", "d2")}
    try:
        for n in names.values():
            kubectl("create", "-f", "-", ns=None, text=json.dumps({
                "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": n},
                "spec": {"request": base64.b64encode(pem).decode(), "signerName": "kview.test/none", "usages": ["client auth"]}}))
        decided = lambda n: [{k: v for k, v in c.items() if k in ("type", "status")} | {"times": sorted(k for k in c if "Time" in k)}
                             for c in get(f"csr/{n}", None)["status"].get("conditions", [])]
        for line, mine, theirs, other in (("approve", names["a1"], names["a2"], "deny"), ("deny", names["d1"], names["d2"], "approve")):
            with View(f"csr --name {mine}") as v:
                v.s.wait(mine[:20])
                said = v.act(line, done="it is (approved|denied)")
                assert "O = acts, CN = jane, also DNS:acts.example" in said and "usages client auth" in said, said
                assert "asked by" in said and "no way back" in said, said
                kubectl("certificate", line, theirs, ns=None)
                assert decided(mine) == decided(theirs) != [], (decided(mine), decided(theirs))
                v.command(other)
                v.s.wait("already: that cannot be changed")
                v.command(line)
                v.s.wait("it is (approved|denied) already")
    finally:
        kubectl("delete", "csr", "--ignore-not-found", *names.values(), ns=None)


def claims():
    """A claim of a class that allows it grows, one of another class is refused before anything is sent."""
    classes = [f"{NS}-grows", f"{NS}-stays"]
    try:
        for i, c in enumerate(classes):
            kubectl("create", "-f", "-", ns=None, text=json.dumps({
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": c}, "provisioner": "kview.test/none",
                "allowVolumeExpansion": i == 0}))
            for ns in (NS, TWIN):
                kubectl("create", "-f", "-", ns=ns, text=json.dumps({
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": c}, "spec": {
                        "accessModes": ["ReadWriteOnce"], "storageClassName": c, "resources": {"requests": {"storage": "1Gi"}}}}))
                kubectl("create", "-f", "-", ns=None, text=json.dumps({
                    "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"{c}-{ns[-3:]}"}, "spec": {
                        "accessModes": ["ReadWriteOnce"], "storageClassName": c, "capacity": {"storage": "1Gi"},
                        "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": "/nowhere"},
                        "claimRef": {"namespace": ns, "name": c}}}))
                until(60, lambda: get(f"pvc/{c}", ns)["status"]["phase"] == "Bound", "bound")
        with View(f"pvc --name {classes[0]}") as v:
            v.s.wait(classes[0][:20])
            v.act("resize 2Gi", done="storage 1Gi → 2Gi")
            v.command("resize 1Gi")
            v.s.wait("1Gi is less than the 2Gi it has")
        kubectl("patch", f"pvc/{classes[0]}", "-p", '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}', ns=TWIN)
        size = lambda ns: get(f"pvc/{classes[0]}", ns)["spec"]["resources"]
        assert size(NS) == size(TWIN) == {"requests": {"storage": "2Gi"}}, size(NS)
        with View(f"pvc --name {classes[1]}") as v:
            v.s.wait(classes[1][:20])
            v.command("resize 2Gi")
            v.s.wait("does not allow it")
    finally:
        for c in classes:
            for ns in (NS, TWIN):
                kubectl("delete", "pvc", c, "--ignore-not-found", ns=ns)
                kubectl("delete", "pv", f"{c}-{ns[-3:]}", "--ignore-not-found", ns=None)
        kubectl("delete", "storageclass", "--ignore-not-found", *classes, ns=None)


def finalizers():
    """One of two is taken away, then the other; nothing of what is not being deleted; a race with its controller."""
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "held", "finalizers": ["kview.test/a", "kview.test/b"]}}))
    try:
        with View("cm --name held") as v:
            v.s.wait(r"^.\sheld\b")
            v.command("finalize kview.test/a")
            v.s.wait("held is not being deleted")
            kubectl("delete", "cm", "held", "--wait=false")
            v.command("delete")
            said = v.question()
            assert "it is being deleted already" in said and "it waits for the finalizer kview.test/b" in said, said
            v.leave()
            v.command("finalize kview.test/c")
            v.s.wait("it has no finalizer kview.test/c, but kview.test/a, kview.test/b")
            for name in ("kview.test/a", "kview.test/b"):
                v.command(f"finalize {name}")
                said = v.question(r"type .* to confirm")
                assert "the controller of kview.test has work to do" in said and "may be left behind" in said, said
                v.s.send(b"y\r")  # not enough
                v.s.settle(0.2)
                assert name in get("cm/held")["metadata"]["finalizers"]
                v.s.send(b"\x15held\r")
                v.s.wait("to confirm", gone=True)
                until(20, lambda: name not in ((get("cm/held", check=False) or {}).get("metadata", {}).get("finalizers", [])), "away")
        until(10, lambda: not get("cm/held", check=False), "gone")
    finally:  # its namespace could not go
        kubectl("patch", "cm/held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}', check=False)


def quota():
    """What a quota refuses: kview says which, how much is used and where its limit is, and makes nothing."""
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "counted"}, "spec": {
        "schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": IMAGE}]}}}}}}))
    kubectl("create", "deploy", "held", f"--image={IMAGE}", "--replicas=0", "--", "sleep", "100000")
    kubectl("create", "quota", "few", "--hard=pods=1,count/jobs.batch=0")
    try:
        until(30, lambda: get("quota/few").get("status", {}).get("hard", {}).get("pods") == "1", "counted")
        used = len(get("jobs")["items"])  # of the cases before
        with View("cj --name counted", cols=200) as v:  # the request itself is refused, before there is anything to ask
            v.s.wait(r"^.\scounted\b")
            v.command("trigger")
            v.s.says(f"exceeded quota: few, requested: count/jobs.batch=1, used: count/jobs.batch={used}, limited: count/jobs.batch=0")
            assert not v.s.shows(r"\[ y: "), v.text()
        assert not [j for j in get("jobs")["items"] if j["metadata"]["name"].startswith("counted")]
        here = len(get("pods")["items"])
        with View("deploy --name held", cols=200) as v:  # the scale is taken, its Pods are not: the verdict says why
            v.s.wait(r"^.\sheld\b")
            v.act("scale 3")
            v.s.wait(r"Deployment held: stuck: FailedCreate: ", 60)
            v.s.says("exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1")
            assert len(get("pods")["items"]) == max(here, 1)
            v.command("scale 0")
            v.question()
            v.s.send(b"y")
            until(30, lambda: get("deploy/held")["spec"]["replicas"] == 0, "back")
    finally:
        kubectl("delete", "quota/few", "deploy/held", "cj/counted", "--ignore-not-found", check=False)


def stuck_namespaces():
    """Two that do not end for a finalizer of their spec: taken away by kview, and by hand as everybody does it."""
    names = [f"{NS}-held", f"{TWIN}-held"]
    try:
        for n in names:
            kubectl("create", "-f", "-", ns=None, text=json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": n, "labels": {"l": "1"}}, "spec": {"finalizers": ["kubernetes", "kview.test/held"]}}))
            kubectl("create", "cm", "inside", ns=n)
            kubectl("delete", "ns", n, "--wait=false", ns=None)
            until(60, lambda: get(f"ns/{n}", None)["spec"].get("finalizers") == ["kview.test/held"], "emptied")
        before = [normal(get(f"ns/{n}", None)).replace(n, "NAME") for n in names]
        same(*before)
        with View(f"ns --name {names[0]}") as v:
            v.s.wait(names[0][:20])
            v.command("finalize kview.test/held")
            said = v.question(r"type .* to confirm")
            assert "the controller of kview.test has work to do" in said and "it is gone then" in said, said
            assert f"/api/v1/namespaces/{names[0]}/finalize" in said.replace(" ", ""), said
            v.s.send(names[0].encode() + b"\r")
            v.s.wait("to confirm", gone=True)
            until(30, lambda: not get(f"ns/{names[0]}", None, check=False), "gone")
        doc = get(f"ns/{names[1]}", None)
        doc["spec"]["finalizers"] = []
        kubectl("replace", "--raw", f"/api/v1/namespaces/{names[1]}/finalize", "-f", "-", ns=None, text=json.dumps(doc))
        until(30, lambda: not get(f"ns/{names[1]}", None, check=False), "gone as well")
    finally:
        for n in names:
            if doc := get(f"ns/{n}", None, check=False):
                kubectl("delete", "ns", n, "--wait=false", "--ignore-not-found", ns=None, check=False)
                doc["spec"]["finalizers"] = ["kubernetes"]
                kubectl("replace", "--raw", f"/api/v1/namespaces/{n}/finalize", "-f", "-", ns=None, text=json.dumps(doc), check=False)


def crd(group, plural, kind):
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"}, "spec": {
        "group": group, "scope": "Namespaced", "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": free, "status": free, "operation": free}}}}]}}


def gitops():
    """Objects of Flux and Argo CD, of definitions that this test makes, without their controllers."""
    kinds = (("kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization"), ("argoproj.io", "applications", "Application"))
    names = [f"{plural}.{group}" for group, plural, _ in kinds]
    if any(get(f"crd/{n}", None, check=False) for n in names):
        return  # somebody's
    try:
        for group, plural, kind in kinds:
            kubectl("create", "-f", "-", ns=None, text=json.dumps(crd(group, plural, kind)))
        kubectl("wait", "--for=condition=Established", *(f"crd/{n}" for n in names), ns=None)
        for ns in (NS, TWIN):
            for group, plural, kind in kinds:
                until(20, lambda: kubectl("apply", "-f", "-", ns=ns, check=False, text=json.dumps({
                    "apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "shop"},
                    "spec": {"source": {"repoURL": "u", "targetRevision": "main"}}})), "made")
        ks, app = names
        off = lambda on: ["patch", f"{ks}/shop", "--type=merge", "-p", json.dumps({"spec": {"suspend": on}})]
        for view, line, words, done in (
                (ks, "reconcile", ["annotate", f"{ks}/shop", "reconcile.fluxcd.io/requestedAt=2026-01-01T00:00:00Z"], "asked to reconcile"),
                (ks, "pause", off(True), "suspend false → true"), (ks, "resume", off(False), "suspend true → false"),
                (app, "refresh-app", ["annotate", f"{app}/shop", "argocd.argoproj.io/refresh=normal"], "Argo CD compares"),
                (app, "refresh-app hard", ["annotate", "--overwrite", f"{app}/shop", "argocd.argoproj.io/refresh=hard"], "Argo CD reads"),
                (app, "sync v2 --prune", ["patch", f"{app}/shop", "--type=merge", "-p", json.dumps({"operation": {
                    "initiatedBy": {"username": "kview"}, "sync": {"revision": "v2", "prune": True, "syncStrategy": {"hook": {}}}}})],
                 "Argo CD deploys v2")):
            with View(f"{view} --name shop") as v:
                v.s.wait(r"^.\sshop\b")
                v.act(line, done=done)
            kubectl(*words, ns=TWIN)
            mine, theirs = (get(f"{view}/shop", ns) for ns in (NS, TWIN))
            for o in (mine, theirs):
                o["metadata"].get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
            same(normal(mine), normal(theirs))
        with View(f"{app} --name shop") as v:
            v.s.wait(r"^.\sshop\b")
            v.command("sync")
            v.s.wait("another operation is in progress")
            v.command("reconcile")
            v.s.wait("reconcile does not apply to Application shop")
    finally:
        kubectl("delete", "crd", "--ignore-not-found", *names, ns=None)


def main():
    for ns in (NS, TWIN):
        kubectl("apply", "--server-side", "-f", "-", ns=ns, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects()}))
    cases = [(f"{view}: {line}", lambda t=(view, line, words, done): twin(*t)) for view, line, words, done in TWINS]
    cases += [(f.__name__.replace("_", " "), f) for f in (settings, resized, taints, rerun, requests, claims, finalizers, stuck_namespaces, quota, gitops)]
    run("acts2", cases)


main()
