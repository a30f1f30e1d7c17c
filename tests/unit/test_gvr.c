// Paths of the API: each segment escaped once. Field selectors: values escaped as fields.EscapeValue does.
#include "tests/unit/unit.h"

#include "base/str.h"
#include "client/gvr.h"

static void same(const char *got, const char *want)
{
    if (!str_eq(got, want))
        fail_msg("\"%s\", not \"%s\"", got, want);
}

static void segments(void **state)
{
    static const char *const cases[][2] = { { "web-0.x_y~z", "web-0.x_y~z" }, { "system:node", "system:node" },
        { "system:node?x=1#frag & (team a)", "system:node%3Fx%3D1%23frag%20%26%20%28team%20a%29" },
        { "\303\251quipe+ops", "%C3%A9quipe%2Bops" }, { "CN=Admins,OU=IT", "CN%3DAdmins%2COU%3DIT" }, { "a/b", "a%2Fb" },
        { "a%2Fb", "a%252Fb" }, { ".", "%2E" }, { "..", "%2E%2E" }, { "...", "..." }, { "a\\b\"'", "a%5Cb%22%27" },
        { "a\nb\177", "a%0Ab%7F" }, { "u@h", "u@h" }, { ";", "%3B" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf out = BUF_INIT;
        str_path_escape(&out, cases[i][0]);
        same(out.s, cases[i][1]);
        buf_release(&out);
    }
}

static void paths(void **state)
{
    static const struct gvr pods = { "", "v1", "pods", true }, deploys = { "apps", "v1", "deployments", true },
                            roles = { "rbac.authorization.k8s.io", "v1", "clusterroles", false };
    static const struct {
        const struct gvr *gvr;
        const char *ns, *name, *sub, *want;
    } cases[] = { { &pods, "shop", "web", "log", "/api/v1/namespaces/shop/pods/web/log" },
        { &pods, NULL, NULL, NULL, "/api/v1/pods" }, { &pods, "", NULL, NULL, "/api/v1/pods" },
        { &deploys, "a?b", "c d", NULL, "/apis/apps/v1/namespaces/a%3Fb/deployments/c%20d" },
        { &roles, "shop", "team a", NULL, "/apis/rbac.authorization.k8s.io/v1/clusterroles/team%20a" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf out = BUF_INIT;
        gvr_path(&out, cases[i].gvr, cases[i].ns, cases[i].name);
        if (cases[i].sub)
            gvr_path_add(&out, cases[i].sub);
        same(out.s, cases[i].want);
        buf_release(&out);
    }
}

static void fields(void **state)
{
    struct buf out = BUF_INIT;
    (void)state;
    gvr_field(&out, "metadata.name", "CN=Admins,OU=I\\T");
    gvr_field(&out, "involvedObject.kind", "Pod");
    same(out.s, "metadata.name=CN\\=Admins\\,OU\\=I\\\\T,involvedObject.kind=Pod");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments),
        cmocka_unit_test(paths),
        cmocka_unit_test(fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
