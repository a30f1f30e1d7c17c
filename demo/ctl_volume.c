// Dynamic provisioning: a claim of a known class gets a volume, one of an unknown class waits and says
// why; the volume goes with its claim when the class deletes.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "demo/ctl.h"

static struct rev *class_of(struct cluster *cl, const char *name)
{
    const struct rtype *rt = cl_type(cl, "storage.k8s.io", "storageclasses");
    if (*name)
        return db_get(cl->db, rt, "", name);
    size_t from, to;
    const rev_list *l = db_list(cl->db, rt, "", &from, &to);
    for (size_t i = from; i < to; i++) {
        if (strstr(l->v[i]->text, "is-default-class\":\"true\""))
            return l->v[i];
    }
    return NULL;
}

static void make_volume(struct cluster *cl, const struct rev *claim, const json_t *pvc,
    const json_t *sc, const char *name)
{
    char handle[80];
    snprintf(handle, sizeof(handle), "vol-%.17s", claim->uid);
    json_t *pv = json_pack(
        "{s:{s:s,s:{s:O},s:[s]},s:{s:{s:O},s:O,s:{s:O,s:s},s:{s:s,s:s,s:s,s:s,s:s},s:s,s:O,s:s},"
        "s:{s:s}}",
        "metadata", "name", name, "annotations", "pv.kubernetes.io/provisioned-by",
        json_object_get(sc, "provisioner"), "finalizers", "kubernetes.io/pv-protection", "spec",
        "capacity", "storage", json_at(pvc, "spec", "resources", "requests", "storage", NULL),
        "accessModes", json_at(pvc, "spec", "accessModes", NULL), "csi", "driver",
        json_object_get(sc, "provisioner"), "volumeHandle", handle, "claimRef", "apiVersion", "v1",
        "kind", "PersistentVolumeClaim", "namespace", claim->ns, "name", claim->name, "uid",
        claim->uid, "persistentVolumeReclaimPolicy",
        str_or(json_str(sc, "reclaimPolicy", NULL), "Delete"), "storageClassName",
        json_at(sc, "metadata", "name", NULL), "volumeMode", "Filesystem", "status", "phase",
        "Bound");
    json_decref(obj_create(cl, cl_type(cl, "", "persistentvolumes"), "", pv,
        &(struct write_opts) { .internal = true }));
    json_decref(pv);
}

static void bind_claim(struct cluster *cl, struct rev *r, json_t *pvc, const json_t *sc)
{
    char name[80];
    snprintf(name, sizeof(name), "pvc-%s", r->uid);
    const char *by = json_str(sc, "provisioner", NULL);
    cl_event(cl, pvc, "", false, "persistentvolume-controller", "", "ExternalProvisioning",
        "Waiting for a volume to be created either by the external provisioner '%s' or manually by "
        "the system administrator. If volume creation is delayed, please verify that the "
        "provisioner is running and correctly registered.",
        by);
    make_volume(cl, r, pvc, sc, name);
    cl_event(cl, pvc, "", false, by, "", "ProvisioningSucceeded",
        "Successfully provisioned volume %s", name);
    json_t *spec = ctl_child(pvc, "spec");
    json_object_set_new(spec, "volumeName", json_string(name));
    json_object_set(spec, "storageClassName", json_at(sc, "metadata", "name", NULL));
    ctl_annotate(pvc, "pv.kubernetes.io/bind-completed", "yes");
    ctl_annotate(pvc, "pv.kubernetes.io/bound-by-controller", "yes");
    ctl_annotate(pvc, "volume.kubernetes.io/storage-provisioner", by);
    json_object_set_new(pvc, "status",
        json_pack("{s:s,s:O,s:{s:O}}", "phase", "Bound", "accessModes",
            json_object_get(spec, "accessModes"), "capacity", "storage",
            json_at(spec, "resources", "requests", "storage", NULL)));
    cl_update(cl, r, pvc);
}

// The resizer of the CSI driver: claim and volume have what is asked for.
static void claim_grow(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pvc = ctl_load(cl, uid, "persistentvolumeclaims", &r);
    json_t *want = json_at(pvc, "spec", "resources", "requests", "storage", NULL);
    if (pvc && want && str_eq(json_str(pvc, "status", "phase", NULL), "Bound") &&
        !json_equal(want, json_at(pvc, "status", "capacity", "storage", NULL))) {
        const struct rtype *rt = cl_type(cl, "", "persistentvolumes");
        struct rev *of = db_get(cl->db, rt, "", json_str(pvc, "spec", "volumeName", NULL));
        json_t *pv = of ? rev_tree(of) : NULL;
        if (pv) {
            json_object_set(ctl_child(ctl_child(pv, "spec"), "capacity"), "storage", want);
            cl_update(cl, of, pv);
            json_decref(pv);
        }
        json_object_set(ctl_child(ctl_status(pvc), "capacity"), "storage", want);
        cl_update(cl, r, pvc);
    }
    json_decref(pvc);
}

static void claim_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pvc = ctl_load(cl, uid, "persistentvolumeclaims", &r);
    if (!pvc || !str_eq(json_str(pvc, "status", "phase", NULL), "Pending") ||
        (r->flags & REV_TERMINATING)) {
        json_decref(pvc);
        return;
    }
    const char *want = json_str(pvc, "spec", "storageClassName", NULL);
    struct rev *class = class_of(cl, want);
    json_t *sc = rev_tree(class);
    if (sc)
        bind_claim(cl, r, pvc, sc);
    else
        cl_event(cl, pvc, "", true, "persistentvolume-controller", "", "ProvisioningFailed",
            "storageclass.storage.k8s.io \"%s\" not found", want);
    if (!sc)
        sim_once(cl->sim, cl->loading ? 900000 : 30000, claim_sync, cl, uid);
    json_decref(sc);
    json_decref(pvc);
}

static void drop_volume(struct cluster *cl, const char *claim_uid)
{
    char name[80];
    snprintf(name, sizeof(name), "pvc-%s", claim_uid);
    const struct rtype *rt = cl_type(cl, "", "persistentvolumes");
    struct rev *pv = db_get(cl->db, rt, "", name);
    if (pv && strstr(pv->text, "\"persistentVolumeReclaimPolicy\":\"Delete\""))
        db_delete(cl->db, rt, name);
}

static bool claim_used(struct cluster *cl, const struct rev *claim)
{
    size_t from, to, j;
    json_t *v;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "pods"), claim->ns, &from, &to);
    for (size_t i = from; i < to; i++) {
        if (l->v[i]->flags & REV_DONE)
            continue;
        const json_t *pod = db_peek(cl->db, l->v[i]);
        json_array_foreach (json_at(pod, "spec", "volumes", NULL), j, v) {
            if (str_eq(json_str(v, "persistentVolumeClaim", "claimName", NULL), claim->name))
                return true;
        }
    }
    return false;
}

// The pvc-protection and pv-protection controllers: what nobody uses may go.
static void let_go(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r = db_by_uid(cl->db, uid);
    if (!r || !(r->flags & REV_TERMINATING))
        return;
    bool claim = ctl_is(r, "", "persistentvolumeclaims");
    json_t *tree = rev_tree(r), *list = json_at(tree, "metadata", "finalizers", NULL);
    bool used =
        claim ? claim_used(cl, r) : str_eq(json_str(tree, "status", "phase", NULL), "Bound");
    for (size_t i = json_array_size(list); !used && i-- > 0;) {
        const char *name = json_string_value(json_array_get(list, i));
        if (str_eq(name, claim ? "kubernetes.io/pvc-protection" : "kubernetes.io/pv-protection"))
            json_array_remove(list, i);
    }
    if (!used)
        cl_update(cl, r, tree);
    json_decref(tree);
}

static void wake_claims(struct cluster *cl, const char *ns)
{
    size_t from, to;
    const rev_list *l = db_list(cl->db, cl_type(cl, "", "persistentvolumeclaims"), ns, &from, &to);
    for (size_t i = from; i < to; i++) {
        if (l->v[i]->flags & REV_TERMINATING)
            ctl_enqueue(cl, let_go, l->v[i]->uid);
    }
}

// A volume that is for no claim yet can be had.
static void volume_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    json_t *pv = ctl_load(cl, uid, "persistentvolumes", &r);
    if (pv && str_eq(json_str(pv, "status", "phase", NULL), "Pending") &&
        !json_at(pv, "spec", "claimRef", NULL)) {
        json_object_set_new(ctl_child(pv, "status"), "phase", json_string("Available"));
        cl_update(cl, r, pv);
    }
    json_decref(pv);
}

void ctl_volume_event(struct cluster *cl, const struct db_event *ev)
{
    bool claim = ctl_is(ev->now, "", "persistentvolumeclaims");
    bool volume = ctl_is(ev->now, "", "persistentvolumes");
    if (ev->type == DB_DELETED && ctl_is(ev->now, "", "pods"))
        wake_claims(cl, ev->now->ns);
    if (!claim && !volume)
        return;
    if (ev->type == DB_DELETED && claim)
        drop_volume(cl, ev->now->uid);
    else if (ev->type == DB_ADDED)
        sim_once(cl->sim, claim ? 900 : 300, claim ? claim_sync : volume_sync, cl, ev->now->uid);
    else if (ev->now->flags & REV_TERMINATING)
        ctl_enqueue(cl, let_go, ev->now->uid);
    else if (claim && ev->type == DB_MODIFIED)
        sim_once(cl->sim, 900, claim_grow, cl, ev->now->uid);
}
