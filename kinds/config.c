// ConfigMap, Secret, ServiceAccount (printers.go). Of the data only key names and sizes are kept.
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "kinds/common.h"
#include "kinds/kinds.h"

static const char *const cm_paths[] = { "data", "binaryData", "immutable", NULL };
static const char *const secret_paths[] = { "data", "type", "immutable", NULL };

enum data_field { D_NUMBER, D_TYPE, D_KEYS, D_SIZE, D_IMMUTABLE, D_COUNT };

// Bytes of base64 text decoded, without decoding it.
static int64_t decoded_size(const json_t *v)
{
    const char *s = json_string_value(v);
    size_t n = json_string_length(v);
    if (n < 4)
        return 0;
    return (int64_t)(n / 4 * 3) - (s[n - 1] == '=') - (s[n - 2] == '=');
}

static void add_data(const json_t *map, bool base64, struct buf *keys, int64_t *n, int64_t *size)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)map, key, v)
    {
        list_add(keys, key);
        *size += base64 ? decoded_size(v) : (int64_t)json_string_length(v);
        ++*n;
    }
}

static void put_data(const json_t *obj, struct row_builder *b, bool secret)
{
    struct buf keys = BUF_INIT;
    int64_t n = 0, size = 0;
    add_data(json_object_get(obj, "data"), secret, &keys, &n, &size);
    if (!secret)
        add_data(json_object_get(obj, "binaryData"), true, &keys, &n, &size);
    rb_begin(b, obj, D_COUNT);
    rb_num(b, D_NUMBER, n);
    rb_num(b, D_SIZE, size);
    rb_str(b, D_TYPE, json_str(obj, "type", NULL));
    rb_take(b, D_KEYS, &keys);
    rb_str(b, D_IMMUTABLE, json_bool(obj, "immutable", NULL) ? "yes" : "");
}

static void decode_configmap(const json_t *obj, struct row_builder *b)
{
    put_data(obj, b, false);
    rb_emit(b);
}

static void decode_secret(const json_t *obj, struct row_builder *b)
{
    put_data(obj, b, true);
    rb_emit(b);
}

static void size_text(const struct row *row, const struct cell_env *env, struct buf *out)
{
    int64_t n = row->f[D_SIZE].n;
    (void)env;
    buf_printf(out, n < 10240 ? "%lldB" : "%lldKi", (long long)(n < 10240 ? n : n / 1024));
}

static double size_key(const struct row *row, const struct cell_env *env)
{
    (void)env;
    return (double)row->f[D_SIZE].n;
}

static int64_t users(const struct row *row, const struct cell_env *env, const char *plural)
{
    const struct joins *j = env->joins;
    return j && j->users_of ? j->users_of(j->arg, plural, row->ns, row->name) : -1;
}

#define USED_BY(kind)                                                                              \
    static void kind##_users_text(const struct row *row, const struct cell_env *env, struct buf *out) \
    {                                                                                              \
        int64_t n = users(row, env, #kind);                                                        \
        if (n >= 0)                                                                                \
            buf_printf(out, "%lld", (long long)n);                                                 \
    }                                                                                              \
    static double kind##_users_key(const struct row *row, const struct cell_env *env)              \
    {                                                                                              \
        return (double)users(row, env, #kind);                                                     \
    }
USED_BY(configmaps)
USED_BY(secrets)
USED_BY(serviceaccounts)
#define USED_BY_COLUMN(kind)                                                                       \
    { "USED-BY", FMT_TEXT, 0, COL_SCREEN | COL_RIGHT, .text = kind##_users_text, .key = kind##_users_key }

static const struct column cm_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "DATA", FMT_INT, D_NUMBER, COL_BOTH },
    { "SIZE", FMT_INT, D_SIZE, COL_SCREEN | COL_RIGHT, .text = size_text, .key = size_key },
    USED_BY_COLUMN(configmaps),
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "IMMUTABLE", FMT_TEXT, D_IMMUTABLE, COL_SCREEN_WIDE },
    { "KEYS", FMT_TEXT, D_KEYS, COL_SCREEN },
    { 0 },
};
static const struct column secret_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    { "TYPE", FMT_TEXT, D_TYPE, COL_BOTH },
    { "DATA", FMT_INT, D_NUMBER, COL_BOTH },
    { "SIZE", FMT_INT, D_SIZE, COL_SCREEN | COL_RIGHT, .text = size_text, .key = size_key },
    USED_BY_COLUMN(secrets),
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { "IMMUTABLE", FMT_TEXT, D_IMMUTABLE, COL_SCREEN_WIDE },
    { "KEYS", FMT_TEXT, D_KEYS, COL_SCREEN },
    { 0 },
};

// ---- service accounts

static const char *const sa_paths[] = { "secrets[].name", "imagePullSecrets[].name",
    "automountServiceAccountToken", NULL };

enum sa_field { A_SECRETS, A_PULL, A_AUTOMOUNT, A_COUNT };

static void link_secrets(struct row_builder *b, const json_t *sa, const char *list)
{
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(sa, list), i, s)
    {
        rb_link(b, "secrets", obj_ns(sa), json_str(s, "name", NULL));
    }
}

static void decode_sa(const json_t *sa, struct row_builder *b)
{
    struct buf pull = BUF_INIT;
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(sa, "imagePullSecrets"), i, s)
    {
        list_add(&pull, json_str(s, "name", NULL));
    }
    rb_begin(b, sa, A_COUNT);
    rb_num(b, A_SECRETS, (int64_t)json_array_size(json_object_get(sa, "secrets")));
    rb_take(b, A_PULL, &pull);
    rb_str(b, A_AUTOMOUNT, json_is_false(json_object_get(sa, "automountServiceAccountToken")) ? "no" : "");
    link_secrets(b, sa, "secrets");
    link_secrets(b, sa, "imagePullSecrets");
    rb_emit(b);
}

static bool enter_sa(const struct row *row, struct drill *out)
{
    return drill_to(out, "pods", row->ns) &&
           snprintf(out->fields, sizeof(out->fields), "spec.serviceAccountName=%s", row->name) <
               (int)sizeof(out->fields);
}

static const struct column sa_columns[] = {
    { "NAME", FMT_NAME, 0, COL_BOTH },
    USED_BY_COLUMN(serviceaccounts),
    { "SECRETS", FMT_INT, A_SECRETS, COL_SCREEN_WIDE | COL_RIGHT },
    { "PULL-SECRETS", FMT_TEXT, A_PULL, COL_SCREEN },
    { "AUTOMOUNT", FMT_TEXT, A_AUTOMOUNT, COL_SCREEN_WIDE },
    { "AGE", FMT_AGE, 0, COL_BOTH },
    { 0 },
};

const struct kind kind_configmaps = {
    .name = "configmaps",
    .title = "ConfigMaps",
    .aliases = (const char *const[]) { "cm", "configmap", NULL },
    .api_kind = "ConfigMap",
    .gvr = { "", "v1", "configmaps", true },
    .decoder = { cm_paths, decode_configmap, false },
    .columns = cm_columns,
};
const struct kind kind_secrets = {
    .name = "secrets",
    .title = "Secrets",
    .aliases = (const char *const[]) { "secret", "sec", NULL },
    .api_kind = "Secret",
    .gvr = { "", "v1", "secrets", true },
    .decoder = { secret_paths, decode_secret, false },
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
    .refers = (const char *const[]) { "secrets", NULL },
    .enter = enter_sa,
    .insight_hint = "Enter shows the Pods that run as this account",
};
