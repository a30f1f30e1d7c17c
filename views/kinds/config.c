// ConfigMap, Secret, ServiceAccount, PersistentVolumeClaim, PersistentVolume (printers.go). The data of
// ConfigMaps and Secrets is counted while it streams by, never kept.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "views/kinds/kinds.h"

static const char *const data_paths[] = { "data", "binaryData", "type", NULL };

enum data_field { D_COUNT_KEYS, D_TYPE, D_KEYS, D_SIZE, D_COUNT };

static void decode_data(const json_t *obj, struct row_builder *b)
{
    struct buf keys = BUF_INIT;
    const json_t *maps[] = { json_object_get(obj, "data"), json_object_get(obj, "binaryData") };
    int64_t n = 0, size = 0;
    for (size_t m = 0; m < 2; m++) {
        const char *key;
        json_t *v;
        json_object_foreach((json_t *)maps[m], key, v)
        {
            buf_printf(&keys, "%s%s", keys.n ? "," : "", key);
            size += (int64_t)json_string_length(v);
            n++;
        }
    }
    rb_begin(b, obj, D_COUNT);
    rb_num(b, D_COUNT_KEYS, n);
    rb_num(b, D_SIZE, size);
    rb_str(b, D_TYPE, json_str(obj, "type", NULL));
    rb_str(b, D_KEYS, keys.s);
    rb_emit(b);
    buf_release(&keys);
}

static void size_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    int64_t n = row->f[D_SIZE].n;
    (void)env;
    buf_printf(out, n < 10240 ? "%lldB" : "%lldKi", (long long)(n < 10240 ? n : n / 1024));
}

static const struct column cm_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DATA", FMT_INT, D_COUNT_KEYS, COL_BOTH },
    { "SIZE", FMT_INT, D_SIZE, COL_SCREEN | COL_RIGHT, .text = size_text },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "KEYS", FMT_TEXT, D_KEYS, COL_SCREEN },
    { 0 },
};
static const struct column secret_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "TYPE", FMT_TEXT, D_TYPE, COL_BOTH },
    { "DATA", FMT_INT, D_COUNT_KEYS, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "KEYS", FMT_TEXT, D_KEYS, COL_SCREEN },
    { 0 },
};

// ---- service accounts

static const char *const sa_paths[] = { "secrets", "imagePullSecrets", NULL };

static void decode_sa(const json_t *sa, struct row_builder *b)
{
    size_t i;
    json_t *s;
    const char *ns = json_str(sa, "metadata", "namespace", NULL);
    rb_begin(b, sa, 1);
    rb_num(b, 0, (int64_t)json_array_size(json_object_get(sa, "secrets")));
    json_array_foreach(json_object_get(sa, "secrets"), i, s)
    {
        rb_link(b, "secrets", ns, json_str(s, "name", NULL));
    }
    json_array_foreach(json_object_get(sa, "imagePullSecrets"), i, s)
    {
        rb_link(b, "secrets", ns, json_str(s, "name", NULL));
    }
    rb_emit(b);
}

static const struct column sa_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "SECRETS", FMT_INT, 0, COL_KUBECTL | COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- volumes

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
                buf_printf(out, "%s%s", out->n ? "," : "", names[n][1]);
                break;
            }
        }
    }
}

enum pvc_field { P_STATUS, P_VOLUME, P_CAPACITY, P_MODES, P_CLASS, P_ATTR, P_MODE, P_COUNT };

static const char *const pvc_paths[] = { "spec.volumeName", "spec.storageClassName", "spec.volumeMode",
    "spec.volumeAttributesClassName", "spec.resources.requests.storage", "status.phase",
    "status.accessModes", "status.capacity.storage", "status.conditions",
    "metadata.annotations.[volume.beta.kubernetes.io/storage-class]", NULL };

static void decode_pvc(const json_t *c, struct row_builder *b)
{
    struct buf modes = BUF_INIT;
    const char *volume = json_str(c, "spec", "volumeName", NULL);
    const char *phase = json_at(c, "metadata", "deletionTimestamp", NULL) ? "Terminating"
                                                                          : json_str(c, "status", "phase", NULL);
    const char *beta = json_str(c, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class", NULL);
    const char *class = str_or(beta, json_str(c, "spec", "storageClassName", NULL));
    access_modes(json_at(c, "status", "accessModes", NULL), &modes);
    rb_begin(b, c, P_COUNT);
    rb_str(b, P_STATUS, phase);
    rb_str(b, P_VOLUME, volume);
    rb_str(b, P_CAPACITY, *volume ? json_str(c, "status", "capacity", "storage", NULL) : "");
    rb_str(b, P_MODES, *volume ? modes.s : "");
    rb_str(b, P_CLASS, class);
    rb_str(b, P_ATTR, str_or(json_str(c, "spec", "volumeAttributesClassName", NULL), "<unset>"));
    rb_str(b, P_MODE, str_or(json_str(c, "spec", "volumeMode", NULL), "<unset>"));
    rb_link(b, "persistentvolumes", "", volume);
    rb_link(b, "storageclasses", "", class);
    if (str_eq(phase, "Lost")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "its volume %s is gone", volume);
    } else if (!str_eq(phase, "Bound")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "%s: wants %s of class %s", phase,
            json_str(c, "spec", "resources", "requests", "storage", NULL), str_or(class, "<default>"));
    }
    rb_emit(b);
    buf_release(&modes);
}

static bool enter_pvc(const struct row *row, struct drill *out)
{
    snprintf(out->view, sizeof(out->view), "persistentvolumes");
    snprintf(out->name, sizeof(out->name), "%s", row->f[P_VOLUME].s);
    return *row->f[P_VOLUME].s != '\0';
}

static const struct column pvc_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATUS", FMT_TEXT, P_STATUS, COL_BOTH, .status = true },
    { "VOLUME", FMT_TEXT, P_VOLUME, COL_BOTH, .max = 42 },
    { "CAPACITY", FMT_TEXT, P_CAPACITY, COL_BOTH },
    { "ACCESS MODES", FMT_TEXT, P_MODES, COL_BOTH },
    { "STORAGECLASS", FMT_TEXT, P_CLASS, COL_BOTH },
    { "VOLUMEATTRIBUTESCLASS", FMT_TEXT, P_ATTR, COL_KUBECTL | COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "VOLUMEMODE", FMT_TEXT, P_MODE, COL_WIDE },
    { 0 },
};

enum pv_field { V_CAPACITY, V_MODES, V_RECLAIM, V_STATUS, V_CLAIM, V_CLASS, V_ATTR, V_REASON, V_MODE,
    V_CLAIM_NS, V_CLAIM_NAME, V_COUNT };

static const char *const pv_paths[] = { "spec.capacity.storage", "spec.accessModes",
    "spec.persistentVolumeReclaimPolicy", "spec.claimRef", "spec.storageClassName", "spec.volumeMode",
    "spec.volumeAttributesClassName", "status.phase", "status.reason", "status.message",
    "metadata.annotations.[volume.beta.kubernetes.io/storage-class]", NULL };

static void decode_pv(const json_t *v, struct row_builder *b)
{
    struct buf modes = BUF_INIT;
    const char *phase = json_at(v, "metadata", "deletionTimestamp", NULL) ? "Terminating"
                                                                          : json_str(v, "status", "phase", NULL);
    const json_t *claim = json_at(v, "spec", "claimRef", NULL);
    const char *beta = json_str(v, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class", NULL);
    access_modes(json_at(v, "spec", "accessModes", NULL), &modes);
    rb_begin(b, v, V_COUNT);
    rb_str(b, V_CAPACITY, json_str(v, "spec", "capacity", "storage", NULL));
    rb_str(b, V_MODES, modes.s);
    rb_str(b, V_RECLAIM, json_str(v, "spec", "persistentVolumeReclaimPolicy", NULL));
    rb_str(b, V_STATUS, phase);
    rb_fmt(b, V_CLAIM, "%s%s%s", json_str(claim, "namespace", NULL), claim ? "/" : "",
        json_str(claim, "name", NULL));
    rb_str(b, V_CLAIM_NS, json_str(claim, "namespace", NULL));
    rb_str(b, V_CLAIM_NAME, json_str(claim, "name", NULL));
    rb_str(b, V_CLASS, str_or(beta, json_str(v, "spec", "storageClassName", NULL)));
    rb_str(b, V_ATTR, str_or(json_str(v, "spec", "volumeAttributesClassName", NULL), "<unset>"));
    rb_str(b, V_REASON, json_str(v, "status", "reason", NULL));
    rb_str(b, V_MODE, str_or(json_str(v, "spec", "volumeMode", NULL), "<unset>"));
    rb_link(b, "persistentvolumeclaims", json_str(claim, "namespace", NULL), json_str(claim, "name", NULL));
    if (str_eq(phase, "Failed")) {
        rb_severity(b, SEV_BAD);
        rb_insight(b, "%s %s", json_str(v, "status", "reason", NULL), json_str(v, "status", "message", NULL));
    } else if (str_eq(phase, "Released")) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "released: its claim is gone, its data is kept");
    }
    rb_emit(b);
    buf_release(&modes);
}

static bool enter_pv(const struct row *row, struct drill *out)
{
    snprintf(out->view, sizeof(out->view), "persistentvolumeclaims");
    snprintf(out->ns, sizeof(out->ns), "%s", row->f[V_CLAIM_NS].s);
    snprintf(out->name, sizeof(out->name), "%s", row->f[V_CLAIM_NAME].s);
    return *row->f[V_CLAIM_NAME].s != '\0';
}

static const struct column pv_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CAPACITY", FMT_TEXT, V_CAPACITY, COL_BOTH },
    { "ACCESS MODES", FMT_TEXT, V_MODES, COL_BOTH },
    { "RECLAIM POLICY", FMT_TEXT, V_RECLAIM, COL_BOTH },
    { "STATUS", FMT_TEXT, V_STATUS, COL_BOTH, .status = true },
    { "CLAIM", FMT_TEXT, V_CLAIM, COL_BOTH },
    { "STORAGECLASS", FMT_TEXT, V_CLASS, COL_BOTH },
    { "VOLUMEATTRIBUTESCLASS", FMT_TEXT, V_ATTR, COL_KUBECTL | COL_SCREEN_WIDE },
    { "REASON", FMT_TEXT, V_REASON, COL_KUBECTL | COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "VOLUMEMODE", FMT_TEXT, V_MODE, COL_WIDE },
    { 0 },
};

const struct kind kind_configmaps = {
    .name = "configmaps",
    .title = "ConfigMaps",
    .aliases = (const char *const[]) { "cm", "configmap", NULL },
    .api_kind = "ConfigMap",
    .gvr = { "", "v1", "configmaps", true },
    .decoder = { data_paths, decode_data, false },
    .columns = cm_columns,
};
const struct kind kind_secrets = {
    .name = "secrets",
    .title = "Secrets",
    .aliases = (const char *const[]) { "secret", "sec", NULL },
    .api_kind = "Secret",
    .gvr = { "", "v1", "secrets", true },
    .decoder = { data_paths, decode_data, false },
    .columns = secret_columns,
};
const struct kind kind_serviceaccounts = {
    .name = "serviceaccounts",
    .title = "ServiceAccounts",
    .aliases = (const char *const[]) { "sa", "serviceaccount", NULL },
    .api_kind = "ServiceAccount",
    .gvr = { "", "v1", "serviceaccounts", true },
    .decoder = { sa_paths, decode_sa, false },
    .columns = sa_columns,
};
const struct kind kind_persistentvolumeclaims = {
    .name = "persistentvolumeclaims",
    .title = "PersistentVolumeClaims",
    .aliases = (const char *const[]) { "pvc", "persistentvolumeclaim", NULL },
    .api_kind = "PersistentVolumeClaim",
    .gvr = { "", "v1", "persistentvolumeclaims", true },
    .decoder = { pvc_paths, decode_pvc, false },
    .columns = pvc_columns,
    .enter = enter_pvc,
};
const struct kind kind_persistentvolumes = {
    .name = "persistentvolumes",
    .title = "PersistentVolumes",
    .aliases = (const char *const[]) { "pv", "persistentvolume", NULL },
    .api_kind = "PersistentVolume",
    .gvr = { "", "v1", "persistentvolumes", false },
    .decoder = { pv_paths, decode_pv, false },
    .columns = pv_columns,
    .enter = enter_pv,
};
