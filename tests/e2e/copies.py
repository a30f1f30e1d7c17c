#!/usr/bin/python3
"""Copies in both directions against what is there, byte for byte; hostile archives; cancels and losses; debug
containers and node shells. copies.py KVIEW KUBECTL NAMESPACE FOLDER NODE"""
import hashlib, io, json, os, random, re, shutil, signal, stat, subprocess, sys, tarfile, time

import kube
from screen import Screen, case
from terminal import Ended

KVIEW, KUBECTL, NS, FOLDER, NODE = sys.argv[1], sys.argv[2].split(), sys.argv[3], sys.argv[4], sys.argv[5]
IMAGE = "docker.io/library/busybox:1.35"
HERE = os.path.join(FOLDER, "copy")
BIG = 50 << 20


def kubectl(*args, text=None, check=True):
    binary = isinstance(text, bytes)
    return subprocess.run([*KUBECTL, "-n", NS, *args], input=text, capture_output=True, text=not binary,
                          check=check).stdout


def inside(script, pod="box", check=True):
    return kubectl("exec", pod, "--", "sh", "-c", script, check=check)


def pod(name, **meta):
    c = {"name": "app", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "100000"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **meta},
            "spec": {"containers": [c], "terminationGracePeriodSeconds": 0}}


def path(name):
    return os.path.join(HERE, name)


def make_tree(top):
    rnd = random.Random(7)
    for i in range(990):
        folder = f"{top}/d{i % 17}/e{i % 5}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/f{i}", "wb") as f:
            f.write(rnd.randbytes(rnd.randint(0, 3000)))
    deep = f"{top}/" + "/".join(["deep" * 20] * 5)  # more than a ustar header holds
    os.makedirs(deep)
    odd = {"empty": b"", "with blanks and \"quotes\"": b"q", "-dash": b"d", "ünïcödé 日本": b"u", "n" * 200: b"n",
           deep[len(top) + 1:] + "/leaf": b"leaf", "big": rnd.randbytes(BIG), "$(id)`id`": b"shell"}
    for name, data in odd.items():
        with open(f"{top}/{name}", "wb") as f:
            f.write(data)
    os.symlink("big", f"{top}/link")
    os.symlink("../big", f"{top}/d0/up")
    os.symlink("d1", f"{top}/folder-link")
    os.symlink("n" * 150, f"{top}/nowhere")
    for name, mode in (("empty", 0o400), ("d1", 0o750), ("d0/e0/f0", 0o755), ("-dash", 0o666)):
        os.chmod(f"{top}/{name}", mode)
    for i, name in enumerate(("big", "d2", "empty")):
        os.utime(f"{top}/{name}", (1e9 + i, 1e9 + i))


def tree_of(top):
    """Every path with its type, mode, and content; the times of files: those of folders busybox's tar sets before
    it fills them."""
    out = {}
    for folder, dirs, files in os.walk(top):
        for name in dirs + files:
            full = os.path.join(folder, name)
            st = os.lstat(full)
            rel = os.path.relpath(full, top)
            if stat.S_ISLNK(st.st_mode):
                out[rel] = ("link", os.readlink(full))
            elif stat.S_ISDIR(st.st_mode):
                out[rel] = ("folder", oct(st.st_mode))
            else:
                with open(full, "rb") as f:
                    out[rel] = (oct(st.st_mode), int(st.st_mtime), hashlib.sha256(f.read()).hexdigest())
    return out


def kview(*args):
    state = path(f"state-{time.monotonic_ns()}") if not args else args[0]
    return Screen([KVIEW, "--write", "-n", NS, "copies"], {"XDG_STATE_HOME": state})


def command(s, line):
    s.send(b":" + line.encode() + b"\r")


def rows(s):
    """The states of the copies, the newest first."""
    out = []
    for line in s.screen.display[3:]:
        found = re.match(r"^[▌ ] \S.* (done|failed|cancelled|copying|looking) ", line)
        if not found:
            return out
        out.append(found[1])
    return out


def copy(s, line, end="done|failed|cancelled", seconds=90):
    """Runs it and waits for its end; returns the screen."""
    before = len(rows(s))
    command(s, line)
    s.need(seconds, lambda: len(rows(s)) > before and re.match(end, rows(s)[0]), f"{end} of {line}")
    s.settle(0.3)
    return "\n".join(s.screen.display)


def until(seconds, fn, what):
    end = time.monotonic() + seconds
    while not fn():
        assert time.monotonic() < end, f"not {what}"
        time.sleep(0.1)


def parts(folder):
    return [f for _, _, files in os.walk(folder) for f in files if "kview-" in f]


def in_and_out():
    make_tree(path("src"))
    want = tree_of(path("src"))
    assert len(want) > 1000, len(want)
    figures = {}
    with kview() as s:
        text = copy(s, f"cp {path('src')} box:/tmp/up")
        figures["in"] = float(re.search(r" in (\d+\.\d) s ", text)[1])
        assert "copied 998 files, 4 links" in text, text
        assert inside("ls -A /tmp").split() == ["up"], "something is left in /tmp"
        text = copy(s, f"cp box:/tmp/up {path('back')}")
        figures["out"] = float(re.search(r" in (\d+\.\d) s ", text)[1])
        assert "copied 998 files, 4 links" in text, text
        got = tree_of(path("back"))
        assert got == want, [k for k in want.keys() | got.keys() if want.get(k) != got.get(k)][:10]
        assert int(os.stat(path("back/d2")).st_mtime) == int(inside("stat -c %Y /tmp/up/d2"))
        # again: nothing is written over, and nothing needs to be
        os.makedirs(path("back2"))
        text = copy(s, f"cp box:/tmp/up/ {path('back2')}/")  # a folder that is there: into it
        assert "copied 998 files" in text and tree_of(path("back2/up")) == want, text
        text = copy(s, f"cp box:/tmp/up {path('back2')}")
        assert re.search(r"copied 0 files.*1002 there already", text), text
        text = copy(s, f"cp {path('src')} box:/tmp/up2")
        shutil.copytree(path("src"), path("up2"), symlinks=True)
        with open(path("up2/d3/new"), "w") as f:
            f.write("new")
        with open(path("up2/-dash"), "w") as f:
            f.write("changed")
        text = copy(s, f"cp {path('up2')} box:/tmp")
        assert re.search(r"copied 1 file,.*there already.*1 refused", text), text
        assert "-dash: it is there already and differs" in text, text
        assert inside("cat /tmp/up2/-dash /tmp/up2/d3/new") == "dnew"
        text = copy(s, f"cp --force {path('up2')} box:/tmp")
        assert inside("cat /tmp/up2/-dash") == "changed"
    at = time.monotonic()
    kubectl("cp", path("src"), "box:/tmp/theirs")
    figures["kubectl in"] = time.monotonic() - at
    at = time.monotonic()
    kubectl("cp", "box:/tmp/theirs", path("theirs"))
    figures["kubectl out"] = time.monotonic() - at
    print("# " + ", ".join(f"{k} {53.9 / v:.1f} MB/s" for k, v in figures.items()))


def hostile_archive():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as t:
        def add(name, data=b"", kind=tarfile.REGTYPE, link=""):
            e = tarfile.TarInfo(name)
            e.size, e.type, e.linkname, e.mode = len(data), kind, link, 0o4755
            t.addfile(e, io.BytesIO(data))
        add("src", kind=tarfile.DIRTYPE)
        add("src/good", b"good")
        add("../evil1", b"e")
        add("src/../../evil2", b"e")
        add(path("evil3"), b"e")
        add("other/evil4", b"e")
        add("src/out", kind=tarfile.SYMTYPE, link="../..")
        add("src/abs", kind=tarfile.SYMTYPE, link="/etc")
        add("src/in", kind=tarfile.SYMTYPE, link="good")
        add("src/dir", kind=tarfile.SYMTYPE, link=".")
        add("src/dir/evil5", b"e")
        add("src/through", kind=tarfile.SYMTYPE, link="dir/../../..")
        add("src/hard", kind=tarfile.LNKTYPE, link="../../victim")
        add("src/null", kind=tarfile.CHRTYPE)
        add("src/pipe", kind=tarfile.FIFOTYPE)
        add("src/esc\x1b[2Jape", b"e")
        add("src/last", b"last")
    return out.getvalue()


def hostile():
    os.makedirs(path("target"))
    with open(path("victim"), "w") as f:
        f.write("victim")
    kubectl("exec", "-i", "liar", "--", "sh", "-c", "cat >/tmp/a.tar && printf '#!/bin/sh\\ncat /tmp/a.tar\\n' >/tmp/tar"
            " && chmod +x /tmp/tar && rm -f /bin/tar && cp /tmp/tar /bin/tar && mkdir /tmp/src", text=hostile_archive())
    with kview() as s:
        text = copy(s, f"cp liar:/tmp/src {path('target')}")
    got = tree_of(path("target"))
    assert set(got) == {"src", "src/good", "src/in", "src/dir", "src/last"}, got
    assert got["src/good"][0] == "0o100755", got["src/good"]  # no set-user-ID
    assert not [f for f in os.listdir(HERE) + os.listdir(FOLDER) if f.startswith("evil")]
    assert "12 refused" in text and "leads out" in text and "an absolute name" in text, text
    assert "\x1b" not in text
    # what is in the way here is not followed either
    shutil.rmtree(path("target"))
    os.makedirs(path("target/src"))
    os.makedirs(path("outside"))
    inside("mkdir -p /tmp/w/src/sub && echo x >/tmp/w/src/sub/file && echo y >/tmp/w/src/plain")
    os.symlink(path("outside"), path("target/src/sub"))
    os.symlink(path("outside/made"), path("target/src/plain"))
    with kview() as s:
        text = copy(s, f"cp box:/tmp/w/src {path('target')}")
    assert os.listdir(path("outside")) == [] and "refused" in text, text


def cancelled():
    inside(f"dd if=/dev/zero of=/tmp/large bs=1M count=600 2>/dev/null")
    with kview() as s:
        command(s, f"cp box:/tmp/large {path('large')}")
        s.need(30, lambda: parts(HERE) and os.path.getsize(path(".large.kview-part")) > 8 << 20, "some of it")
        s.send(b"\x1b")
        s.wait(r"▌ .* cancelled ", 10)
        s.settle(0.3)
        assert not os.path.exists(path("large"))
        part = os.path.getsize(path(".large.kview-part"))
        text = copy(s, f"cp box:/tmp/large {path('large')}")
        assert "of them were here from before" in text, text
        assert os.path.getsize(path("large")) == 600 << 20 and not parts(HERE), text
        print(f"# gone on with after {part >> 20} MB")
        os.unlink(path("large"))
        with open(path("up-large"), "wb") as f:
            f.truncate(600 << 20)
        command(s, f"cp {path('up-large')} box:/tmp/in-large")
        s.need(30, lambda: inside("ls -A /tmp | grep kview-cp", check=False), "some of it in the container")
        s.send(b"\x1b")
        s.wait(r"▌ .* cancelled ", 10)
        s.need(20, lambda: not inside("ls -A /tmp | grep -e kview-cp -e in-large", check=False), "nothing left there")
        os.unlink(path("up-large"))
    inside("rm /tmp/large")


def pod_deleted():
    inside("dd if=/dev/zero of=/tmp/large bs=1M count=900 2>/dev/null", "gone")
    with kview() as s:
        command(s, f"cp gone:/tmp/large {path('lost')}")
        s.need(30, lambda: parts(HERE), "some of it")
        kubectl("delete", "pod", "gone", "--now")
        s.wait(r"▌ .* failed ", 60)
        s.settle(0.5)
        text = "\n".join(s.screen.display)
        assert re.search(r"the Pod gone was (being )?deleted while the copy ran", text), text
        assert not os.path.exists(path("lost"))


def says_why():
    os.makedirs(path("full"))
    with open(path("one"), "w") as f:
        f.write("one")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", path("full")], check=True)
    try:
        with kview() as s:
            text = copy(s, f"cp box:/tmp/up {path('full')}")
            assert "No space left on device" in text and not parts(path("full")), text
    finally:
        subprocess.run(["umount", path("full")], check=True)
    inside("rm -f /bin/tar", "bare")
    with kview() as s:
        for line, why in ((f"cp box:/tmp/nothing {path('x')}", "No such file"), (f"cp nopod:/tmp {path('x')}", "not found"),
                          (f"cp box:/tmp {path('no/such/folder')}", "there is no folder"),
                          (f"cp {path('none')} box:/tmp", "No such file"), (f"cp {path('one')} box:/no/such/x", "there is no folder"),
                          (f"cp -c wrong box:/tmp {path('x')}", "wrong"),
                          (f"cp bare:/etc {path('x')}", "directory")):  # into it works: busybox's sh has a tar of its own
            text = copy(s, line, "failed")
            assert why in text, (line, text)
        text = copy(s, f"cp bare:/etc/passwd {path('passwd')}")  # without tar: one file by cat
        with open(path("passwd")) as f:
            assert f.read() == inside("cat /etc/passwd", "bare"), text
        copy(s, f"cp {path('one')} bare:/tmp/one")
        assert inside("cat /tmp/one; ls -A /tmp", "bare") == "oneone\n"
    with Screen([KVIEW, "--readonly", "-n", NS, "copies"], {"XDG_STATE_HOME": path("ro")}) as s:
        command(s, f"cp {path('one')} box:/tmp/one")
        s.wait("read-only")
        command(s, "debug box")
        s.wait("read-only: debug is refused")
        copy(s, f"cp box:/etc/passwd {path('ro-passwd')}", "done")
    assert "one" not in inside("ls /tmp").split()


def debug_container():
    with Screen([KVIEW, "--write", "-n", NS, "pods", "/name=box"], {"XDG_STATE_HOME": path("debug")}) as s:
        s.wait("box .*Running")
        command(s, f"debug box --image {IMAGE} --target app --profile netadmin")
        s.wait("NET_ADMIN")
        s.send(b"n")
        s.wait("Add a debug container", gone=True)
        assert "ephemeralContainers" not in kube.get("pod/box", NS)["spec"]
        command(s, f"debug box --image {IMAGE} --target app")
        s.wait("SYS_PTRACE")
        s.send(b"y")
        s.wait("● connected", 60)
        s.send(b"echo it-is-$((6*7)); ps\r")
        s.wait("it-is-42")
        s.wait("sleep 100000")
        s.send(b"\x1d\x1b")  # back, and to it once more
        s.wait("box .*Running")
        s.send(b"D")
        s.wait(r"debugger-\w{5} +running")
        s.send(b"\r")
        s.wait("● connected", 30)
        s.send(b"exit\r")
        s.wait("ended", 30)
    c = kube.get("pod/box", NS)["spec"]["ephemeralContainers"]
    assert len(c) == 1 and c[0]["targetContainerName"] == "app", c


def node_pods():
    return kube.names("pods", NS, "app.kubernetes.io/component=node-shell")


def enter_node(s):
    command(s, f"node-shell {NODE} --image {IMAGE} -n {NS}")
    s.wait("PRIVILEGED")
    s.send(b"y")
    s.wait("● connected", 60)
    s.send(b"echo host-$((6*7)); ls -d /etc/hostname\r")
    s.wait("host-42")
    s.wait("^/etc/hostname")
    assert len(node_pods()) == 1


def node_shell():
    state = path("node")
    with kview(state) as s:
        enter_node(s)
        s.send(b"exit\r")
        s.wait("is deleted")
        s.need(20, lambda: not node_pods(), "no Pod after exit")
        enter_node(s)
        os.kill(s.pid, signal.SIGTERM)  # as when the terminal is closed
        until(20, lambda: not node_pods(), "the Pod gone after the end")
    with kview(state) as s:
        enter_node(s)
        os.kill(s.pid, signal.SIGKILL)
        until(10, lambda: " Z " in open(f"/proc/{s.pid}/stat").read(), "killed")
    assert len(node_pods()) == 1
    with kview(state) as s:
        s.wait("left over from a node shell")
        command(s, "node-shell --delete")
        s.wait("Delete what is left over")
        s.send(b"y")
        s.need(20, lambda: not node_pods(), "no Pod left")
        s.wait("is deleted")


def main():
    os.makedirs(HERE, exist_ok=True)
    objects = {"apiVersion": "v1", "kind": "List", "items": [pod("box"), pod("liar"), pod("gone"), pod("bare")]}
    kubectl("apply", "-f", "-", text=json.dumps(objects))
    kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=120s")
    cases = [in_and_out, hostile, cancelled, pod_deleted, says_why, debug_container, node_shell]
    for fn in cases:
        if len(sys.argv) < 7 or fn.__name__ in sys.argv[6:]:
            name = "copy: " + fn.__name__.replace("_", " ")
            try:
                fn()
                case(name, True)
            except (AssertionError, Ended, OSError, subprocess.CalledProcessError) as e:
                case(name, False, f"{type(e).__name__} {e} {getattr(e, 'stderr', '') or ''}")


main()
