// Describe: PersistentVolumes, claims, classes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/describe/kinds.h"
#include "views/describe/pod.h"

static void head(struct dw *w, const json_t *doc)
{
    dw_labels(w, "Labels", json_at(doc, "metadata", "labels", NULL));
    dw_annotations(w, "Annotations", json_at(doc, "metadata", "annotations", NULL));
}

static void lower(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s + 'a' - 'A');
}

// "Term 0:  key in [a, b]" a requirement; op: the operator's key, or NULL for "in"
static void term(struct dw *w, int level, size_t no, const json_t *reqs, const char *op)
{
    size_t i;
    json_t *r;
    struct buf words = BUF_INIT;
    dw(w, level, "Term %zu:\t%s", no, json_array_size(reqs) ? "" : "<none>\n");
    json_array_foreach((json_t *)reqs, i, r)
    {
        char how[32] = "in";
        if (op)
            snprintf(how, sizeof(how), "%s", json_str(r, op, NULL));
        lower(how);
        if (i)
            dw(w, level, "\t");
        buf_printf(&w->b, "%s %s", json_str(r, "key", NULL), how);
        if (json_array_size(json_object_get(r, "values")))
            buf_printf(&w->b, " [%s]", dw_join(json_object_get(r, "values"), ", ", &words));
        buf_putc(&w->b, '\n');
    }
    buf_release(&words);
}

static void node_affinity(struct dw *w, const json_t *required)
{
    size_t i;
    json_t *t;
    const json_t *terms = json_object_get(required, "nodeSelectorTerms");
    dw(w, 0, "Node Affinity:\t%s\n", required ? "" : "<none>");
    if (!required)
        return;
    dw(w, 1, "Required Terms:\t%s\n", json_array_size(terms) ? "" : "<none>");
    json_array_foreach((json_t *)terms, i, t)
    {
        term(w, 2, i, json_object_get(t, "matchExpressions"), "operator");
    }
}

void describe_pv(struct dw *w, const json_t *doc)
{
    const json_t *spec = json_object_get(doc, "spec"), *claim = json_object_get(spec, "claimRef");
    struct buf words = BUF_INIT;
    char tmp[32];
    dw_name(w, doc, false);
    head(w, doc);
    dw(w, 0, "Finalizers:\t%s\n",
        dw_brackets(json_at(doc, "metadata", "finalizers", NULL), &words));
    dw(w, 0, "StorageClass:\t%s\n", describe_class(doc));
    dw_status(w, doc);
    dw(w, 0, "Claim:\t%s%s%s\n", json_str(claim, "namespace", NULL), claim ? "/" : "",
        json_str(claim, "name", NULL));
    dw(w, 0, "Reclaim Policy:\t%s\n", json_str(spec, "persistentVolumeReclaimPolicy", NULL));
    dw(w, 0, "Access Modes:\t%s\n", describe_modes(json_object_get(spec, "accessModes"), tmp));
    if (json_object_get(spec, "volumeMode"))
        dw(w, 0, "VolumeMode:\t%s\n", json_str(spec, "volumeMode", NULL));
    dw(w, 0, "Capacity:\t%s\n",
        str_or(json_scalar(json_at(spec, "capacity", "storage", NULL), tmp), "0"));
    node_affinity(w, json_at(spec, "nodeAffinity", "required", NULL));
    dw(w, 0, "Message:\t%s\n", json_str(doc, "status", "message", NULL));
    dw(w, 0, "Source:\n");
    if (!describe_volume_source(w, spec, true))
        dw(w, 1, "<unknown>\n");
    buf_release(&words);
}

static bool uses(const json_t *pod, const json_t *claim)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_at(pod, "spec", "volumes", NULL), i, v)
    {
        if (str_eq(json_str(v, "persistentVolumeClaim", "claimName", NULL),
                json_str(claim, "metadata", "name", NULL)))
            return true;
    }
    json_array_foreach(json_at(claim, "metadata", "ownerReferences", NULL), i, v)
    {
        if (str_eq(json_str(v, "kind", NULL), "Pod") &&
            str_eq(json_str(v, "uid", NULL), json_str(pod, "metadata", "uid", NULL)))
            return true;
    }
    return false;
}

static void used_by(struct dw *w, const json_t *doc)
{
    const char *why;
    const json_t *pods = dw_need(w, NEED_PODS, &why);
    size_t i, n = 0;
    json_t *p;
    dw(w, 0, "Used By:\t%s", pods ? "" : why);
    json_array_foreach(json_object_get(pods, "items"), i, p) // by name, as the server lists
    {
        if (uses(p, doc))
            dw(w, 0, "%s%s\n", n++ ? "\t" : "", json_str(p, "metadata", "name", NULL));
    }
    if (!n)
        dw(w, 0, pods ? "<none>\n" : "\n");
}

void describe_pvc(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *c;
    char a[64], b[64];
    const json_t *all = json_at(doc, "status", "conditions", NULL);
    describe_claim(w, doc, true);
    used_by(w, doc);
    if (json_array_size(all))
        dw(w, 0,
            "Conditions:\n  Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n"
            "  ----\t------\t-----------------\t------------------\t------\t-------\n");
    json_array_foreach((json_t *)all, i, c)
    {
        dw(w, 1, "%s \t%s \t%s \t%s \t%s \t%s\n", json_str(c, "type", NULL),
            json_str(c, "status", NULL), dw_time(json_object_get(c, "lastProbeTime"), a),
            dw_time(json_object_get(c, "lastTransitionTime"), b), json_str(c, "reason", NULL),
            json_str(c, "message", NULL));
    }
}

void describe_storageclass(struct dw *w, const json_t *doc)
{
    struct buf tmp = BUF_INIT;
    size_t i;
    json_t *v;
    const json_t *notes = json_at(doc, "metadata", "annotations", NULL),
                 *mount = json_object_get(doc, "mountOptions");
    const json_t *topologies = json_object_get(doc, "allowedTopologies");
    bool is_default =
        str_eq(json_str(notes, "storageclass.kubernetes.io/is-default-class", NULL), "true") ||
        str_eq(json_str(notes, "storageclass.beta.kubernetes.io/is-default-class", NULL), "true");
    dw_name(w, doc, false);
    dw(w, 0, "IsDefaultClass:\t%s\n", is_default ? "Yes" : "No");
    dw(w, 0, "Annotations:\t%s\n", dw_map(notes, &tmp));
    dw(w, 0, "Provisioner:\t%s\n", json_str(doc, "provisioner", NULL));
    dw(w, 0, "Parameters:\t%s\n", dw_map(json_object_get(doc, "parameters"), &tmp));
    dw(w, 0, "AllowVolumeExpansion:\t%s\n", dw_Bool(json_object_get(doc, "allowVolumeExpansion")));
    dw(w, 0, "MountOptions:%s\n", json_array_size(mount) ? "" : "\t<none>");
    json_array_foreach((json_t *)mount, i, v)
    {
        dw(w, 1, "%s\n", json_string_value(v) ? json_string_value(v) : "");
    }
    if (json_object_get(doc, "reclaimPolicy"))
        dw(w, 0, "ReclaimPolicy:\t%s\n", json_str(doc, "reclaimPolicy", NULL));
    if (json_object_get(doc, "volumeBindingMode"))
        dw(w, 0, "VolumeBindingMode:\t%s\n", json_str(doc, "volumeBindingMode", NULL));
    if (topologies)
        dw(w, 0, "AllowedTopologies:\t%s\n", json_array_size(topologies) ? "" : "<none>");
    json_array_foreach((json_t *)topologies, i, v)
    {
        term(w, 1, i, json_object_get(v, "matchLabelExpressions"), NULL);
    }
    buf_release(&tmp);
}

void describe_vac(struct dw *w, const json_t *doc)
{
    struct buf tmp = BUF_INIT;
    dw_name(w, doc, false);
    dw(w, 0, "Annotations:\t%s\n", dw_map(json_at(doc, "metadata", "annotations", NULL), &tmp));
    dw(w, 0, "DriverName:\t%s\n", json_str(doc, "driverName", NULL));
    dw(w, 0, "Parameters:\t%s\n", dw_map(json_object_get(doc, "parameters"), &tmp));
    buf_release(&tmp);
}

void describe_csinode(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *d;
    char tmp[64];
    struct buf words = BUF_INIT;
    const json_t *drivers = json_at(doc, "spec", "drivers", NULL);
    dw_name(w, doc, false);
    head(w, doc);
    dw(w, 0, "CreationTimestamp:\t%s\n",
        dw_time(json_at(doc, "metadata", "creationTimestamp", NULL), tmp));
    dw(w, 0, "Spec:\n");
    if (json_is_array(drivers))
        dw(w, 1, "Drivers:\n");
    json_array_foreach((json_t *)drivers, i, d)
    {
        dw(w, 2, "%s:\n", json_str(d, "name", NULL));
        dw(w, 3, "Node ID:\t%s\n", json_str(d, "nodeID", NULL));
        if (json_at(d, "allocatable", "count", NULL)) {
            dw(w, 3, "Allocatables:\n");
            dw(w, 4, "Count:\t%d\n", (int)json_i64(d, "allocatable", "count", NULL));
        }
        if (json_is_array(json_object_get(d, "topologyKeys")))
            dw(w, 3, "Topology Keys:\t%s\n",
                dw_brackets(json_object_get(d, "topologyKeys"), &words));
    }
    buf_release(&words);
}
