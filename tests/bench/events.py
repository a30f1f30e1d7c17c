#!/usr/bin/env python3
"""How long from a watch event to the screen: Pods are made in a namespace of their own; a plain watch (curl)
and kview at a pty see them come. usage: events.py KVIEW KUBECTL KUBECONFIG [N]; prints one JSON object."""
import fcntl, json, os, pty, re, select, struct, subprocess, sys, termios, time

kview, kubectl, config = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 40
ns = "kview-bench-events"


def kc(*args, **kw):
    return subprocess.run([kubectl, "--kubeconfig", config, *args], capture_output=True, **kw)


def pod(i):
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"evt-{i:04d}"},
                       "spec": {"schedulingGates": [{"name": "kview.test/wait"}],
                                "containers": [{"name": "c", "image": "x"}]}}).encode()


kc("create", "namespace", ns)
kc("wait", "--for=jsonpath={.metadata.name}=default", "serviceaccount/default", "-n", ns, "--timeout=10s")
watch = subprocess.Popen([kubectl, "--kubeconfig", config, "get", "--raw",
                          f"/api/v1/namespaces/{ns}/pods?watch=1"], stdout=subprocess.PIPE)
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm-256color"
    os.execvp(kview, [kview, "--kubeconfig", config, "-n", ns, "pods"])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 100, 160, 0, 0))
seen = {"watch": {}, "screen": {}}
maker = subprocess.Popen([sys.executable, "-c", f"""
import subprocess, sys, time
time.sleep(1.5)
for line in sys.stdin.buffer:
    subprocess.run([{kubectl!r}, '--kubeconfig', {config!r}, 'create', '-n', {ns!r}, '-f', '-'], input=line,
                   stdout=subprocess.DEVNULL)
"""], stdin=subprocess.PIPE)
for i in range(count):
    maker.stdin.write(pod(i) + b"\n")
maker.stdin.close()
text = {"watch": b"", "screen": b""}
end = time.monotonic() + 30 + count
while time.monotonic() < end and len(seen["screen"]) < count:
    r, _, _ = select.select([fd, watch.stdout], [], [], 0.5)
    for source, name in ((watch.stdout, "watch"), (fd, "screen")):
        if source in r:
            now = time.monotonic()
            text[name] += os.read(source if isinstance(source, int) else source.fileno(), 65536)
            for m in re.findall(rb"evt-(\d{4})", text[name]):
                seen[name].setdefault(m, now)
            text[name] = text[name][-200000:]
os.write(fd, b"\x03")
watch.kill()
kc("delete", "namespace", ns, "--wait=false")
gaps = sorted((seen["screen"][m] - seen["watch"][m]) * 1000 for m in seen["screen"] if m in seen["watch"])
print(json.dumps({"events": len(gaps), "p50_ms": gaps[len(gaps) // 2], "p99_ms": gaps[int(len(gaps) * 0.99)],
                  "max_ms": gaps[-1]}))
