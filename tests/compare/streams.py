"""Cases of what is no object: logs, shells and forwards, as far as a Pod that runs nowhere has answers for them; and of
ephemeral containers."""
from cases import CORE, case, pod


@case
def logs_of_no_container(s):
    s.post(CORE + "/pods", pod("logless"), note=False)
    two = pod("two", containers=[{"name": n, "image": "busybox:1"} for n in ("main", "side")],
              initContainers=[{"name": "before", "image": "busybox:1"}])
    s.post(CORE + "/pods", two, note=False)
    at = CORE + "/pods/logless/log"
    s.get(at)
    for query in ("container=nope", "previous=true&container=nope", "tailLines=-1", "tailLines=x", "sinceSeconds=0",
                  "limitBytes=0", "tailLines=-1&sinceSeconds=0", "sinceTime=x",
                  "sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z", "follow=true"):
        s.get(at + "?" + query)
    s.get(CORE + "/pods/two/log")
    s.get(CORE + "/pods/two/log?container=side")
    s.get(CORE + "/pods/nosuch/log")
    s.delete(CORE + "/pods/logless", note=False)
    s.delete(CORE + "/pods/two", note=False)


def two(name):
    return pod(name, containers=[{"name": n, "image": "busybox:1"} for n in ("main", "side")])


@case
def ephemeral_containers(s):
    s.post(CORE + "/pods", two("debugged"), note=False)
    at = CORE + "/pods/debugged/ephemeralcontainers"
    wrong = {
        "no-name": {"image": "busybox:1"}, "no-image": {"name": "d"}, "nothing": {"tty": True},
        "a-containers-name": {"name": "main", "image": "busybox:1"}, "bad-name": {"name": "Bad_Name", "image": "busybox:1"},
        "no-target": {"name": "d", "image": "busybox:1", "targetContainerName": "nope"},
        "ports": {"name": "d", "image": "busybox:1", "ports": [{"containerPort": 80}]},
        "probe": {"name": "d", "image": "busybox:1", "livenessProbe": {"exec": {"command": ["x"]}}},
        "resources": {"name": "d", "image": "busybox:1", "resources": {"requests": {"cpu": "1"}}},
        "lifecycle": {"name": "d", "image": "busybox:1", "lifecycle": {"preStop": {"exec": {"command": ["x"]}}}},
        "volume": {"name": "d", "image": "busybox:1", "volumeMounts": [{"name": "nope", "mountPath": "/x"}]},
        "blank": {"name": "d", "image": " busybox:1"},
    }

    def add(what, *containers, kind="merge", on=at):
        return s.patch(on, {"spec": {"ephemeralContainers": list(containers)}}, kind, what="ephemeral " + what)

    for what, container in wrong.items():
        add(what, container)
    good = {"name": "d", "image": "busybox:1", "targetContainerName": "main", "stdin": True, "tty": True}
    add("twice", good, {"name": "d", "image": "busybox:2"})
    add("no-name-strategic", {"image": "busybox:1"}, kind="strategic")
    add("dry-run", good, kind="strategic", on=at + "?dryRun=All")
    add("added", good, kind="strategic")
    add("same", good, kind="strategic")
    add("changed", {"name": "d", "image": "busybox:2"}, kind="strategic")
    add("removed")
    add("replaced", {"name": "e", "image": "busybox:1"})
    s.patch(at, {"metadata": {"labels": {"a": "b"}}, "spec": {"activeDeadlineSeconds": 5}}, what="ephemeral other-fields")
    s.get(at)
    s.get(CORE + "/pods/nosuch/ephemeralcontainers")
    s.patch(CORE + "/pods/nosuch/ephemeralcontainers", {"spec": {}})
    s.post(at, {})
    s.delete(CORE + "/pods/debugged", note=False)


@case
def refused_upgrades(s):
    s.post(CORE + "/pods", two("hostless"), note=False)
    at = CORE + "/pods/hostless/"
    for query in ("exec", "exec?command=ls", "exec?command=ls&stdout=true&container=nope",
                  "exec?command=ls&stdout=true&container=main", "exec?stdout=true&container=main",
                  "attach", "attach?stdout=true&container=nope", "attach?stdout=true&container=main"):
        s.upgrade(at + query, "v5.channel.k8s.io")
    for query in ("portforward", "portforward?ports=80", "portforward?ports=x", "portforward?ports=-1",
                  "portforward?ports=70000", "portforward?ports=80&ports="):
        s.upgrade(at + query, "v4.channel.k8s.io")
    for sub in ("exec?command=ls", "attach", "portforward?ports=80"):
        s.upgrade(CORE + "/pods/nosuch/" + sub, "v4.channel.k8s.io")
        for method in ("GET", "POST", "PUT", "DELETE"):
            s.call(method, at + sub)
    s.delete(CORE + "/pods/hostless", note=False)
