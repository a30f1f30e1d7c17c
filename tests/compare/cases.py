"""What is asked of both servers. A case is a function; its requests are noted in order and compared.

Objects live in one namespace and get no running Pods: those cases are about the API server alone.
"""
import time

NS = "kview-compare"
CORE = "/api/v1/namespaces/" + NS
APPS = "/apis/apps/v1/namespaces/" + NS
CMS = CORE + "/configmaps"
CASES = []
BOOM = "example.com/boom"


def case(fn):
    CASES.append((fn.__name__.replace("_", "-"), fn))
    return fn


def all_cases():
    return CASES


def prepare(s):
    clean(s)
    s.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}})
    s.until(CORE + "/serviceaccounts/default", lambda d: d["kind"] == "ServiceAccount")
    s.until(CMS + "/kube-root-ca.crt", lambda d: d["kind"] == "ConfigMap")


def clean(s):
    """Nothing of this run or of one that was cut off stays."""
    s.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/toys.compare.kview.test", note=False)
    for ns in (NS, "kview-ns"):
        s.delete("/api/v1/namespaces/" + ns, note=False)
        for kind in ("configmaps", "pods"):
            root = "/api/v1/namespaces/%s/%s" % (ns, kind)
            for o in s.get(root, note=False).get("items") or []:
                if o["metadata"].get("finalizers"):
                    s.patch(root + "/" + o["metadata"]["name"], {"metadata": {"finalizers": None}}, note=False)
        s.until("/api/v1/namespaces/" + ns, lambda d: d.get("code") == 404)


def cm(name, labels=None, data=None, **meta):
    return {"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": dict({"name": name, "labels": labels or {}}, **meta),
            "data": {"k": "v"} if data is None else data}


def deploy(name, replicas=0, **spec):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": dict({"replicas": replicas, "selector": {"matchLabels": labels},
                          "template": {"metadata": {"labels": labels},
                                       "spec": {"containers": [{"name": "main", "image": "nginx:1"}]}}},
                         **spec)}


def pod(name, labels=None, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}},
            "spec": dict({"schedulerName": "nobody", "automountServiceAccountToken": False,
                          "containers": [{"name": "main", "image": "busybox:1"}]}, **spec)}


def three(s, group):
    for i, tier in enumerate(("web", "web", "db")):
        s.post(CMS, cm("%s-%d" % (group, i), {"group": group, "tier": tier, "n": str(i)}), note=False)


# --- discovery ---------------------------------------------------------------------------------------

@case
def version(s):
    d = s.get("/version", note=False)
    s.note("keys", sorted(k for k in d if not k.startswith("minCompat")))
    s.note("numbers", [d["major"], d["minor"], d["platform"]])


@case
def health(s):
    for path in ("/livez", "/readyz", "/livez/ping", "/healthz", "/nothing", "/"):
        d = s.get(path, note=path != "/")
    s.note("root", sorted(d)[:1] if isinstance(d, dict) else d)


AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def resource_of(doc, group, plural):
    for g in doc["items"]:
        if g["metadata"].get("name", "") == group:
            for v in g["versions"]:
                for r in v["resources"]:
                    if r["resource"] == plural:
                        return dict(r, version=v["version"], freshness=v["freshness"])
    return None


KINDS = [("", k) for k in ("pods configmaps nodes namespaces services secrets events endpoints serviceaccounts "
                           "persistentvolumes persistentvolumeclaims replicationcontrollers limitranges "
                           "resourcequotas podtemplates").split()]
KINDS += [("apps", k) for k in "deployments replicasets statefulsets daemonsets controllerrevisions".split()]
KINDS += [("batch", "jobs"), ("batch", "cronjobs"), ("autoscaling", "horizontalpodautoscalers"),
          ("policy", "poddisruptionbudgets"), ("networking.k8s.io", "ingresses"),
          ("networking.k8s.io", "networkpolicies"), ("rbac.authorization.k8s.io", "roles"),
          ("rbac.authorization.k8s.io", "clusterrolebindings"), ("storage.k8s.io", "storageclasses"),
          ("discovery.k8s.io", "endpointslices"), ("coordination.k8s.io", "leases"),
          ("certificates.k8s.io", "certificatesigningrequests"),
          ("apiextensions.k8s.io", "customresourcedefinitions"),
          ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
          ("scheduling.k8s.io", "priorityclasses"), ("node.k8s.io", "runtimeclasses"),
          ("authorization.k8s.io", "selfsubjectaccessreviews")]


@case
def discovery_aggregated(s):
    for path in ("/api", "/apis"):
        status, reply, _ = s.server.request("GET", path, Accept=AGGREGATED)
        s.note("head " + path, [status, reply.getheader("Content-Type"), reply.getheader("Vary"),
                                reply.getheader("Cache-Control"), len(reply.getheader("ETag") or "")])
        tag = reply.getheader("ETag")
        status, reply, text = s.server.request("GET", path, Accept=AGGREGATED, If_None_Match=tag)
        s.note("304 " + path, [status, reply.getheader("ETag") == tag, len(text)])
        d = s.call("GET", path, note=False, Accept=AGGREGATED)
        s.note("kind " + path, [d["kind"], d["apiVersion"], d["metadata"]])
        for group, plural in KINDS:
            if (group == "") == (path == "/api"):
                r = resource_of(d, group, plural)
                if r and "subresources" in r:
                    r["subresources"].sort(key=lambda x: x["subresource"])
                s.note("resource %s/%s" % (group, plural), r)


@case
def discovery_legacy(s):
    d = s.get("/api", note=False)
    s.note("/api", [d["kind"], d["versions"]])
    d = s.get("/apis", note=False)
    s.note("/apis", [d["kind"], d["apiVersion"]])
    s.note("apps", [g for g in d["groups"] if g["name"] == "apps"])
    s.get("/apis/apps")
    for path in ("/api/v1", "/apis/apps/v1"):
        d = s.get(path, note=False)
        s.note(path, [d["kind"], d.get("apiVersion", ""), d["groupVersion"]])
        for r in d["resources"]:
            r.pop("storageVersionHash", None)  # a hint for storage migration, never for clients
        names = ("pods", "pods/log", "pods/eviction", "configmaps", "deployments", "deployments/scale",
                 "deployments/status", "nodes")
        s.note("resources", sorted([r for r in d["resources"] if r["name"] in names], key=lambda r: r["name"]))
    s.get("/apis/none.example.com")
    s.get("/apis/none.example.com/v1")
    s.get("/apis/apps/v9")


@case
def openapi(s):
    d = s.get("/openapi/v3", note=False)
    s.note("paths", [sorted(d), "api/v1" in d["paths"], "apis/apps/v1" in d["paths"]])
    url = d["paths"]["apis/apps/v1"]["serverRelativeURL"]
    s.note("url", url.split("=")[0])
    d = s.get(url, note=False)
    s.note("document", [d["openapi"].split(".")[0], sorted(k for k in d if k in ("components", "info"))])
    schemas = d["components"]["schemas"]
    dep = schemas["io.k8s.api.apps.v1.Deployment"]
    s.note("kind", dep["x-kubernetes-group-version-kind"])
    s.note("fields", sorted(dep["properties"]))
    spec = schemas["io.k8s.api.apps.v1.DeploymentSpec"]
    for field in ("replicas", "selector", "template", "paused"):
        s.note(field, {k: v for k, v in spec["properties"][field].items() if k not in ("default", "description")})


# --- reading -----------------------------------------------------------------------------------------

@case
def get_and_lists(s):
    three(s, "lists")
    q = "?labelSelector=group%3Dlists"
    s.get(CMS + "/lists-0")
    s.get(CMS + q)
    s.get("/api/v1/configmaps" + q)
    s.get(CMS + "?labelSelector=group%3Dnone")
    s.get(CMS + "/nothing")
    s.get("/api/v1/namespaces/none/configmaps")
    s.get("/api/v1/namespaces/none/configmaps/x")
    s.get(CORE + "/widgets")
    s.get("/apis/apps/v1/widgets")
    s.get("/apis/apps/v1beta1/deployments")
    s.get("/apis/stable.example.com/v1/things")
    s.get("/api/v1/nodes/nothing")
    s.get(APPS + "/deployments/nothing")


@case
def paging(s):
    three(s, "pages")
    for q in ("", "&labelSelector=group%3Dpages"):
        first = s.get(CMS + "?limit=2" + q, note=False)
        total = len(s.get(CMS + "?" + q, note=False)["items"])
        m = first["metadata"]
        s.note("first", [sorted(m), len(first["items"]), total - 2 - m.get("remainingItemCount", total - 2)])
        seen, token = [o["metadata"]["name"] for o in first["items"]], m["continue"]
        s.post(CMS, cm("pages-late" + q[1:6], {"group": "pages"}), note=False)
        while token:
            page = s.get(CMS + "?limit=2" + q + "&continue=" + token, note=False)
            s.note("same version", page["metadata"]["resourceVersion"] == m["resourceVersion"])
            seen += [o["metadata"]["name"] for o in page["items"]]
            token = page["metadata"].get("continue")
        s.note("names", [n for n in seen if n.startswith("pages")])
    s.get(CMS + "?limit=2&continue=nonsense")
    s.get(CMS + "?limit=x")
    first = s.get(CMS + "?limit=1", note=False)["metadata"]["continue"]
    s.get(CMS + "?limit=1&resourceVersion=5&continue=" + first)
    d = s.get(CMS + "?limit=1&resourceVersion=0&labelSelector=group%3Dpages", note=False)
    s.note("limit is ignored in the cache", [sorted(d["metadata"]), len(d["items"])])


@case
def label_selectors(s):
    three(s, "labels")
    g = "group%3Dlabels"
    for sel in (g + ",tier=web", g + ",tier!=web", g + ",tier in (web,db)", g + ",tier notin (web)",
                g + ",tier", g + ",!tier", g + ",n>0", g + ",n<1", g + ",tier==db", "group in (labels),n in (1)"):
        d = s.get(CMS + "?labelSelector=" + sel.replace(" ", "%20").replace(">", "%3E").replace("<", "%3C"),
                  note=False)
        s.note(sel, [o["metadata"]["name"] for o in d["items"]])
    for sel in ("a%20b", "a%20in", "a%20in%20(", "%3Dx", "a%3D%3D%3Db", "-a", "n%3Ex", "a=b=c", "a,,b", "a=-b"):
        s.get(CMS + "?labelSelector=" + sel)


@case
def field_selectors(s):
    three(s, "fields")
    for sel in ("metadata.name=fields-1", "metadata.name!=fields-1,metadata.namespace=" + NS,
                "metadata.name==fields-2"):
        d = s.get(CMS + "?labelSelector=group%3Dfields&fieldSelector=" + sel, note=False)
        s.note(sel, [o["metadata"]["name"] for o in d["items"]])
    s.get(CMS + "?fieldSelector=data.k=v")
    s.get(CMS + "?fieldSelector=metadata.labels=v")
    s.get(CMS + "?fieldSelector=nonsense")
    s.get("/apis/apps/v1/deployments?fieldSelector=spec.replicas=1")
    s.get("/api/v1/pods?fieldSelector=spec.hostname=1")
    s.get("/api/v1/events?fieldSelector=involvedObject.name=none")
    s.get("/api/v1/pods?fieldSelector=spec.nodeName=none,status.phase=Running")


@case
def resource_versions(s):
    s.post(CMS, cm("versions", {"group": "versions"}), note=False)
    q = CMS + "?labelSelector=group%3Dversions"
    now = s.get(q, note=False)["metadata"]["resourceVersion"]
    s.get(q + "&resourceVersion=0")
    s.get(q + "&resourceVersion=" + now)
    s.get(q + "&resourceVersionMatch=NotOlderThan&resourceVersion=" + now)
    s.get(q + "&resourceVersionMatch=Exact&resourceVersion=" + now)
    s.get(q + "&resourceVersionMatch=Exact&resourceVersion=0")
    s.get(q + "&resourceVersionMatch=Exact")
    s.get(q + "&resourceVersionMatch=Whatever&resourceVersion=1")
    s.get(q + "&resourceVersion=abc")
    s.get(q + "&sendInitialEvents=true")
    s.get(CMS + "/versions?resourceVersion=0")
    s.get(CMS + "/versions?resourceVersion=" + now)
    body = s.get(q + "&resourceVersion=99999999999", note=False)
    s.note("too new", [body["code"], body["reason"], body["message"], body["details"]])


@case
def tables(s):
    three(s, "tables")
    q = "labelSelector=group%3Dtables"
    table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    for include in ("", "&includeObject=None", "&includeObject=Metadata", "&includeObject=Object"):
        s.note_table = s.get(CMS + "?" + q + include, note=False, Accept=table)
        t = s.note_table
        s.note("kind", [t["kind"], t["apiVersion"], sorted(t["metadata"])])
        s.note("columns", [[c["name"], c["type"], c["format"], c["priority"]] for c in t["columnDefinitions"]])
        s.note("rows", t["rows"])
    t = s.get(CMS + "/tables-1", note=False, Accept=table)
    s.note("one", [t["kind"], t["rows"]])
    s.get(CMS + "/nothing", Accept=table)
    s.get(CMS + "?" + q + "&includeObject=Nonsense", Accept=table)
    t = s.get(CMS + "?limit=1&" + q, note=False, Accept=table)
    s.note("paged", [sorted(t["metadata"]), len(t["rows"])])
    t = s.get(CMS + "?labelSelector=group%3Dnone", note=False, Accept=table)
    s.note("empty", [t["rows"], len(t["columnDefinitions"])])


TABLED = ["/api/v1/" + k for k in ("pods nodes namespaces services secrets serviceaccounts events endpoints "
                                   "persistentvolumes persistentvolumeclaims limitranges resourcequotas "
                                   "replicationcontrollers podtemplates").split()]
TABLED += ["/apis/apps/v1/" + k for k in "deployments replicasets statefulsets daemonsets controllerrevisions".split()]
TABLED += ["/apis/" + k for k in (
    "batch/v1/jobs batch/v1/cronjobs autoscaling/v2/horizontalpodautoscalers policy/v1/poddisruptionbudgets "
    "networking.k8s.io/v1/ingresses networking.k8s.io/v1/networkpolicies networking.k8s.io/v1/ingressclasses "
    "rbac.authorization.k8s.io/v1/roles rbac.authorization.k8s.io/v1/rolebindings "
    "rbac.authorization.k8s.io/v1/clusterroles rbac.authorization.k8s.io/v1/clusterrolebindings "
    "storage.k8s.io/v1/storageclasses storage.k8s.io/v1/csidrivers storage.k8s.io/v1/csinodes "
    "storage.k8s.io/v1/volumeattachments discovery.k8s.io/v1/endpointslices coordination.k8s.io/v1/leases "
    "certificates.k8s.io/v1/certificatesigningrequests scheduling.k8s.io/v1/priorityclasses "
    "node.k8s.io/v1/runtimeclasses apiextensions.k8s.io/v1/customresourcedefinitions "
    "apiregistration.k8s.io/v1/apiservices admissionregistration.k8s.io/v1/validatingwebhookconfigurations "
    "admissionregistration.k8s.io/v1/mutatingwebhookconfigurations "
    "flowcontrol.apiserver.k8s.io/v1/flowschemas flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"
    ).split()]


@case
def table_columns(s):
    for path in TABLED:
        t = s.get(path + "?limit=1", note=False, Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
        s.note(path, [[c["name"], c["type"], c["format"], c["priority"]] for c in t["columnDefinitions"]])


@case
def partial_metadata(s):
    three(s, "partial")
    one = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    s.get(CMS + "/partial-0", Accept=one)
    s.get(CMS + "?labelSelector=group%3Dpartial",
          Accept="application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")


# --- watching ----------------------------------------------------------------------------------------

def types(events):
    return [e["type"] for e in events]


@case
def watch_changes(s):
    q = "?watch=1&labelSelector=group%3Dwatched&timeoutSeconds=20&resourceVersion="
    rv = s.get(CMS, note=False)["metadata"]["resourceVersion"]

    def act():
        s.post(CMS, cm("watched-0", {"group": "watched"}), note=False)
        s.post(CMS, cm("unseen", {"group": "other"}), note=False)
        s.patch(CMS + "/watched-0", {"data": {"k": "w"}}, note=False)
        s.patch(CMS + "/watched-0", {"metadata": {"labels": {"group": "other"}}}, note=False)
        s.patch(CMS + "/watched-0", {"metadata": {"labels": {"group": "watched"}}}, note=False)
        s.patch(CMS + "/watched-0", {"data": {"k": "w"}}, note=False)  # changes nothing: no event
        s.delete(CMS + "/watched-0", note=False)
    s.watch(CMS + q + rv, act, lambda ev: len(ev) >= 5)
    s.watch(CMS + q + rv, None, lambda ev: len(ev) >= 5)  # the same again, from history


@case
def watch_from_zero(s):
    three(s, "zero")
    q = "?watch=1&labelSelector=group%3Dzero&timeoutSeconds=20"
    s.watch(CMS + q, None, lambda ev: len(ev) >= 3)
    s.watch(CMS + q + "&resourceVersion=0", None, lambda ev: len(ev) >= 3)
    s.get(CMS + "/zero-1?watch=1&timeoutSeconds=20")  # not a watch


@case
def watch_bookmarks(s):
    s.post(CMS, cm("marked-0"), note=False)
    rv = s.get(CMS, note=False)["metadata"]["resourceVersion"]
    q = CMS + "?watch=1&allowWatchBookmarks=true&labelSelector=group%3Dnone&timeoutSeconds=4&resourceVersion="
    # one comes two seconds before the end, if anything happened; what is not selected does not show
    s.watch(q + rv, lambda: s.post(CMS, cm("marked-1"), note=False), lambda ev: ev)


@case
def streaming_list(s):
    three(s, "stream")
    q = ("?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
         "&labelSelector=group%3Dstream&timeoutSeconds=20")
    ended = lambda ev: "BOOKMARK" in types(ev)  # noqa: E731
    s.watch(CMS + q, None, ended)
    s.watch(CMS + q + "&resourceVersion=0", None, ended)
    rv = s.get(CMS, note=False)["metadata"]["resourceVersion"]
    s.watch(CMS + q + "&resourceVersion=" + rv, None, ended)
    s.watch(CMS + "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&timeoutSeconds=5")
    s.watch(CMS + "?watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=0&timeoutSeconds=5")
    s.watch(CMS + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=3"
            "&labelSelector=group%3Dstream", None, lambda ev: len(ev) >= 4)


@case
def watch_tables(s):
    three(s, "twatch")
    table = "application/json;as=Table;v=v1;g=meta.k8s.io"
    for include in ("None", "Metadata", "Object"):
        q = ("?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
             "&labelSelector=group%3Dtwatch&timeoutSeconds=20&includeObject=" + include)
        conn = s.server.connect()
        reply = s.server.send(conn, "GET", CMS + q, None, {"Accept": table})
        import json
        for _ in range(4):
            e = json.loads(reply.readline())
            cols = e["object"].pop("columnDefinitions")
            s.note("event " + include, [e, bool(cols)])
        conn.close()


@case
def watch_gone(s):
    for rv in ("99999999999", "abc"):
        s.watch(CMS + "?watch=1&timeoutSeconds=3&resourceVersion=" + rv, None, lambda ev: len(ev) >= 1)


@case
def watch_metadata(s):
    three(s, "pmeta")
    s.watch(CMS + "?watch=1&timeoutSeconds=20&labelSelector=group%3Dpmeta", None, lambda ev: len(ev) >= 3,
            Accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")


# --- writing -----------------------------------------------------------------------------------------

@case
def create(s):
    s.post(CMS, cm("create-1"))
    s.post(CMS, cm("create-1"))
    s.post(CMS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "gen-"}})
    s.post(CMS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}})
    s.post(CMS, cm("Upper_Case"))
    s.post(CMS, cm("rv", resourceVersion="12"))
    s.post(CMS, cm("elsewhere", namespace="default"))
    s.post("/api/v1/namespaces/no-such/configmaps", cm("x"))
    s.post(CMS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}})
    s.post(CMS, {"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "x"}})
    s.post(CMS, {"kind": "ConfigMap", "metadata": {"name": "nogv"}})
    s.post(CMS, {"metadata": {"name": "bare"}})
    s.post(CMS, cm("bad-label", {"-x": "y"}))
    s.post(CMS, cm("bad-value", {"x": "no spaces please"}))


@case
def create_yaml(s):
    s.post(CMS, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: \"1\"\n",
           Content_Type="application/yaml")


@case
def defaults(s):
    s.post(APPS + "/deployments", deploy("defaults", 0))
    s.post(CORE + "/pods", pod("defaults"))
    s.post(CORE + "/services", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "defaults"},
                                "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}})
    s.post(CORE + "/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "defaults"},
                               "stringData": {"a": "b"}})
    s.post("/apis/batch/v1/namespaces/%s/cronjobs" % NS,
           {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "defaults"},
            "spec": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {"template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "m", "image": "a:1"}]}}}}}})
    for kind, root in (("deployments", APPS), ("pods", CORE), ("services", CORE)):
        s.delete("%s/%s/defaults" % (root, kind), note=False)


@case
def invalid_objects(s):
    s.post(APPS + "/deployments", deploy("bad", -1))
    s.post(APPS + "/deployments", dict(deploy("bad"), spec={}))
    d = deploy("bad")
    d["spec"]["selector"]["matchLabels"] = {"app": "other"}
    s.post(APPS + "/deployments", d)
    s.post(CORE + "/pods", pod("bad", containers=[]))
    s.post(CORE + "/pods", pod("bad", containers=[{"name": "a"}]))
    s.post(CORE + "/pods", pod("bad", restartPolicy="Sometimes"))


@case
def wrong_requests(s):
    s.post(CMS, "{nonsense")
    s.post(CMS, "")
    s.post(CMS, "[]")
    s.post(CMS, cm("x"), Content_Type="text/plain")
    s.post(CMS + "/x", cm("x"))
    s.put(CMS, cm("x"))
    s.patch(CMS, {})
    s.call("PATCH", CMS + "/kube-root-ca.crt", {}, Content_Type="application/json")
    s.patch(CMS + "/kube-root-ca.crt", "{nonsense")
    s.patch(CMS + "/kube-root-ca.crt", "[]")
    s.patch(CMS + "/kube-root-ca.crt", {}, kind="json")
    s.get(CMS, Accept="text/html")
    s.get(CMS + "/kube-root-ca.crt", Accept="application/xml")
    s.put(CORE + "/pods/x/log", {})
    s.get(CMS, Authorization="Bearer nonsense") if "Authorization" in s.server.auth else s.note(
        "GET " + CMS, {"code": 401, "type": "application/json", "warning": None, "body": {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "Unauthorized", "reason": "Unauthorized", "code": 401}})


@case
def wrong_types(s):
    s.post(CMS, cm("typed", data={"k": 5}))
    s.post(CMS, cm("typed", data="text"))
    s.post(CMS, cm("typed", {"a": 1}))
    s.post(APPS + "/deployments", deploy("typed", "three"))
    s.post(APPS + "/deployments", deploy("typed", 1.5))
    s.post(CORE + "/pods", pod("typed", containers={"name": "a"}))
    s.post(CORE + "/pods", pod("typed", hostNetwork="yes"))
    s.post(CORE + "/pods", pod("typed", containers=[{"name": "a", "image": 5}]))
    s.post(CORE + "/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "typed"},
                               "data": {"a": "not base64"}})
    s.post(CMS, cm("typed"), note=False)
    s.put(CMS + "/typed", cm("typed", data={"k": True}))


@case
def unknown_fields(s):
    for how in ("", "?fieldValidation=Warn", "?fieldValidation=Strict", "?fieldValidation=Ignore"):
        d = dict(deploy("odd"), extra=1)
        d["spec"]["replica"] = 3
        d["spec"]["template"]["spec"]["containers"][0]["imag"] = "x"
        s.post(APPS + "/deployments" + (how + "&" if how else "?") + "dryRun=All", d)
    s.post(CMS, cm("odd"), note=False)
    s.patch(CMS + "/odd", {"dat": {"a": "b"}})
    s.patch(CMS + "/odd?fieldValidation=Ignore", {"dat": {"a": "b"}})
    s.put(CMS + "/odd?fieldValidation=Strict", dict(cm("odd"), dat={"a": "b"}))


@case
def update(s):
    s.post(CMS, cm("update"), note=False)
    old = s.get(CMS + "/update", note=False)
    new = dict(old, data={"k": "2"})
    s.put(CMS + "/update", new)
    s.put(CMS + "/update", new)  # an old version now
    new["metadata"] = {"name": "update", "labels": {"fresh": "yes"}}
    s.put(CMS + "/update", new)  # without a version: whatever there is
    s.put(CMS + "/update", dict(new, metadata={"name": "other"}))
    s.put(CMS + "/update", dict(new, metadata={"name": "update", "uid": "00000000-0000-0000-0000-000000000001"}))
    s.put(CMS + "/absent", cm("absent"))
    s.put(CMS + "/update", dict(new, kind="Secret"))
    before = s.get(CMS + "/update", note=False)["metadata"]["resourceVersion"]
    after = s.put(CMS + "/update", new)["metadata"]["resourceVersion"]
    s.note("no change, no new version", before == after)


@case
def merge_patch(s):
    s.post(CMS, cm("merge", {"a": "1", "b": "2"}, {"x": "1", "y": "2"}), note=False)
    at = CMS + "/merge"
    s.patch(at, {"data": {"x": None, "z": "3"}, "metadata": {"labels": {"a": None}}})
    s.patch(at, {"data": None})
    s.patch(at, {"metadata": {"name": "other"}})
    s.patch(at, {"metadata": {"resourceVersion": "1"}, "data": {"q": "1"}})
    s.patch(at, {"metadata": {"uid": "00000000-0000-0000-0000-000000000001"}, "data": {"q": "1"}})
    s.patch(CMS + "/absent", {"data": {"q": "1"}})
    s.patch(at, {"data": {"number": 5}})
    s.patch(at, {"metadata": {"annotations": {"n": "1"}}})


@case
def json_patch(s):
    s.post(CMS, cm("json", {"a": "1"}, {"x": "1", "a.b": "2"}), note=False)
    at = CMS + "/json"
    s.patch(at, [{"op": "test", "path": "/data/x", "value": "1"}, {"op": "replace", "path": "/data/x", "value": "2"},
                 {"op": "add", "path": "/data/y", "value": "3"}, {"op": "remove", "path": "/metadata/labels/a"}],
            kind="json")
    s.patch(at, [{"op": "test", "path": "/data/x", "value": "1"}], kind="json")
    s.patch(at, [{"op": "remove", "path": "/data/none"}], kind="json")
    s.patch(at, [{"op": "replace", "path": "/data/none", "value": "1"}], kind="json")
    s.patch(at, [{"op": "move", "from": "/data/x", "path": "/data/moved"},
                 {"op": "copy", "from": "/data/moved", "path": "/data/copied"}], kind="json")
    s.patch(at, [{"op": "frobnicate", "path": "/data/x"}], kind="json")


@case
def strategic_patch(s):
    s.post(APPS + "/deployments", deploy("strategic"), note=False)
    at = APPS + "/deployments/strategic"
    s.until(at, lambda d: d["status"].get("observedGeneration"))

    def spec(**pod_spec):
        got = s.patch(at, {"spec": {"template": {"spec": pod_spec}}}, kind="strategic", note=False)
        s.note("template", got["spec"]["template"] if "spec" in got else got)
    spec(containers=[{"name": "main", "image": "nginx:2", "env": [{"name": "A", "value": "1"}]}])
    spec(containers=[{"name": "side", "image": "busybox:1"}])
    spec(containers=[{"name": "main", "env": [{"name": "B", "value": "2"}]}])
    spec(containers=[{"name": "main", "env": [{"name": "A", "$patch": "delete"}]}])
    spec(containers=[{"name": "side", "$patch": "delete"}])
    spec(**{"$setElementOrder/containers": [{"name": "first"}, {"name": "main"}],
            "containers": [{"name": "first", "image": "a:1"}]})
    spec(containers=[{"name": "main", "ports": [{"containerPort": 80}, {"containerPort": 81}]}])
    spec(containers=[{"name": "main", "ports": [{"containerPort": 80, "name": "http"}]}])
    spec(containers=[{"$patch": "replace"}, {"name": "only", "image": "b:1"}])
    spec(nodeSelector={"a": "b", "c": "d"})
    spec(nodeSelector={"a": None})
    spec(nodeSelector={"$patch": "replace", "z": "y"})
    spec(tolerations=[{"key": "a", "operator": "Exists"}])
    spec(tolerations=[{"key": "b", "operator": "Exists"}])
    spec(containers=[{"image": "nameless:1"}])
    s.patch(at, {"spec": {"selector": {"matchLabels": {"app": "other"}}}}, kind="strategic")
    s.note("generation", s.get(at, note=False)["metadata"]["generation"])
    s.delete(at, note=False)


@case
def finalizers_patch(s):
    s.post(CMS, cm("fin", finalizers=["example.com/a"]), note=False)
    at = CMS + "/fin"
    s.patch(at, {"metadata": {"finalizers": ["example.com/b"]}}, kind="strategic")
    s.patch(at, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a"]}}, kind="strategic")
    s.patch(at, {"metadata": {"finalizers": None}})
    s.delete(at, note=False)


@case
def apply(s):
    at = CMS + "/applied"

    def send(manager, data, labels=None, force="", **more):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": dict({"name": "applied"}, **more)}
        if data is not None:
            body["data"] = data
        if labels:
            body["metadata"]["labels"] = labels
        return s.patch(at + "?fieldManager=%s%s" % (manager, force), body, kind="apply", what="apply by " + manager)
    send("one", {"a": "1", "b": "2"}, {"l": "1"})
    send("one", {"a": "1", "b": "2"}, {"l": "1"})  # nothing changes
    send("two", {"a": "1", "c": "3"})              # shares a
    send("two", {"a": "9", "c": "3"})              # conflict: a is one's too
    send("two", {"a": "9", "b": "9"})              # two conflicts; the message lists both
    send("two", {"a": "9", "c": "3"}, force="&force=true")
    send("one", {"b": "2"})                        # gives up a and its label
    send("one", {})                                # gives up b; the rest is not its business
    send("one", None)                              # gives up all
    s.patch(at, {"data": {"m": "1"}})
    send("two", {"m": "2"})
    s.put(at + "?fieldManager=editor", dict(cm("applied"), data={"m": "5"}))
    s.patch(at, cm("applied"), kind="apply")       # needs a manager
    send("two", {"m": "2"}, force="&force=true&dryRun=All")
    s.get(at)
    s.delete(at, note=False)


@case
def apply_lists(s):
    at = APPS + "/deployments/applied"

    def send(manager, spec, force=""):
        return s.patch(at + "?fieldManager=" + manager + force, {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "applied"}, "spec": spec},
            kind="apply", note=False)

    def note(what, d):
        s.note(what, {"template": d["spec"]["template"], "managedFields": [
            m for m in d["metadata"]["managedFields"] if m["manager"] != "kube-controller-manager"]}
            if "spec" in d else d)
    base = deploy("applied")["spec"]
    note("create", send("one", base))
    two = {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}]}}}
    note("adds env", send("two", two))
    two["template"]["spec"]["containers"][0]["image"] = "nginx:9"
    note("conflict", send("two", two))
    note("force", send("two", two, "&force=true"))
    two["template"]["spec"]["containers"] = [{"name": "side", "image": "b:1", "ports": [{"containerPort": 80}]}]
    note("env goes, a container comes", send("two", two))
    note("replicas", send("two", {"replicas": 0}))
    note("scale by another", send("three", {"replicas": 1}))
    s.delete(at, note=False)


@case
def apply_errors(s):
    s.patch(CMS + "/named?fieldManager=x", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}},
            kind="apply")
    s.patch(CMS + "/named?fieldManager=x", {"kind": "ConfigMap", "metadata": {"name": "named"}}, kind="apply")
    s.patch(CMS + "/named?fieldManager=x", cm("named", managedFields=[]), kind="apply")
    s.patch(CMS + "/named?fieldManager=x", cm("named", uid="00000000-0000-0000-0000-000000000001"), kind="apply")
    odd = deploy("odd")
    odd["spec"]["replica"] = 1
    s.patch(APPS + "/deployments/odd?fieldManager=x", odd, kind="apply")
    s.patch(CMS + "/named?fieldManager=x", cm("named", data={"k": 5}), kind="apply")
    s.patch(CMS + "/named?fieldManager=x&force=true", {"data": {"a": "1"}}, kind="merge")


@case
def managed_fields(s):
    s.post(CMS + "?fieldManager=maker", cm("managed", {"a": "1"}, {"x": "1"}))
    s.patch(CMS + "/managed?fieldManager=changer", {"data": {"x": "2", "y": "1"}})
    s.patch(CMS + "/managed?fieldManager=changer", {"data": {"x": None}})
    s.patch(CMS + "/managed", {"metadata": {"annotations": {"by": "agent"}}})
    s.patch(CMS + "/managed", {"metadata": {"managedFields": [{}]}})


@case
def dry_run(s):
    s.post(CMS + "?dryRun=All", cm("dry"))
    s.get(CMS + "/dry")
    s.post(CMS, cm("dry"), note=False)
    s.patch(CMS + "/dry?dryRun=All", {"data": {"k": "2"}})
    s.delete(CMS + "/dry?dryRun=All")
    s.delete(CMS + "/dry", {"apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"]})
    s.get(CMS + "/dry")
    s.post(CMS + "?dryRun=Some", cm("dry2"))
    s.post(APPS + "/deployments?dryRun=All", deploy("dry"))
    s.get(APPS + "/deployments/dry")


@case
def preconditions(s):
    d = s.post(CMS, cm("pre"), note=False)
    m = d["metadata"]
    opts = lambda **p: {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": p}  # noqa: E731
    s.delete(CMS + "/pre", opts(uid="00000000-0000-0000-0000-000000000001"))
    s.delete(CMS + "/pre", opts(resourceVersion="1"))
    s.delete(CMS + "/pre", opts(uid=m["uid"], resourceVersion=m["resourceVersion"]))
    s.delete(CMS + "/pre")


@case
def delete(s):
    s.post(CMS, cm("gone"), note=False)
    s.delete(CMS + "/gone")
    s.delete(CMS + "/gone")
    s.post(CMS, cm("held", finalizers=[BOOM]), note=False)
    s.delete(CMS + "/held")
    s.delete(CMS + "/held")
    s.get(CMS + "/held")
    s.patch(CMS + "/held", {"metadata": {"finalizers": [BOOM, "example.com/more"]}})
    s.patch(CMS + "/held", {"metadata": {"finalizers": None}})
    s.get(CMS + "/held")
    s.delete(CMS + "/x", {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Sideways"})
    s.post(CMS, cm("opt"), note=False)
    s.delete(CMS + "/opt", {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Sideways"})
    s.delete(CMS + "/opt?gracePeriodSeconds=x")
    s.delete(CMS + "/opt", "{nonsense")
    s.delete(CMS + "/opt?propagationPolicy=Background")


def owned(name, owner, kind="ConfigMap", version="v1", block=True):
    return cm(name, {"group": "owned"}, ownerReferences=[{
        "apiVersion": version, "kind": kind, "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
        "controller": True, "blockOwnerDeletion": block}])


@case
def delete_background(s):
    o = s.post(CMS, cm("bg"), note=False)
    s.post(CMS, owned("bg-child", o), note=False)
    s.delete(CMS + "/bg?propagationPolicy=Background")
    s.until(CMS + "/bg-child", lambda d: d.get("code") == 404)
    s.get(CMS + "/bg-child")


@case
def delete_foreground(s):
    o = s.post(CMS, cm("fg"), note=False)
    s.post(CMS, dict(owned("fg-child", o), metadata=dict(owned("fg-child", o)["metadata"], finalizers=[BOOM])),
           note=False)
    s.until(CMS + "/fg-child", lambda d: "metadata" in d)
    s.delete(CMS + "/fg?propagationPolicy=Foreground")
    s.until(CMS + "/fg-child", lambda d: "deletionTimestamp" in d["metadata"])
    s.get(CMS + "/fg")
    s.patch(CMS + "/fg-child", {"metadata": {"finalizers": None}}, note=False)
    s.until(CMS + "/fg", lambda d: d.get("code") == 404)
    s.get(CMS + "/fg")


@case
def delete_orphan(s):
    o = s.post(CMS, cm("or"), note=False)
    s.post(CMS, owned("or-child", o), note=False)
    s.delete(CMS + "/or?propagationPolicy=Orphan")
    s.until(CMS + "/or", lambda d: d.get("code") == 404)
    child = s.get(CMS + "/or-child", note=False)
    s.note("child", [child["kind"], child["metadata"].get("ownerReferences")])


@case
def delete_collection(s):
    three(s, "coll")
    s.delete(CMS + "?labelSelector=group%3Dcoll&dryRun=All", note=False)
    s.note("still there", len(s.get(CMS + "?labelSelector=group%3Dcoll", note=False)["items"]))
    s.delete(CMS + "?labelSelector=group%3Dcoll,tier%3Dweb")
    s.get(CMS + "?labelSelector=group%3Dcoll")
    s.delete(CORE + "/services?labelSelector=none%3Dnone")


@case
def pods_deleted(s):
    s.post(CORE + "/pods", pod("unbound"), note=False)
    s.delete(CORE + "/pods/unbound")
    s.get(CORE + "/pods/unbound")
    s.post(CORE + "/pods", pod("forced"), note=False)
    s.delete(CORE + "/pods/forced?gracePeriodSeconds=0")


@case
def scale(s):
    s.post(APPS + "/deployments", deploy("scaled", 0, paused=True), note=False)
    at = APPS + "/deployments/scaled"
    s.until(at, lambda d: d["status"].get("observedGeneration"))
    d = s.get(at + "/scale")
    d["spec"]["replicas"] = 2
    del d["metadata"]["resourceVersion"]
    s.put(at + "/scale", d)
    s.patch(at + "/scale", {"spec": {"replicas": 1}})
    s.patch(at + "/scale?dryRun=All", {"spec": {"replicas": 9}})
    s.patch(at + "/scale", {"spec": {"replicas": -1}})
    d["metadata"]["resourceVersion"] = "1"
    s.put(at + "/scale", d)
    got = s.get(at, note=False)
    s.note("spec", [got["spec"]["replicas"], got["metadata"]["generation"]])
    s.patch(at + "/scale", {"spec": {"replicas": 0}}, note=False)
    s.get(APPS + "/deployments/none/scale")
    s.get(CMS + "/kube-root-ca.crt/scale")
    s.delete(at, note=False)


def sized(name, requests, limits=None, **more):
    resources = {"requests": requests, **({"limits": limits} if limits else {})}
    return {"name": name, "image": "busybox:1", "resources": resources, **more}


@case
def immutable_fields(s):
    """What an update may not change: of a Pod all but its images and a few fields, of a StatefulSet, of a Job."""
    s.post(CORE + "/pods", pod("fixed", containers=[sized("main", {"cpu": "100m"}), {"name": "side", "image": "busybox:1"}]), note=False)
    def spec(fields):
        s.patch(CORE + "/pods/fixed", {"spec": fields}, "strategic")
    spec({"containers": [{"name": "main", "image": "busybox:2"}]})
    spec({"containers": [{"name": "main", "resources": {"requests": {"cpu": "200m"}}}]})
    spec({"containers": [{"name": "main", "env": [{"name": "A", "value": "b"}]}]})
    spec({"activeDeadlineSeconds": 500})
    spec({"restartPolicy": "Never"})
    s.post(APPS + "/statefulsets", {"metadata": {"name": "fixed"}, "spec": {
        "serviceName": "a", "replicas": 0, "selector": {"matchLabels": {"app": "fixed"}},
        "template": {"metadata": {"labels": {"app": "fixed"}}, "spec": {"containers": [sized("main", {"cpu": "1m"})]}}}}, note=False)
    s.patch(APPS + "/statefulsets/fixed", {"spec": {"serviceName": "b"}}, "merge")
    d = s.patch(APPS + "/statefulsets/fixed", {"spec": {"minReadySeconds": 3}}, "merge", note=False)
    s.note("minReadySeconds", d.get("spec", {}).get("minReadySeconds"))
    s.delete(APPS + "/statefulsets/fixed", note=False)
    s.delete(CORE + "/pods/fixed", note=False)


@case
def resize_subresource(s):
    """A Pod's resources in place: what else is sent is left out, and what must not be is refused."""
    sidecar = sized("car", {"cpu": "10m"}, restartPolicy="Always")
    s.post(CORE + "/pods", pod("sized", {"a": "b"}, containers=[
        sized("main", {"cpu": "100m", "memory": "32Mi"}, {"cpu": "500m", "memory": "64Mi"}), {"name": "side", "image": "busybox:1"}],
        initContainers=[{"name": "first", "image": "busybox:1"}, sidecar]), note=False)
    s.post(CORE + "/pods", pod("same", containers=[sized("main", {"cpu": "1", "memory": "1Gi"}, {"cpu": "1", "memory": "1Gi"})]), note=False)
    s.post(CORE + "/pods", pod("best"), note=False)

    def resize(to, requests=None, limits=None, at="sized", name="main", where="containers", query="", **more):
        resources = {k: v for k, v in (("requests", requests), ("limits", limits)) if v}
        s.patch(CORE + "/pods/%s/resize%s" % (at, query), dict({"spec": {where: [dict({"name": name, "resources": resources}, **to)]}}, **more),
                "strategic")
    resize({}, {"cpu": "200m"})
    resize({}, {"cpu": "0.2"})
    resize({}, {"cpu": "300m"}, query="?dryRun=All")
    resize({"image": "other", "env": [{"name": "A", "value": "1"}]}, {"cpu": "210m"})
    resize({}, {"cpu": "10m"}, name="side")
    resize({}, {"cpu": "11m"}, name="car", where="initContainers")
    resize({}, {"memory": None})
    resize({}, {"memory": "48Mi"}, {"memory": "96Mi"})
    resize({}, {"cpu": "600m"})
    resize({}, limits={"cpu": None})
    resize({}, {"cpu": None}, {"cpu": None, "memory": None})
    resize({}, {"ephemeral-storage": "1Gi"})
    resize({}, {"cpu": "1m"}, name="first", where="initContainers")
    resize({"image": "x"}, name="new")
    resize({}, {"cpu": "1m"}, metadata={"resourceVersion": "1"})
    resize({}, {"cpu": "500m"}, at="same")
    resize({}, {"cpu": "500m"}, {"cpu": "500m"}, at="same")
    resize({}, {"cpu": "500m"}, at="best")
    resize({}, {"cpu": "500m"}, at="none")
    got = s.get(CORE + "/pods/sized/resize")
    got["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "220m"
    got["metadata"]["labels"]["c"] = "d"
    s.put(CORE + "/pods/sized/resize", got)
    s.get(CMS + "/kube-root-ca.crt/resize")
    for name in ("sized", "same", "best"):
        s.delete(CORE + "/pods/%s?gracePeriodSeconds=0" % name, note=False)


@case
def status_subresource(s):
    s.post(CORE + "/pods", pod("status"), note=False)
    at = CORE + "/pods/status"
    s.patch(at + "/status", {"status": {"message": "by hand"}, "metadata": {"labels": {"new": "1"}}})
    s.patch(at, {"status": {"message": "ignored"}})
    s.get(at + "/status")
    s.get(CMS + "/kube-root-ca.crt/status")
    s.delete(at, note=False)


@case
def eviction(s):
    s.post("/apis/policy/v1/namespaces/%s/poddisruptionbudgets" % NS, {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "budget"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "guarded"}}}}, note=False)
    for name in ("guarded", "free"):
        s.post(CORE + "/pods", pod(name, {"app": name}), note=False)
        # evictions of Pods that never ran need no budget (KEP-1440), so it says that it runs
        s.patch(CORE + "/pods/%s/status" % name, {"status": {"phase": "Running", "conditions": [
            {"type": "Ready", "status": "True"}]}}, kind="strategic", note=False)
    s.until("/apis/policy/v1/namespaces/%s/poddisruptionbudgets/budget" % NS,
            lambda d: d.get("status", {}).get("currentHealthy") == 1)
    ev = lambda n, **k: dict({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": n}}, **k)  # noqa
    s.post(CORE + "/pods/guarded/eviction", ev("guarded"))
    s.post(CORE + "/pods/guarded/eviction?dryRun=All", ev("guarded"))
    s.post(CORE + "/pods/free/eviction", ev("free", deleteOptions={
        "preconditions": {"uid": "00000000-0000-0000-0000-000000000001"}}))
    s.post(CORE + "/pods/free/eviction", ev("free", deleteOptions={"dryRun": ["All"]}))
    s.get(CORE + "/pods/free", note=False)
    s.post(CORE + "/pods/free/eviction", ev("free"))
    s.post(CORE + "/pods/nothing/eviction", ev("nothing"))
    s.post(CORE + "/pods/guarded/eviction", ev("other"))
    s.get(CORE + "/pods/guarded/eviction")
    s.delete("/apis/policy/v1/namespaces/%s/poddisruptionbudgets/budget" % NS, note=False)
    s.delete(CORE + "/pods/guarded?gracePeriodSeconds=0", note=False)


# --- rights, events, custom resources -----------------------------------------------------------------

@case
def access_reviews(s):
    at = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    for spec in ({"resourceAttributes": {"namespace": NS, "verb": "delete", "resource": "pods"}},
                 {"nonResourceAttributes": {"path": "/metrics", "verb": "get"}}, {}):
        d = s.post(at, dict(kind, spec=spec), note=False)
        s.note("access", [d.get("kind"), d.get("code"), d.get("message"), d.get("spec"), d.get("status", {}) and
                          d["status"].get("allowed") if isinstance(d.get("status"), dict) else d.get("status")])
    d = s.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": NS}},
        note=False)
    s.note("rules", [d["kind"], sorted(d["status"]), d["status"]["incomplete"],
                     {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]} in d["status"]["resourceRules"]])
    s.get(at)
    d = s.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
        "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}, note=False)
    s.note("whoami", [d["kind"], "system:masters" in d["status"]["userInfo"]["groups"]])


@case
def rights(s):
    rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/%s" % NS
    s.post(rbac + "/roles", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                             "metadata": {"name": "looker"}, "rules": [
                                 {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]},
                                 {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]},
                                 {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"],
                                  "resourceNames": ["mine"]}]}, note=False)
    s.post(rbac + "/rolebindings", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                                    "metadata": {"name": "looker"}, "subjects": [{"kind": "User", "name": "someone"}],
                                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                                                "name": "looker"}}, note=False)
    me = {"Impersonate_User": "someone"}
    s.until(CORE + "/pods", lambda d: s.get(CORE + "/pods", note=False, **me).get("kind") == "PodList")
    s.get(CORE + "/pods?labelSelector=none", **me)
    s.get("/api/v1/pods", **me)
    s.get(CORE + "/pods?watch=1", **me)
    s.get(CORE + "/pods/x", **me)
    s.get(CMS, **me)
    s.get(CMS + "/mine", **me)
    s.get(CMS + "/other", **me)
    s.post(CMS, cm("mine"), **me)
    s.delete(CORE + "/pods/x", **me)
    s.delete(CORE + "/pods", **me)
    s.patch(APPS + "/deployments/x", {}, **me)
    s.patch(APPS + "/deployments/x/scale", {}, **me)
    s.get(APPS + "/deployments/x", **me)
    s.get("/api/v1/nodes", **me)
    s.get("/api/v1/nodes/n", **me)
    s.post(CORE + "/pods/x/eviction", {}, **me)
    s.get("/metrics", **me)
    s.get("/api/v1/namespaces/" + NS, **me)
    s.get("/apis/apps/v1/namespaces/%s/frobs" % NS, **me)
    at = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    for verb, resource, sub in (("list", "pods", ""), ("delete", "pods", ""), ("get", "pods", "log"),
                                ("create", "pods", "exec"), ("list", "nodes", "")):
        d = s.post(at, dict(kind, spec={"resourceAttributes": {"namespace": NS, "verb": verb, "resource": resource,
                                                               "subresource": sub}}), note=False, **me)
        s.note("may %s %s/%s" % (verb, resource, sub), d["status"]["allowed"])


@case
def status_apply(s):
    s.post(CORE + "/pods", pod("sapply"), note=False)
    at = CORE + "/pods/sapply"
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "sapply"}, "status": {"message": "one"}}
    s.patch(at + "/status?fieldManager=one", body, kind="apply")
    body["status"]["message"] = "two"
    s.patch(at + "/status?fieldManager=two", body, kind="apply")
    s.patch(at + "/status", {"status": {"conditions": [{"type": "A", "status": "True"}]}}, kind="strategic")
    s.patch(at + "/status", {"status": {"conditions": [{"type": "B", "status": "False"}]}}, kind="strategic")
    s.delete(at, note=False)


@case
def events(s):
    e = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "ev-1", "namespace": NS},
         "involvedObject": {"kind": "Pod", "name": "p", "namespace": NS, "apiVersion": "v1"}, "reason": "Tested",
         "message": "hello", "type": "Normal", "source": {"component": "kview"}, "count": 3,
         "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:05Z"}
    s.post(CORE + "/events", e)
    for sel in ("involvedObject.name=p", "involvedObject.kind=Pod,reason=Tested", "type!=Normal",
                "involvedObject.uid=none", "involvedObject.namespace=" + NS):
        d = s.get(CORE + "/events?fieldSelector=" + sel, note=False)
        s.note(sel, [o["metadata"]["name"] for o in d["items"] if o["metadata"]["name"] == "ev-1"])
    d = s.get("/apis/events.k8s.io/v1/namespaces/%s/events/ev-1" % NS, note=False)
    s.note("events.k8s.io", d.get("note") if isinstance(d, dict) else d)
    t = s.get(CORE + "/events/ev-1", note=False, Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    s.note("row", [c for c in t["rows"][0]["cells"] if not (isinstance(c, str) and c.endswith("d"))])


CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
       "metadata": {"name": "toys.compare.kview.test"},
       "spec": {"group": "compare.kview.test", "scope": "Namespaced",
                "names": {"plural": "toys", "singular": "toy", "kind": "Toy", "shortNames": ["ty"]},
                "versions": [{
                    "name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
                    "additionalPrinterColumns": [
                        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}],
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                        "spec": {"type": "object", "required": ["size"], "properties": {
                            "size": {"type": "integer", "minimum": 1},
                            "color": {"type": "string", "enum": ["red", "blue"]}}},
                        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}}}]}}


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
TOYS = "/apis/compare.kview.test/v1/namespaces/%s/toys" % NS


def define_toys(s):
    s.post(CRDS, CRD, note=False)
    s.until(CRDS + "/toys.compare.kview.test", lambda d: any(
        c["type"] == "Established" and c["status"] == "True" for c in d.get("status", {}).get("conditions") or []))
    s.until(TOYS, lambda d: d.get("kind") == "ToyList" if isinstance(d, dict) else False)


def undefine_toys(s):
    s.delete(CRDS + "/toys.compare.kview.test", note=False)
    s.until(CRDS + "/toys.compare.kview.test", lambda d: d.get("code") == 404)


@case
def watch_too_old(s):
    """Of a kind that is younger than the version: what is remembered of others depends on how long the server runs."""
    define_toys(s)
    s.watch(TOYS + "?watch=1&timeoutSeconds=3&resourceVersion=1", None, lambda ev: ev)
    undefine_toys(s)


@case
def custom_resources(s):
    toys = TOYS
    define_toys(s)
    toy = {"apiVersion": "compare.kview.test/v1", "kind": "Toy", "metadata": {"name": "ball"}, "spec": {"size": 3}}
    s.post(toys, toy)
    s.get(toys)
    t = s.get(toys, note=False, Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    s.note("table", [[[c["name"], c["type"], c["format"], c["priority"]] for c in t["columnDefinitions"]],
                     [r["cells"] for r in t["rows"]]])
    s.patch(toys + "/ball", {"spec": {"size": 4}})
    s.patch(toys + "/ball", {"spec": {"size": 4}}, kind="strategic")
    s.patch(toys + "/ball", [{"op": "replace", "path": "/spec/size", "value": 5}], kind="json")
    s.patch(toys + "/ball/status", {"status": {"ok": True}})
    s.patch(toys + "/ball", {"spec": {"size": 0}})
    s.patch(toys + "/ball", {"spec": {"size": "big"}})
    s.patch(toys + "/ball", {"spec": {"color": "pink"}})
    s.patch(toys + "/ball", {"spec": None})
    s.post(toys, dict(toy, metadata={"name": "other"}, spec={"color": "red"}))
    s.get(toys + "/none")
    s.until("/apis/compare.kview.test/v1", lambda d: isinstance(d, dict) and d.get("kind") == "APIResourceList")
    d = s.get("/apis/compare.kview.test/v1", note=False)
    s.note("discovery", [[r["name"], r["kind"], r["verbs"], r.get("shortNames")] for r in d["resources"]])
    s.delete(toys + "/ball")
    undefine_toys(s)


@case
def namespaces(s):
    s.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kview-ns"}})
    s.until("/api/v1/namespaces/kview-ns/serviceaccounts/default", lambda d: d["kind"] == "ServiceAccount")
    s.post("/api/v1/namespaces/kview-ns/configmaps", cm("inside", finalizers=[BOOM]), note=False)
    s.delete("/api/v1/namespaces/kview-ns")
    s.post("/api/v1/namespaces/kview-ns/configmaps", cm("late"))
    s.until("/api/v1/namespaces/kview-ns/configmaps/inside", lambda d: "deletionTimestamp" in d["metadata"])
    s.patch("/api/v1/namespaces/kview-ns/configmaps/inside", {"metadata": {"finalizers": None}}, note=False)
    s.until("/api/v1/namespaces/kview-ns", lambda d: d.get("code") == 404)
    s.get("/api/v1/namespaces/kview-ns")


@case
def rollout(s):
    s.post(APPS + "/deployments", deploy("rolled"), note=False)
    at = APPS + "/deployments/rolled"
    done = lambda n: lambda d: d["status"].get("observedGeneration") == n  # noqa: E731
    s.until(at, done(1))
    s.until(APPS + "/replicasets?labelSelector=app%3Drolled", lambda d: len(d["items"]) == 1)
    s.patch(at, {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "nginx:2"}]}}}},
            kind="strategic", note=False)
    s.until(APPS + "/replicasets?labelSelector=app%3Drolled", lambda d: len(d["items"]) == 2)
    d = s.until(at, lambda d: d["metadata"]["annotations"].get("deployment.kubernetes.io/revision") == "2"
                and d["status"].get("observedGeneration") == 2
                and any(c["reason"] == "NewReplicaSetAvailable" for c in d["status"].get("conditions", [])))
    s.note("status", d["status"])
    items = s.get(APPS + "/replicasets?labelSelector=app%3Drolled", note=False)["items"]
    items.sort(key=lambda r: r["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
    for r in items:
        m = r["metadata"]
        s.note("rs", [m["annotations"], sorted(m["labels"]), [dict(o, uid="") for o in m["ownerReferences"]],
                      r["spec"]["replicas"], m["name"] == "rolled-" + m["labels"]["pod-template-hash"]])
    s.delete(at + "?propagationPolicy=Background", note=False)
    s.until(APPS + "/replicasets?labelSelector=app%3Drolled", lambda d: not d["items"])
