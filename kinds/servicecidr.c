// ServiceCIDR: the ranges that cluster IPs come from (KEP-1880; printers.go printServiceCIDR).
#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum field { F_CIDRS, F_COUNT };

static const char *const paths[] = { "spec.cidrs", "status.conditions[].type", "status.conditions[].status",
    "status.conditions[].reason", "status.conditions[].message", NULL };

static void decode(const json_t *s, struct row_builder *b)
{
    struct buf cidrs = BUF_INIT, why = BUF_INIT;
    size_t i;
    json_t *v;
    json_array_foreach(json_at(s, "spec", "cidrs", NULL), i, v)
    {
        list_add(&cidrs, str_or(json_string_value(v), ""));
    }
    rb_begin(b, s, F_COUNT);
    rb_take(b, F_CIDRS, &cidrs);
    if (cond_is(s, "Ready", "False")) { // while it is deleted and still has addresses
        cond_text(cond_find(s, "Ready"), &why);
        rb_severity(b, SEV_WARN);
        rb_insight(b, "not ready: %s", why.s);
    }
    rb_emit(b);
    buf_release(&why);
}

static bool enter(const struct row *row, struct drill *out)
{
    (void)row;
    return drill_to(out, "ipaddresses", "");
}

static const struct column columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "CIDRS", FMT_TEXT, F_CIDRS, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_servicecidrs = {
    .name = "servicecidrs",
    .title = "ServiceCIDRs",
    .aliases = (const char *const[]) { "servicecidr", NULL },
    .api_kind = "ServiceCIDR",
    .gvr = { "networking.k8s.io", "v1", "servicecidrs", false },
    .decoder = { paths, decode, false },
    .columns = columns,
    .enter = enter,
    .insight_hint = "Enter lists the addresses in use",
};
