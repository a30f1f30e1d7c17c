#!/usr/bin/python3
"""Full-screen programs inside a shell of kview's: those of this machine, which is the cluster's node, entered by a Pod that
mounts it. vim and less must show what they show in a terminal of their own. shell_programs.py KVIEW KUBECTL NAMESPACE FOLDER"""
import json, os, pty, re, select, sys
import fcntl, struct, termios

from screen import COLS, ROWS, Emulated, Screen, Stream, case
from shell import IMAGE, KVIEW, NS, kubectl
from terminal import Ended

FOLDER = sys.argv[4]
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "host"}, "spec": {
    "terminationGracePeriodSeconds": 0, "volumes": [{"name": "host", "hostPath": {"path": "/"}}], "containers": [{
        "name": "c", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "100000"],
        "volumeMounts": [{"name": "host", "mountPath": "/host"}]}]}}
ENV = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": FOLDER, "PS1": "$ "}
ENTER = ["chroot", "/host", "/usr/bin/env", "-i", *(f"{k}={v}" for k, v in ENV.items()), "/bin/bash", "--norc", "--noprofile"]


PRIVATE = re.compile(rb"\x1b\[[?>=][0-9;%$]*[a-gj-z]|\x1bP[^\x1b]*\x1b\\\\")  # questions and colours of keys, which pyte does not know


class Direct:
    """The same shell in a terminal of its own, as large as kview's view."""

    def __init__(self):
        self.screen = Emulated(COLS, ROWS - 4)
        self.stream = Stream(self.screen)
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile"], ENV)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS - 4, COLS, 0, 0))

    def send(self, keys):
        os.write(self.fd, keys)

    def settle(self, quiet=0.5):
        while select.select([self.fd], [], [], quiet)[0]:
            self.stream.feed(PRIVATE.sub(b"", os.read(self.fd, 65536)))

    def rows(self):
        return [r.rstrip() for r in self.screen.display]


def rows(s):
    return [r.rstrip() for r in s.screen.display[2:-2]]


def both(s, d, keys):
    s.send(keys)
    d.send(keys)
    s.settle(0.5, 10)
    d.settle()


def same(name, s, d):
    a, b = rows(s), d.rows()
    differ = [f"{i}: {x!r}\n   {y!r}" for i, (x, y) in enumerate(zip(a, b)) if x != y]
    case(f"shell: {name} as in a terminal of its own", not differ and any(a), "kview, then the other\n" + "\n".join(differ[:8]))


def prompt(s):
    s.need(20, lambda: [r for r in rows(s) if r][-1:] == ["$"], "a prompt")


def vim(s, d, text):
    both(s, d, f"vim -u NONE -N -i NONE -n {text}\r".encode())
    same("vim", s, d)
    both(s, d, b":set number\r50G\x16jjlld")  # a block
    both(s, d, b":split\r\x06\x17wggz\r/wide\r")
    same("vim with two windows", s, d)
    both(s, d, b"\x1b[1;5C\x1b[6~\x1b[Hix\x1bOP\x1b")  # Ctrl-Right, PgDn, Home, F1
    same("vim, its keys", s, d)
    both(s, d, b":qa!\r")
    prompt(s)


def less(s, d, text):
    both(s, d, f"less -N {text}\r".encode())
    both(s, d, b"/wide\rnn")
    same("less", s, d)
    both(s, d, b"G\x1bOA\x1b[5~")
    same("less, its keys", s, d)
    both(s, d, b"q")
    prompt(s)


def htop(s):
    s.send(b"htop\r")
    s.wait("Tasks:")
    s.wait("F10Quit|F10 *Quit")
    s.send(b"\x1bOR")  # F3
    s.wait("Search:")
    s.send(b"\x1b")
    s.settle(0.3, 3)
    s.send(b"\x1b[21~")  # F10
    prompt(s)
    case("shell: htop and its function keys", True)


def tmux(s):
    s.send(f"tmux -L kview-{NS} -f /dev/null new -s one\r".encode())
    s.wait(r"^\[one\] ")
    s.send(b"\x02%")
    s.wait("│")
    s.send(b"stty size\r")
    s.wait(rf"{ROWS - 5} {COLS // 2 - 1}")
    s.resize(30, 100)
    s.screen.resize(30, 100)
    s.settle(0.5, 10)
    s.send(b"clear; stty size\r")
    s.wait(r"\b25 49")
    s.send(b"\x02d")
    s.wait(r"\[detached \(from session one\)\]")
    s.send(f"tmux -L kview-{NS} attach\r".encode())
    s.wait(r"\b25 49")
    s.send(b"\x02d")
    prompt(s)
    s.send(f"tmux -L kview-{NS} kill-server\r".encode())
    prompt(s)
    s.resize(ROWS, COLS)
    s.screen.resize(ROWS, COLS)
    case("shell: tmux: panes, a new size, detached and attached", True)


def saved(s, text):
    s.send(f"vim -u NONE -N -i NONE -n {text}.new\r".encode())
    s.wait("^~")
    s.send("ividi, vici: naïve 日本\x1b:wq\r".encode())
    prompt(s)
    with open(text + ".new") as f:
        case("shell: what vim saves is what was typed", f.read() == "vidi, vici: naïve 日本\n")


def main():
    text = os.path.join(FOLDER, "text")
    with open(text, "w") as f:
        f.writelines(f"{i:04} {'wide 日本語 ' * (i % 3)}\tnaïve {'x' * (i * 7 % 190)}\n" for i in range(300))
    kubectl("create", "-f", "-", text=json.dumps(POD))
    kubectl("wait", "--for=condition=Ready", "--timeout=60s", "pod/host")
    d = Direct()
    with Screen([KVIEW, "--write", "-n", NS, "shell", "host", "--", *ENTER], {}) as s:
        try:
            prompt(s)
            d.settle()
            for step in (lambda: vim(s, d, text), lambda: less(s, d, text), lambda: htop(s), lambda: tmux(s), lambda: saved(s, text)):
                step()
        except Ended as e:
            case("shell: programs", False, f"{e}\n{s.body()}")
    os.close(d.fd)


main()
