#!/usr/bin/python3
"""Every kind's description and YAML against kubectl's, object by object, a case a kind: KVIEW KUBECTL NAMESPACE...

What may differ, and why:
- the width of columns, and ages by the unit that passed between the two commands: compared as one word;
- a Node's events of its kubelet: since 1.35 they name no UID, so kubectl, which asks by UID, no longer finds
  them; kview asks by name and shows them as well;
- the order of events of one second (kubectl's sort is not stable) and of a LimitRange's resources (a Go map);
- a ServiceAccount token in a Secret: kubectl prints it, kview only when asked; so with a Secret's values in YAML.
"""
import difflib
import json
import re
import subprocess
import sys

import yaml

KVIEW, KUBECTL, SPACES = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
NAMESPACED = """pods deployments.apps replicasets.apps replicationcontrollers statefulsets.apps daemonsets.apps
jobs.batch cronjobs.batch services endpoints endpointslices ingresses configmaps secrets
persistentvolumeclaims horizontalpodautoscalers poddisruptionbudgets networkpolicies serviceaccounts roles
rolebindings resourcequotas limitranges leases controllerrevisions podtemplates
resourceclaims resourceclaimtemplates podcertificaterequests gateways httproutes grpcroutes crontabs.example.kview.test""".split()
CLUSTER = """nodes namespaces persistentvolumes storageclasses ingressclasses clusterroles clusterrolebindings
priorityclasses certificatesigningrequests csinodes volumeattributesclasses servicecidrs ipaddresses
customresourcedefinitions apiservices runtimeclasses csidrivers volumeattachments gatewayclasses
validatingwebhookconfigurations mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings
deviceclasses resourceslices mutatingadmissionpolicies mutatingadmissionpolicybindings clustertrustbundles devicetaintrules
storageversionmigrations""".split()
MOST = 12  # objects of a kind in a namespace


def run(args):
    p = subprocess.run(args, capture_output=True, text=True, timeout=60)
    return p.stdout if p.returncode == 0 else "status %d: %s" % (p.returncode, p.stderr)


def normal(text, kind):
    lines = []
    for line in text.split("\n"):
        line = re.sub(r"\b(\d+(y|d|h|m|s))+\b(?= \(x\d+ over)|(?<= over )(\d+(y|d|h|m|s))+", "AGE", line)
        line = re.sub(r"\(x\d+ over AGE\)", "(x over AGE)", line)
        line = re.sub(r"^(  (?:Normal|Warning)\s+\S+\s+)(\d+(y|d|h|m|s))+", r"\1AGE", line)
        line = re.sub(r"\(lasts \S+\)", "(lasts AGE)", line)
        if kind == "nodes":
            line = re.sub(r"\s(\d+(y|d|h|m|s))+$", " AGE", line)
        if kind == "secrets":
            line = re.sub(r"^token:.*", "token: TOKEN", line)
        lines.append(re.sub(r"\s+", " ", line).strip())
    while lines and not lines[-1]:
        lines.pop()
    at = next((i for i, l in enumerate(lines) if l == "Events:"), len(lines))
    lines[at:] = sorted(lines[at:])
    if kind in ("limitranges", "namespaces"):
        at = next((i for i, l in enumerate(lines) if l.startswith("Type Resource Min")), len(lines))
        lines[at:] = sorted(lines[at:])
    return lines


def difference(a, b):
    return "\n".join(list(difflib.unified_diff(a, b, "kubectl", "kview", lineterm="", n=1))[:40])


def same_description(kind, name, ns):
    where = ["-n", ns] if ns else []
    for _ in range(4):  # something may change between the two commands
        k = normal(run(KUBECTL + ["describe", kind, name] + where), kind)
        v = normal(run([KVIEW, "--once", "describe " + kind + " " + name] + where), kind)
        if kind == "nodes":
            k, v = beside_the_kubelet(k), beside_the_kubelet(v)
        if k == v:
            return None
    return difference(k, v)


def beside_the_kubelet(lines):
    """Without the kubelet's events; and when no other is left, without the table's heads."""
    at = next((i for i, l in enumerate(lines) if l.startswith("Events:")), len(lines))
    events = [l for l in lines[at:] if re.match("(Normal|Warning) ", l)
              and not re.match(r".* AGE( \(x over AGE\))? kubelet ", l)]
    return lines[:at] + events


def parsed(text, kind):
    doc = yaml.load(text, Loader=yaml.SafeLoader)
    if kind == "secrets":
        for part in doc.get("data", {}), doc["metadata"].get("annotations", {}):
            for key in part:
                if part is not doc["metadata"].get("annotations") or "last-applied" in key:
                    part[key] = "MASKED"
    return json.dumps(doc, indent=1, sort_keys=True, default=str).split("\n")


def same_yaml(kind, name, ns):
    where = ["-n", ns] if ns else []
    for _ in range(4):
        k = run(KUBECTL + ["get", kind, name, "-o", "yaml"] + where)
        v = run([KVIEW, "--once", "yaml " + kind + " " + name] + where)
        try:
            k, v = parsed(k, kind), parsed(v, kind)
        except yaml.YAMLError as e:
            return "kview's YAML: %s" % e
        if k == v:
            return None
    return difference(k, v)


def names(kind, ns):
    out = run(KUBECTL + ["get", kind, "-o", "name"] + (["-n", ns] if ns else []))
    return [l.split("/", 1)[1] for l in out.split("\n") if "/" in l and not l.startswith("status ")][:MOST]


def is_there(kind, name, ns):
    """An object that another case of this run deleted meanwhile has no description to compare."""
    where = ["-n", ns] if ns else []
    p = subprocess.run(KUBECTL + ["get", kind, name, "-o", "name"] + where, capture_output=True, text=True, timeout=60)
    return "(NotFound)" not in p.stderr


def compare(kind, spaces, what, same):
    objects = [(n, ns) for ns in spaces for n in names(kind, ns)]
    bad = []
    for n, ns in objects:
        d = same(kind, n, ns)
        if d and is_there(kind, n, ns):
            bad.append("%s %s: %s\n%s" % (what, kind, n, d))
    if bad:
        print("FAILED %s %s: %d of %d objects" % (what, kind, len(bad), len(objects)))
        print("\n".join(bad[:4]))
    elif objects:
        print("ok %s %s (%d objects)" % (what, kind, len(objects)))
    else:
        print("# %s: this cluster has none" % kind)
    sys.stdout.flush()


for KIND in NAMESPACED + CLUSTER:
    compare(KIND, SPACES if KIND in NAMESPACED else [None], "describe", same_description)
for KIND in "pods deployments.apps services configmaps secrets nodes crontabs.example.kview.test".split():
    compare(KIND, SPACES if KIND != "nodes" else [None], "yaml", same_yaml)
