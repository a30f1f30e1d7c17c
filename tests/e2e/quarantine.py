#!/usr/bin/python3
"""Quarantine: a Pod gets no traffic and goes on running, and gets it again. quarantine.py KVIEW KUBECTL NAMESPACE - FOLDER;
`ok` or `FAILED` a case. Who answers is counted through the API server's proxy of the Service."""
import collections, json, os, time

import kube
import twins
from twins import FOLDER, IMAGE, NS, get, kubectl, until

MARK = "kview.dev/quarantined"
SERVE = "mkdir -p /tmp/w && hostname > /tmp/w/index.html && exec httpd -f -p 8080 -h /tmp/w"


def workload(kind, name, labels=None, **spec):
    template = {"metadata": {"labels": {"app": name, "tier": "front", **(labels or {})}}, "spec": {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "app", "image": IMAGE, "command": ["sh", "-c", SERVE], "ports": [{"containerPort": 8080}],
                        "readinessProbe": {"httpGet": {"port": 8080}, "periodSeconds": 1}}]}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}}


def service(name, selector, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": 8080}], **spec}}


def make():
    bare = workload("Deployment", "bare")["spec"]["template"]
    items = [workload("Deployment", "web"), service("web", {"app": "web"}), service("head", {"app": "web", "tier": "front"}, clusterIP="None"),
             workload("StatefulSet", "db", serviceName="db"), service("db", {"app": "db"}, clusterIP="None"),
             workload("Deployment", "held"), service("held", {"app": "held"}),
             {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "labels": {"app": "bare"}}, "spec": bare["spec"]}]
    kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    for what in ("deploy/web", "sts/db", "deploy/held"):
        kubectl("rollout", "status", what, "--timeout=120s")
    kubectl("wait", "--for=condition=Ready", "pod/bare", "--timeout=60s")


def pods(app):
    return sorted(p["metadata"]["name"] for p in get("pods")["items"]
                  if p["metadata"]["name"].startswith(app) and "deletionTimestamp" not in p["metadata"])


def answers(name, times=40):
    """Who answers, and how often."""
    seen = collections.Counter()
    for _ in range(times):
        status, text = kube.raw(f"/api/v1/namespaces/{NS}/services/{name}:http/proxy/")
        seen[text.strip() if status == 200 else "nobody"] += 1
    return seen


def slices_with(pod):
    uid = get(f"pod/{pod}")["metadata"]["uid"]
    return sorted(s["metadata"]["labels"]["kubernetes.io/service-name"] for s in get("endpointslices")["items"]
                  if any(e.get("targetRef", {}).get("uid") == uid for e in s.get("endpoints") or []))


class View(twins.View):
    def question(self, pattern=r"\[ y: "):
        return super().question(pattern)

    def act(self, line, done):
        self.command(line)
        said = self.question()
        self.s.send(b"y")
        self.s.wait(r"\[ n: ", 20, gone=True)
        self.s.wait(done, 60)
        return said


def there_and_back():
    """Of two Pods one is taken out: the other alone answers, a third is made; back in, one of the three goes."""
    first = pods("web-")[0]
    labels, ran = get(f"pod/{first}")["metadata"]["labels"], get(f"pod/{first}")["status"]["containerStatuses"][0]["containerID"]
    before = answers("web")
    assert set(before) == set(pods("web-")), before
    with View(f"pods --name {first}") as v:
        v.s.wait(first)
        said = v.act("quarantine", r"out of 2 Services after \d+ s")
        assert "Services head, web stop sending to it" in said or "Services web, head stop sending to it" in said, said
        assert "lets it go and makes another Pod at once" in said, said
        assert slices_with(first) == [], slices_with(first)
        seen = answers("web")
        assert first not in seen and "nobody" not in seen, seen
        print(f"# web: {dict(before)} before, {dict(seen)} in quarantine")
        now = get(f"pod/{first}")
        assert now["status"]["containerStatuses"][0]["containerID"] == ran, "it was restarted"
        assert not {"app", "tier", "pod-template-hash"} & set(now["metadata"]["labels"]), now["metadata"]["labels"]
        until(20, lambda: "ownerReferences" not in get(f"pod/{first}")["metadata"], "let go")
        kept = json.loads(now["metadata"]["annotations"][MARK])
        assert kept["labels"].items() <= labels.items() and kept["owner"]["kind"] == "ReplicaSet" and kept["time"] and "by" in kept, kept
        until(60, lambda: get("deploy/web")["status"].get("readyReplicas") == 2 and len(pods("web-")) == 3, "a third one")
        v.s.wait("In quarantine", 30)
        v.command("quarantine")
        v.s.wait("it is in quarantine already")
        v.command("journal")
        v.s.wait(r"out of 2 Services after")
        v.s.send(b"\x1b")
        v.s.settle(0.3, 5)  # Esc and the next key are no Alt
        v.command("undo")
        said = v.question()
        assert "This takes back: quarantine" in said and "2 of 2 Pods now: one is too many then, and it DELETES one" in said, said
        v.s.send(b"y")
        v.s.wait(r"back in 2 Services after|it was deleted meanwhile", 60)
    until(30, lambda: len(pods("web-")) == 2, "two again")
    left = pods("web-")
    after = answers("web")
    assert set(after) == set(left), (after, left)
    if first in left:
        now = get(f"pod/{first}")["metadata"]
        assert now["labels"] == labels and MARK not in now.get("annotations", {}) and now["ownerReferences"], now


def room_for_it():
    """Scaled up beforehand, the Pod comes back to the two that were there, and all of them answer."""
    first = pods("web-")[0]
    with View(f"pods --name {first}") as v:
        v.s.wait(first)
        v.act("quarantine", r"out of 2 Services after")
    assert first not in answers("web")
    until(30, lambda: get("deploy/web")["status"].get("readyReplicas") == 2, "another one")
    rs = json.loads(get(f"pod/{first}")["metadata"]["annotations"][MARK])["owner"]["name"]
    other = next(p for p in pods("web-") if p != first)
    with View(f"pods --name {other}") as v:  # another one meanwhile: the ReplicaSet has room for one
        v.s.wait(other)
        v.act("quarantine", r"out of 2 Services after")
    until(30, lambda: get(f"rs/{rs}")["status"].get("replicas") == 2, "two others")
    kubectl("scale", f"deploy/web", "--replicas=3")
    with View(f"pods --name {first}") as v:
        v.s.wait(first)
        v.act("unquarantine", r"back in 2 Services after \d+ s|it was deleted meanwhile")
    kubectl("delete", "pod", other)
    until(60, lambda: get("deploy/web")["status"].get("readyReplicas") == 3 and len(pods("web-")) == 3, "three")
    seen = answers("web", 60)
    assert set(seen) == set(pods("web-")), seen
    kubectl("scale", "deploy/web", "--replicas=2")
    until(30, lambda: len(pods("web-")) == 2, "two")


def stateful():
    """A StatefulSet lets its Pod go, and cannot make another one of the name; it takes it back as it was."""
    uid = get("pod/db-0")["metadata"]["uid"]
    labels = get("pod/db-0")["metadata"]["labels"]
    with View("pods --name db-0") as v:
        v.s.wait("db-0")
        said = v.act("quarantine", r"out of Service db after")
        assert "StatefulSet db lets it go, and cannot make another one while this one has the name" in said, said
        now = get("pod/db-0")["metadata"]
        assert now["labels"].get("statefulset.kubernetes.io/pod-name") == "db-0" and "app" not in now["labels"], now["labels"]
        assert slices_with("db-0") == []
        time.sleep(3)
        assert pods("db-") == ["db-0", "db-1"] and get("pod/db-0")["metadata"]["uid"] == uid
        v.act("unquarantine", r"back in Service db after")
        assert slices_with("db-0") == ["db"]
    until(60, lambda: get("pod/db-0")["metadata"].get("ownerReferences"), "taken back")
    assert get("pod/db-0")["metadata"]["labels"] == labels and get("pod/db-0")["metadata"]["uid"] == uid


def none():
    """Without a Service and without an owner there is nothing to take off."""
    with View("pods --name bare") as v:
        v.s.wait("bare")
        before = get("pod/bare")["metadata"]["resourceVersion"]
        v.command("quarantine")
        v.s.wait("nothing to take off: no Service selects it")
        v.command("unquarantine")
        v.s.wait("bare is not in quarantine")
        assert get("pod/bare")["metadata"]["resourceVersion"] == before


def held():
    """A slice that somebody wrote by hand sends to it all the same: kview does not say that it gets no traffic."""
    first = pods("held-")[0]
    pod = get(f"pod/{first}")
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {
        "name": "by-hand", "labels": {"kubernetes.io/service-name": "held"}}, "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": [pod["status"]["podIP"]]}]}))
    with View(f"pods --name {first}") as v:
        v.s.wait(first)
        v.act("quarantine", r"still in EndpointSlice by-hand$|still in EndpointSlice by-hand ")
        v.s.wait("still in EndpointSlice by-hand after 30 s", 60)
        kubectl("delete", "endpointslice", "by-hand")
        v.s.wait(r"out of Service held after 3\d s", 20)


def race():
    """Deleted and made anew under its name while the question is open: the new one is left alone."""
    spec = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "twin", "labels": {"app": "held"}}, "spec": {
        "terminationGracePeriodSeconds": 0, "containers": [{"name": "app", "image": IMAGE, "command": ["sleep", "1000"]}]}}
    del spec["metadata"]["labels"]["app"]
    spec["metadata"]["labels"]["app"] = "twin"
    kubectl("create", "-f", "-", text=json.dumps(spec))
    kubectl("create", "-f", "-", text=json.dumps(service("twin", {"app": "twin"})))
    with View("pods --name twin") as v:
        v.s.wait("twin")
        v.command("quarantine")
        v.question()
        kubectl("delete", "pod", "twin")
        kubectl("create", "-f", "-", text=json.dumps(spec))
        v.s.send(b"y")
        v.s.wait("Quarantine: not done")
        assert "another one has its name now: nothing was done to it" in v.text(), v.text()
    now = get("pod/twin")["metadata"]
    assert now["labels"]["app"] == "twin" and MARK not in now.get("annotations", {}), now


def rights():
    """Who may patch Pods, but not see Services; nor EndpointSlices."""
    kubectl("create", "serviceaccount", "quar")
    kubectl("create", "role", "quar", "--verb=get,list,watch,patch", "--resource=pods")
    kubectl("create", "rolebinding", "quar", "--role=quar", f"--serviceaccount={NS}:quar")
    config = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json", ns=None))
    config["users"][0]["user"] = {"token": kubectl("create", "token", "quar").strip()}
    path = os.path.join(FOLDER, "quar.json")
    with open(path, "w") as f:
        json.dump(config, f)
    name = pods("held-")[-1]
    with View(f"pods --name {name}", "--write", config=path) as v:
        v.s.wait(name)
        v.command("quarantine")
        v.s.wait(f"the right to list services in {NS} is missing")
        kubectl("create", "role", "quar2", "--verb=get,list,watch", "--resource=services,replicasets")
        kubectl("create", "rolebinding", "quar2", "--role=quar2", f"--serviceaccount={NS}:quar")
        v.act("quarantine", "without the right to list endpointslices")
    with View(f"pods --name {name}", "--readonly") as v:
        v.s.wait(name)
        v.command("unquarantine")
        v.s.wait("read-only: unquarantine is refused")


def main():
    make()
    cases = (there_and_back, room_for_it, stateful, none, held, race, rights)
    twins.run("quarantine", [(f.__name__.replace("_", " "), f) for f in cases])


main()
