// Certificate requests: what is approved gets its certificate from the signers of Kubernetes
// (pkg/controller/certificates/signer).
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "demo/ctl.h"

static void csr_sign(void *arg, const char *uid)
{
    struct cluster *cl = arg;
    struct rev *r;
    char stamp[32];
    size_t i;
    json_t *csr = ctl_load(cl, uid, "certificatesigningrequests", &r), *c;
    if (!csr)
        return;
    sim_stamp(cl->sim, stamp);
    json_array_foreach (json_at(csr, "status", "conditions", NULL), i, c) {
        if (!json_object_get(c, "lastTransitionTime"))
            json_object_set_new(c, "lastTransitionTime", json_string(stamp));
    }
    bool ours = str_starts(json_str(csr, "spec", "signerName", NULL), "kubernetes.io/");
    if (ours && ctl_find_condition(csr, "Approved") && !*json_str(csr, "status", "certificate", NULL))
        json_object_set_new(
            ctl_status(csr), "certificate", json_string("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="));
    cl_update(cl, r, csr);
    json_decref(csr);
}

void ctl_csr_event(struct cluster *cl, const struct db_event *ev)
{
    if (ev->type == DB_MODIFIED && ctl_is(ev->now, "certificates.k8s.io", "certificatesigningrequests"))
        ctl_enqueue(cl, csr_sign, ev->now->uid);
}
