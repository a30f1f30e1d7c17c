#!/usr/bin/python3
"""Evidence first: what a delete, a restart or an eviction ends is kept before. evidence.py KVIEW KUBECTL NAMESPACE -
FOLDER; `ok` or `FAILED` a case."""
import glob, os, stat, time, traceback

import kube
from actions import FOLDER, IMAGE, NS, View, get, kubectl, until
from screen import case

STATE = os.path.join(FOLDER, "kept")
ENV = {"XDG_STATE_HOME": STATE}


def folders(kind, name):
    return sorted(glob.glob(f"{STATE}/kview/evidence/*-{NS}-{kind}-{name}*"))


def files(folder):
    return {os.path.basename(f): open(f).read() for f in glob.glob(folder + "/*")}


def act(view, line, done, env=None, yes="y"):
    kind, _, name = view.partition(" ")
    with View(f"{kind} --name {name}", env={**ENV, **(env or {})}) as v:
        v.s.wait(rf"^.\s{name}\b")
        v.command(line)
        v.question()
        begun = time.monotonic()
        v.s.send(yes.encode())
        v.s.wait(done, 40)
        took = time.monotonic() - begun
        v.command("journal")
        v.s.wait("Journal")
        v.s.settle(0.3, 5)
        return took, "\n".join(v.s.screen.display)


def pod():
    kubectl("run", "talk", f"--image={IMAGE}", "--", "sh", "-c",
            "for i in $(seq 300); do echo line $i; done; [ -f /tmp/x ] || exec sleep 3")
    until(60, lambda: get("pod/talk")["status"].get("containerStatuses", [{}])[0].get("restartCount"), "restarted")
    _, journal = act("pods talk", "delete --force", "talk: gone after .*; evidence in ")
    assert "evidence in" in journal, journal
    (folder,) = folders("Pod", "talk")
    kept = files(folder)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert all(stat.S_IMODE(os.stat(f"{folder}/{f}").st_mode) == 0o600 for f in kept)
    assert "restartCount: 1" in kept["object.yaml"] and "lastState:" in kept["object.yaml"], kept["object.yaml"]
    assert "Scheduled: " in kept["events.txt"], kept["events.txt"]
    lines = kept["talk.log"].splitlines()
    assert len(lines) == 200 and lines[-1].endswith("Z line 300"), lines[-3:]
    assert kept["talk.previous.log"], kept.keys()


def restart():
    kubectl("create", "deploy", "web", f"--image={IMAGE}", "--", "sh", "-c", "echo it was here; exec sleep 1000")
    kubectl("rollout", "status", "deploy/web", "--timeout=60s")
    act("deploy web", "restart", "web: 1/1 available.*evidence in ")
    kept = files(folders("Deployment", "web")[0])
    assert "restartedAt" not in kept["object.yaml"] and "ScalingReplicaSet" in kept["events.txt"], kept
    assert "kind: PodList" in kept["pods.yaml"] and "nodeName: " in kept["pods.yaml"], kept.keys()
    (log,) = [text for f, text in kept.items() if f.startswith("web-") and f.endswith(".busybox.log")]
    assert log.endswith("Z it was here\n"), log


def secret():
    kubectl("create", "secret", "generic", "hush", "--from-literal=pw=geheim")
    act("secrets hush", "delete", "hush: gone after")
    text = "".join(files(folders("Secret", "hush")[0]).values())
    assert "pw: (not kept)" in text and "geheim" not in text and "Z2VoZWlt" not in text, text


def several():
    for i in range(12):
        kubectl("create", "cm", f"many-{i}")
    with View("cm /many", env=ENV) as v:
        v.s.wait("many-11")
        v.s.send(b"+")
        v.command("delete")
        v.question("type 12|confirm")
        v.s.send(b"12\r")
        until(20, lambda: v.s.pump(0.1) or not [n for n in kube.names("cm", NS) if n.startswith("many-")], "deleted")
    assert len([f for i in range(12) for f in folders("ConfigMap", f"many-{i}")[:1]]) == 12


def no_room():
    """The state folder cannot be written: the action is done all the same."""
    kubectl("create", "cm", "alone")
    blocked = os.path.join(FOLDER, "blocked")
    os.makedirs(blocked + "/kview", exist_ok=True)
    with open(blocked + "/kview/evidence", "w"):
        pass  # a file where the folder would be
    _, journal = act("cm alone", "delete", "alone: gone after", env={"XDG_STATE_HOME": blocked})
    assert "evidence" not in journal
    assert "alone" not in kube.names("cm", NS)


def switched_off():
    kubectl("create", "cm", "off")
    config = os.path.join(FOLDER, "off")
    os.makedirs(config + "/kview", exist_ok=True)
    with open(config + "/kview/config.yaml", "w") as f:
        f.write("evidence: false\n")
    act("cm off", "delete", "off: gone after", env={"XDG_CONFIG_HOME": config})
    assert not folders("ConfigMap", "off")


def main():
    for fn in (pod, restart, secret, several, no_room, switched_off):
        try:
            fn()
            case(f"evidence: {fn.__name__.replace('_', ' ')}", True)
        except Exception as e:
            case(f"evidence: {fn.__name__.replace('_', ' ')}", False, traceback.format_exc() + str(getattr(e, "stderr", "")))


if __name__ == "__main__":
    main()
