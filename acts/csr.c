// Approve and deny a CertificateSigningRequest.
#include "acts/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "kinds/certreq.h"
#include "kinds/common.h"

static void note_subject(const char *b64, struct buf *note)
{
    struct buf text = BUF_INIT;
    X509_REQ *req = certreq_parse(b64);
    if (!req) {
        buf_puts(note, "the request in it is no certificate request: no signer can use it\n");
        return;
    }
    certreq_subject(req, &text);
    buf_puts(note, "for the subject ");
    plan_put_value(note, text.s);
    buf_clear(&text);
    certreq_alt_names(req, &text);
    if (text.n) {
        buf_puts(note, ", also ");
        plan_put_value(note, text.s);
    }
    buf_putc(note, '\n');
    buf_release(&text);
    X509_REQ_free(req);
}

// Who asked, for what: all that one decides by.
static void put_request(const struct act_in *in, struct buf *note)
{
    const json_t *spec = json_object_get(in->object, "spec");
    const char *signer = json_str(spec, "signerName", NULL);
    char life[64] = "";
    buf_puts(note, "asked by ");
    plan_put_value(note, json_str(spec, "username", NULL));
    if (json_array_size(json_object_get(spec, "groups"))) {
        buf_puts(note, " of ");
        plan_put_strings(note, json_object_get(spec, "groups"));
    }
    buf_putc(note, '\n');
    note_subject(json_str(spec, "request", NULL), note);
    buf_puts(note, "usages ");
    plan_put_strings(note, json_object_get(spec, "usages"));
    if (json_object_get(spec, "expirationSeconds")) {
        human_duration(json_i64(spec, "expirationSeconds", NULL), life);
        buf_printf(note, ", for %s", life);
    }
    buf_puts(note, "\nsigner ");
    plan_put_value(note, signer);
    buf_putc(note, '\n');
    // https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
    if (str_eq(signer, "kubernetes.io/kube-apiserver-client") || str_eq(signer, "kubernetes.io/kube-apiserver-client-kubelet"))
        buf_puts(note, "who has the key is that user (CN) in those groups (O) then, until the certificate ends\n");
}

// As kubectl certificate approve and deny: staging/src/k8s.io/kubectl/pkg/cmd/certificates/certificates.go
bool act_plan_approve(const struct act_in *in, struct act_plan *out, struct err *err)
{
    bool yes = str_eq(in->act->name, "approve");
    const char *type = yes ? "Approved" : "Denied";
    char now[32];
    if (!plan_no_words(in, err))
        return false;
    if (cond_find(in->object, yes ? "Denied" : "Approved"))
        return err_set(err, "%s is %s already: that cannot be changed", in->t->name, yes ? "denied" : "approved");
    out->nothing = cond_find(in->object, type) != NULL;
    buf_printf(&out->does, out->nothing ? "it is %s already" : yes ? "it is %s: its signer issues the certificate"
                                                                   : "it is %s: no certificate is issued",
        yes ? "approved" : "denied");
    buf_puts(&out->before, out->nothing ? (yes ? "approved" : "denied") : "pending");
    buf_puts(&out->after, yes ? "approved" : "denied");
    put_request(in, &out->note);
    buf_puts(&out->note, "there is no way back\n");
    out->type = WRITE_REPLACE; // the conditions are read and written by this subresource alone
    out->sub = "approval";
    out->body = json_deep_copy(in->object);
    json_object_del(json_object_get(out->body, "metadata"), "managedFields");
    json_t *status = json_object_get(out->body, "status"), *conditions = json_object_get(status, "conditions");
    if (!json_is_object(status))
        json_object_set_new(out->body, "status", status = json_object());
    if (!json_is_array(conditions))
        json_object_set_new(status, "conditions", conditions = json_array());
    time_format_rfc3339(in->now, now);
    json_array_append_new(conditions, json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", type, "status", "True", "reason",
        yes ? "KviewApprove" : "KviewDeny", "message",
        yes ? "This CSR was approved by kview." : "This CSR was denied by kview.", "lastUpdateTime", now));
    buf_printf(&out->kubectl, " certificate %s ", in->act->name);
    plan_put_quoted(&out->kubectl, in->t->name);
    return true;
}
