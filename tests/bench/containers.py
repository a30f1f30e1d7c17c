"""What runs through a real container, on a cluster with a node: a shell that is flooded, and a port that is forwarded.
kubectl exec and kubectl port-forward carry the same bytes."""
import json, os, re, subprocess, time

from fetch import fetched
from logs import typed_meanwhile
from measures import stats
from terminal import Kview

IMAGE = "docker.io/library/busybox:1.35"
MB, GB = 1 << 20, 1 << 30
FLOOD, FLOODS = 100 * MB, 3  # a text of so many bytes, printed so many times
FLOOD_S = 20
FLOOD_TEXT = f"for i in {' '.join(['x'] * FLOODS)}; do cat /tmp/text; done"
PREFIX = b"\x1d"
MAKE = (f"dd if=/dev/zero bs=1M count={FLOOD // MB} 2>/dev/null | tr '\\0' x | fold -w 99 >/tmp/text; "
        f"mkdir /w; dd if=/dev/urandom of=/w/big bs=1M count={GB // MB} 2>/dev/null; touch /ready; exec httpd -f -p 8080 -h /w")
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "box"},
       "spec": {"terminationGracePeriodSeconds": 0, "containers": [
           {"name": "box", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", MAKE],
            "readinessProbe": {"exec": {"command": ["test", "-e", "/ready"]}, "periodSeconds": 1},
            "ports": [{"containerPort": 8080}]}]}}


class Box:
    """A cluster with a node, and a Pod of which much can be read; started when it is used first."""

    def __init__(self, cluster, kview, kubectl, folder):
        self.cluster, self.kview, self.config = cluster, kview, None
        self.env = {**os.environ, "KVIEW_CLUSTER_DIR": os.path.join(folder, "node"), "KVIEW_CLUSTER_PORT": "47443",
                    "KVIEW_CLUSTER_NODE": "1"}
        self.program = kubectl

    def call(self, verb):
        return subprocess.run([self.cluster, verb], env=self.env, check=True, stdout=subprocess.PIPE, text=True).stdout

    def kubectl(self, *args):
        return [*self.program, "--kubeconfig", self.config, *args]

    def start(self):
        if self.config:
            return
        self.call("up")
        self.config = self.call("kubeconfig").strip()
        subprocess.run(self.kubectl("create", "-f", "-"), input=json.dumps(POD), text=True, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(self.kubectl("wait", "--for=condition=Ready", "--timeout=180s", "pod/box"), check=True, stdout=subprocess.DEVNULL)

    def opened(self, *view):
        self.start()
        return Kview([self.kview, "--kubeconfig", self.config, "--write", *view])

    def stop(self):
        if self.config:
            self.call("down")


def shell(box):
    """Text printed in a shell as fast as it is taken in, and meanwhile letters at the prompt of kview, which it answers itself (an
    echo of the container comes after all that is printed before it); what kubectl exec prints into nothing."""
    with box.opened("shell", "box") as k:
        k.wait_text(rb"/ # ?", 30)
        k.settle(0.5)
        k.send(FLOOD_TEXT.encode() + b"; echo EN''D; sleep 1\r")
        start = time.monotonic()
        k.wait_text(rb"END", 300)
        out = {"shell_mb_s": FLOODS * FLOOD / (k.last_at - start) / 1e6}
        k.settle(1.5)
        k.send(b"while :; do cat /tmp/text; done\r")
        k.pump(1)
        k.send(PREFIX)
        keys = typed_meanwhile(k, time.monotonic() + FLOOD_S)
        k.send(b"\x03")
        out |= stats("shell_key", keys, 50, 99) | {"shell_mb": k.memory()}
    start = time.monotonic()
    with open(os.devnull, "wb") as null:
        subprocess.run(box.kubectl("exec", "box", "--", "sh", "-c", FLOOD_TEXT), stdout=null, check=True)
    return out | {"kubectl_exec_mb_s": FLOODS * FLOOD / (time.monotonic() - start) / 1e6}


def gigabyte(port, meanwhile=lambda: None):
    """Seconds that it takes through the port, and its sum."""
    took, size, digest = fetched(port, "/big", meanwhile)
    if size != GB:
        raise RuntimeError(f"{size} bytes of {GB} came")
    return took, digest


def forward(box):
    """A gigabyte through a forwarded port; the same by kubectl port-forward."""
    box.start()
    out = subprocess.run(box.kubectl("exec", "box", "--", "md5sum", "/w/big"), check=True, capture_output=True, text=True)
    want = out.stdout.split()[0]
    with box.opened("forward", "pod/box", "0:8080") as k:
        found = re.compile(rb"127\.0\.0\.1:(\d+)")
        k.need(30, lambda: found.search(k.text), "the port")
        took, got = gigabyte(int(found.search(k.text)[1]), lambda: k.pump(0))
    proc = subprocess.Popen(box.kubectl("port-forward", "pod/box", ":8080"), stdout=subprocess.PIPE, text=True)
    try:
        rival, theirs = gigabyte(int(re.search(r":(\d+) ->", proc.stdout.readline())[1]))
    finally:
        proc.terminate()
        proc.wait()
    if not want == got == theirs:
        raise RuntimeError(f"the sums differ: {want} there, {got} through kview, {theirs} through kubectl")
    return {"forward_s": took, "kubectl_forward_s": rival}
