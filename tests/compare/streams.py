"""Cases of what is no object: logs, as far as a Pod that runs nowhere has answers for them."""
from cases import CORE, case, pod


@case
def logs_of_no_container(s):
    s.post(CORE + "/pods", pod("logless"), note=False)
    two = pod("two", containers=[{"name": n, "image": "busybox:1"} for n in ("main", "side")],
              initContainers=[{"name": "before", "image": "busybox:1"}])
    s.post(CORE + "/pods", two, note=False)
    at = CORE + "/pods/logless/log"
    s.get(at)
    for query in ("container=nope", "previous=true&container=nope", "tailLines=-1", "tailLines=x", "sinceSeconds=0",
                  "limitBytes=0", "tailLines=-1&sinceSeconds=0", "sinceTime=x",
                  "sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z", "follow=true"):
        s.get(at + "?" + query)
    s.get(CORE + "/pods/two/log")
    s.get(CORE + "/pods/two/log?container=side")
    s.get(CORE + "/pods/nosuch/log")
    s.delete(CORE + "/pods/logless", note=False)
    s.delete(CORE + "/pods/two", note=False)
