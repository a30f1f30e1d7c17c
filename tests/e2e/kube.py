"""What the API server has, read in a millisecond and without a kubectl for each look: through the `kubectl proxy` that run.sh
started, whose first line is in the file KVIEW_E2E_PROXY. For what is waited for; kubectl's own words are kubectl's to say."""
import functools, http.client, json, os, re, time

DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@functools.cache
def port():
    for _ in range(100):
        with open(os.environ["KVIEW_E2E_PROXY"]) as f:
            if m := re.search(r":(\d+)", f.read()):
                return int(m[1])
        time.sleep(0.1)
    raise OSError("kubectl proxy does not serve")


def raw(path, accept="*/*"):
    """The status and the text."""
    c = http.client.HTTPConnection("127.0.0.1", port(), timeout=60)
    try:
        c.request("GET", path, headers={"Accept": accept})
        r = c.getresponse()
        return r.status, r.read().decode()
    finally:
        c.close()


def answer(path, accept="application/json"):
    """The document; None where there is none."""
    status, text = raw(path, accept)
    if status == 404:
        return None
    assert status == 200, f"GET {path}: {status} {text[:300]}"
    return json.loads(text)


KINDS = {}  # every name of a kind, as kubectl takes them: (its path, whether it is namespaced)


def kind_of(word):
    if word not in KINDS:  # or it is there since
        for root in ("/api", "/apis"):
            for group in answer(root, DISCOVERY)["items"]:
                name = group["metadata"].get("name", "")
                version = group["versions"][0]
                path = f"{root}/{name}/{version['version']}" if name else f"{root}/{version['version']}"
                for r in version["resources"]:
                    plural = r["resource"]
                    for w in (plural, f"{plural}.{name}", r["singularResource"], *r.get("shortNames", [])):
                        KINDS.setdefault(w, (f"{path}/%s{plural}", r["scope"] == "Namespaced"))
    assert word in KINDS, f"the server has no {word}"
    return KINDS[word]


def get(what, ns, selector=""):
    """What `kubectl get -o json` prints of KIND, the list, or of KIND/NAME; None if there is no such object."""
    kind, _, name = what.partition("/")
    path, namespaced = kind_of(kind)
    doc = answer(path % (f"namespaces/{ns}/" if namespaced else "") + (f"/{name}" if name else f"?labelSelector={selector}"))
    if doc and "items" in doc:
        doc["items"] = [{"apiVersion": doc["apiVersion"], "kind": doc["kind"].removesuffix("List"), **o} for o in doc["items"]]
    for o in doc.get("items", [doc]) if doc else []:
        o["metadata"].pop("managedFields", None)
    return doc


def names(kind, ns, selector=""):
    return [o["metadata"]["name"] for o in get(kind, ns, selector)["items"]]
