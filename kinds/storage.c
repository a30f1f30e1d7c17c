// PersistentVolumeClaim, PersistentVolume, StorageClass, VolumeAttachment, CSIDriver, CSINode,
// VolumeAttributesClass (printers.go).
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "client/quantity.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

#define BETA_CLASS "volume.beta.kubernetes.io/storage-class"

static void access_modes(const json_t *modes, struct buf *out)
{
    // in this order, each once (helper.GetAccessModesAsString)
    static const char *const names[][2] = { { "ReadWriteOnce", "RWO" }, { "ReadOnlyMany", "ROX" },
        { "ReadWriteMany", "RWX" }, { "ReadWriteOncePod", "RWOP" } };
    for (size_t n = 0; n < 4; n++) {
        size_t i;
        json_t *m;
        json_array_foreach((json_t *)modes, i, m)
        {
            if (str_eq(json_string_value(m), names[n][0])) {
                list_add(out, names[n][1]);
                break;
            }
        }
    }
}

static const char *phase_of(const json_t *v)
{
    return json_at(v, "metadata", "deletionTimestamp", NULL) ? "Terminating" : json_str(v, "status", "phase", NULL);
}

static const char *class_of(const json_t *v)
{
    const json_t *beta = json_at(v, "metadata", "annotations", BETA_CLASS, NULL);
    return json_is_string(beta) ? json_string_value(beta) : json_str(v, "spec", "storageClassName", NULL);
}

static double size_of(const char *quantity)
{
    int64_t v;
    return quantity_bytes(quantity, &v) ? (double)v : -1;
}

enum pvc_field { P_STATUS, P_VOLUME, P_CAPACITY, P_MODES, P_CLASS, P_ATTR, P_MODE, P_REQUEST, P_COUNT };

static const char *const pvc_paths[] = { "spec.volumeName", "spec.storageClassName", "spec.volumeMode",
    "spec.volumeAttributesClassName", "spec.resources.requests.storage", "status.phase",
    "status.accessModes", "status.capacity.storage", "status.conditions[].type",
    "status.conditions[].status", "status.conditions[].reason", "status.conditions[].message",
    "metadata.finalizers", "metadata.annotations.[" BETA_CLASS "]", NULL };

static void judge_pvc(struct row_builder *b, const json_t *c, const char *phase)
{
    const char *class = class_of(c), *volume = json_str(c, "spec", "volumeName", NULL);
    size_t i;
    json_t *cond;
    if (str_eq(phase, "Lost")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "lost: its volume %s is gone, and the data with it", volume);
    } else if (str_eq(phase, "Terminating")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "Terminating: %s", json_array_size(json_at(c, "metadata", "finalizers", NULL))
                ? "it goes once no Pod uses it (finalizers are set)"
                : "it is being deleted");
    } else if (str_eq(phase, "Pending")) {
        rb_severity(b, SEV_WARN);
        if (*volume)
            rb_insight(b, "pending: waits to be bound to the volume %s", volume);
        rb_insight(b, "pending: no volume of %s %s%s yet",
            json_str(c, "spec", "resources", "requests", "storage", NULL),
            *class ? "in class " : "without a class", class);
    }
    json_array_foreach(json_at(c, "status", "conditions", NULL), i, cond)
    {
        if (!str_eq(json_str(cond, "status", NULL), "True"))
            continue;
        rb_severity(b, SEV_INFO);
        rb_insight(b, "%s: %s", json_str(cond, "type", NULL),
            str_or(json_str(cond, "message", NULL), json_str(cond, "reason", NULL)));
    }
}

static void decode_pvc(const json_t *c, struct row_builder *b)
{
    struct buf modes = BUF_INIT;
    const char *volume = json_str(c, "spec", "volumeName", NULL), *phase = phase_of(c);
    const char *capacity = json_str(c, "status", "capacity", "storage", NULL);
    if (*volume)
        access_modes(json_at(c, "status", "accessModes", NULL), &modes);
    rb_begin(b, c, P_COUNT);
    rb_str(b, P_STATUS, phase);
    rb_str(b, P_VOLUME, volume);
    rb_str(b, P_CAPACITY, *volume ? str_or(capacity, "0") : "");
    rb_take(b, P_MODES, &modes);
    rb_str(b, P_CLASS, class_of(c));
    rb_str(b, P_ATTR, str_or(json_str(c, "spec", "volumeAttributesClassName", NULL), "<unset>"));
    rb_str(b, P_MODE, str_or(json_str(c, "spec", "volumeMode", NULL), "<unset>"));
    rb_str(b, P_REQUEST, json_str(c, "spec", "resources", "requests", "storage", NULL));
    rb_link(b, "persistentvolumes", "", volume);
    rb_link(b, "storageclasses", "", class_of(c));
    judge_pvc(b, c, phase);
    rb_emit(b);
}

static double pvc_size(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return size_of(row->f[P_CAPACITY].s);
}

static int64_t pvc_users(const struct row *row, const struct cell_env *env)
{
    const struct joins *j = env->joins;
    return j && j->users_of ? j->users_of(j->arg, "persistentvolumeclaims", row->ns, row->name) : -1;
}

static void pvc_users_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    int64_t n = pvc_users(row, env);
    if (n >= 0)
        buf_printf(out, "%lld", (long long)n);
}

static double pvc_users_key(const struct row *row, const struct cell_env *env)
{
    return (double)pvc_users(row, env);
}

static bool enter_pvc(const struct row *row, struct drill *out)
{
    return drill_to(out, "persistentvolumes", "") && drill_name(out, row->f[P_VOLUME].s);
}

static const struct column pvc_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, P_STATUS, COL_BOTH, .status = true },
    { "VOLUME", FMT_TEXT, P_VOLUME, COL_BOTH, .rank = 25, .max = 42 },
    { "CAPACITY", FMT_TEXT, P_CAPACITY, COL_BOTH, .key = pvc_size },
    { "REQUEST", FMT_TEXT, P_REQUEST, COL_SCREEN_WIDE },
    { "ACCESS MODES", FMT_TEXT, P_MODES, COL_BOTH },
    { "STORAGECLASS", FMT_TEXT, P_CLASS, COL_BOTH },
    { "VOLUMEATTRIBUTESCLASS", FMT_TEXT, P_ATTR, COL_KUBECTL | COL_SCREEN_WIDE },
    { "USED-BY", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT, .text = pvc_users_text, .key = pvc_users_key },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "VOLUMEMODE", FMT_TEXT, P_MODE, COL_WIDE },
    { 0 },
};

// ---- PersistentVolume

enum pv_field { V_CAPACITY, V_MODES, V_RECLAIM, V_STATUS, V_CLAIM, V_CLASS, V_ATTR, V_REASON, V_MODE,
    V_CLAIM_NS, V_CLAIM_NAME, V_DRIVER, V_COUNT };

static const char *const pv_paths[] = { "spec.capacity.storage", "spec.accessModes",
    "spec.persistentVolumeReclaimPolicy", "spec.claimRef.namespace", "spec.claimRef.name",
    "spec.storageClassName", "spec.volumeMode", "spec.volumeAttributesClassName", "spec.csi.driver",
    "status.phase", "status.reason", "status.message", "metadata.annotations.[" BETA_CLASS "]", NULL };

static void judge_pv(struct row_builder *b, const json_t *v, const char *phase, const char *claim)
{
    const char *reason = json_str(v, "status", "reason", NULL), *msg = json_str(v, "status", "message", NULL);
    if (str_eq(phase, "Failed")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "failed: %s%s%s", reason, *reason && *msg ? ": " : "", msg);
    } else if (str_eq(phase, "Released")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "released: the claim %s is gone; the data is kept, nothing can bind to it", claim);
    } else if (str_eq(phase, "Terminating")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "Terminating: it goes once its claim %s does", claim);
    }
}

static void decode_pv(const json_t *v, struct row_builder *b)
{
    struct buf modes = BUF_INIT;
    char claim[600] = "";
    const json_t *ref = json_at(v, "spec", "claimRef", NULL);
    const char *phase = phase_of(v), *ns = json_str(ref, "namespace", NULL), *name = json_str(ref, "name", NULL);
    access_modes(json_at(v, "spec", "accessModes", NULL), &modes);
    if (ref)
        snprintf(claim, sizeof(claim), "%s/%s", ns, name);
    rb_begin(b, v, V_COUNT);
    rb_str(b, V_CAPACITY, str_or(json_str(v, "spec", "capacity", "storage", NULL), "0"));
    rb_take(b, V_MODES, &modes);
    rb_str(b, V_RECLAIM, json_str(v, "spec", "persistentVolumeReclaimPolicy", NULL));
    rb_str(b, V_STATUS, phase);
    rb_str(b, V_CLAIM, claim);
    rb_str(b, V_CLAIM_NS, ns);
    rb_str(b, V_CLAIM_NAME, name);
    rb_str(b, V_CLASS, class_of(v));
    rb_str(b, V_ATTR, str_or(json_str(v, "spec", "volumeAttributesClassName", NULL), "<unset>"));
    rb_str(b, V_REASON, json_str(v, "status", "reason", NULL));
    rb_str(b, V_MODE, str_or(json_str(v, "spec", "volumeMode", NULL), "<unset>"));
    rb_str(b, V_DRIVER, json_str(v, "spec", "csi", "driver", NULL));
    rb_link(b, "persistentvolumeclaims", ns, name);
    rb_link(b, "storageclasses", "", class_of(v));
    judge_pv(b, v, phase, claim);
    rb_emit(b);
}

static double pv_size(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return size_of(row->f[V_CAPACITY].s);
}

static bool enter_pv(const struct row *row, struct drill *out)
{
    return drill_to(out, "persistentvolumeclaims", row->f[V_CLAIM_NS].s) &&
           drill_name(out, row->f[V_CLAIM_NAME].s);
}

static const struct column pv_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CAPACITY", FMT_TEXT, V_CAPACITY, COL_BOTH, .key = pv_size },
    { "ACCESS MODES", FMT_TEXT, V_MODES, COL_BOTH },
    { "RECLAIM POLICY", FMT_TEXT, V_RECLAIM, COL_BOTH },
    { "STATUS", FMT_TEXT, V_STATUS, COL_BOTH, .status = true },
    { "CLAIM", FMT_TEXT, V_CLAIM, COL_BOTH },
    { "STORAGECLASS", FMT_TEXT, V_CLASS, COL_BOTH },
    { "VOLUMEATTRIBUTESCLASS", FMT_TEXT, V_ATTR, COL_KUBECTL | COL_SCREEN_WIDE },
    { "REASON", FMT_TEXT, V_REASON, COL_KUBECTL | COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "VOLUMEMODE", FMT_TEXT, V_MODE, COL_WIDE },
    { "DRIVER", FMT_TEXT, V_DRIVER, COL_SCREEN_WIDE },
    { 0 },
};

// ---- StorageClass

enum sc_field { S_NAME, S_PROVISIONER, S_RECLAIM, S_BINDING, S_EXPAND, S_COUNT };

#define SC_DEFAULT "storageclass.kubernetes.io/is-default-class"
#define SC_BETA_DEFAULT "storageclass.beta.kubernetes.io/is-default-class"
static const char *const sc_paths[] = { "provisioner", "reclaimPolicy", "volumeBindingMode",
    "allowVolumeExpansion", "metadata.annotations.[" SC_DEFAULT "]",
    "metadata.annotations.[" SC_BETA_DEFAULT "]", NULL };

static void decode_sc(const json_t *c, struct row_builder *b)
{
    const json_t *notes = json_at(c, "metadata", "annotations", NULL);
    bool is_default = str_eq(json_str(notes, SC_DEFAULT, NULL), "true") ||
                      str_eq(json_str(notes, SC_BETA_DEFAULT, NULL), "true");
    rb_begin(b, c, S_COUNT);
    rb_fmt(b, S_NAME, "%s%s", json_str(c, "metadata", "name", NULL), is_default ? " (default)" : "");
    rb_str(b, S_PROVISIONER, json_str(c, "provisioner", NULL));
    rb_str(b, S_RECLAIM, str_or(json_str(c, "reclaimPolicy", NULL), "Delete"));
    rb_str(b, S_BINDING, str_or(json_str(c, "volumeBindingMode", NULL), "Immediate"));
    rb_str(b, S_EXPAND, json_bool(c, "allowVolumeExpansion", NULL) ? "true" : "false");
    rb_link(b, "csidrivers", "", json_str(c, "provisioner", NULL));
    rb_emit(b);
}

bool sc_row_is_default(const struct row *row)
{
    return !str_eq(row->f[S_NAME].s, row->name);
}

// Of several defaults the newest is taken, and kubectl marks it alone since 1.37.
static void sc_name_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    bool other = env->minor >= 37 && env->joins && env->joins->is_chosen &&
                 !env->joins->is_chosen(env->joins->arg, row->name);
    buf_puts(out, other ? row->name : row->f[S_NAME].s);
}

static const struct column sc_columns[] = {
    { "NAME", FMT_TEXT, S_NAME, COL_BOTH, .text = sc_name_text },
    { "PROVISIONER", FMT_TEXT, S_PROVISIONER, COL_BOTH },
    { "RECLAIMPOLICY", FMT_TEXT, S_RECLAIM, COL_BOTH },
    { "VOLUMEBINDINGMODE", FMT_TEXT, S_BINDING, COL_BOTH },
    { "ALLOWVOLUMEEXPANSION", FMT_TEXT, S_EXPAND, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- VolumeAttributesClass

static const char *const vac_paths[] = { "driverName", NULL };

static void decode_vac(const json_t *c, struct row_builder *b)
{
    rb_begin(b, c, 1);
    rb_str(b, 0, json_str(c, "driverName", NULL));
    rb_link(b, "csidrivers", "", json_str(c, "driverName", NULL));
    rb_emit(b);
}

static const struct column vac_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DRIVERNAME", FMT_TEXT, 0, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- VolumeAttachment

enum va_field { A_ATTACHER, A_PV, A_NODE, A_ATTACHED, A_COUNT };

static const char *const va_paths[] = { "spec.attacher", "spec.source.persistentVolumeName", "spec.nodeName",
    "status.attached", "status.attachError.message", "status.detachError.message", NULL };

static void decode_va(const json_t *v, struct row_builder *b)
{
    const char *attach = json_str(v, "status", "attachError", "message", NULL);
    const char *detach = json_str(v, "status", "detachError", "message", NULL);
    const char *pv = json_str(v, "spec", "source", "persistentVolumeName", NULL);
    const char *node = json_str(v, "spec", "nodeName", NULL);
    bool attached = json_bool(v, "status", "attached", NULL);
    rb_begin(b, v, A_COUNT);
    rb_str(b, A_ATTACHER, json_str(v, "spec", "attacher", NULL));
    rb_str(b, A_PV, pv);
    rb_str(b, A_NODE, node);
    rb_str(b, A_ATTACHED, attached ? "true" : "false");
    rb_link(b, "persistentvolumes", "", pv);
    rb_link(b, "nodes", "", node);
    if (*attach || *detach) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "cannot %s: %s", *attach ? "attach" : "detach", *attach ? attach : detach);
    } else if (!attached) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "not attached to %s yet", node);
    }
    rb_emit(b);
}

static bool enter_va(const struct row *row, struct drill *out)
{
    return drill_to(out, "persistentvolumes", "") && drill_name(out, row->f[A_PV].s);
}

static const struct column va_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "ATTACHER", FMT_TEXT, A_ATTACHER, COL_BOTH },
    { "PV", FMT_TEXT, A_PV, COL_BOTH },
    { "NODE", FMT_TEXT, A_NODE, COL_BOTH },
    { "ATTACHED", FMT_TEXT, A_ATTACHED, COL_BOTH, .status = true },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- CSIDriver

enum driver_field { D_ATTACH, D_POD_INFO, D_CAPACITY, D_TOKENS, D_REPUBLISH, D_MODES, D_COUNT };

static const char *const driver_paths[] = { "spec.attachRequired", "spec.podInfoOnMount",
    "spec.storageCapacity", "spec.tokenRequests[].audience", "spec.requiresRepublish",
    "spec.volumeLifecycleModes", NULL };

static const char *truth(const json_t *v, bool fallback)
{
    return (json_is_boolean(v) ? json_is_true(v) : fallback) ? "true" : "false";
}

static void decode_driver(const json_t *d, struct row_builder *b)
{
    struct buf modes = BUF_INIT, tokens = BUF_INIT;
    const json_t *spec = json_object_get(d, "spec"), *requests = json_object_get(spec, "tokenRequests");
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(spec, "volumeLifecycleModes"), i, v)
    {
        list_add(&modes, str_or(json_string_value(v), ""));
    }
    json_array_foreach((json_t *)requests, i, v)
    {
        buf_printf(&tokens, "%s%s", i ? "," : "", json_str(v, "audience", NULL));
    }
    rb_begin(b, d, D_COUNT);
    rb_str(b, D_ATTACH, truth(json_object_get(spec, "attachRequired"), true));
    rb_str(b, D_POD_INFO, truth(json_object_get(spec, "podInfoOnMount"), false));
    rb_str(b, D_CAPACITY, truth(json_object_get(spec, "storageCapacity"), false));
    rb_str(b, D_TOKENS, requests ? tokens.s : "<unset>");
    rb_str(b, D_REPUBLISH, truth(json_object_get(spec, "requiresRepublish"), false));
    rb_str(b, D_MODES, str_or(modes.s, "<none>"));
    rb_emit(b);
    buf_release(&modes);
    buf_release(&tokens);
}

static const struct column driver_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "ATTACHREQUIRED", FMT_TEXT, D_ATTACH, COL_BOTH },
    { "PODINFOONMOUNT", FMT_TEXT, D_POD_INFO, COL_BOTH },
    { "STORAGECAPACITY", FMT_TEXT, D_CAPACITY, COL_BOTH },
    { "TOKENREQUESTS", FMT_TEXT, D_TOKENS, COL_BOTH },
    { "REQUIRESREPUBLISH", FMT_TEXT, D_REPUBLISH, COL_BOTH },
    { "MODES", FMT_TEXT, D_MODES, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- CSINode

enum csinode_field { N_DRIVERS, N_NAMES, N_COUNT };

static const char *const csinode_paths[] = { "spec.drivers[].name", NULL };

static void decode_csinode(const json_t *n, struct row_builder *b)
{
    struct buf names = BUF_INIT;
    size_t i;
    json_t *d;
    rb_begin(b, n, N_COUNT);
    json_array_foreach(json_at(n, "spec", "drivers", NULL), i, d)
    {
        list_add(&names, json_str(d, "name", NULL));
        rb_link(b, "csidrivers", "", json_str(d, "name", NULL));
    }
    rb_num(b, N_DRIVERS, (int64_t)json_array_size(json_at(n, "spec", "drivers", NULL)));
    rb_take(b, N_NAMES, &names);
    rb_link(b, "nodes", "", json_str(n, "metadata", "name", NULL));
    rb_emit(b);
}

static bool enter_csinode(const struct row *row, struct drill *out)
{
    return drill_to(out, "nodes", "") && drill_name(out, row->name);
}

static const struct column csinode_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DRIVERS", FMT_INT, N_DRIVERS, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "DRIVER NAMES", FMT_TEXT, N_NAMES, COL_SCREEN },
    { 0 },
};

const struct kind kind_persistentvolumeclaims = {
    .name = "persistentvolumeclaims",
    .title = "PersistentVolumeClaims",
    .aliases = (const char *const[]) { "pvc", "persistentvolumeclaim", NULL },
    .api_kind = "PersistentVolumeClaim",
    .gvr = { "", "v1", "persistentvolumeclaims", true },
    .decoder = { pvc_paths, decode_pvc, false },
    .columns = pvc_columns,
    .refers = (const char *const[]) { "persistentvolumes", "storageclasses", NULL },
    .enter = enter_pvc,
    .insight_hint = "Enter shows the bound volume, u the Pods that use the claim",
};
const struct kind kind_persistentvolumes = {
    .name = "persistentvolumes",
    .title = "PersistentVolumes",
    .aliases = (const char *const[]) { "pv", "persistentvolume", NULL },
    .api_kind = "PersistentVolume",
    .gvr = { "", "v1", "persistentvolumes", false },
    .decoder = { pv_paths, decode_pv, false },
    .columns = pv_columns,
    .refers = (const char *const[]) { "persistentvolumeclaims", "storageclasses", NULL },
    .enter = enter_pv,
};
const struct kind kind_storageclasses = {
    .name = "storageclasses",
    .title = "StorageClasses",
    .aliases = (const char *const[]) { "sc", "storageclass", NULL },
    .api_kind = "StorageClass",
    .gvr = { "storage.k8s.io", "v1", "storageclasses", false },
    .decoder = { sc_paths, decode_sc, false },
    .columns = sc_columns,
    .refers = (const char *const[]) { "csidrivers", NULL },
};
const struct kind kind_volumeattributesclasses = {
    .name = "volumeattributesclasses",
    .title = "VolumeAttributesClasses",
    .aliases = (const char *const[]) { "vac", "volumeattributesclass", NULL },
    .api_kind = "VolumeAttributesClass",
    .gvr = { "storage.k8s.io", "v1", "volumeattributesclasses", false },
    .decoder = { vac_paths, decode_vac, false },
    .columns = vac_columns,
    .refers = (const char *const[]) { "csidrivers", NULL },
};
const struct kind kind_volumeattachments = {
    .name = "volumeattachments",
    .title = "VolumeAttachments",
    .aliases = (const char *const[]) { "va", "volumeattachment", NULL },
    .api_kind = "VolumeAttachment",
    .gvr = { "storage.k8s.io", "v1", "volumeattachments", false },
    .decoder = { va_paths, decode_va, false },
    .columns = va_columns,
    .refers = (const char *const[]) { "persistentvolumes", "nodes", NULL },
    .enter = enter_va,
};
const struct kind kind_csidrivers = {
    .name = "csidrivers",
    .title = "CSIDrivers",
    .aliases = (const char *const[]) { "csidriver", NULL },
    .api_kind = "CSIDriver",
    .gvr = { "storage.k8s.io", "v1", "csidrivers", false },
    .decoder = { driver_paths, decode_driver, false },
    .columns = driver_columns,
};
const struct kind kind_csinodes = {
    .name = "csinodes",
    .title = "CSINodes",
    .aliases = (const char *const[]) { "csinode", NULL },
    .api_kind = "CSINode",
    .gvr = { "storage.k8s.io", "v1", "csinodes", false },
    .decoder = { csinode_paths, decode_csinode, false },
    .columns = csinode_columns,
    .refers = (const char *const[]) { "csidrivers", "nodes", NULL },
    .enter = enter_csinode,
};
