#!/usr/bin/python3
"""make bench: kview against its budgets, against curl and kubectl, on a real control plane with simulated nodes.
A table on stdout, JSON in build/bench/; exit status 1 when a budget is missed.
usage: bench.py [--quick] [--keep] [--only NAME,...] [--kview FILE] [--out FOLDER]"""
import argparse, os, subprocess, sys, time

import budgets, containers, logs, measures, replay
from server import Server

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLUSTER = os.path.join(ROOT, "tests/cluster/cluster.sh")
NODES = 60
STERN = "v1.33.1"


def cluster(*args, **kw):
    return subprocess.run([CLUSTER, *args], check=True, **kw)


def kubectl():
    folder = subprocess.run([CLUSTER, "binaries"], capture_output=True, text=True, check=True).stdout.strip()
    return [os.path.join(folder, "kubectl")]


def stern():
    """Built from its module, beside kubectl."""
    folder = os.path.dirname(kubectl()[0])
    if not os.path.exists(os.path.join(folder, "stern")):
        subprocess.run(["go", "install", "github.com/stern/stern@" + STERN], check=True,
                       env={**os.environ, "GOBIN": os.path.abspath(folder), "GOFLAGS": "-trimpath"})
    return os.path.join(folder, "stern")


def at_size(b, pods):
    """What is measured at every size of the real cluster."""
    cluster("scale", str(NODES), str(pods))
    yield "load", lambda: measures.load(b)
    yield "rivals", lambda: measures.rivals(b)
    if pods == 10000:
        for name in ("keys_idle", "keys_loading", "idle", "thin", "events", "churn", "switch", "contexts", "hang"):  # churn makes objects larger
            yield name, lambda name=name: getattr(measures, name)(b)
    if pods == 25:
        yield "marked", lambda: measures.marked(b)


def replayed(b, pods):
    """50 000 Pods: more than a cluster on one machine holds beside the measurement."""
    answers, lines = replay.record(b.server)
    pki = os.path.join(os.environ["KVIEW_CLUSTER_DIR"], "pki")
    server = replay.Replay(answers, replay.multiply(lines, pods), f"{pki}/apiserver.crt", f"{pki}/apiserver.key")
    config = b.server.kubeconfig("replay.kubeconfig", [("replay", "default")], f"https://127.0.0.1:{server.port}")
    other = measures.Bench(b.kview, Server(b.server.kubectl, config, b.server.folder + "/replay"), b.quick)
    try:
        yield "load", lambda: measures.load(other)
        yield "keys_loading", lambda: measures.keys_loading(other)
    finally:
        server.close()


def many_namespaces(b, count):
    """100 000 namespaces: more than one etcd is filled with in the time of a run."""
    answers, lines = replay.record(b.server, replay.stream_of("namespaces"))
    pki = os.path.join(os.environ["KVIEW_CLUSTER_DIR"], "pki")
    server = replay.Replay(answers, replay.multiply(lines, count), f"{pki}/apiserver.crt", f"{pki}/apiserver.key", "namespaces")
    config = b.server.kubeconfig("namespaces.kubeconfig", [("replay", "default")], f"https://127.0.0.1:{server.port}")
    try:
        yield "namespaces", lambda: measures.namespaces(b, config)
    finally:
        server.close()


def of_logs(b, _):
    yield "logs", lambda: logs.flood(b.kview)
    yield "log_rivals", lambda: logs.rivals(b.kview, kubectl(), stern())
    yield "minute", lambda: logs.minute(b.kview)
    yield "follow", lambda: logs.follow(b.kview, b.idle_s)


def of_containers(b, _):
    """On a cluster of its own, as this one has no node."""
    box = containers.Box(CLUSTER, b.kview, kubectl(), b.server.folder)
    try:
        yield "shell", lambda: containers.shell(box)
        yield "forward", lambda: containers.forward(box)
    finally:
        box.stop()


def run(b, only, results, failures):
    plan = [(25, at_size), (1000, at_size), (10000, at_size), (50000, replayed), (100000, many_namespaces), (0, of_logs), (0, of_containers)]
    sizes = [int(x) for x in only if x.isdigit()]
    names = [x for x in only if not x.isdigit()]
    for pods, steps in plan:
        if sizes and pods not in sizes:
            continue
        for name, step in steps(b, pods):
            if names and name not in names:
                continue
            start = time.monotonic()
            try:
                figures = step()
            except Exception as e:  # one measurement that fails does not take the others along
                failures.append(f"{name} at {pods} Pods: {type(e).__name__}: {e}")
                print(f"bench: {failures[-1]}", file=sys.stderr)
                continue
            results.setdefault(pods, {}).update(figures)
            shown = ", ".join(f"{k} {v:.4g}" for k, v in figures.items())
            print(f"bench: {pods} Pods, {name} ({time.monotonic() - start:.0f} s): {shown}", file=sys.stderr)


def commit():
    out = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return out.stdout.strip() or "unknown"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    p.add_argument("--keep", action="store_true", help="leave the cluster running")
    p.add_argument("--only", default="", help="sizes and names of measurements")
    p.add_argument("--kview", default=os.path.join(ROOT, "build/kview"))
    p.add_argument("--out", default=os.path.join(ROOT, "build/bench"))
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    os.environ.setdefault("KVIEW_CLUSTER_DIR", os.path.join(a.out, "cluster"))
    os.environ.setdefault("KVIEW_CLUSTER_PORT", "46443")
    os.environ["KVIEW_CLUSTER_NODE"] = "0"
    results, failures = {}, []
    doc = {"machine": measures.machine(), "date": time.strftime("%Y-%m-%d %H:%M"), "commit": commit(),
           "quick": a.quick}
    try:
        cluster("up")
        config = subprocess.run([CLUSTER, "kubeconfig"], capture_output=True, text=True, check=True).stdout.strip()
        b = measures.Bench(a.kview, Server(kubectl(), config, os.path.join(a.out, "tmp")), a.quick)
        doc["server"] = b.server.get("/version")["gitVersion"]
        run(b, [x for x in a.only.split(",") if x], results, failures)
    finally:
        if not a.keep:
            cluster("down")
    lines = budgets.judge(results)
    doc |= {"results": results, "budgets": lines, "failures": failures, "load_after": os.getloadavg()[0]}
    measures.dump(os.path.join(a.out, time.strftime("%Y%m%d-%H%M%S.json")), doc)
    measures.dump(os.path.join(a.out, "latest.json"), doc)
    m = doc["machine"]
    print(f"\nkview {doc['commit']}, Kubernetes {doc['server']}; {m['processor']}, {m['cores']} cores, "
          f"{m['memory_gb']} GB, Linux {m['kernel']}, load {m['load']:.1f} to {doc['load_after']:.1f}")
    met, missed = budgets.print_table(lines)
    for f in failures:
        print(f"FAILED {f}")
    print(f"{met} passed, {missed + len(failures)} failed")
    return 1 if missed or failures else 0


if __name__ == "__main__":
    sys.exit(main())
