// What is typed after `:`, and that a spec written back reads the same.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "list/spec.h"

static void same(const char *what, const char *got, const char *want)
{
    if (!str_eq(got, want))
        fail_msg("%s: \"%s\", not \"%s\"", what, got ? got : "NULL", want ? want : "NULL");
}

static void fields(void **state)
{
    static const struct {
        const char *text, *view, *ns, *labels, *fields, *filter, *context, *rest;
    } cases[] = {
        { "pods", "pods" },
        { "  pods  ", "pods" },
        { "po shop", "po", "shop" },
        { "pods shop,pay", "pods", "shop,pay" },
        { "pods -n shop", "pods", "shop" },
        { "pods -n=shop", "pods", "shop" },
        { "pods --namespace shop", "pods", "shop" },
        { "pods --namespace=shop", "pods", "shop" },
        { "pods -A", "pods", "" },
        { "pods all", "pods", "" },
        { "pods *", "pods", "" },
        { "pods --all-namespaces", "pods", "" },
        { "po app=web", "po", NULL, "app=web" },
        { "po app=web tier!=x", "po", NULL, "app=web,tier!=x" },
        { "po -l 'app in (a, b)'", "po", NULL, "app in (a, b)" },
        { "po --field-selector spec.nodeName=n1", "po", NULL, NULL, "spec.nodeName=n1" },
        { "po /Crash  or x", "po", NULL, NULL, NULL, "Crash  or x" },
        { "po shop /-l app=web", "po", "shop", NULL, NULL, "-l app=web" },
        { "po @prod", "po", NULL, NULL, NULL, NULL, "prod" },
        { "po @\"my cluster\" shop", "po", "shop", NULL, NULL, NULL, "my cluster" },
        { "find \"@x\"", "find", NULL, NULL, NULL, NULL, NULL, "@x" },
        { "explain pods.spec", "explain", NULL, NULL, NULL, NULL, NULL, "pods.spec" },
        { "find web", "find", NULL, NULL, NULL, NULL, NULL, "web" },
        { "yaml deploy shop/web", "yaml", NULL, NULL, NULL, NULL, NULL, "deploy shop/web" },
        { "describe pod web @prod", "describe", NULL, NULL, NULL, NULL, "prod", "pod web" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct spec s;
        struct err err = { 0 };
        if (!spec_parse(&s, cases[i].text, &err))
            fail_msg("\"%s\": %s", cases[i].text, err.msg);
        same(cases[i].text, s.view, cases[i].view);
        same(cases[i].text, s.ns, cases[i].ns);
        same(cases[i].text, s.labels, cases[i].labels);
        same(cases[i].text, s.fields, cases[i].fields);
        same(cases[i].text, s.filter, cases[i].filter);
        same(cases[i].text, s.context, cases[i].context);
        same(cases[i].text, s.rest, cases[i].rest);
        spec_release(&s);
    }
}

static void there_and_back(void **state)
{
    static const char *const texts[] = { "pods", "pods -A", "pods -n shop,pay", "po -l app=web,tier!=x",
        "po -l 'app in (a, b)' -n x", "po @prod", "po @\"my cluster\" /a \"b c\" or d",
        "containers -n shop --name web-1", "pods --owner 1234", "users-of -n x --uses secrets/x/tls",
        "explain pods.spec.containers", "yaml deploy shop/web @prod", "pods -n x --field-selector a=b,c=d",
        "find web db" };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct spec a, b;
        struct err err = { 0 };
        struct buf once = BUF_INIT, twice = BUF_INIT;
        assert_true(spec_parse(&a, texts[i], &err));
        spec_text(&a, &once);
        assert_true(spec_parse(&b, once.s, &err));
        spec_text(&b, &twice);
        same(texts[i], twice.s, once.s);
        same(texts[i], b.ns, a.ns);
        same(texts[i], b.context, a.context);
        same(texts[i], b.filter, a.filter);
        same(texts[i], b.labels, a.labels);
        same(texts[i], b.rest, a.rest);
        spec_release(&a);
        spec_release(&b);
        buf_release(&once);
        buf_release(&twice);
    }
}

// Names that a path segment may hold (ClusterRoles) and some that it may not: all of them go from a row to a view whole.
static const char *const hostile[] = { "web", "system:node?x=1#frag & (team a)", "\303\251quipe+ops", "CN=Admins,OU=IT",
    "team a", "a  b", " lead", "trail ", "-n", "--", "-- ls", "/x", "/", "@prod", "a@b", "a;b", "it's", "\"", "say \"hi\"",
    "'\"'", "back\\slash", "end\\", "a=b", "%2F", "%", "..", ".", "*", "all", "-A", "tab\there", "new\nline", "a/b", "\"\"" };

static void names_whole(void **state)
{
    static const char *const spaces[] = { "", "shop" };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hostile) * 2; i++) {
        const char *name = hostile[i / 2], *in = spaces[i % 2];
        struct buf text = BUF_INIT, again = BUF_INIT;
        struct spec a, b;
        struct err err = { 0 };
        char *ns, *got;
        spec_put_object(&text, "describe", "clusterroles", in, name);
        if (!spec_parse(&a, text.s, &err))
            fail_msg("%s: %s", text.s, err.msg);
        spec_text(&a, &again);
        assert_true(spec_parse(&b, again.s, &err));
        for (size_t k = 0; k < 2; k++) {
            struct spec *s = k ? &b : &a;
            if (!spec_object(s, *in != '\0', &ns, &got, &err))
                fail_msg("%s: %s", text.s, err.msg);
            same(text.s, got, name);
            same(text.s, str_or(ns, ""), in);
            same(text.s, s->view, "describe");
            same(text.s, s->words.v[0], "clusterroles");
            free(ns);
            free(got);
        }
        spec_release(&a);
        spec_release(&b);
        buf_release(&text);
        buf_release(&again);
    }
}

static void options_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
        char *name = (char *)hostile[i];
        struct spec a = { .view = (char *)"pods", .ns = (char *)"x", .name = name, .fields = name, .uses = name,
            .context = name, .container = NULL };
        struct spec b;
        struct err err = { 0 };
        struct buf text = BUF_INIT;
        spec_text(&a, &text);
        if (!spec_parse(&b, text.s, &err))
            fail_msg("%s: %s", text.s, err.msg);
        same(text.s, b.name, name);
        same(text.s, b.fields, name);
        same(text.s, b.uses, name);
        same(text.s, b.context, name);
        assert_null(b.rest);
        spec_release(&b);
        buf_release(&text);
    }
}

static void no_object(void **state)
{
    static const char *const cases[][2] = { { "describe", "describe wants a kind and a name" },
        { "describe pods", "describe wants a kind and a name" }, { "yaml pods \"\"", "yaml wants a kind and a name" },
        { "yaml pods shop/", "yaml wants a kind and a name" }, { "yaml clusterrole team a", "not 3 words" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct spec s;
        struct err err = { 0 };
        char *ns, *name;
        assert_true(spec_parse(&s, cases[i][0], &err));
        assert_false(spec_object(&s, true, &ns, &name, &err));
        if (!strstr(err.msg, cases[i][1]))
            fail_msg("\"%s\" is refused so: %s", cases[i][0], err.msg);
        spec_release(&s);
    }
}

static void refused(void **state)
{
    static const char *const cases[][2] = { { "", "no view named" }, { "   ", "no view named" },
        { "pods --frob", "unknown option --frob" }, { "pods -x", "unknown option -x" },
        { "pods -n", "-n wants a value" }, { "pods -l", "-l wants a value" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct spec s;
        struct err err = { 0 };
        assert_false(spec_parse(&s, cases[i][0], &err));
        if (!strstr(err.msg, cases[i][1]))
            fail_msg("\"%s\" is refused so: %s", cases[i][0], err.msg);
        assert_null(s.view); // nothing is left to free
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(refused),
        cmocka_unit_test(names_whole),
        cmocka_unit_test(options_whole),
        cmocka_unit_test(no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
