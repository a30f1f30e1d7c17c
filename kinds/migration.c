// StorageVersionMigration: objects written anew in the version that is stored now (KEP-4192; printers.go
// printStorageVersionMigration).
#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum field { F_RESOURCE, F_STATUS, F_COUNT };

static const char *const paths[] = { "spec.resource.group", "spec.resource.resource", "status.conditions[].type",
    "status.conditions[].status", "status.conditions[].reason", "status.conditions[].message", NULL };

static void decode(const json_t *m, struct row_builder *b)
{
    struct buf why = BUF_INIT;
    const char *group = json_str(m, "spec", "resource", "group", NULL), *type, *state = "Unknown";
    size_t i;
    json_t *c;
    json_array_foreach(json_at(m, "status", "conditions", NULL), i, c)
    {
        type = json_str(c, "type", NULL);
        if (str_eq(json_str(c, "status", NULL), "True") &&
            (str_eq(type, "Running") || str_eq(type, "Failed") || str_eq(type, "Succeeded")))
            state = type;
    }
    rb_begin(b, m, F_COUNT);
    rb_fmt(b, F_RESOURCE, "%s%s%s", json_str(m, "spec", "resource", "resource", NULL), *group ? "." : "", group);
    rb_str(b, F_STATUS, state);
    if (str_eq(state, "Failed")) {
        cond_text(cond_find(m, "Failed"), &why);
        rb_severity(b, SEV_BAD);
        rb_insight(b, "%s", why.s);
    }
    rb_emit(b);
    buf_release(&why);
}

// The objects that are migrated: RESOURCE.GROUP, which is what `:` takes.
static bool enter(const struct row *row, struct drill *out)
{
    return drill_to(out, row->f[F_RESOURCE].s, "");
}

static const struct column columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "RESOURCE", FMT_TEXT, F_RESOURCE, COL_BOTH },
    { "STATUS", FMT_TEXT, F_STATUS, COL_BOTH, .status = true },
    { "AGE", FMT_AGE, 0, COL_SCREEN },
    { 0 },
};

const struct kind kind_storageversionmigrations = {
    .name = "storageversionmigrations",
    .title = "StorageVersionMigrations",
    .aliases = (const char *const[]) { "storageversionmigration", NULL },
    .api_kind = "StorageVersionMigration",
    .gvr = { "storagemigration.k8s.io", "v1", "storageversionmigrations", false },
    .decoder = { paths, decode, false },
    .columns = columns,
    .enter = enter,
    .insight_hint = "Enter lists the objects that are migrated",
};
