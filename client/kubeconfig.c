#include "client/kubeconfig.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/yaml.h"
#include "client/plugin.h"

enum { MAX_FILE = 16 << 20 };
#define SA_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

// ---- one file

struct source {
    const char *path, *dir; // dir: relative paths of this file's stanzas start there
    struct err *err;
};

static char *dup_or_null(const char *s)
{
    return s && *s ? xstrdup(s) : NULL;
}

static char *take_path(const struct source *src, const char *s)
{
    if (!s || !*s)
        return NULL;
    return *s == '/' ? xstrdup(s) : xasprintf("%s/%s", src->dir, s);
}

static bool take_data(const struct source *src, const json_t *obj, const char *key, const char *who,
    char **out)
{
    const char *b64 = json_str(obj, key, NULL);
    struct buf pem = BUF_INIT;
    if (!*b64)
        return true;
    if (!b64_decode(b64, strlen(b64), &pem)) {
        buf_release(&pem);
        err_set(src->err, "%s: %s of \"%s\" is not base64", src->path, key, who);
        return err_hint(src->err, "fetch the kubeconfig again, or use %.*s with a file", (int)strlen(key) - 5,
            key);
    }
    *out = buf_take(&pem);
    return true;
}

static bool read_cluster(
    const struct source *src, const char *name, const json_t *c, struct kubeconfig *kc)
{
    struct kube_cluster out = { 0 };
    out.name = xstrdup(name);
    out.server = dup_or_null(json_str(c, "server", NULL));
    out.tls_server_name = dup_or_null(json_str(c, "tls-server-name", NULL));
    out.proxy_url = dup_or_null(json_str(c, "proxy-url", NULL));
    out.ca_file = take_path(src, json_str(c, "certificate-authority", NULL));
    out.insecure = json_bool(c, "insecure-skip-tls-verify", NULL);
    out.disable_compression = json_bool(c, "disable-compression", NULL);
    size_t i;
    json_t *ext;
    json_array_foreach(json_object_get(c, "extensions"), i, ext)
    {
        if (str_eq(json_str(ext, "name", NULL), "client.authentication.k8s.io/exec"))
            out.exec_config = json_incref(json_at(ext, "extension", NULL));
    }
    arr_push(&kc->clusters, out);
    return take_data(src, c, "certificate-authority-data", name,
        &kc->clusters.v[kc->clusters.n - 1].ca_data);
}

static struct kube_exec *read_exec(const struct source *src, const json_t *e)
{
    struct kube_exec *x = xcalloc(1, sizeof(*x));
    const char *command = json_str(e, "command", NULL);
    x->api_version = dup_or_null(json_str(e, "apiVersion", NULL));
    // only a command with a slash is a path; a bare one is looked up in PATH
    x->command = strchr(command, '/') ? take_path(src, command) : dup_or_null(command);
    x->install_hint = dup_or_null(json_str(e, "installHint", NULL));
    x->interactive_mode = dup_or_null(json_str(e, "interactiveMode", NULL));
    x->provide_cluster_info = json_bool(e, "provideClusterInfo", NULL);
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(e, "args"), i, v)
    {
        arr_push(&x->args, xstrdup(json_string_value(v) ? json_string_value(v) : ""));
    }
    json_array_foreach(json_object_get(e, "env"), i, v)
    {
        arr_push(&x->env, xasprintf("%s=%s", json_str(v, "name", NULL), json_str(v, "value", NULL)));
    }
    return x;
}

static bool read_user(
    const struct source *src, const char *name, const json_t *u, struct kubeconfig *kc)
{
    struct kube_user out = { 0 };
    out.name = xstrdup(name);
    out.token = dup_or_null(json_str(u, "token", NULL));
    out.token_file = take_path(src, json_str(u, "tokenFile", NULL));
    out.username = dup_or_null(json_str(u, "username", NULL));
    out.password = dup_or_null(json_str(u, "password", NULL));
    out.cert_file = take_path(src, json_str(u, "client-certificate", NULL));
    out.key_file = take_path(src, json_str(u, "client-key", NULL));
    out.act_as = dup_or_null(json_str(u, "as", NULL));
    out.act_as_uid = dup_or_null(json_str(u, "as-uid", NULL));
    size_t i;
    json_t *g;
    json_array_foreach(json_object_get(u, "as-groups"), i, g)
    {
        if (json_is_string(g))
            arr_push(&out.act_as_groups, xstrdup(json_string_value(g)));
    }
    out.act_as_extra = json_incref(json_object_get(u, "as-user-extra"));
    if (json_is_object(json_object_get(u, "exec")))
        out.exec = read_exec(src, json_object_get(u, "exec"));
    out.auth_provider = dup_or_null(json_str(u, "auth-provider", "name", NULL));
    out.auth_provider_conf = json_incref(json_at(u, "auth-provider", "config", NULL));
    arr_push(&kc->users, out);
    struct kube_user *at = &kc->users.v[kc->users.n - 1];
    return take_data(src, u, "client-certificate-data", name, &at->cert_data) &&
           take_data(src, u, "client-key-data", name, &at->key_data);
}

static bool read_context(
    const struct source *src, const char *name, const json_t *c, struct kubeconfig *kc)
{
    struct kube_context out = { .name = xstrdup(name),
        .cluster = dup_or_null(json_str(c, "cluster", NULL)),
        .user = dup_or_null(json_str(c, "user", NULL)),
        .ns = dup_or_null(json_str(c, "namespace", NULL)),
        .file = xstrdup(src->path) };
    arr_push(&kc->contexts, out);
    return true;
}

enum { CLUSTERS, USERS, CONTEXTS };

// The place of a name among those of its section; -1: there is none.
static json_int_t place_of(const struct kubeconfig *kc, size_t section, const char *name)
{
    const json_t *at = name ? json_object_get(kc->places[section], name) : NULL;
    return at ? json_integer_value(at) : -1;
}

static void note_place(struct kubeconfig *kc, size_t section, const char *name, size_t at)
{
    if (!kc->places[section])
        kc->places[section] = json_object();
    json_object_set_new(kc->places[section], name, json_integer((json_int_t)at));
}

static const struct kube_cluster *find_cluster(const struct kubeconfig *kc, const char *name)
{
    json_int_t i = place_of(kc, CLUSTERS, name);
    return i < 0 ? NULL : &kc->clusters.v[i];
}

static const struct kube_user *find_user(const struct kubeconfig *kc, const char *name)
{
    json_int_t i = place_of(kc, USERS, name);
    return i < 0 ? NULL : &kc->users.v[i];
}

static const struct kube_context *find_context(const struct kubeconfig *kc, const char *name)
{
    json_int_t i = place_of(kc, CONTEXTS, name);
    return i < 0 ? NULL : &kc->contexts.v[i];
}

struct section {
    const char *list, *item;
    bool (*read)(const struct source *, const char *, const json_t *, struct kubeconfig *);
};

static const struct section sections[] = {
    [CLUSTERS] = { "clusters", "cluster", read_cluster },
    [USERS] = { "users", "user", read_user },
    [CONTEXTS] = { "contexts", "context", read_context },
};

// The first file that defines a name wins, whole; twice in one file is an error (api/v1/conversion.go).
static bool merge_section(
    const struct source *src, size_t s, const json_t *doc, struct kubeconfig *kc)
{
    const json_t *list = json_object_get(doc, sections[s].list);
    json_t *here = json_object();
    size_t i;
    json_t *item;
    bool ok = true;
    json_array_foreach((json_t *)list, i, item)
    {
        const char *name = json_str(item, "name", NULL);
        if (json_object_get(here, name)) {
            ok = err_set(src->err, "%s: two %s are named \"%s\"", src->path, sections[s].list, name);
            break;
        }
        json_object_set_new(here, name, json_true());
        const json_t *body = json_object_get(item, sections[s].item);
        if (place_of(kc, s, name) >= 0)
            continue;
        note_place(kc, s, name, s == CLUSTERS ? kc->clusters.n : s == USERS ? kc->users.n : kc->contexts.n);
        if (!sections[s].read(src, name, body, kc)) {
            ok = false;
            break;
        }
    }
    json_decref(here);
    return ok;
}

static bool merge_doc(const struct source *src, const json_t *doc, struct kubeconfig *kc)
{
    if (json_is_null(doc))
        return true;
    if (!json_is_object(doc)) {
        err_set(src->err, "%s: not a kubeconfig: a mapping with clusters, users and contexts is expected",
            src->path);
        return false;
    }
    const char *kind = json_str(doc, "kind", NULL);
    if (*kind && strcmp(kind, "Config") != 0)
        return err_set(src->err, "%s: not a kubeconfig: its kind is \"%s\"", src->path, kind);
    for (size_t s = 0; s < ARRAY_SIZE(sections); s++)
        if (!merge_section(src, s, doc, kc))
            return false;
    if (!kc->current)
        kc->current = dup_or_null(json_str(doc, "current-context", NULL));
    return true;
}

static json_t *as_text(json_t *v)
{
    char tmp[32];
    return json_is_number(v) || json_is_boolean(v) ? json_string(json_scalar(v, tmp)) : json_incref(v);
}

// Where client-go's structs have a string, sigs.k8s.io/yaml takes the text of a plain number or bool:
// `name: 2024`, `password: 12345`. Extensions go to plugins as they are.
static void plain_to_text(json_t *v)
{
    static const char *const bools[] = { "insecure-skip-tls-verify", "disable-compression", "provideClusterInfo" };
    const char *key;
    void *tmp;
    json_t *m;
    json_object_foreach_safe(v, tmp, key, m)
    {
        bool keep = str_eq(key, "extensions");
        for (size_t i = 0; i < ARRAY_SIZE(bools); i++)
            keep |= str_eq(key, bools[i]);
        if (keep)
            continue;
        plain_to_text(m);
        json_object_set_new(v, key, as_text(m));
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        plain_to_text(json_array_get(v, i));
        json_array_set_new(v, i, as_text(json_array_get(v, i)));
    }
}

#define NUMBER_WORDS "YAML takes this name for the number"

// A name such as 433e40 is a number to YAML, and another one when it is written out; whole ones keep their text.
static bool is_other_than_written(const json_t *v)
{
    char tmp[32];
    return json_is_real(v) && strpbrk(json_scalar(v, tmp), "eEn");
}

struct written { // a file, and where in it everything stands, read when that is asked for
    const char *path;
    const struct buf *text;
    json_t *where;
};

static void warn_of_name(struct kubeconfig *kc, struct written *f, const char *pointer, const json_t *v)
{
    char tmp[32];
    if (!is_other_than_written(v))
        return;
    if (!f->where)
        json_decref(yaml_load_where(f->text->s, f->text->n, f->path, &f->where, NULL));
    const char *at = json_str(f->where, pointer, NULL);
    arr_push(&kc->warnings, xasprintf("%s:%s: " NUMBER_WORDS " %s: quote it", f->path, *at ? at : "1:1", json_scalar(v, tmp)));
}

static void warn_of_names(struct kubeconfig *kc, struct written *f, const json_t *doc)
{
    static const char *const refers[] = { "cluster", "user", "namespace" };
    char pointer[120];
    size_t i;
    json_t *item;
    for (size_t s = 0; s < ARRAY_SIZE(sections); s++)
        json_array_foreach(json_object_get(doc, sections[s].list), i, item)
        {
            const json_t *body = json_object_get(item, sections[s].item);
            snprintf(pointer, sizeof(pointer), "/%s/%zu/name", sections[s].list, i);
            warn_of_name(kc, f, pointer, json_object_get(item, "name"));
            for (size_t k = 0; s == CONTEXTS && k < ARRAY_SIZE(refers); k++) {
                snprintf(pointer, sizeof(pointer), "/contexts/%zu/context/%s", i, refers[k]);
                warn_of_name(kc, f, pointer, json_object_get(body, refers[k]));
            }
        }
    warn_of_name(kc, f, "/current-context", json_object_get(doc, "current-context"));
    json_decref(f->where);
}

// missing_ok: a file of a KUBECONFIG list that is not there is skipped.
static bool merge_file(
    struct kubeconfig *kc, const char *path, bool missing_ok, bool *missing, struct err *err)
{
    struct buf text = BUF_INIT;
    *missing = access(path, F_OK) != 0;
    if (*missing && missing_ok)
        return true;
    bool ok = file_read(path, MAX_FILE, &text, err);
    if (ok && text.n) {
        char *dir = xstrdup(path), real[PATH_MAX];
        char *slash = strrchr(dir, '/');
        if (slash)
            *slash = '\0';
        const char *base = slash ? (slash == dir ? "/" : dir) : ".";
        struct source src = { path, realpath(base, real) ? real : base, err };
        json_t *doc = yaml_load(text.s, text.n, path, err);
        warn_of_names(kc, &(struct written) { .path = path, .text = &text }, doc);
        plain_to_text(doc);
        ok = doc && merge_doc(&src, doc, kc);
        json_decref(doc);
        free(dir);
    }
    if (ok)
        arr_push(&kc->files, xstrdup(path));
    buf_wipe(&text);
    return ok;
}

// ---- which files

static void add_in_cluster(struct kubeconfig *kc)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    struct buf ns = BUF_INIT;
    const char *pod_ns = getenv("POD_NAMESPACE");
    if (pod_ns && *pod_ns)
        buf_puts(&ns, pod_ns);
    else
        file_read(SA_DIR "/namespace", 4096, &ns, NULL);
    struct kube_cluster c = { .name = xstrdup("in-cluster"), .ca_file = xstrdup(SA_DIR "/ca.crt"),
        .server = xasprintf(strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port) };
    struct kube_user u = { .name = xstrdup("in-cluster"), .token_file = xstrdup(SA_DIR "/token") };
    struct kube_context x = { .name = xstrdup("in-cluster"), .cluster = xstrdup("in-cluster"),
        .user = xstrdup("in-cluster"), .ns = dup_or_null(ns.n ? str_trim(ns.s) : NULL),
        .file = xstrdup(SA_DIR) };
    arr_push(&kc->clusters, c);
    arr_push(&kc->users, u);
    arr_push(&kc->contexts, x);
    for (size_t s = 0; s < ARRAY_SIZE(sections); s++)
        note_place(kc, s, "in-cluster", 0);
    kc->current = xstrdup("in-cluster");
    kc->in_cluster = true;
    buf_release(&ns);
}

static bool in_cluster_possible(void)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    return host && *host && port && *port && access(SA_DIR "/token", R_OK) == 0;
}

static bool merge_list(struct kubeconfig *kc, const char *list, struct err *err)
{
    char *copy = xstrdup(list), *save = NULL;
    bool ok = true, any = false;
    ARR(char *) seen = { 0 };
    for (char *p = strtok_r(copy, ":", &save); p && ok; p = strtok_r(NULL, ":", &save)) {
        bool dup = false, missing;
        for (size_t i = 0; i < seen.n; i++)
            dup |= str_eq(seen.v[i], p);
        if (dup)
            continue;
        arr_push(&seen, p);
        ok = merge_file(kc, p, true, &missing, err);
        any |= !missing;
    }
    if (ok && !any) {
        arr_push(&kc->warnings, xasprintf("KUBECONFIG=%s: none of these files is there", list));
    }
    arr_release(&seen);
    free(copy);
    return ok;
}

static bool load_files(struct kubeconfig *kc, const char *path, char **looked, struct err *err)
{
    const char *list = getenv("KUBECONFIG"), *home = getenv("HOME");
    bool missing;
    if (path) {
        *looked = xstrdup(path);
        return merge_file(kc, path, false, &missing, err);
    }
    if (list && *list) {
        *looked = xasprintf("KUBECONFIG=%s", list);
        return merge_list(kc, list, err);
    }
    *looked = xasprintf("%s/.kube/config", str_or(home, ""));
    return merge_file(kc, *looked, true, &missing, err);
}

struct kubeconfig *kubeconfig_load(const char *path, struct err *err)
{
    struct kubeconfig *kc = xcalloc(1, sizeof(*kc));
    kc->plugins = plugins_new();
    char *looked = NULL;
    bool ok = load_files(kc, path, &looked, err);
    if (ok && kc->clusters.n == 0 && kc->contexts.n == 0) {
        if (!path && in_cluster_possible()) {
            add_in_cluster(kc);
        } else {
            ok = err_set(err, "no cluster is configured: looked at %s", looked);
            err_hint(err, "get a kubeconfig from your cluster's provider, name one with --kubeconfig FILE or "
                          "KUBECONFIG, or try `kview --demo`");
        }
    }
    free(looked);
    if (ok)
        return kc;
    kubeconfig_free(kc);
    return NULL;
}

static void wipe(char *s)
{
    if (s)
        mem_wipe(s, strlen(s));
    free(s);
}

static void free_user(struct kube_user *u)
{
    char *secrets[] = { u->token, u->password, u->key_data, u->cert_data };
    char *plain[] = { u->name, u->token_file, u->username, u->cert_file, u->key_file, u->act_as,
        u->act_as_uid, u->auth_provider };
    for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
        wipe(secrets[i]);
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        free(plain[i]);
    for (size_t i = 0; i < u->act_as_groups.n; i++)
        free(u->act_as_groups.v[i]);
    arr_release(&u->act_as_groups);
    json_decref(u->act_as_extra);
    json_decref(u->auth_provider_conf);
    if (!u->exec)
        return;
    for (size_t i = 0; i < u->exec->args.n; i++)
        free(u->exec->args.v[i]);
    for (size_t i = 0; i < u->exec->env.n; i++)
        wipe(u->exec->env.v[i]);
    arr_release(&u->exec->args);
    arr_release(&u->exec->env);
    free(u->exec->api_version);
    free(u->exec->command);
    free(u->exec->install_hint);
    free(u->exec->interactive_mode);
    free(u->exec);
}

void kubeconfig_free(struct kubeconfig *kc)
{
    if (!kc)
        return;
    for (size_t i = 0; i < kc->clusters.n; i++) {
        struct kube_cluster *c = &kc->clusters.v[i];
        char *plain[] = { c->name, c->server, c->tls_server_name, c->proxy_url, c->ca_file, c->ca_data };
        for (size_t k = 0; k < ARRAY_SIZE(plain); k++)
            free(plain[k]);
        json_decref(c->exec_config);
    }
    for (size_t i = 0; i < kc->users.n; i++)
        free_user(&kc->users.v[i]);
    for (size_t i = 0; i < kc->contexts.n; i++) {
        struct kube_context *x = &kc->contexts.v[i];
        char *plain[] = { x->name, x->cluster, x->user, x->ns, x->file };
        for (size_t k = 0; k < ARRAY_SIZE(plain); k++)
            free(plain[k]);
    }
    for (size_t i = 0; i < kc->files.n; i++)
        free(kc->files.v[i]);
    for (size_t i = 0; i < kc->warnings.n; i++)
        free(kc->warnings.v[i]);
    for (size_t s = 0; s < ARRAY_SIZE(sections); s++)
        json_decref(kc->places[s]);
    arr_release(&kc->clusters);
    arr_release(&kc->users);
    arr_release(&kc->contexts);
    arr_release(&kc->files);
    arr_release(&kc->warnings);
    plugins_unref(kc->plugins);
    free(kc->current);
    free(kc);
}

// ---- choosing and validating (clientcmd/validation.go)

static bool no_context(const struct kubeconfig *kc, const char *name, struct err *err)
{
    struct str_near near = { name, 4, NULL };
    struct buf all = BUF_INIT;
    for (size_t i = 0; i < kc->contexts.n; i++) {
        str_near(&near, kc->contexts.v[i].name);
        if (i < 12)
            buf_printf(&all, "%s%s", i ? ", " : "", kc->contexts.v[i].name);
    }
    err_set(err, "context \"%s\" does not exist", name);
    if (near.name)
        err_hint(err, "did you mean \"%s\"? There are: %s", near.name, all.s);
    else
        err_hint(err, "there are: %s%s", all.s, kc->contexts.n > 12 ? ", …" : "");
    buf_release(&all);
    return false;
}

static bool check_cluster(const struct kube_cluster *c, struct err *err)
{
    if (!c->server)
        return err_set(err, "cluster \"%s\" has no server", c->name);
    if (c->insecure && (c->ca_file || c->ca_data))
        return err_set(err,
            "cluster \"%s\": insecure-skip-tls-verify and a certificate-authority exclude each other",
            c->name);
    if (c->ca_file && c->ca_data)
        return err_set(err,
            "cluster \"%s\": certificate-authority and certificate-authority-data exclude each other",
            c->name);
    static const char *const schemes[] = { "http://", "https://", "socks5://" };
    bool ok = !c->proxy_url;
    for (size_t i = 0; !ok && i < ARRAY_SIZE(schemes); i++)
        ok = str_starts(c->proxy_url, schemes[i]);
    if (!ok)
        return err_set(err, "cluster \"%s\": proxy-url must begin with http://, https:// or socks5://",
            c->name);
    return true;
}

static bool check_exec(const struct kube_user *u, struct err *err)
{
    const struct kube_exec *x = u->exec;
    static const char *const modes[] = { "Never", "IfAvailable", "Always" };
    if (!x->command)
        return err_set(err, "user \"%s\": exec has no command", u->name);
    bool v1 = str_eq(x->api_version, "client.authentication.k8s.io/v1");
    if (!v1 && !str_eq(x->api_version, "client.authentication.k8s.io/v1beta1")) {
        err_set(err, "user \"%s\": exec apiVersion \"%s\" is not known", u->name, str_or(x->api_version, ""));
        return err_hint(err, "client.authentication.k8s.io/v1 and v1beta1 are: update the plugin's entry");
    }
    if (v1 && !x->interactive_mode)
        return err_set(err, "user \"%s\": exec needs interactiveMode with apiVersion v1", u->name);
    bool ok = !x->interactive_mode;
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        ok |= str_eq(x->interactive_mode, modes[i]);
    return ok || err_set(err, "user \"%s\": interactiveMode must be Never, IfAvailable or Always", u->name);
}

static bool in_header(const struct kube_user *u, const char *what, const char *value, struct err *err)
{
    if (str_fits_header(value))
        return true;
    err_set(err, "user \"%s\": %s holds a line break or another control character", u->name, what);
    return err_hint(err, "no HTTP header can hold it: write it on one line (in YAML: without | and >)");
}

static bool check_headers(const struct kube_user *u, struct err *err)
{
    const char *const values[][2] = { { "token", u->token }, { "username", u->username }, { "as", u->act_as },
        { "as-uid", u->act_as_uid } };
    const char *key;
    json_t *list, *v;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++)
        if (!in_header(u, values[i][0], values[i][1], err))
            return false;
    for (size_t i = 0; i < u->act_as_groups.n; i++)
        if (!in_header(u, "as-groups", u->act_as_groups.v[i], err))
            return false;
    json_object_foreach(u->act_as_extra, key, list)
        for (size_t i = 0; i < json_array_size(list); i++) {
            v = json_array_get(list, i);
            if (!in_header(u, "as-user-extra", json_string_value(v), err))
                return false;
        }
    return true;
}

static bool check_user(const struct kube_user *u, struct err *err)
{
    bool cert = u->cert_file || u->cert_data, key = u->key_file || u->key_data;
    if (cert != key)
        return err_set(err, "user \"%s\": a client certificate needs its key, and a key its certificate",
            u->name);
    if ((u->token || u->token_file) && u->username)
        return err_set(err, "user \"%s\": more than one authentication method (token and password)", u->name);
    if (u->exec && u->auth_provider)
        return err_set(err, "user \"%s\": exec and auth-provider exclude each other", u->name);
    if (u->exec && !check_exec(u, err))
        return false;
    if (!check_headers(u, err))
        return false;
    if (!u->act_as && (u->act_as_uid || u->act_as_groups.n || u->act_as_extra))
        return err_set(err, "user \"%s\": impersonating groups, uid or extra needs `as`", u->name);
    return true;
}

// Why a name is not there may stand among the warnings: it was read as a number.
static bool names_nothing(const struct kubeconfig *kc, const char *context, const char *what, const char *named, struct err *err)
{
    err_set(err, "context \"%s\" names %s \"%s\", which is not in the kubeconfig", context, what, str_or(named, ""));
    for (size_t i = 0; i < kc->warnings.n; i++)
        if (strstr(kc->warnings.v[i], NUMBER_WORDS))
            return err_hint(err, "%s", kc->warnings.v[i]);
    return false;
}

bool kubeconfig_resolve(const struct kubeconfig *kc, const char *context, struct kube_target *out,
    struct err *err)
{
    static const struct kube_user nobody = { .name = (char *)"(none)" };
    const char *name = context ? context : kc->current;
    memset(out, 0, sizeof(*out));
    if (!name) {
        err_set(err, "no context is current in %s", kc->files.n ? kc->files.v[0] : "the kubeconfig");
        return err_hint(err, "choose one with --context NAME, or with `:ctx` inside kview");
    }
    out->context = find_context(kc, name);
    if (!out->context)
        return no_context(kc, name, err);
    out->cluster = find_cluster(kc, out->context->cluster);
    if (!out->cluster)
        return names_nothing(kc, name, "cluster", out->context->cluster, err);
    out->user = out->context->user ? find_user(kc, out->context->user) : &nobody;
    if (!out->user)
        return names_nothing(kc, name, "user", out->context->user, err);
    out->ns = str_or(out->context->ns, "default");
    out->plugins = kc->plugins;
    return check_cluster(out->cluster, err) && check_user(out->user, err);
}
