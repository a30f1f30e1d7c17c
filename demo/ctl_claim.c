// Which Pods a controller counts as its own: those that its selector no longer matches are let go, and Pods of nobody that
// it matches are taken (pkg/controller/controller_ref_manager.go).
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/ctl.h"
#include "demo/selector.h"

static const char *const kinds[] = { "replicasets", "statefulsets", "daemonsets" };

static bool selects(struct cluster *cl, struct rev *owner, const char *labels)
{
    struct selector s;
    selector_from_json(&s, json_at(db_peek(cl->db, owner), "spec", "selector", NULL));
    bool yes = !s.nothing && s.reqs.n && selector_match(&s, labels);
    selector_release(&s);
    return yes;
}

static void set_owner(struct cluster *cl, struct rev *pod, json_t *refs)
{
    json_t *tree = rev_tree(pod);
    if (refs)
        json_object_set_new(ctl_child(tree, "metadata"), "ownerReferences", refs);
    else
        json_object_del(ctl_child(tree, "metadata"), "ownerReferences");
    cl_update(cl, pod, tree);
    json_decref(tree);
}

static bool is_controller(const struct rev *r)
{
    for (size_t i = 0; r && i < ARRAY_SIZE(kinds); i++)
        if (ctl_is(r, "apps", kinds[i]))
            return true;
    return false;
}

static struct rev *new_owner(struct cluster *cl, const struct rev *pod)
{
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        size_t from, to;
        const rev_list *l = db_list(cl->db, cl_type(cl, "apps", kinds[k]), pod->ns, &from, &to);
        for (size_t i = from; i < to; i++)
            if (!(l->v[i]->flags & REV_TERMINATING) && selects(cl, l->v[i], pod->labels))
                return l->v[i];
    }
    return NULL;
}

static void claim_sync(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *pod = db_by_uid(cl->db, uid), *owner;
    if (!pod || !ctl_is(pod, "", "pods") || (pod->flags & (REV_TERMINATING | REV_DONE)))
        return;
    if (*pod->owner) {
        owner = db_by_uid(cl->db, pod->owner);
        if (is_controller(owner) && !selects(cl, owner, pod->labels))
            set_owner(cl, pod, NULL);
    } else if ((owner = new_owner(cl, pod))) {
        set_owner(cl, pod, ctl_owner_ref(db_peek(cl->db, owner)));
    }
}

void ctl_claim_event(struct cluster *cl, const struct db_event *ev)
{
    if (ev->type == DB_MODIFIED && ctl_is(ev->now, "", "pods") && ev->prev && !ctl_same_labels(ev->prev, ev->now))
        ctl_enqueue(cl, claim_sync, ev->now->uid);
}
