#!/usr/bin/python3
"""Editing: in one namespace with kview, in the other with kubectl edit, and the objects must be equal afterwards; and
what must not happen. edit.py KVIEW KUBECTL NAMESPACE TWIN FOLDER; `ok` or `FAILED` a case."""
import base64, glob, json, os, stat, subprocess, time, traceback

from actions import FOLDER, IMAGE, KUBECTL, NS, TWIN, View, get, kubectl, normal, same, until, workload
from recorder import Recorder
from screen import case
from terminal import Ended

TMP = os.path.join(FOLDER, "tmp")  # where the files are
SEEN = os.path.join(FOLDER, "seen")

# Each time it runs it does the next step: Python over `text`, which is what is saved; what it was given is in SEEN.
EDITOR = """import glob, os, sys, traceback
folder, path = sys.argv[1], sys.argv[2]
text = open(path).read()
with open(os.path.join(folder, "seen"), "w") as f:
    f.write(text)
with open(os.path.join(folder, "modes"), "w") as f:
    f.write("%o %o %s" % (os.stat(path).st_mode & 0o777, os.stat(os.path.dirname(path)).st_mode & 0o777, path))
steps = sorted(glob.glob(os.path.join(folder, "step*")))
scope = {"text": text, "sys": sys, "os": os}
if steps:
    code = open(steps[0]).read()
    os.unlink(steps[0])
    try:
        exec(code, scope)
    except Exception:
        with open(os.path.join(folder, "why"), "w") as f:
            f.write(code + traceback.format_exc() + text)
        raise
with open(path, "w") as f:
    f.write(scope["text"])
"""


def steps(*code):
    for old in glob.glob(os.path.join(FOLDER, "step*")):
        os.unlink(old)
    for i, c in enumerate(code):
        with open(os.path.join(FOLDER, f"step{i}"), "w") as f:
            f.write(c)


def seen():
    with open(SEEN) as f:
        return f.read()


def swap(a, b):
    return f"assert {a!r} in text\ntext = text.replace({a!r}, {b!r})\n"


ENV = {}


class Edit(View):
    def __init__(self, view, *args, **more):
        super().__init__(view, *args, env=ENV, **more)

    def edit(self, *code):
        steps(*code)
        self.command("edit")
        try:
            self.s.wait(r"dry run|kept in", 20)
            assert self.s.shows("dry run"), "\n".join(self.s.screen.display[-2:])
            return self.question()
        except Ended:
            why = os.path.join(FOLDER, "why")
            raise AssertionError(open(why).read() if os.path.exists(why) else "\n".join(self.s.screen.display))

    def send(self, done):
        self.s.send(b"y")
        self.s.wait(r"\[ (n|Esc): ", 20, gone=True)
        self.s.wait(done, 90)


def told(e):
    """Where and why, in the one line that the list of failures keeps; then the whole."""
    at = [f.lineno for f in traceback.extract_tb(e.__traceback__) if f.filename == __file__][-1]
    return f"line {at}: {type(e).__name__}: {e}\n{traceback.format_exc()}{getattr(e, 'stderr', '')}"


def nothing_left():
    assert not os.listdir(TMP), os.listdir(TMP)


CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {}, "spec": {
    "scope": "Namespaced", "names": {"plural": "lamps", "singular": "lamp", "kind": "Lamp"},
    "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"spec": {"type": "object", "properties": {
            "watts": {"type": "integer", "minimum": 1}, "colours": {"type": "array", "items": {"type": "string"}},
            "parts": {"type": "array", "items": {"type": "object", "properties": {
                "name": {"type": "string"}, "n": {"type": "integer"}}}}}},
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}}}]}}
GROUP = f"{NS}.kview.test"


def make(ns):
    docs = [workload("Deployment", "web", replicas=1),
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf", "annotations": {"a": "1"}},
             "data": {"k": "v", "number": "08", "text": "one\ntwo  \n\tthree", "yes": "yes", "empty": ""}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc"}, "spec": {
                "selector": {"app": "web"}, "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "sec"}, "data": {
                "pw": base64.b64encode("süß: 'it'\n".encode()).decode(), "bin": base64.b64encode(b"\xff\xfe\0").decode(),
                "keep": base64.b64encode(b"kept").decode()}},
            {"apiVersion": f"{GROUP}/v1", "kind": "Lamp", "metadata": {"name": "lamp"}, "spec": {
                "watts": 5, "colours": ["red", "blue"], "parts": [{"name": "bulb", "n": 1}, {"name": "wire", "n": 2}]}}]
    kubectl("apply", "--server-side", "-f", "-", ns=ns, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": docs}))


def made(ns):
    try:
        make(ns)
    except subprocess.CalledProcessError as e:  # discovery may not have the new kind yet
        assert "no matches for kind" in e.stderr, e.stderr
        return False
    return True


TWINS = [  # the view and object, kubectl's name of it, what is done to the text, a part of what the question says
    ("deploy web", "deploy/web", swap("replicas: 1", "replicas: 2") + swap("old: \"yes\"", "new: its"), "spec.replicas: 1 → 2"),
    ("deploy web", "deploy/web", "at = text.index('        name: side')\n"
     "text = text[:at] + '        env:\\n        - name: A\\n          value: \"1\"\\n' + text[at:]\n", "containers[side].env"),
    ("deploy web", "deploy/web", swap("      initContainers:\n", "      initContainers:\n      - image: " + IMAGE +
                                      "\n        name: zeroth\n        command: ['true']\n"), "initContainers"),
    ("cm conf", "cm/conf", swap("  k: v\n", "  new: |\n    a\n     b\n") + swap("    a: \"1\"\n", "    b/c.d: '2'\n"),
     "data.new: unset"),
    ("svc svc", "svc/svc", swap("port: 81", "port: 82"), "spec.ports[b].port: 81 → 82"),
    ("svc svc", "svc/svc", "import re\ntext = re.sub(r'  - name: a\\n(    .*\\n)+', '', text)\n", "spec.ports"),
    (f"lamps.{GROUP} lamp", f"lamps.{GROUP}/lamp", swap("watts: 5", "watts: 7") + swap("  - blue\n", "") + swap('"n": 2', '"n": 3'),
     "spec.parts[wire].n: 2 → 3"),
]


def twins():
    for view, name, code, says in TWINS:
        kind, one = view.split(" ")
        with Edit(f"{kind} --name {one}") as v:
            v.s.wait(rf"^.\s{one}\b")
            said = v.edit(code)
            assert says in said and "the server accepts it" in said, said
            modes = open(os.path.join(FOLDER, "modes")).read()
            assert modes.startswith("600 700 " + TMP), modes
            assert NS in seen() and "managedFields" not in seen() and "status:" not in seen()
            v.send(rf"{one}: |{one}: ")
        nothing_left()
        # kubectl's file holds what ours does, and more
        theirs = os.path.join(FOLDER, "editor.py")
        steps(code)
        os.environ["KUBE_EDITOR"] = f"/usr/bin/python3 {theirs} {FOLDER}"
        kubectl("edit", name, ns=TWIN)
        del os.environ["KUBE_EDITOR"]
        a, b = (normal(get(name, ns)) for ns in (NS, TWIN))
        for each in (NS, TWIN):  # addresses of the two
            a, b = a.replace(each, "NS"), b.replace(each, "NS")
        a, b = json.loads(a), json.loads(b)
        for d in (a, b):
            for key in ("clusterIP", "clusterIPs"):
                d.get("spec", {}).pop(key, None)
            d["metadata"].pop("generation", None)
            d["metadata"].get("annotations", {}).pop("deployment.kubernetes.io/revision", None)
        same(json.dumps(a), json.dumps(b))


def unchanged():
    before = get("cm/conf")["metadata"]["resourceVersion"]
    with Edit("cm --name conf") as v:
        v.s.wait(r"^.\sconf\b")
        for code, why in (("", "nothing is changed"), ("text += '# only a comment\\n'", "nothing is changed"),
                          ("text = '# nothing\\n\\n'", "the file is empty")):
            steps(code)
            os.path.exists(SEEN) and os.unlink(SEEN)
            v.s.send(b"e")
            until(10, lambda: v.s.pump(0.1) or os.path.exists(SEEN), "in the editor")
            v.s.settle(0.3, 5)
            v.s.wait(f"conf: {why}, nothing was sent")
        said = v.edit(swap("number: \"08\"", "number: \"09\""))
        assert "data.number: 08 → 09" in said, said
        v.leave()  # Esc is No
    assert get("cm/conf")["metadata"]["resourceVersion"] == before
    nothing_left()


def editor_fails():
    with Edit("cm --name conf") as v:
        v.s.wait(r"^.\sconf\b")
        steps("sys.exit(4)")
        v.command("edit")
        v.s.wait("nothing was sent: the editor ended with status 4")
        steps("os.kill(os.getppid(), 9)\nos.kill(os.getpid(), 9)")
        v.command("edit")
        v.s.wait("nothing was sent: the editor was ended by signal 9")
    nothing_left()
    os.environ["KUBE_EDITOR"] = "no-such-editor --wait"
    try:
        with Edit("cm --name conf") as v:
            v.s.wait(r"^.\sconf\b")
            v.command("edit")
            v.s.wait("nothing was sent: the editor was not found: no-such-editor --wait")
    finally:
        del os.environ["KUBE_EDITOR"]
    nothing_left()


def interrupted():
    """Ctrl-C and a new size while the editor has the terminal."""
    import fcntl, struct, termios
    with Edit("cm --name conf") as v:
        v.s.wait(r"^.\sconf\b")
        steps("import signal, time\nsignal.signal(signal.SIGINT, lambda *_: open(os.path.join(folder, 'int'), 'w').close())\n"
              "open(os.path.join(folder, 'up'), 'w').close()\n"
              "while not os.path.exists(os.path.join(folder, 'int')): time.sleep(0.05)\n".replace("folder", repr(FOLDER)))
        v.command("edit")
        until(10, lambda: v.s.pump(0.1) or os.path.exists(os.path.join(FOLDER, "up")), "in the editor")
        v.s.screen.resize(30, 120)
        fcntl.ioctl(v.s.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
        v.s.pump(0.3)
        v.s.send(b"\x03")
        # The shell around the editor ends by it, as its editor may; kview does not
        v.s.wait("nothing was sent")
        v.s.send(b"y")
        v.s.wait("kind: ConfigMap")
        assert len(v.s.screen.display) == 30


def refused():
    """YAML that is none, an unknown field, a wrong value: each goes back into the file, and at last it is right."""
    with Edit("deploy --name web") as v:
        v.s.wait(r"^.\sweb\b")
        said = v.edit(
            "text = text.replace('replicas: 2', 'replicas: [2')",
            "assert 'line ' in text.split('apiVersion')[0], text\nassert '\\n#   line' in text\n"
            "text = text.replace('replicas: [2', 'replicas: -2\\n  replika: 1')",
            "head = text.split('apiVersion')[0]\nn = 1 + text.split('\\n').index('  replika: 1')\n"
            "assert 'spec.replika: its kind has no such field' in head, head\n"
            "text = text.replace('  replika: 1\\n', '')",
            "head = text.split('apiVersion')[0]\nn = 1 + text.split('\\n').index('  replicas: -2')\n"
            "assert f'line {n}: spec.replicas: Invalid value' in head, head\n"
            "text = text.replace('name: web\\n  namespace', 'name: other\\n  namespace')",
            "head = text.split('apiVersion')[0]\nassert 'metadata.name: cannot be changed' in head, head\n"
            "text = text.replace('name: other\\n  namespace', 'name: web\\n  namespace').replace('replicas: -2', 'replicas: 1')")
        assert "spec.replicas: 2 → 1" in said, said
        v.send("web: ")
        assert get("deploy/web")["spec"]["replicas"] == 1
        nothing_left()
        # Leaving it as it is gives up, and keeps the file
        steps(swap("replicas: 1", "replicas: -1"), "")
        v.command("edit")
        v.s.wait("nothing is changed, nothing was sent: what you edited is kept in")
    kept = glob.glob(os.path.join(TMP, "*", "*"))
    assert len(kept) == 1 and stat.S_IMODE(os.stat(kept[0]).st_mode) == 0o600, kept
    assert "replicas: -1" in open(kept[0]).read()
    os.unlink(kept[0])
    os.rmdir(os.path.dirname(kept[0]))


def conflicts():
    """Others change the object while it is edited: another field, the same field; and while the question is open."""
    with Edit("cm --name conf") as v:
        v.s.wait(r"^.\sconf\b")
        kube = json.dumps([*KUBECTL, "-n", NS])
        patch = f"import subprocess\nsubprocess.run({kube} + ['patch', 'cm/conf', '-p', PATCH], check=True, stdout=subprocess.DEVNULL)\n"
        other = patch.replace("PATCH", repr('{"data":{"theirs":"1"}}'))
        said = v.edit(other + swap("number: \"08\"", "number: \"10\""))
        assert "data.number: 08 → 10" in said and "theirs" not in said, said
        kubectl("label", "cm/conf", "more=1")  # and again before yes
        v.send("conf: data.number: 08 → 10")
        now = get("cm/conf")
        assert now["data"]["theirs"] == "1" and now["data"]["number"] == "10" and now["metadata"]["labels"]["more"] == "1", now
        clash = patch.replace("PATCH", repr('{"data":{"number":"77","theirs":"2"}}'))
        said = v.edit(clash + swap("number: \"10\"", "number: \"11\""),
                      "head = text.split('apiVersion')[0]\n"
                      "assert 'data.number: yours \"11\", now \"77\"' in head and 'theirs' not in head, head\n"
                      "assert 'theirs: \"2\"' in text and 'number: \"11\"' in text, text\n")
        assert "data.number: 77 → 11" in said, said
        kubectl("patch", "cm/conf", "-p", '{"data":{"number":"78"}}')
        v.s.send(b"y")
        v.s.wait("Edit: not done")
        assert "kept in" in v.text()
        steps("assert 'yours \"11\", now \"78\"' in text, text\ntext = text.replace('number: \"11\"', 'number: \"12\"')\n")
        v.s.send(b"y")
        assert "data.number: 78 → 12" in v.question()
        v.send("conf: data.number: 78 → 12")
        assert get("cm/conf")["data"]["number"] == "12"
    nothing_left()


def taken_back():
    """U: what was changed is as it was, what others changed since stays; where they changed the same, nothing is done."""
    before = get("deploy/web")
    with Edit("deploy --name web") as v:
        v.s.wait(r"^.\sweb\b")
        v.edit(swap("replicas: 1", "replicas: 3") + swap('    stays: "1"\n', '    stays: "1"\n    edited: yes-it-is\n'))
        v.send("web: ")
        kubectl("annotate", "deploy/web", "since=1")
        v.s.send(b"U")
        said = v.question()
        assert "This takes back: edit" in said and "spec.replicas: 3 → 1" in said and "since" not in said, said
        v.send("web: ")  # which the edit's own message may still be
        until(20, lambda: get("deploy/web")["spec"]["replicas"] == 1, "taken back")
        now = get("deploy/web")
        assert now["metadata"]["annotations"].pop("since") == "1"
        for d in (before, now):
            d["metadata"].pop("generation")
            d["metadata"]["annotations"].pop("deployment.kubernetes.io/revision", None)
        same(normal(now), normal(before))
        v.edit(swap("replicas: 1", "replicas: 2"))
        v.send("web: ")
        kubectl("scale", "deploy/web", "--replicas=4")
        v.s.send(b"U")
        v.s.wait("spec.replicas was changed by somebody else meanwhile")
        assert get("deploy/web")["spec"]["replicas"] == 4
        kubectl("scale", "deploy/web", "--replicas=1")
    with Edit("secrets --name sec") as v:
        v.s.wait(r"^.\ssec\b")
        before = get("secret/sec")["data"]
        v.edit(swap("keep: kept", "keep: other"))
        v.send("sec: ")
        v.s.send(b"U")
        said = v.question()
        assert "kept" not in said and "other" not in said.replace("another value", ""), said
        v.send("sec: ")
        until(20, lambda: get("secret/sec")["data"] == before, "the Secret taken back")
    nothing_left()


def recreated():
    kubectl("create", "cm", "twice", "--from-literal=a=1")
    with Edit("cm --name twice") as v:
        v.s.wait(r"^.\stwice\b")
        kube = json.dumps([*KUBECTL, "-n", NS])
        steps(f"import subprocess\nrun = lambda *a: subprocess.run({kube} + list(a), check=True, stdout=subprocess.DEVNULL)\n"
              "run('delete', 'cm', 'twice')\nrun('create', 'cm', 'twice', '--from-literal=a=1')\n" + swap("a: \"1\"", "a: \"2\""))
        v.command("edit")
        v.s.wait("another one has its name now: nothing was done to it — what you edited is kept in")
        assert get("cm/twice")["data"]["a"] == "1"
        steps(f"import subprocess\nsubprocess.run({kube} + ['delete', 'cm', 'twice'], stdout=subprocess.DEVNULL)\n" +
              swap("a: \"1\"", "a: \"3\""))
        v.s.wait(r"^.\stwice\b")
        v.command("edit")
        v.s.wait("twice is gone: nothing was done — what you edited is kept in")
    for kept in glob.glob(os.path.join(TMP, "*", "*")):
        os.unlink(kept)
        os.rmdir(os.path.dirname(kept))


def secret():
    with Edit("secrets --name sec") as v:
        v.s.wait(r"^.\ssec\b")
        with Recorder(KUBECTL) as r, Edit("secrets --name sec", "--write",
                                          config=r.kubeconfig(os.path.join(FOLDER, "sec.yaml"))) as w:
            w.s.wait(r"^.\ssec\b")
            said = w.edit(swap("kept", "kept") + "assert 'süß' in text and 'bin: //4A' in text\n" +
                          "text = text.replace('süß', 'geheim').replace('  keep: kept', '  keep: kept\\n  new: brand')\n")
            for value in ("geheim", "brand", "Z2VoZWlt", "süß", "YnJhbmQ"):
                assert value not in said, said
            assert "data.pw: another value" in said and "data.new: another value" in said and "data.keep" not in said, said
            w.send("sec: data")
            w.command("journal")
            w.s.wait("edit")
            time.sleep(0.5)
            state = "".join(open(f, errors="replace").read() for f in glob.glob(w.s.home + "/**/*", recursive=True)
                            if os.path.isfile(f)) + "\n".join(w.s.screen.display)
            for value in ("geheim", "brand", "Z2VoZWlt", "YnJhbmQ"):
                assert value not in state, value
    data = {k: base64.b64decode(x) for k, x in get("secret/sec")["data"].items()}
    assert data == {"pw": "geheim: 'it'\n".encode(), "bin": b"\xff\xfe\0", "keep": b"kept", "new": b"brand"}, data
    nothing_left()


def rights():
    kubectl("create", "serviceaccount", "reader")
    kubectl("create", "role", "reader", "--verb=get,list,watch", "--resource=configmaps")
    kubectl("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={NS}:reader")
    token = kubectl("create", "token", "reader").strip()
    config = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json", ns=None))
    config["users"][0]["user"] = {"token": token}
    path = os.path.join(FOLDER, "reader.json")
    with open(path, "w") as f:
        json.dump(config, f)
    steps("text = ''")
    os.path.exists(SEEN) and os.unlink(SEEN)
    with Edit("cm --name conf", "--write", config=path) as v:
        v.s.wait(r"^.\sconf\b")
        v.command("edit")
        v.s.wait(rf"the right to patch configmaps in {NS} is missing")
    with Edit("cm --name conf", "--readonly") as v:
        v.s.wait(r"^.\sconf\b")
        v.command("edit")
        v.s.wait("is read-only: edit is refused")
    assert not os.path.exists(SEEN)  # no editor
    nothing_left()


def main():
    os.makedirs(TMP, exist_ok=True)
    editor = os.path.join(FOLDER, "editor.py")
    with open(editor, "w") as f:
        f.write(EDITOR)
    ENV.update(EDITOR=f"/usr/bin/python3 {editor} {FOLDER}", TMPDIR=TMP)
    CRD["metadata"]["name"] = f"lamps.{GROUP}"
    CRD["spec"]["group"] = GROUP
    kubectl("create", "-f", "-", ns=None, text=json.dumps(CRD))
    try:
        kubectl("wait", "--for=condition=Established", f"crd/lamps.{GROUP}", ns=None)
        for ns in (NS, TWIN):
            until(30, lambda: made(ns), "made")
        for fn in (twins, unchanged, editor_fails, interrupted, refused, conflicts, taken_back, recreated, secret, rights):
            if os.environ.get("ONLY", "") not in fn.__name__:
                continue
            try:
                fn()
                case(f"edit: {fn.__name__.replace('_', ' ')}", True)
            except Exception as e:
                case(f"edit: {fn.__name__.replace('_', ' ')}", False, told(e))
    finally:
        kubectl("delete", "crd", f"lamps.{GROUP}", "--wait=false", ns=None, check=False)


if __name__ == "__main__":
    main()
