#!/usr/bin/python3
"""Shells in real containers through kview at a pseudo-terminal. shell.py KVIEW KUBECTL NAMESPACE"""
import hashlib, json, os, re, select, subprocess, sys, time

from screen import COLS, ROWS, Screen, case
from terminal import Ended

KVIEW, KUBECTL, NS = sys.argv[1], sys.argv[2].split(), sys.argv[3]
IMAGE = "docker.io/library/busybox:1.35"
PREFIX, ESC = b"\x1d", b"\x1b"
PROMPT = r"^/ #"
FLOOD_MB, PASTE_LINES = 100, 16384


def kubectl(*args, text=None, check=True):
    return subprocess.run([*KUBECTL, "-n", NS, *args], input=text, capture_output=True, text=True, check=check).stdout


def pod(name, *containers, **meta):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **meta},
            "spec": {"containers": list(containers), "terminationGracePeriodSeconds": 1}}


def box(name, *command, **more):
    return {"name": name, "image": IMAGE, "imagePullPolicy": "IfNotPresent",
            "command": list(command) or ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait $!"], **more}


COUNTS = box("c", "sh", "-c", "i=0; while read -r l; do i=$((i+1)); echo \"line $i: $l\"; done", stdin=True, tty=True)
PODS = [pod("one", box("c")), pod("two", box("first"), box("second")), pod("noshell", box("c", "sh", "-c", "rm -f /bin/*sh; exec sleep 3600")),
        pod("doomed", box("c")), pod("reader", COUNTS), pod("crash", box("c", "false"))]


class Shell(Screen):
    def run(self, line, pattern, seconds=20, prompt=True):
        """Types a line at the shell's prompt and waits for what it answers."""
        self.send(line.encode() + b"\r")
        self.wait(pattern, seconds)
        if prompt:
            self.need(seconds, self.at_prompt, f"a prompt after {line}")

    def at_prompt(self):
        rows = [r.rstrip() for r in self.screen.display[2:-2]]
        rows = [r for r in rows if r]
        return bool(rows) and rows[-1] == "/ #"

    def clear_shell(self):
        self.cleared = getattr(self, "cleared", 0) + 1
        self.run(f"clear; echo clear-$(({self.cleared}))", f"^clear-{self.cleared} *$")

    def kview(self, command):
        """A command of kview's own, from within the shell."""
        self.send(PREFIX)
        self.wait("now a key of kview")
        self.send(b":")
        self.wait(r"^ ?:")
        self.send(command.encode() + b"\r")

    def flood(self, data, seconds=120):
        """As a terminal does it: what comes is read while the paste goes in."""
        end, left = time.monotonic() + seconds, memoryview(data)
        os.set_blocking(self.fd, False)
        while left and time.monotonic() < end:
            _, w, _ = select.select([], [self.fd], [], 0.01)
            if w:
                try:
                    left = left[os.write(self.fd, left[:65536]):]
                except BlockingIOError:
                    pass
            self.pump(0)
            ready, _, _ = select.select([self.fd, self.idle_fd], [], [], 0)
            if ready:
                self._take(ready)
        os.set_blocking(self.fd, True)
        if left:
            raise Ended(f"{len(left)} bytes of the paste were not taken")


def opened(view, *args, env=None):
    return Shell([KVIEW, *(args or ["--write"]), "-n", NS, view], env)


def programs(s):
    s.wait(PROMPT)
    s.run("stty size", rf"^{ROWS - 4} {COLS} *$")
    case("shell: the terminal there has the size of the view", True)
    s.resize(30, 100)
    s.screen.resize(30, 100)
    s.need(10, s.at_prompt, "a prompt")
    # Sizes and keys reach the container by ways of their own: neither waits for the other in the kubelet
    s.run("while [ \"$(stty size)\" = '%d %d' ]; do sleep 0.1; done; stty size" % (ROWS - 4, COLS), r"^26 100 *$")
    case("shell: resize", True)
    s.send(b"vi /tmp/f\r")
    s.wait("^~")
    s.send(b"ihello from vi")
    s.wait("hello from vi")
    s.send(ESC)
    s.pump(0.3)
    s.send(b":wq\r")
    s.need(20, s.at_prompt, "the prompt after vi")
    s.run("cat /tmp/f; wc -l </tmp/f", "^1 *$")
    case("shell: vi edits a file", s.shows("^hello from vi"), s.body())
    s.send(b"top\r")
    s.wait("Load average")
    s.wait(r"PID +PPID")
    s.send(b"q")
    s.need(20, s.at_prompt, "the prompt after top")
    case("shell: top", True)
    s.clear_shell()
    s.send(b"sleep 1000\r")
    s.pump(0.3)
    s.send(b"\x03")
    s.run("echo rc=$?", "^rc=130")
    case("shell: Ctrl-C is the container's", True)
    s.send(b"sleep 1000\r")
    s.pump(0.3)
    s.send(b"\x1a")
    s.wait("Stopped +sleep 1000")
    s.run("jobs", r"\[1\]\+ +Stopped")
    s.send(b"fg\r")
    s.pump(0.3)
    s.send(b"\x03")
    s.need(20, s.at_prompt, "the prompt after fg")
    case("shell: Ctrl-Z stops, fg goes on", True)
    s.run(r"printf '\033[31mred\033[0m \346\227\245\346\234\254\n'", "^red 日")
    case("shell: colours and wide characters", True)


def latency(s, seen):
    """One key of kview's while the flood runs: prefix, prompt, back."""
    for keys, there in ((PREFIX, lambda: s.shows("now a key of kview")), (b":", lambda: s.shows(r"^ ?:")),
                        (ESC, lambda: not s.shows(r"^ ?:"))):
        at = s.send(keys)
        s.need(10, there, f"an answer to {keys!r} in the flood")
        seen.append(s.last_at - at)


def flood(s):
    s.clear_shell()
    s.run(f"dd if=/dev/zero bs=1M count={FLOOD_MB} 2>/dev/null | tr '\\0' x | fold -w 99 >/tmp/big; wc -c </tmp/big",
          r"^\d{9}", 120)
    size = int(next(m.group() for m in (re.match(r"\d{9}", r) for r in s.screen.display) if m))
    s.clear_shell()
    begin, seen = time.monotonic(), []
    s.send(b"cat /tmp/big; echo END-$((40+2))\r")
    s.wait("^x{90}")
    while not s.shows("END-42") and len(seen) < 60:
        latency(s, seen)
    s.wait("END-42", 120)
    took = s.last_at - begin
    seen.sort()
    case(f"shell: {size >> 20} MB printed in {took:.1f} s, {size / took / 1e6:.0f} MB/s; "
         f"a key meanwhile: median {seen[len(seen) // 2] * 1000:.0f} ms, worst {seen[-1] * 1000:.0f} ms", True)
    case("shell: what came last is on the screen", s.shows("^x+END-42"), s.body())
    s.send(PREFIX)
    s.wait("now a key of kview")
    s.send(ESC + b"[5~")
    s.wait("lines back")
    case("shell: scrolled back", s.shows("reading back"), s.body())
    s.send(b"q")
    s.wait("lines back", gone=True)


def paste(s):
    text = "".join(f"{i:08d} the quick brown fox jumps over the lazy dog, and on\n" for i in range(PASTE_LINES))
    s.clear_shell()
    s.send(b"stty -echo; cat >/tmp/p; stty echo; md5sum /tmp/p\r")
    s.pump(1)
    begin = time.monotonic()
    s.flood(b"\x1b[200~" + text.replace("\n", "\r").encode() + b"\x1b[201~")
    s.send(b"\x04")
    s.wait(r"^[0-9a-f]{32} ", 120)
    same = s.shows(f"^{hashlib.md5(text.encode()).hexdigest()} ")
    case(f"shell: {len(text) / 1e6:.2f} MB pasted in {time.monotonic() - begin:.1f} s, not a byte lost", same, s.body())
    s.need(20, s.at_prompt, "the prompt after the paste")


def moves(s):
    s.clear_shell()
    s.run("echo still-$((1+1))", "^still-2")
    s.kview(f"pods -n {NS}")
    s.wait("^[▌ ]*noshell ")
    s.send(b"[")
    s.wait("^still-2")
    s.run("echo and-$((1+2))", "^and-3")
    case("shell: goes on while another view is looked at", True)
    s.send(PREFIX)
    s.wait("now a key of kview")
    s.send(b":quit\r")
    s.wait(r"a shell in .*one")
    case("shell: quitting names the shell that would end", True)
    s.send(ESC)
    s.pump(0.5)
    s.run("exit 3", "exit status 3", prompt=False)
    case("shell: its exit status is said", True)
    s.send(b"r")
    s.need(20, s.at_prompt, "the prompt of the new shell")
    case("shell: opened again by a key", True)


def long_session():
    with opened("shell one") as s:
        for part in (programs, flood, paste, moves):
            try:
                part(s)
            except Ended as e:
                case(f"shell: {part.__name__}", False, f"{e}\n{s.body()}")
                break
            s.screen.resize(ROWS, COLS)
            s.resize(ROWS, COLS)


def one(name, view, steps, *args):
    with opened(view, *args) as s:
        try:
            steps(s)
            case(name, True)
        except Ended as e:
            case(name, False, f"{e}\n{s.body()}\n{s.screen.display[-2]}")


def says(pattern):
    return lambda s: s.wait(pattern, 30)


def by_key(s):
    s.wait("^[▌ ]*one ")
    s.send(b"/two\r")
    s.wait("^▌ *two ")
    s.send(b"s")
    s.wait("in which container")
    s.wait("second")
    s.send(b"\x1b[B\r")
    s.wait(PROMPT)
    s.wait("two/second")


def command(s):
    s.wait(r"uid=0\(root\)")
    s.wait("exit status 0")


def attached(s):
    s.wait("Ctrl-C ends it")
    s.send(b"abc\r")
    s.wait("line 1: abc")


def read_only(s):
    s.wait("^[▌ ]*one ")
    s.send(b"s")
    s.wait("a shell, which could change what runs in it, is refused")


def deleted(s):
    s.wait(PROMPT)
    kubectl("delete", "pod", "doomed", "--wait=false")
    s.wait("the Pod doomed is (gone|being deleted)|container c ended", 30)


def together():
    """A list, a log and two shells on one screen: each goes on, and each gets the keys that are for it."""
    with opened("pods") as s:
        try:
            s.wait("^[▌ ]*one ")
            for command in ("split shell one", "split-below shell two -c first"):
                s.send(b":" + command.encode() + b"\r") if "one" in command else s.kview(command)
                s.need(20, lambda n=command.count("-b") + 1: sum("/ #" in r for r in s.screen.display) == n, f"the prompt of {command}")
            s.send(PREFIX)
            s.wait("now a key of kview")
            s.send(b"\t")
            s.wait("⏎ open")
            s.send(b":split-below logs reader\r")
            s.wait("0 lines of|complete to|not known yet")
            kubectl("exec", "one", "-c", "c", "--", "sh", "-c", "true")
            for pane, name in (("one/c", "first-$((20+2))"), ("two/first", "second-$((30+3))")):
                for _ in range(5):
                    if s.shows(f"^ *{pane} — keys go to"):
                        break
                    shell = s.shows("keys go to the container")
                    s.send((PREFIX if shell else b"") + b"\t")
                    s.settle(0.3, 3)
                s.send(f"echo {name}\r".encode())
                s.wait({"one/c": "first-22", "two/first": "second-33"}[pane])
            both = s.shows("first-22") and s.shows("second-33") and s.shows("^[▌ ]*noshell ")
            case("shell: two shells, a log and a list on one screen", both, s.body())
        except Ended as e:
            case("shell: two shells, a log and a list on one screen", False, f"{e}\n{s.body()}")


def main():
    kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": PODS}))
    kubectl("wait", "--for=condition=Ready", "--timeout=60s", "pod/one", "pod/two", "pod/noshell", "pod/doomed",
            "pod/reader")
    kubectl("create", "serviceaccount", "limited")
    kubectl("create", "role", "limited", "--verb=get,list,watch", "--resource=pods")
    kubectl("create", "rolebinding", "limited", "--role=limited", f"--serviceaccount={NS}:limited")
    long_session()
    together()
    one("shell: s on a row asks for the container", "pods", by_key)
    one("shell: a command of one's own", "shell two -c second -- sh -c 'id; sleep 1'", command)  # what ends at once may lose its words in the server
    one("shell: attach", "attach reader", attached)
    one("shell: the Pod deleted under it", "shell doomed", deleted)
    one("shell: no such container", "shell two -c third", says("has no container third: it has first, second"))
    one("shell: no shell in the image", "shell noshell", says("has no shell"))
    one("shell: no such Pod", "shell nothere", says('"nothere" not found|no Pod'))
    one("shell: no such program", "shell one -- /bin/nothere", says("there is no such program"))
    one("shell: a container that does not run", "shell crash", says("does not run yet: (CrashLoopBackOff|Error|Completed)"))
    one("shell: read-only", "pods", read_only, "--readonly")


if __name__ == "__main__":
    main()
