#!/usr/bin/python3
"""More actions on twins: what needs no running containers. acts2.py KVIEW KUBECTL NAMESPACE TWIN FOLDER; `ok` or
`FAILED` a case."""
import json

from twins import NS, TWIN, View, get, kubectl, run, twin, workload


def objects():
    web = workload("Deployment", "web", replicas=0)
    app = web["spec"]["template"]["spec"]["containers"][0]
    app["env"] = [{"name": "A", "value": "1"}, {"name": "E"},
                  {"name": "S", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}}]
    app["envFrom"] = [{"configMapRef": {"name": "conf"}}]
    app["resources"] = {"requests": {"cpu": "100m"}, "limits": {"cpu": "500m", "memory": "1Gi"}}
    return [web]


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


def main():
    for ns in (NS, TWIN):
        kubectl("apply", "--server-side", "-f", "-", ns=ns, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects()}))
    cases = [(f"{view}: {line}", lambda t=(view, line, words, done): twin(*t)) for view, line, words, done in TWINS]
    cases += [(f.__name__.replace("_", " "), f) for f in (settings,)]
    run("acts2", cases)


main()
