// IPAddress: which object holds a cluster IP (KEP-1880; printers.go printIPAddress).
#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum field { F_PARENT, F_RESOURCE, F_NAMESPACE, F_NAME, F_COUNT };

static const char *const paths[] = { "spec.parentRef", NULL };

static void decode(const json_t *ip, struct row_builder *b)
{
    const json_t *ref = json_at(ip, "spec", "parentRef", NULL);
    const char *group = json_str(ref, "group", NULL), *resource = json_str(ref, "resource", NULL);
    const char *ns = json_str(ref, "namespace", NULL), *name = json_str(ref, "name", NULL);
    rb_begin(b, ip, F_COUNT);
    rb_str(b, F_RESOURCE, resource);
    rb_str(b, F_NAMESPACE, ns);
    rb_str(b, F_NAME, name);
    if (ref)
        rb_fmt(b, F_PARENT, "%s%s%s/%s%s%s", resource, *group ? "." : "", group, ns, *ns ? "/" : "", name);
    else
        rb_str(b, F_PARENT, "<none>");
    if (!*group)
        rb_link(b, resource, ns, name);
    rb_emit(b);
}

static bool enter(const struct row *row, struct drill *out)
{
    return str_eq(row->f[F_RESOURCE].s, "services") && drill_to(out, "services", row->f[F_NAMESPACE].s) &&
           drill_name(out, row->f[F_NAME].s);
}

static const struct column columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "PARENTREF", FMT_TEXT, F_PARENT, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { 0 },
};

const struct kind kind_ipaddresses = {
    .name = "ipaddresses",
    .title = "IPAddresses",
    .aliases = (const char *const[]) { "ip", "ipaddress", NULL },
    .api_kind = "IPAddress",
    .gvr = { "networking.k8s.io", "v1", "ipaddresses", false },
    .decoder = { paths, decode, false },
    .columns = columns,
    .refers = (const char *const[]) { "services", NULL },
    .enter = enter,
    .insight_hint = "Enter shows the Service that holds the address",
};
