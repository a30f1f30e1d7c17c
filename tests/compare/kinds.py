"""Cases about kinds: what the server fills in when one is created, and its row in a Table.

Nothing but Pods and Nodes is stored: a dry run answers with the whole object, or with its row.
"""
import re

from cases import CORE, NS, case, pod

OWN_CLUSTER_ONLY = ("rows-of-nodes",)  # a DaemonSet's Pods would be bound to those nodes
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
TEMPLATE = {"metadata": {"labels": {"app": "k"}}, "spec": {"containers": [{
    "name": "main", "image": "nginx:1", "ports": [{"containerPort": 80}],
    "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"memory": "1Gi"}},
    "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
    "volumeMounts": [{"name": "c", "mountPath": "/c"}]}],
    "volumes": [{"name": "c", "configMap": {"name": "c"}}, {"name": "s", "secret": {"secretName": "s"}},
                {"name": "e", "emptyDir": {}}]}}
ONCE = dict(TEMPLATE, spec=dict(TEMPLATE["spec"], restartPolicy="Never"))
SELECT = {"matchLabels": {"app": "k"}}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
HOOK = {"name": "a.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": {"url": "https://127.0.0.1:9/x"},
        "rules": [{"apiGroups": ["none.example.com"], "apiVersions": ["v1"], "operations": ["CREATE"],
                   "resources": ["nones"]}]}


def spec(**kw):
    return {"spec": kw}


# group/version, kind, plural, namespaced, the object's own part
OBJECTS = [
    ("apps/v1", "Deployment", "deployments", 1, spec(selector=SELECT, template=TEMPLATE)),
    ("apps/v1", "Deployment", "deployments", 1,
     spec(selector=SELECT, template=TEMPLATE, replicas=3, strategy={"type": "Recreate"}, paused=True)),
    ("apps/v1", "ReplicaSet", "replicasets", 1, spec(selector=SELECT, template=TEMPLATE)),
    ("apps/v1", "StatefulSet", "statefulsets", 1,
     spec(selector=SELECT, template=TEMPLATE, serviceName="s",
          volumeClaimTemplates=[{"metadata": {"name": "d"}, "spec": CLAIM}])),
    ("apps/v1", "DaemonSet", "daemonsets", 1, spec(selector=SELECT, template=TEMPLATE)),
    ("batch/v1", "Job", "jobs", 1, spec(template=ONCE)),
    ("batch/v1", "Job", "jobs", 1, spec(template=ONCE, parallelism=2, suspend=True)),
    ("batch/v1", "CronJob", "cronjobs", 1, spec(schedule="*/5 * * * *", jobTemplate={"spec": {"template": ONCE}})),
    ("v1", "ReplicationController", "replicationcontrollers", 1, spec(selector={"app": "k"}, template=TEMPLATE)),
    ("v1", "Pod", "pods", 1, spec(**TEMPLATE["spec"])),
    ("v1", "PodTemplate", "podtemplates", 1, {"template": TEMPLATE}),
    ("v1", "Service", "services", 1, spec(selector={"a": "b"}, ports=[{"port": 80}])),
    ("v1", "Service", "services", 1,
     spec(selector={"a": "b"}, type="NodePort", ports=[{"port": 80, "nodePort": 30023, "name": "http"},
                                                      {"port": 53, "nodePort": 30024, "protocol": "UDP",
                                                       "name": "dns"}])),
    ("v1", "Service", "services", 1, spec(type="ExternalName", externalName="example.com")),
    ("v1", "Service", "services", 1, spec(clusterIP="None", selector={"a": "b"}, ports=[{"port": 80}])),
    ("v1", "Secret", "secrets", 1, {"stringData": {"a": "b"}}),
    ("v1", "Secret", "secrets", 1, {"type": "example.com/own", "data": {"a": "Yg==", "c": ""}}),
    ("v1", "ConfigMap", "configmaps", 1, {"data": {"a": "b"}, "binaryData": {"c": "AAE="}, "immutable": True}),
    ("v1", "ServiceAccount", "serviceaccounts", 1, {}),
    ("v1", "PersistentVolumeClaim", "persistentvolumeclaims", 1, {"spec": dict(CLAIM, storageClassName="none")}),
    ("v1", "PersistentVolume", "persistentvolumes", 0,
     spec(capacity={"storage": "5Gi"}, accessModes=["ReadWriteOnce", "ReadOnlyMany"], storageClassName="slow",
          hostPath={"path": "/x"})),
    ("v1", "LimitRange", "limitranges", 1, spec(limits=[{"type": "Container", "max": {"memory": "1Gi"}}])),
    ("v1", "ResourceQuota", "resourcequotas", 1, spec(hard={"pods": "3"})),
    ("v1", "Endpoints", "endpoints", 1, {"subsets": [{"addresses": [{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}],
                                                     "ports": [{"name": "http", "port": 80}, {"port": 81,
                                                                "name": "more"}]}]}),
    ("v1", "Node", "nodes", 0, {"metadata": {"labels": {"node-role.kubernetes.io/worker": ""}},
                                "spec": {"unschedulable": True}}),
    ("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", 1,
     {"addressType": "IPv4", "ports": [{"name": "http", "port": 80}],
      "endpoints": [{"addresses": ["192.0.2.1"], "conditions": {"ready": True}}]}),
    ("networking.k8s.io/v1", "Ingress", "ingresses", 1,
     spec(ingressClassName="nginx", tls=[{"hosts": ["a.example.com"], "secretName": "s"}],
          rules=[{"host": "a.example.com", "http": {"paths": [{
              "path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}},
              {"host": "b.example.com"}])),
    ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", 1,
     spec(podSelector=SELECT, ingress=[{"ports": [{"port": 80}]}])),
    ("networking.k8s.io/v1", "IngressClass", "ingressclasses", 0, spec(controller="example.com/c")),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", 1, spec(minAvailable="50%", selector=SELECT)),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", 1,
     spec(maxReplicas=5, scaleTargetRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
          metrics=[{"type": "Resource", "resource": {"name": "cpu", "target": {
              "type": "Utilization", "averageUtilization": 70}}}])),
    ("rbac.authorization.k8s.io/v1", "Role", "roles", 1, {"rules": [RULE]}),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", 0, {"rules": [RULE]}),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", 1, {
        "roleRef": {"kind": "ClusterRole", "name": "view"}, "subjects": [
            {"kind": "User", "name": "u"}, {"kind": "Group", "name": "g"},
            {"kind": "ServiceAccount", "name": "default", "namespace": NS}]}),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", 0, {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}]}),
    ("storage.k8s.io/v1", "StorageClass", "storageclasses", 0, {"provisioner": "example.com/p"}),
    ("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", 0, {"value": 1000}),
    ("coordination.k8s.io/v1", "Lease", "leases", 1, spec(holderIdentity="me", leaseDurationSeconds=15)),
    ("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", 0, {"handler": "runc"}),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", 0,
     {"webhooks": [HOOK]}),
]


def path_of(version, plural, namespaced):
    root = "/api/v1" if version == "v1" else "/apis/" + version
    return root + ("/namespaces/" + NS if namespaced else "") + "/" + plural


def each_object():
    """(what, path, object) of each row of OBJECTS."""
    for i, (version, kind, plural, namespaced, own) in enumerate(OBJECTS):
        meta = dict({"name": "kview-kind"}, **own.get("metadata", {}))
        yield ("%s %d" % (kind, i), path_of(version, plural, namespaced),
               dict(own, apiVersion=version, kind=kind, metadata=meta))


@case
def filled_in(s):
    for what, path, obj in each_object():
        d = s.post(path + "?dryRun=All", obj, note=False)
        d["metadata"].pop("managedFields", None)  # the cases about apply are about those
        s.note(what, d)


@case
def rows_of_new_objects(s):
    for what, path, obj in each_object():
        t = s.post(path + "?dryRun=All", obj, note=False, Accept=TABLE)
        s.note(what, t["rows"][0]["cells"] if t["kind"] == "Table" else t)


def waiting(reason, **more):
    return dict({"name": "main", "image": "busybox:1", "imageID": "", "ready": False, "restartCount": 0,
                 "state": {"waiting": {"reason": reason}}}, **more)


def ended(code, reason="", **more):
    state = {"exitCode": code, "finishedAt": "2026-01-01T00:00:00Z", "startedAt": "2026-01-01T00:00:00Z"}
    if reason:
        state["reason"] = reason
    return dict(waiting(""), state={"terminated": state}, **more)


def runs(ready=True, **more):
    return dict(waiting(""), ready=ready, state={"running": {"startedAt": "2026-01-01T00:00:00Z"}}, **more)


def init(status, n=0):
    return dict(status, name="init-%d" % n)


READY = [{"type": "Ready", "status": "True"}]
BACKOFF = {"waiting": {"reason": "CrashLoopBackOff"}}
INITS = [{"name": "init-0", "image": "busybox:1"}, {"name": "init-1", "image": "busybox:1"}]
SIDECAR = [{"name": "init-0", "image": "busybox:1", "restartPolicy": "Always"}]
PODS = [  # name, more of the spec, status
    ("pending", {}, {"phase": "Pending"}),
    ("unschedulable", {}, {"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}),
    ("gated", {"schedulingGates": [{"name": "example.com/g"}]}, {"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}),
    ("creating", {}, {"phase": "Pending", "containerStatuses": [waiting("ContainerCreating")]}),
    ("pulling", {}, {"phase": "Pending", "containerStatuses": [waiting("ImagePullBackOff")]}),
    ("config", {}, {"phase": "Pending", "containerStatuses": [waiting("CreateContainerConfigError")]}),
    ("running", {}, {"phase": "Running", "conditions": READY, "podIP": "192.0.2.7",
                     "containerStatuses": [runs()]}),
    ("unready", {}, {"phase": "Running", "containerStatuses": [runs(False)]}),
    ("crashing", {}, {"phase": "Running", "containerStatuses": [
        dict(ended(1, "Error", restartCount=7), lastState=ended(1, "Error")["state"], state=BACKOFF)]}),
    ("oom", {}, {"phase": "Running", "containerStatuses": [ended(137, "OOMKilled", restartCount=1)]}),
    ("exited", {}, {"phase": "Running", "containerStatuses": [ended(3)]}),
    ("signalled", {}, {"phase": "Running", "containerStatuses": [
        dict(waiting(""), state={"terminated": {"exitCode": 137, "signal": 9}})]}),
    ("completed", {}, {"phase": "Succeeded", "containerStatuses": [ended(0, "Completed")]}),
    ("failed", {}, {"phase": "Failed", "containerStatuses": [ended(1, "Error")]}),
    ("evicted", {}, {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}),
    ("init-first", {"initContainers": INITS}, {"phase": "Pending", "initContainerStatuses": [
        init(runs()), init(waiting("PodInitializing"), 1)], "containerStatuses": [waiting("PodInitializing")]}),
    ("init-second", {"initContainers": INITS}, {"phase": "Pending", "initContainerStatuses": [
        init(ended(0, "Completed")), init(waiting("PodInitializing"), 1)],
        "containerStatuses": [waiting("PodInitializing")]}),
    ("init-crash", {"initContainers": INITS}, {"phase": "Pending", "initContainerStatuses": [
        init(dict(waiting("CrashLoopBackOff"), restartCount=3)), init(waiting("PodInitializing"), 1)]}),
    ("init-error", {"initContainers": INITS}, {"phase": "Pending", "initContainerStatuses": [
        init(ended(2)), init(waiting("PodInitializing"), 1)]}),
    ("sidecar", {"initContainers": SIDECAR}, {"phase": "Running", "conditions": READY, "initContainerStatuses": [
        init(dict(runs(), started=True, restartCount=2))], "containerStatuses": [runs()]}),
    ("sidecar-starts", {"initContainers": SIDECAR}, {"phase": "Pending", "initContainerStatuses": [
        init(dict(runs(False), started=False))], "containerStatuses": [waiting("PodInitializing")]}),
    ("nominated", {}, {"phase": "Pending", "nominatedNodeName": "n-7"}),
    ("gates", {"readinessGates": [{"conditionType": "example.com/a"}]}, {"phase": "Running", "conditions": READY + [
        {"type": "example.com/a", "status": "True"}], "containerStatuses": [runs()]}),
    ("mixed", {"containers": [{"name": "main", "image": "a:1"}, {"name": "side", "image": "b:1"}]},
     {"phase": "Running", "conditions": READY, "containerStatuses": [
         ended(0, "Completed"), dict(runs(), name="side")]}),
]


@case
def rows_of_pods(s):
    for name, more, status in PODS:
        at = CORE + "/pods/row-" + name
        d = s.post(CORE + "/pods", pod("row-" + name, **more), note=False)
        if d["kind"] != "Pod":
            s.note("create " + name, d)
            continue
        d = s.patch(at + "/status", {"status": status}, kind="merge", note=False)
        if d["kind"] != "Pod":
            s.note("status of " + name, d)
        t = s.get(at, note=False, Accept=TABLE)
        s.note(name, t["rows"][0]["cells"])
        s.delete(at + "?gracePeriodSeconds=0", note=False)


@case
def rows_of_dying_pods(s):
    for name, more in (("dying", {}), ("lost", {"reason": "NodeLost"})):
        at = CORE + "/pods/row-" + name
        body = pod("row-" + name)
        body["metadata"]["finalizers"] = ["example.com/boom"]
        s.post(CORE + "/pods", body, note=False)
        s.patch(at + "/status", {"status": dict({"phase": "Running"}, **more)}, note=False)
        s.delete(at, note=False)
        s.note(name, s.get(at, note=False, Accept=TABLE)["rows"][0]["cells"])
        s.patch(at, {"metadata": {"finalizers": None}}, note=False)
        s.delete(at + "?gracePeriodSeconds=0", note=False)


NODES = [
    ("ready", {}, {"status": {"conditions": READY}}),
    ("cordoned", {"unschedulable": True}, {"status": {"conditions": READY, "nodeInfo": {
        "kubeletVersion": "v1.35.4", "osImage": "Debian", "kernelVersion": "6.1", "containerRuntimeVersion": "x://1"},
        "addresses": [{"type": "InternalIP", "address": "192.0.2.9"}, {"type": "ExternalIP", "address": "192.0.2.10"},
                      {"type": "Hostname", "address": "h"}]}}),
    ("not-ready", {}, {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}),
    ("unknown", {}, {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}),
]


@case
def rows_of_nodes(s):
    for name, more, status in NODES:
        at = "/api/v1/nodes/kview-row-" + name
        s.post("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {
            "name": "kview-row-" + name, "labels": {"node-role.kubernetes.io/worker": "",
                                                    "kubernetes.io/role": "infra"}}, "spec": more}, note=False)
        info = {k: "" for k in ("machineID systemUUID bootID kernelVersion osImage containerRuntimeVersion "
                                "kubeletVersion kubeProxyVersion operatingSystem architecture").split()}
        # the demo's kubelet gives a node without an address one, unless this status comes first
        status["status"].setdefault("addresses", [{"type": "InternalIP", "address": "192.0.2.9"}])
        status["status"]["nodeInfo"] = dict(info, **status["status"].get("nodeInfo", {}))
        s.patch(at + "/status", status, note=False)
        s.note(name, s.get(at, note=False, Accept=TABLE)["rows"][0]["cells"])
        s.delete(at, note=False)


FORMS = {"cpu": r"\d+[num]?", "memory": r"\d+(Ki|Mi|Gi)?", "window": r"(\d+m)?\d+(\.\d+)?s",
         "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}


def shape(v, key=""):
    """What a value looks like, not how much it is."""
    if isinstance(v, dict):
        return {k: shape(x, k) for k, x in v.items()}
    if isinstance(v, list):
        return [shape(x, key) for x in v[:1]]
    if key in FORMS:
        return "as usual" if re.fullmatch(FORMS[key], v) else v
    return key if key in ("name", "namespace", "resourceVersion") else v


@case
def metrics(s):
    """Usage is never equal; what it looks like is. Only where the real server has metrics-server."""
    root = "/apis/metrics.k8s.io/v1beta1"
    s.get(root)
    for path in ("/nodes", "/pods"):
        d = s.get(root + path, note=False)
        d["items"] = [dict(o, metadata=sorted(set(o["metadata"]) - {"labels"})) for o in d["items"]]
        s.note("shape of " + path, shape(d))
    some = s.get(root + "/nodes", note=False)["items"][0]["metadata"]["name"]
    s.note("one", shape(s.get(root + "/nodes/" + some, note=False)["usage"]))
    s.get(root + "/nodes/nothing")
    s.get(root + "/namespaces/%s/pods/nothing" % NS)
    s.get(root + "/namespaces/%s/pods?labelSelector=none" % NS)
    s.post(root + "/nodes", {})
