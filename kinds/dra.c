// Dynamic resource allocation: ResourceClaim, ResourceClaimTemplate, DeviceClass, ResourceSlice,
// DeviceTaintRule (printers.go printResourceClaim …).
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

enum claim_field { C_STATE, C_DEVICES, C_COUNT };

static const char *const claim_paths[] = { "spec.devices.requests[].exactly.deviceClassName", "status.allocation.devices.results[].driver",
    "status.allocation.devices.results[].pool", "status.allocation.devices.results[].device",
    "status.reservedFor[].resource", "status.reservedFor[].name", NULL };

static void link_claim(struct row_builder *b, const json_t *claim)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_at(claim, "spec", "devices", "requests", NULL), i, v)
    {
        rb_link(b, "deviceclasses", "", json_str(v, "exactly", "deviceClassName", NULL));
    }
    json_array_foreach(json_at(claim, "status", "reservedFor", NULL), i, v)
    {
        rb_link(b, json_str(v, "resource", NULL), obj_ns(claim), json_str(v, "name", NULL));
    }
}

static void decode_claim(const json_t *claim, struct row_builder *b)
{
    struct buf state = BUF_INIT, devices = BUF_INIT;
    const json_t *allocation = json_at(claim, "status", "allocation", NULL);
    bool deleted = json_at(claim, "metadata", "deletionTimestamp", NULL) != NULL;
    bool reserved = json_array_size(json_at(claim, "status", "reservedFor", NULL)) > 0;
    size_t i;
    json_t *v;
    if (deleted)
        list_add(&state, "deleted");
    if (allocation)
        list_add(&state, reserved ? "allocated,reserved" : "allocated");
    else if (!deleted)
        list_add(&state, "pending");
    json_array_foreach(json_at(allocation, "devices", "results", NULL), i, v)
    {
        buf_printf(&devices, "%s%s/%s/%s", i ? "," : "", json_str(v, "driver", NULL),
            json_str(v, "pool", NULL), json_str(v, "device", NULL));
    }
    rb_begin(b, claim, C_COUNT);
    rb_take(b, C_STATE, &state);
    rb_take(b, C_DEVICES, &devices);
    link_claim(b, claim);
    if (deleted) {
        rb_severity(b, SEV_WARN);
        rb_insight(b, "deleted, but still %s", reserved ? "reserved by a Pod" : "held by its finalizers");
    } else if (!allocation) {
        rb_severity(b, SEV_INFO);
        rb_insight(b, "pending: no device has been allocated yet");
    }
    rb_emit(b);
}

static const struct column claim_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "STATE", FMT_TEXT, C_STATE, COL_BOTH, .status = true },
    { "DEVICES", FMT_TEXT, C_DEVICES, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- kinds of a name and an age

static void decode_plain(const json_t *obj, struct row_builder *b)
{
    rb_begin(b, obj, 0);
    rb_emit(b);
}

static const char *const no_paths[] = { NULL };
static const struct column plain_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- ResourceSlice

enum slice_field { S_NODE, S_DRIVER, S_POOL, S_DEVICES, S_COUNT };

static const char *const slice_paths[] = { "spec.nodeName", "spec.driver", "spec.pool.name",
    "spec.devices[].-", NULL };

static void decode_slice(const json_t *s, struct row_builder *b)
{
    const char *node = json_str(s, "spec", "nodeName", NULL);
    rb_begin(b, s, S_COUNT);
    rb_str(b, S_NODE, node);
    rb_str(b, S_DRIVER, json_str(s, "spec", "driver", NULL));
    rb_str(b, S_POOL, json_str(s, "spec", "pool", "name", NULL));
    rb_num(b, S_DEVICES, (int64_t)json_array_size(json_at(s, "spec", "devices", NULL)));
    rb_link(b, "nodes", "", node);
    rb_emit(b);
}

static bool enter_slice(const struct row *row, struct drill *out)
{
    return drill_to(out, "nodes", "") && drill_name(out, row->f[S_NODE].s);
}

static const struct column slice_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "NODE", FMT_TEXT, S_NODE, COL_BOTH },
    { "DRIVER", FMT_TEXT, S_DRIVER, COL_BOTH },
    { "POOL", FMT_TEXT, S_POOL, COL_BOTH },
    { "DEVICES", FMT_INT, S_DEVICES, COL_SCREEN | COL_RIGHT },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

// ---- DeviceTaintRule

enum taint_field { X_KEY, X_VALUE, X_EFFECT, X_ADDED, X_DEVICES, X_COUNT };

static const char *const taint_paths[] = { "spec.taint.key", "spec.taint.value", "spec.taint.effect", "spec.taint.timeAdded",
    "spec.deviceSelector.driver", "spec.deviceSelector.pool", "spec.deviceSelector.device", NULL };

static void decode_taint(const json_t *t, struct row_builder *b)
{
    struct buf devices = BUF_INIT;
    static const char *const parts[] = { "driver", "pool", "device" };
    const json_t *taint = json_at(t, "spec", "taint", NULL), *sel = json_at(t, "spec", "deviceSelector", NULL);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        buf_printf(&devices, "%s%s", i ? "/" : "", str_or(json_str(sel, parts[i], NULL), "*"));
    rb_begin(b, t, X_COUNT);
    rb_str(b, X_KEY, json_str(taint, "key", NULL));
    rb_str(b, X_VALUE, json_str(taint, "value", NULL));
    rb_str(b, X_EFFECT, json_str(taint, "effect", NULL));
    rb_num(b, X_ADDED, json_time(taint, "timeAdded", NULL));
    rb_take(b, X_DEVICES, &devices);
    rb_emit(b);
}

static bool enter_taint(const struct row *row, struct drill *out)
{
    (void)row;
    return drill_to(out, "resourceslices", "");
}

static const struct column taint_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "KEY", FMT_TEXT, X_KEY, COL_BOTH },
    { "VALUE", FMT_TEXT, X_VALUE, COL_BOTH },
    { "EFFECT", FMT_TEXT, X_EFFECT, COL_BOTH },
    { "TIMEADDED", FMT_TIME_AGO, X_ADDED, COL_BOTH },
    { "DEVICES", FMT_TEXT, X_DEVICES, COL_SCREEN },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_resourceclaims = {
    .name = "resourceclaims",
    .title = "ResourceClaims",
    .aliases = (const char *const[]) { "resourceclaim", NULL },
    .api_kind = "ResourceClaim",
    .gvr = { "resource.k8s.io", "v1", "resourceclaims", true },
    .decoder = { claim_paths, decode_claim, false },
    .columns = claim_columns,
    .refers = (const char *const[]) { "deviceclasses", "pods", NULL },
};
const struct kind kind_resourceclaimtemplates = {
    .name = "resourceclaimtemplates",
    .title = "ResourceClaimTemplates",
    .aliases = (const char *const[]) { "resourceclaimtemplate", NULL },
    .api_kind = "ResourceClaimTemplate",
    .gvr = { "resource.k8s.io", "v1", "resourceclaimtemplates", true },
    .decoder = { no_paths, decode_plain, false },
    .columns = plain_columns,
    .refers = (const char *const[]) { "deviceclasses", "pods", NULL },
};
const struct kind kind_deviceclasses = {
    .name = "deviceclasses",
    .title = "DeviceClasses",
    .aliases = (const char *const[]) { "deviceclass", NULL },
    .api_kind = "DeviceClass",
    .gvr = { "resource.k8s.io", "v1", "deviceclasses", false },
    .decoder = { no_paths, decode_plain, false },
    .columns = plain_columns,
};
const struct kind kind_resourceslices = {
    .name = "resourceslices",
    .title = "ResourceSlices",
    .aliases = (const char *const[]) { "resourceslice", NULL },
    .api_kind = "ResourceSlice",
    .gvr = { "resource.k8s.io", "v1", "resourceslices", false },
    .decoder = { slice_paths, decode_slice, false },
    .columns = slice_columns,
    .refers = (const char *const[]) { "nodes", NULL },
    .enter = enter_slice,
};
const struct kind kind_devicetaintrules = {
    .name = "devicetaintrules",
    .title = "DeviceTaintRules",
    .aliases = (const char *const[]) { "devicetaintrule", NULL },
    .api_kind = "DeviceTaintRule",
    .gvr = { "resource.k8s.io", "v1", "devicetaintrules", false },
    .decoder = { taint_paths, decode_taint, false },
    .columns = taint_columns,
    .enter = enter_taint,
};
