#!/usr/bin/python3
"""One action on hundreds of marked objects, and on a list that changes meanwhile. many.py KVIEW KUBECTL NAMESPACE - FOLDER; `ok` or
`FAILED` a case, `#` before a figure."""
import json, re, time

import kube
import twins
from terminal import percentile
from twins import NS, kubectl, until

N = 500
LATENCY_MS = 2000  # of a key in the worst case, on whatever machine: not frozen; the figure says what it is


def make(prefix, names, **labels):
    items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{prefix}-{n}", "labels": {"of": prefix, **labels}}} for n in names]
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def there(prefix):
    return sorted(kube.names("cm", NS, f"of={prefix}"))


class View(twins.View):
    def __init__(self, view):
        super().__init__(view, rows=24, cols=80)

    def read_all(self):
        """The dialog scrolled from its beginning to its end."""
        lines, ends = {}, 0
        self.s.settle(0.3, 5)  # the frame may be half there
        for _ in range(400):
            for line in self.s.screen.display:
                if m := re.search("│ (.*?) *│", line):
                    lines[m[1].strip()] = True
            ends = 0 if self.s.shows(r"more lines?: .*Down") else ends + 1  # once: a frame that is half there
            if ends == 3:
                break
            self.s.key(b"\x1b[6~")
        return list(lines)

    def reads(self, pattern):
        """Whether it stands somewhere in the open dialog."""
        self.s.settle(0.3, 5)
        for _ in range(100):
            if self.s.shows(pattern):
                return True
            self.s.key(b"\x1b[6~")
        return False

    def ask(self, line, count):
        self.s.send(b"+")
        self.s.settle(0.2, 5)
        at = self.command(line)
        self.s.wait(f"type {count} to confirm", 30)
        return self.s.last_at - at


def question_and_keys():
    """All of them: the question soon, typed confirmation, progress, keys answered meanwhile, and none is left."""
    make("all", range(N))
    with View("cm -l of=all") as v:
        v.s.wait("all-0")
        took = v.ask("delete", N)
        print(f"# many: the question about {N} objects after {took * 1000:.0f} ms")
        assert took < 5, took
        assert v.s.shows(f"Delete {N} objects")
        said = " ".join(v.read_all())
        assert f"The first 20 of {N} were tried out" in said, said[:500]
        assert all(f"{NS}/all-{i} " in said + " " for i in range(N)), "each is named"
        v.s.send(b"y\r")  # no word: nothing
        v.s.settle(0.2, 2)
        assert len(there("all")) == N
        v.s.send(b"\x15" + str(N).encode() + b"\r")
        v.s.wait(r"deleting: \d+ of 500 — Esc stops", 10)
        keys = []
        start = time.monotonic()
        while v.s.shows(r"all-\d") and time.monotonic() < start + 60:
            for key, gone in ((b":", False), (b"\x1b", True)):
                at = v.s.send(key)
                v.s.wait("^:", 10, gone)
                keys.append((v.s.last_at - at) * 1000)
        print(f"# many: {len(keys)} keys in {time.monotonic() - start:.1f} s while {N} objects were deleted: median {percentile(keys, 50):.1f}, "
              f"p99 {percentile(keys, 99):.1f}, worst {max(keys):.1f} ms")
        assert max(keys) < LATENCY_MS, max(keys)
        until(20, lambda: not there("all"), "deleted")
        v.s.settle(0.2, 5)
        v.command("journal")
        v.s.wait("accepted", 20)


def stopped():
    """Esc: what is not sent is left, and both numbers are true."""
    make("stop", range(N))
    with View("cm -l of=stop") as v:
        v.s.wait("stop-0")
        v.ask("delete", N)
        v.s.send(str(N).encode() + b"\r")
        v.s.wait(r"deleting: \d+ of 500", 10)
        v.s.send(b"\x1b")
        v.s.wait(r"stopped: \d+ done, \d+ not sent", 10)
        m = next(m for line in v.s.screen.display if (m := re.search(r"stopped: (\d+) done, (\d+) not sent", line)))
        done, left = int(m[1]), int(m[2])
        print(f"# many: Esc after the first progress: {done} done, {left} not sent")
        assert done + left == N and left > 0, m[0]
        time.sleep(1)
        assert len(there("stop")) == left, (len(there("stop")), left)
        assert v.s.shows("ConfigMaps"), "still in the list"


def failures():
    """A policy keeps 50 of them: each is listed with its reason, the others are gone; again, the 50 are asked about."""
    policy = "admissionregistration.k8s.io/v1"
    docs = [{"apiVersion": policy, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": NS}, "spec": {
        "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}]},
        "validations": [{"expression": "!oldObject.metadata.name.endsWith('7')", "message": "sevens are kept"}]}},
            {"apiVersion": policy, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": NS}, "spec": {
                "policyName": NS, "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NS}}}}}]
    make("bad", range(N))
    kubectl("create", "-f", "-", ns=None, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": docs}))
    try:
        until(30, lambda: not kubectl("delete", "cm", "bad-7", "--dry-run=server", "-o", "name", check=False), "refused")
        with View("cm -l of=bad") as v:
            v.s.wait("bad-0")
            v.ask("delete", N)
            assert v.reads("sevens"), "the sample has some"  # the sentence may be wrapped
            v.s.send(str(N).encode() + b"\r")
            v.s.wait(r"Delete: 450 done, 50 not", 60)
            said = " ".join(v.read_all())
            named = set(re.findall(r"/(bad-\d+)\b", said))
            assert named == {f"bad-{i}" for i in range(N) if i % 10 == 7}, sorted(named)
            assert said.count("sevens are kept") >= 1, said[:500]
            assert there("bad") == sorted(named)
            v.s.send(b"y")  # try again
            v.s.wait("Delete 50 objects")
            v.s.send(b"\x1b")
    finally:
        kubectl("delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", NS, ns=None)


def the_list_changes():
    """Two of six are marked; under the open question the list loses, gets and turns round rows, and keys are pressed that would
    mark others: those two are changed, and no other."""
    make("pick", "abcdef", want="yes")
    with View("cm -l want=yes") as v:
        v.s.wait("pick-f")
        for name in ("pick-b", "pick-d"):
            v.s.send(b"g")
            until(10, lambda: v.s.settle(0.1, 1) or re.match(rf".\s*\S*\s*{name}\b|▌.*{name}", v.s.cursor()) or v.s.send(b"j") and False, name)
            v.s.send(b" ")
            v.s.settle(0.1, 2)
        v.command("label touched=yes")
        v.s.wait("Label 2 objects")
        v.s.wait("dry run", 20)
        v.s.wait(r"\[ y: ", 5)
        kubectl("label", "cm", "pick-b", "want-")  # out of the list
        kubectl("delete", "cm", "pick-c")
        make("pick", "0", want="yes")               # before all others
        kubectl("create", "cm", "pick-bb")
        kubectl("label", "cm", "pick-bb", "want=yes", "of=pick")
        time.sleep(1)  # the list below the question hears of it
        v.s.send(b"+\\O.gG ")
        v.s.settle(0.2, 2)
        assert v.s.shows("Label 2 objects"), v.s.body()
        v.s.send(b"y")
        v.s.wait("Label: 2 of 2 done", 20)
    touched = sorted(kube.names("cm", NS, "touched=yes"))
    assert touched == ["pick-b", "pick-d"], touched


def main():
    cases = (question_and_keys, stopped, failures, the_list_changes)
    twins.run("many", [(f.__name__.replace("_", " "), f) for f in cases])


main()
