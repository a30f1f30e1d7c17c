#include "demo/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/print.h"

#define WORKLOAD (R_NAMESPACED | R_STATUS | R_GENERATION)
#define CONTAINERS "!Containers|!Images|!Selector"
#define POD_SUBS                                                                                   \
    "attach:create,get=PodAttachOptions;binding:create=Binding;"                                   \
    "ephemeralcontainers:get,patch,update=Pod;eviction:create=policy/v1/Eviction;"                 \
    "exec:create,get=PodExecOptions;log:get=Pod;portforward:create,get=PodPortForwardOptions;"     \
    "proxy:create,delete,get,patch,update=PodProxyOptions;resize:get,patch,update=Pod"
#define POD_FIELDS                                                                                 \
    "spec.nodeName,status.phase,spec.restartPolicy,spec.schedulerName,spec.serviceAccountName,"    \
    "spec.hostNetwork,status.podIP,status.nominatedNodeName"
#define EVENT_FIELDS                                                                               \
    "involvedObject.kind,involvedObject.namespace,involvedObject.name,involvedObject.uid,"         \
    "involvedObject.apiVersion,involvedObject.resourceVersion,involvedObject.fieldPath,reason,"    \
    "reportingComponent,source,type"

#define ADM "admissionregistration.k8s.io", "v1"
#define RBAC "rbac.authorization.k8s.io", "v1"
#define STORAGE "storage.k8s.io", "v1"
#define NET "networking.k8s.io", "v1"
#define AUTHZ "authorization.k8s.io", "v1"

// Order is that of discovery on a real server: core first, then groups by priority.
const struct rtype builtin_types[] = {
    { "", "v1", "configmaps", "ConfigMap", "cm", "", "", R_NAMESPACED, "", "Name|Data|Age",
        print_configmap, 0, 0, 0 },
    { "", "v1", "endpoints", "Endpoints", "ep", "", "", R_NAMESPACED, "", "Name|Endpoints|Age",
        print_endpoints, 0, 0, 0 },
    { "", "v1", "events", "Event", "ev", "", "", R_NAMESPACED, EVENT_FIELDS,
        "Last Seen|Type|Reason|Object|!Subobject|!Source|Message|!First Seen|!Count|!*Name",
        print_event, 0, 0, 0 },
    { "", "v1", "limitranges", "LimitRange", "limits", "", "", R_NAMESPACED, "",
        "Name|@Created At", print_created, 0, 0, 0 },
    { "", "v1", "namespaces", "Namespace", "ns", "", "finalize:update=Namespace", R_STATUS,
        "status.phase", "Name|Status|Age", print_namespace, 0, 0, 0 },
    { "", "v1", "nodes", "Node", "no", "",
        "proxy:create,delete,get,patch,update=NodeProxyOptions", R_STATUS, "spec.unschedulable",
        "Name|Status|Roles|Age|Version|!Internal-IP|!External-IP|!OS-Image|!Kernel-Version|"
        "!Container-Runtime",
        print_node, 0, 0, 0 },
    { "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", "", "",
        R_NAMESPACED | R_STATUS, "",
        "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|"
        "!VolumeMode",
        print_pvc, 0, 0, 0 },
    { "", "v1", "persistentvolumes", "PersistentVolume", "pv", "", "", R_STATUS, "",
        "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|"
        "VolumeAttributesClass|Reason|Age|!VolumeMode",
        print_pv, 0, 0, 0 },
    { "", "v1", "pods", "Pod", "po", "all", POD_SUBS, R_NAMESPACED | R_STATUS | R_GENERATION,
        POD_FIELDS,
        "Name|Ready|Status|Restarts|Age|!IP|!Node|!Nominated Node|!Readiness Gates", print_pod, 0,
        0, 0 },
    { "", "v1", "podtemplates", "PodTemplate", "", "", "", R_NAMESPACED | R_GENERATION, "",
        "Name|Containers|Images|Pod Labels", print_podtemplate, 0, 0, 0 },
    { "", "v1", "replicationcontrollers", "ReplicationController", "rc", "all", "",
        WORKLOAD | R_SCALE, "status.replicas", "Name|#Desired|#Current|#Ready|Age|" CONTAINERS,
        print_replicas, 0, 0, 0 },
    { "", "v1", "resourcequotas", "ResourceQuota", "quota", "", "", R_NAMESPACED | R_STATUS, "",
        "Name|Request|Limit|Age", print_quota, 0, 0, 0 },
    { "", "v1", "secrets", "Secret", "", "", "", R_NAMESPACED, "type", "Name|Type|Data|Age",
        print_secret, 0, 0, 0 },
    { "", "v1", "serviceaccounts", "ServiceAccount", "sa", "",
        "token:create=authentication.k8s.io/v1/TokenRequest", R_NAMESPACED, "", "Name|Age",
        print_name_age, 0, 0, 0 },
    { "", "v1", "services", "Service", "svc", "all",
        "proxy:create,delete,get,patch,update=ServiceProxyOptions", R_NAMESPACED | R_STATUS,
        "spec.clusterIP,spec.type", "Name|Type|Cluster-IP|External-IP|Port(s)|Age|!Selector",
        print_service, 0, 0, 0 },
    { "apiregistration.k8s.io", "v1", "apiservices", "APIService", "", "api-extensions", "",
        R_STATUS | R_GENERATION, "", "Name|Service|Available|Age", print_apiservice, 0, 0, 0 },
    { "apps", "v1", "controllerrevisions", "ControllerRevision", "", "", "", R_NAMESPACED, "",
        "Name|Controller|Revision|Age", print_revision, 0, 0, 0 },
    { "apps", "v1", "daemonsets", "DaemonSet", "ds", "all", "", WORKLOAD, "",
        "Name|#Desired|#Current|#Ready|#Up-to-date|#Available|Node Selector|Age|" CONTAINERS,
        print_daemonset, 0, 0, 0 },
    { "apps", "v1", "deployments", "Deployment", "deploy", "all", "", WORKLOAD | R_SCALE, "",
        "Name|Ready|Up-to-date|Available|Age|" CONTAINERS, print_deployment, 0, 0, 0 },
    { "apps", "v1", "replicasets", "ReplicaSet", "rs", "all", "", WORKLOAD | R_SCALE,
        "status.replicas", "Name|#Desired|#Current|#Ready|Age|" CONTAINERS, print_replicas, 0, 0,
        0 },
    { "apps", "v1", "statefulsets", "StatefulSet", "sts", "all", "", WORKLOAD | R_SCALE, "",
        "Name|Ready|Age|!Containers|!Images", print_statefulset, 0, 0, 0 },
    { "authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", "", "", "",
        R_REVIEW, "", "", NULL, 0, 0, 0 },
    { AUTHZ, "localsubjectaccessreviews", "LocalSubjectAccessReview", "", "", "",
        R_REVIEW | R_NAMESPACED, "", "", NULL, 0, 0, 0 },
    { AUTHZ, "selfsubjectaccessreviews", "SelfSubjectAccessReview", "", "", "", R_REVIEW, "", "",
        NULL, 0, 0, 0 },
    { AUTHZ, "selfsubjectrulesreviews", "SelfSubjectRulesReview", "", "", "", R_REVIEW, "", "",
        NULL, 0, 0, 0 },
    { AUTHZ, "subjectaccessreviews", "SubjectAccessReview", "", "", "", R_REVIEW, "", "", NULL, 0,
        0, 0 },
    { "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", "all",
        "", R_NAMESPACED | R_STATUS, "", "Name|Reference|Targets|MinPods|MaxPods|Replicas|Age",
        print_hpa, 0, 0, 0 },
    { "batch", "v1", "cronjobs", "CronJob", "cj", "all", "", WORKLOAD, "",
        "Name|Schedule|Timezone|?Suspend|#Active|Last Schedule|Age|" CONTAINERS, print_cronjob, 0,
        0, 0 },
    { "batch", "v1", "jobs", "Job", "", "all", "", WORKLOAD, "status.successful",
        "Name|Status|Completions|Duration|Age|" CONTAINERS, print_job, 0, 0, 0 },
    { "certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest",
        "csr", "", "approval:get,patch,update=CertificateSigningRequest", R_STATUS,
        "spec.signerName", "Name|Age|SignerName|Requestor|RequestedDuration|Condition", print_csr,
        0, 0, 0 },
    { NET, "ingressclasses", "IngressClass", "", "", "", R_GENERATION, "",
        "Name|Controller|Parameters|Age", print_ingressclass, 0, 0, 0 },
    { NET, "ingresses", "Ingress", "ing", "", "", WORKLOAD, "",
        "Name|Class|Hosts|Address|Ports|Age", print_ingress, 0, 0, 0 },
    { NET, "ipaddresses", "IPAddress", "ip", "", "", 0, "", "Name|ParentRef", print_ipaddress, 0,
        0, 0 },
    { NET, "networkpolicies", "NetworkPolicy", "netpol", "", "", R_NAMESPACED | R_GENERATION, "",
        "Name|Pod-Selector|Age", print_networkpolicy, 0, 0, 0 },
    { NET, "servicecidrs", "ServiceCIDR", "", "", "", R_STATUS, "", "Name|CIDRs|Age",
        print_servicecidr, 0, 0, 0 },
    { "policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", "", "", WORKLOAD, "",
        "Name|Min Available|Max Unavailable|#Allowed Disruptions|Age", print_pdb, 0, 0, 0 },
    { RBAC, "clusterrolebindings", "ClusterRoleBinding", "", "", "", 0, "",
        "Name|Role|Age|!Users|!Groups|!ServiceAccounts", print_binding, 0, 0, 0 },
    { RBAC, "clusterroles", "ClusterRole", "", "", "", 0, "", "Name|@Created At", print_created, 0,
        0, 0 },
    { RBAC, "rolebindings", "RoleBinding", "", "", "", R_NAMESPACED, "",
        "Name|Role|Age|!Users|!Groups|!ServiceAccounts", print_binding, 0, 0, 0 },
    { RBAC, "roles", "Role", "", "", "", R_NAMESPACED, "", "Name|@Created At", print_created, 0, 0,
        0 },
    { STORAGE, "csidrivers", "CSIDriver", "", "", "", 0, "",
        "Name|?AttachRequired|?PodInfoOnMount|?StorageCapacity|TokenRequests|?RequiresRepublish|"
        "Modes|Age",
        print_csidriver, 0, 0, 0 },
    { STORAGE, "csinodes", "CSINode", "", "", "", 0, "", "Name|#Drivers|Age", print_csinode, 0, 0,
        0 },
    { STORAGE, "storageclasses", "StorageClass", "sc", "", "", 0, "",
        "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
        print_storageclass, 0, 0, 0 },
    { STORAGE, "volumeattachments", "VolumeAttachment", "", "", "", R_STATUS, "",
        "Name|*Attacher|PV|Node|?Attached|Age", print_volumeattachment, 0, 0, 0 },
    { ADM, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "", "api-extensions",
        "", R_GENERATION, "", "Name|#Webhooks|Age", print_webhooks, 0, 0, 0 },
    { ADM, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "",
        "api-extensions", "", R_GENERATION, "", "Name|#Webhooks|Age", print_webhooks, 0, 0, 0 },
    { "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition",
        "crd,crds", "api-extensions", "", R_STATUS | R_GENERATION, "", "Name|@Created At",
        print_created, 0, 0, 0 },
    { "scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "pc", "", "", R_GENERATION,
        "", "Name|#Value|?Global-Default|Age|PreemptionPolicy", print_priorityclass, 0, 0, 0 },
    { "coordination.k8s.io", "v1", "leases", "Lease", "", "", "", R_NAMESPACED, "",
        "Name|Holder|Age", print_lease, 0, 0, 0 },
    { "node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", "", "", "", 0, "",
        "Name|Handler|Age", print_runtimeclass, 0, 0, 0 },
    { "discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "", "", "",
        R_NAMESPACED | R_GENERATION, "", "Name|AddressType|Ports|Endpoints|Age",
        print_endpointslice, 0, 0, 0 },
    { "flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "FlowSchema", "", "", "",
        R_STATUS | R_GENERATION, "",
        "Name|PriorityLevel|MatchingPrecedence|DistinguisherMethod|Age|MissingPL",
        print_flowschema, 0, 0, 0 },
    { "flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations",
        "PriorityLevelConfiguration", "", "", "", R_STATUS | R_GENERATION, "",
        "Name|Type|NominalConcurrencyShares|Queues|HandSize|QueueLengthLimit|Age",
        print_prioritylevel, 0, 0, 0 },
    { "metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", "", "", "", R_VIRTUAL, "", "", NULL, 0,
        0, 0 },
    { "metrics.k8s.io", "v1beta1", "pods", "PodMetrics", "", "", "", R_VIRTUAL | R_NAMESPACED, "",
        "", NULL, 0, 0, 0 },
};
const size_t builtin_type_count = ARRAY_SIZE(builtin_types);

static char *keep(struct kinds *k, char *s)
{
    arr_push(&k->strings, s);
    return s;
}

static char *lower(const char *s)
{
    char *l = xstrdup(s);
    for (char *p = l; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    return l;
}

struct kinds *kinds_new(void)
{
    struct kinds *k = xcalloc(1, sizeof(*k));
    for (size_t i = 0; i < builtin_type_count; i++) {
        struct rtype *rt = xmalloc(sizeof(*rt));
        *rt = builtin_types[i];
        rt->index = (int)i;
        rt->singular = rt->flags & (R_VIRTUAL) ? "" : keep(k, lower(rt->kind));
        arr_push(&k->v, rt);
    }
    return k;
}

void kinds_free(struct kinds *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < k->v.n; i++) {
        json_decref(k->v.v[i]->crd);
        free(k->v.v[i]);
    }
    for (size_t i = 0; i < k->strings.n; i++)
        free(k->strings.v[i]);
    arr_release(&k->v);
    arr_release(&k->strings);
    free(k);
}

// A dropped custom type keeps its slot (revisions in the history point at it) but has no plural.
struct rtype *kinds_find(struct kinds *k, const char *group, const char *version, const char *plural)
{
    for (size_t i = 0; i < k->v.n; i++) {
        struct rtype *rt = k->v.v[i];
        if (str_eq(rt->plural, plural) && str_eq(rt->group, group) && str_eq(rt->version, version))
            return rt;
    }
    return NULL;
}

struct rtype *kinds_plural(struct kinds *k, const char *group, const char *plural)
{
    for (size_t i = 0; i < k->v.n; i++) {
        if (str_eq(k->v.v[i]->plural, plural) && str_eq(k->v.v[i]->group, group))
            return k->v.v[i];
    }
    return NULL;
}

void rtype_api_version(const struct rtype *rt, char out[160])
{
    snprintf(out, 160, "%s%s%s", rt->group, *rt->group ? "/" : "", rt->version);
}

struct rtype *kinds_by_kind(struct kinds *k, const char *api_version, const char *kind)
{
    char have[160];
    for (size_t i = 0; i < k->v.n; i++) {
        struct rtype *rt = k->v.v[i];
        rtype_api_version(rt, have);
        if (*rt->plural && str_eq(rt->kind, kind) && str_eq(have, api_version))
            return rt;
    }
    return NULL;
}

static const char *join(struct kinds *k, const json_t *list)
{
    struct buf b = BUF_INIT;
    size_t i;
    json_t *v;
    json_array_foreach ((json_t *)list, i, v)
        buf_printf(&b, "%s%s", i ? "," : "", json_string_value(v) ? json_string_value(v) : "");
    return keep(k, buf_take(&b));
}

static const char *crd_columns(struct kinds *k, const json_t *version)
{
    struct buf b = BUF_INIT;
    buf_puts(&b, "Name");
    const json_t *cols = json_object_get(version, "additionalPrinterColumns");
    size_t i;
    json_t *c;
    json_array_foreach ((json_t *)cols, i, c) {
        const char *type = json_str(c, "type", NULL);
        const char *mark = str_eq(type, "integer") ? "#"
            : str_eq(type, "boolean")              ? "?"
            : str_eq(type, "date")                 ? "@"
                                                   : "";
        buf_printf(&b, "|%s%s%s", json_i64(c, "priority", NULL) > 0 ? "!" : "", mark,
            json_str(c, "name", NULL));
    }
    if (!json_array_size(cols))
        buf_puts(&b, "|@Age");
    return keep(k, buf_take(&b));
}

static const char *crd_fields(struct kinds *k, const json_t *version)
{
    struct buf b = BUF_INIT;
    size_t i;
    json_t *f;
    json_array_foreach (json_object_get(version, "selectableFields"), i, f) {
        const char *path = json_str(f, "jsonPath", NULL);
        buf_printf(&b, "%s%s", i ? "," : "", path + (*path == '.'));
    }
    return keep(k, buf_take(&b));
}

void kinds_add_crd(struct kinds *k, const json_t *crd)
{
    const json_t *spec = json_object_get(crd, "spec"), *names = json_object_get(spec, "names");
    size_t i;
    json_t *version;
    json_array_foreach (json_object_get(spec, "versions"), i, version) {
        const char *group = json_str(spec, "group", NULL), *v = json_str(version, "name", NULL);
        const char *plural = json_str(names, "plural", NULL);
        struct rtype *rt = kinds_find(k, group, v, plural);
        if (!json_bool(version, "served", NULL) || (rt && !(rt->flags & R_CUSTOM)))
            continue;
        if (!rt) {
            rt = xcalloc(1, sizeof(*rt));
            rt->index = (int)k->v.n;
            arr_push(&k->v, rt);
        }
        json_decref(rt->crd);
        bool status = json_at(version, "subresources", "status", NULL) != NULL;
        bool scale = json_at(version, "subresources", "scale", NULL) != NULL;
        bool namespaced = str_eq(json_str(spec, "scope", NULL), "Namespaced");
        const char *singular = json_str(names, "singular", NULL);
        const char *kind = json_str(names, "kind", NULL);
        *rt = (struct rtype) { .group = keep(k, xstrdup(group)), .version = keep(k, xstrdup(v)),
            .plural = keep(k, xstrdup(plural)), .kind = keep(k, xstrdup(kind)),
            .singular = keep(k, *singular ? xstrdup(singular) : lower(kind)),
            .shorts = join(k, json_object_get(names, "shortNames")),
            .cats = join(k, json_object_get(names, "categories")), .subs = "",
            .flags = R_CUSTOM | R_GENERATION | (namespaced ? (unsigned)R_NAMESPACED : 0u)
                | (status ? (unsigned)R_STATUS : 0u) | (scale ? (unsigned)R_SCALE : 0u),
            .fields = crd_fields(k, version), .columns = crd_columns(k, version),
            .row = print_custom, .index = rt->index, .crd = json_deep_copy(version) };
    }
}

void kinds_remove_crd(struct kinds *k, const json_t *crd)
{
    for (size_t i = 0; i < k->v.n; i++) {
        struct rtype *rt = k->v.v[i];
        if ((rt->flags & R_CUSTOM) && str_eq(rt->group, json_str(crd, "spec", "group", NULL))
            && str_eq(rt->plural, json_str(crd, "spec", "names", "plural", NULL)))
            rt->plural = rt->kind = "";
    }
}
