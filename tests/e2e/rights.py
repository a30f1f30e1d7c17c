#!/usr/bin/python3
"""Every view with the rights of somebody who may read Pods in two namespaces and nothing else: it works, or it
says in one line which right is missing. rights.py KVIEW KUBECONFIG NAMESPACE POD; `ok` or `FAILED` a case."""
import re, subprocess, sys

from screen import Screen, case
from terminal import Ended

KVIEW, CONFIG, NS, POD = sys.argv[1:5]

# What a 403 must name: the verb, the resource, and where.
MISSING = re.compile(r'cannot (list|get|watch) resource "[a-z]+"|may not (list|get|watch) [a-z]+|no right to (list|get|watch)')


def kinds():
    text = open("kinds/kinds.def").read()
    return [k for k in re.findall(r"KIND\((\w+)\)", text) if k != "containers"]


def opened(s, spec, where):
    """Opens a view and waits until nothing loads; returns its text."""
    s.send(b":")
    s.wait(r"^ *:|^ ?❯|:\s*$", 5)
    s.key(f"{spec}".encode())
    before = s.idles
    s.send(b"\r")
    s.need(20, lambda: s.idles > before and s.idle, f"{spec} is loaded")
    s.settle(0.15, 5)
    return "\n".join(s.screen.display)


def says(text):
    return bool(MISSING.search(re.sub(r"\s+", " ", text)))


def main():
    with Screen([KVIEW, "--kubeconfig", CONFIG, "pods", "-n", NS]) as s:
        s.wait_idle()
        case("limited: pods", s.shows(re.escape(POD)), s.body())
        works = {"pods": POD, "workloads": POD, "all": POD, "images": "container", f"describe pod {NS}/{POD}": "Node:",
                 f"yaml pod {NS}/{POD}": "apiVersion", f"tree pods {NS}/{POD}": POD, "find " + POD[:4]: POD,
                 "help": "you may not delete pods", "kinds": "pods", "explain pods": "spec", "health": "ready"}
        for spec, want in works.items():
            try:
                text = opened(s, f"{spec} -n {NS}" if spec in ("pods", "workloads", "all", "images") else spec, NS)
                if spec == "help":  # it is longer than a screen
                    s.send(b"\x1b[6~")
                    s.settle(0.2, 3)
                    text += s.body()
                case(f"limited: {spec}", want in text, text)
            except Ended as e:
                case(f"limited: {spec}", False, str(e))
        for kind in kinds():
            if kind == "pods":
                continue
            for where in ("-A", f"-n {NS}"):
                try:
                    text = opened(s, f"{kind} {where}", where)
                    case(f"limited: {kind} {where}", says(text) or "not on this server" in text or
                         "does not have" in text or "not served" in text, text)
                except Ended as e:
                    case(f"limited: {kind} {where}", False, str(e))


main()
