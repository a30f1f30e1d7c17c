// What kview reads from disk: kubeconfig, skins, state, YAML; tests/fuzz/frame/ has what the frame reads.
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/state.h"
#include "base/yaml.h"
#include "client/auth.c"   // the ExecCredential parser and exec_info are static there
#include "client/kubeconfig.h"
#include "ui/theme.h"

// ---- kubeconfig

static void use_target(const struct kube_target *t)
{
    char what[256];
    FUZZ_CHECK(t->context && t->cluster && t->user && t->ns && t->cluster->server);
    struct auth *a = auth_new(NULL, t);
    auth_describe(a, what, sizeof(what));
    if (t->user->exec) {
        char *info = exec_info(a, false);
        json_t *doc = json_loads(info + strlen("KUBERNETES_EXEC_INFO="), 0, NULL);
        FUZZ_CHECK(json_is_object(doc));
        json_decref(doc);
        free(info);
    }
    auth_free(a);
}

void fuzz_kubeconfig(const char *data, size_t n)
{
    struct err err = { 0 };
    struct kubeconfig *kc = kubeconfig_load(fuzz_file(data, n), &err);
    if (!kc) {
        FUZZ_CHECK(err_is(&err));
        return;
    }
    for (size_t i = 0; i <= kc->contexts.n; i++) {
        struct kube_target t;
        err_clear(&err);
        if (kubeconfig_resolve(kc, i < kc->contexts.n ? kc->contexts.v[i].name : NULL, &t, &err))
            use_target(&t);
        else
            FUZZ_CHECK(err_is(&err));
    }
    kubeconfig_resolve(kc, "nearest", &(struct kube_target) { 0 }, &err);
    kubeconfig_free(kc);
}

// What a credential plugin prints.
void fuzz_exec(const char *data, size_t n)
{
    static char command[] = "plugin", v1[] = "client.authentication.k8s.io/v1";
    static struct kube_exec exec = { .api_version = v1, .command = command };
    static const struct kube_user user = { .exec = &exec };
    struct err err = { 0 };
    struct auth *a = auth_new(NULL, &(struct kube_target) { .user = &user });
    struct buf out = BUF_INIT;
    buf_add(&out, data, n);
    bool ok = take_credential(a, &out, &err);
    FUZZ_CHECK(ok != err_is(&err));
    FUZZ_CHECK(!ok || a->authorization || (a->cert_pem && a->key_pem));
    plugin_failed(a, 1, &out, NULL, &err);
    auth_free(a);
    buf_release(&out);
}

// ---- skins, state, YAML

void fuzz_skin(const char *data, size_t n)
{
    struct err err = { 0 };
    struct theme t;
    json_t *doc = yaml_load(data, n, "skin.yaml", &err);
    if (doc && theme_from_json(&t, "skin", doc, &err))
        for (style_t role = 0; role < ROLE_COUNT; role++) {
            struct theme_style st = theme_resolve(&t, role | STYLE_MATCH | STYLE_SELECTED);
            FUZZ_CHECK(st.fg >= -1 && st.fg <= 0xffffff && st.bg >= -1 && st.bg <= 0xffffff);
        }
    else
        FUZZ_CHECK(err_is(&err));
    json_decref(doc);
}

void fuzz_state(const char *data, size_t n)
{
    struct buf warnings = BUF_INIT;
    struct state *s = state_open(fuzz_file(data, n), &warnings);
    for (size_t i = 0; i < state_list_count(s, "history"); i++)
        FUZZ_CHECK(state_list_at(s, "history", i));
    state_get(s, "sort", "dev/pods");
    state_set(s, "sort", "dev/pods", "-AGE");
    FUZZ_CHECK(str_eq(state_get(s, "sort", "dev/pods"), "-AGE"));
    state_set(s, "history", "x", NULL); // a section of the other type
    state_list_add(s, "sort", "pods", 3);
    FUZZ_CHECK(state_list_count(s, "sort") >= 1 && state_list_count(s, "sort") <= 3);
    state_list_take(s, "history", json_array());
    FUZZ_CHECK(state_list_count(s, "history") == 0);
    state_close(s);
    buf_release(&warnings);
}

// ---- YAML

void fuzz_yaml(const char *data, size_t n)
{
    struct err err = { 0 };
    json_t *where = NULL, *one = yaml_load_where(data, n, "f", &where, &err);
    FUZZ_CHECK((one != NULL) != err_is(&err));
    json_t *all = yaml_load_all(data, n, "f", &err);
    if (all && json_array_size(all) == 1 && one)
        FUZZ_CHECK(json_equal(json_array_get(all, 0), one));
    json_decref(one);
    json_decref(where);
    json_decref(all);
}
