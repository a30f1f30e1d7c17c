#!/usr/bin/python3
"""Contexts "one" and "two" in the full-screen program: contexts.py KVIEW KUBECONFIG."""
import sys

from screen import Screen, case
from terminal import Ended


def main():
    with Screen([sys.argv[1], "--kubeconfig", sys.argv[2], "pods"]) as s:
        steps = [("starts in the current one", b"", "web-"), ("the other", b"`", "only-in-two"),
                 ("and back", b"`", "web-"), ("by its name", b":contexts two\r", "only-in-two")]
        for name, keys, text in steps:
            try:
                s.send(keys)
                s.wait(text)
                other = "only-in-two" if text == "web-" else "web-"
                case(f"contexts: {name}", not s.shows(other), s.body())
            except Ended as e:
                case(f"contexts: {name}", False, f"{e}\n" + "\n".join(s.screen.display))


main()
