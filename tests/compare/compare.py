#!/usr/bin/env python3
"""compare.py REAL DEMO [CASE...] (without those that COMPARE_WITHOUT names): each case runs on both servers (kubeconfigs), and their replies must be
equal after normalising, but for what differences.txt allows with a reason. Ends with a line of counts."""
import fnmatch
import json
import os
import shlex
import sys

sys.dont_write_bytecode = True
import cases  # noqa: E402
import kinds  # noqa: E402,F401 (adds its cases)
import streams  # noqa: E402,F401
from server import Server, Session, differences  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def allowed_differences():
    rows = []
    with open(os.path.join(HERE, "differences.txt"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                case, where, reason = [part.strip() for part in line.split("|", 2)]
                where, _, value = where.partition(" = ")
                rows.append({"case": case, "where": where, "value": value or "*", "reason": reason, "used": False})
    return rows


def glob(text, pattern):
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def is_allowed(rows, case, where, real):
    for row in rows:
        if glob(case, row["case"]) and glob(where, row["where"]) and glob(str(real), row["value"]):
            row["used"] = True
            return True
    return False


def compare(case, real, demo, rows):
    """The lines that tell what differs."""
    bad = []
    for i in range(max(len(real.notes), len(demo.notes))):
        if i >= len(real.notes) or i >= len(demo.notes):
            bad.append("a different number of replies: %d, %d" % (len(real.notes), len(demo.notes)))
            break
        what, a = real.notes[i]
        other, b = demo.notes[i]
        if what != other:
            bad.append("step %d: %s / %s" % (i + 1, what, other))
            break
        for path, x, y in differences(a, b):
            if not is_allowed(rows, case, what + " " + path, x):
                bad.append("%s %s\n    real %s\n    demo %s"
                           % (what, path, json.dumps(x)[:300], json.dumps(y)[:300]))
    return bad


def run(case, fn, servers, rows):
    sessions = [Session(s) for s in servers]
    for session, name in zip(sessions, ("real", "demo")):
        try:
            fn(session)
        except Exception as e:  # a reply of a shape that the case did not expect
            session.note("case broke", {"error": "%s: %s" % (type(e).__name__, e)})
            if name == "real":
                return ["on the real server: %s: %s" % (type(e).__name__, e)]
    return compare(case, *sessions, rows)


def main():
    kubectl = shlex.split(os.environ.get("KUBECTL", "kubectl"))
    servers = [Server(path, kubectl) for path in sys.argv[1:3]]
    only, left_out = sys.argv[3:], os.environ.get("COMPARE_WITHOUT", "").split()
    if os.environ.get("OWN") == "0":
        left_out += list(kinds.OWN_CLUSTER_ONLY)
    rows = allowed_differences()
    passed = failed = 0
    for s in servers:
        cases.prepare(Session(s))
    for case, fn in cases.all_cases():
        if case in left_out:
            continue
        if case == "metrics" and servers[0].request("GET", "/apis/metrics.k8s.io/v1beta1/nodes")[0] != 200:
            print("# metrics: not on the real server")
            continue
        if only and not any(fnmatch.fnmatch(case, o) for o in only):
            continue
        bad = run(case, fn, servers, rows)
        if bad:
            failed += 1
            print("FAILED %s" % case)
            print("\n".join("  " + line for line in bad[:int(os.environ.get("LINES_SHOWN", "40"))]))
        else:
            passed += 1
            print("ok %s" % case)
    for s in servers:
        cases.clean(Session(s))
    for row in rows:
        if not only and not row["used"] and row["case"] not in left_out:
            failed += 1
            print("FAILED differences.txt: no longer so: %(case)s | %(where)s" % row)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
