// Editing as text: what is shown, what was changed on top of what others changed, the patch, and the comments.
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "acts/act.h"
#include "acts/edit.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/yaml.h"

// Single quotes stand for double ones.
static json_t *parse(const char *text)
{
    json_error_t why;
    char *copy = xstrdup(text);
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *v = json_loads(copy, JSON_DECODE_ANY, &why);
    if (!v)
        fail_msg("%s: %s", why.text, copy);
    free(copy);
    return v;
}

static void assert_doc(const json_t *have, const char *want)
{
    json_t *w = parse(want);
    char *a = json_dumps(have, JSON_SORT_KEYS | JSON_ENCODE_ANY), *b = json_dumps(w, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(w);
}

static void cleaned(void **state)
{
    json_t *o = parse("{'kind':'Pod','metadata':{'name':'p','uid':'u','resourceVersion':'1','generation':2,'selfLink':'s',"
                      "'creationTimestamp':'t','managedFields':[{}],'labels':{'uid':'mine'}},'spec':{'status':1},'status':{'a':1}}");
    json_t *c = edit_clean(o);
    (void)state;
    assert_doc(c, "{'kind':'Pod','metadata':{'name':'p','labels':{'uid':'mine'}},'spec':{'status':1}}");
    assert_non_null(json_object_get(o, "status")); // it is a copy
    json_decref(c);
    json_decref(o);
}

// ---- Secrets

static void secrets(void **state)
{
    json_t *s = parse("{'apiVersion':'v1','kind':'Secret','data':{'pw':'c8O8w59cbg==','bin':'//4A','nul':'YQBi','empty':''}}");
    json_t *was = json_deep_copy(s);
    struct err err = { 0 };
    (void)state;
    edit_readable(s);
    assert_doc(json_object_get(s, "data"), "{'bin':'//4A','nul':'YQBi'}");
    assert_string_equal(json_str(s, "stringData", "pw", NULL), "süß\\n");
    assert_string_equal(json_str(s, "stringData", "empty", NULL), "");
    assert_true(edit_encode(s, &err));
    assert_true(json_equal(s, was));
    json_decref(s);
    json_decref(was);
    static const struct {
        const char *doc, *err;
    } bad[] = {
        { "{'apiVersion':'v1','kind':'Secret','stringData':{'port':5432}}", "stringData.port: must be text: put it in quotes" },
        { "{'apiVersion':'v1','kind':'Secret','stringData':{'a':'x'},'data':{'a':'eA=='}}",
            "stringData.a: is below data as well" },
        { "{'apiVersion':'v1','kind':'Secret','data':{'a':'not base64!'}}",
            "data.a: is no base64: what is text belongs below stringData" },
        { "{'apiVersion':'v1','kind':'Secret','data':{'a':1}}", "data.a: is no base64: what is text belongs below stringData" },
        { "{'apiVersion':'v1','kind':'Secret','stringData':[]}", "stringData: must be keys with their values" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        json_t *d = parse(bad[i].doc);
        assert_false(edit_encode(d, &err));
        assert_string_equal(err.msg, bad[i].err);
        json_decref(d);
    }
    json_t *other = parse("{'apiVersion':'v1','kind':'ConfigMap','data':{'a':'eA=='}}");
    edit_readable(other);
    assert_doc(other, "{'apiVersion':'v1','kind':'ConfigMap','data':{'a':'eA=='}}");
    json_decref(other);
}

static void identity(void **state)
{
    static const struct {
        const char *edited, *err; // NULL: it is fine
    } c[] = {
        { "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'n'}}", NULL },
        { "{'apiVersion':'v2','kind':'Pod','metadata':{'name':'p','namespace':'n'}}",
            "apiVersion: cannot be changed: it says which object this is" },
        { "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'q','namespace':'n'}}",
            "metadata.name: cannot be changed: it says which object this is" },
        { "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'}}",
            "metadata.namespace: cannot be changed: it says which object this is" },
        { "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'n','uid':'x'}}",
            "metadata.uid: cannot be changed: the server keeps it" },
        { "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'n'},'status':{}}",
            "status: cannot be changed here: a controller writes it" },
        { "[1]", "this is no object: its fields are keys with values" },
    };
    json_t *base = parse("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'n'}}");
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
        struct err err = { 0 };
        json_t *edited = parse(c[i].edited);
        assert_int_equal(edit_check(edited, base, &err), !c[i].err);
        assert_string_equal(err.msg, c[i].err ? c[i].err : "");
        json_decref(edited);
    }
    json_decref(base);
}

// ---- the three-way merge

static void merges(void **state)
{
    static const struct {
        const char *base, *mine, *theirs, *want, *clashes;
    } c[] = {
        { "{'a':1,'b':1}", "{'a':2,'b':1}", "{'a':1,'b':3}", "{'a':2,'b':3}", "[]" },
        { "{'a':1}", "{}", "{'a':1,'c':1}", "{'c':1}", "[]" },
        { "{'a':1,'b':2}", "{'a':1,'b':2}", "{'b':2}", "{'b':2}", "[]" },
        { "{'a':1}", "{'a':2}", "{'a':2}", "{'a':2}", "[]" },
        { "{'a':1}", "{'a':2}", "{'a':3}", "{'a':2}", "[{'path':'a','mine':2,'theirs':3}]" },
        { "{'a':1}", "{'a':2}", "{}", "{'a':2}", "[{'path':'a','mine':2}]" },
        { "{'a':1}", "{}", "{'a':3}", "{}", "[{'path':'a','theirs':3}]" },
        { "{}", "{'l':{'x':1}}", "{'l':{'y':1}}", "{'l':{'x':1,'y':1}}", "[]" },
        { "{'l':{'z':1}}", "{'l':{'z':2}}", "{}", "{'l':{'z':2}}", "[{'path':'l','mine':{'z':2}}]" },
        { "{'c':[{'name':'a','i':1},{'name':'b','i':1}]}", "{'c':[{'name':'a','i':2},{'name':'b','i':1}]}",
            "{'c':[{'name':'a','i':1},{'name':'b','i':3}]}", "{'c':[{'name':'a','i':2},{'name':'b','i':3}]}", "[]" },
        { "{'c':[{'name':'a','i':1}]}", "{'c':[{'name':'a','i':2}]}", "{'c':[{'name':'a','i':3}]}",
            "{'c':[{'name':'a','i':2}]}", "[{'path':'c[a].i','mine':2,'theirs':3}]" },
        { "{'c':[{'name':'a','i':1},{'name':'b'}]}", "{'c':[{'name':'b'},{'name':'a','i':1}]}",
            "{'c':[{'name':'a','i':2},{'name':'b'}]}", "{'c':[{'name':'b'},{'name':'a','i':1}]}",
            "[{'path':'c','mine':[{'name':'b'},{'name':'a','i':1}],'theirs':[{'name':'a','i':2},{'name':'b'}]}]" },
        { "{'c':['x']}", "{'c':['x','y']}", "{'c':['z']}", "{'c':['x','y']}",
            "[{'path':'c','mine':['x','y'],'theirs':['z']}]" },
        { "{'p':[{'port':1,'protocol':'TCP'},{'port':1,'protocol':'UDP'}]}",
            "{'p':[{'port':1,'protocol':'TCP','n':1},{'port':1,'protocol':'UDP'}]}",
            "{'p':[{'port':1,'protocol':'TCP'},{'port':1,'protocol':'UDP','n':1}]}",
            "{'p':[{'port':1,'protocol':'TCP','n':1},{'port':1,'protocol':'UDP'}]}",
            "[{'path':'p','mine':[{'port':1,'protocol':'TCP','n':1},{'port':1,'protocol':'UDP'}],"
            "'theirs':[{'port':1,'protocol':'TCP'},{'port':1,'protocol':'UDP','n':1}]}]" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
        json_t *base = parse(c[i].base), *mine = parse(c[i].mine), *theirs = parse(c[i].theirs), *clashes = json_array();
        json_t *merged = edit_merge(base, mine, theirs, clashes);
        assert_doc(merged, c[i].want);
        assert_doc(clashes, c[i].clashes);
        json_decref(merged);
        json_decref(clashes);
        json_decref(base);
        json_decref(mine);
        json_decref(theirs);
    }
}

// ---- the patch

static void patches(void **state)
{
    static const struct {
        const char *from, *to, *want;
    } c[] = {
        { "{'a':1}", "{'a':1}", "[]" },
        { "{'a':1,'b':2}", "{'a':2,'c':3}",
            "[{'op':'replace','path':'/a','value':2},{'op':'remove','path':'/b'},{'op':'add','path':'/c','value':3}]" },
        { "{'m':{}}", "{'m':{'a/b~c':'x'}}", "[{'op':'add','path':'/m/a~1b~0c','value':'x'}]" },
        { "{'c':[{'name':'a','i':1},{'name':'b','i':1}]}", "{'c':[{'name':'a','i':1},{'name':'b','i':2}]}",
            "[{'op':'replace','path':'/c/1/i','value':2}]" },
        { "{'c':[{'name':'a'}]}", "{'c':[{'name':'a'},{'name':'b'}]}",
            "[{'op':'replace','path':'/c','value':[{'name':'a'},{'name':'b'}]}]" },
        { "{'c':['x','y']}", "{'c':['y']}", "[{'op':'replace','path':'/c','value':['y']}]" },
        { "{'c':[{'name':'a','v':1},{'name':'a','v':2}]}", "{'c':[{'name':'a','v':1},{'name':'a','v':3}]}",
            "[{'op':'replace','path':'/c','value':[{'name':'a','v':1},{'name':'a','v':3}]}]" },
        { "{'a':{'b':1}}", "{'a':null,'c':null}", "[{'op':'remove','path':'/a'}]" },
        { "{'a':{'b':1}}", "{'a':'text'}", "[{'op':'replace','path':'/a','value':'text'}]" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
        json_t *from = parse(c[i].from), *to = parse(c[i].to), *ops = edit_patch(from, to);
        assert_doc(ops, c[i].want);
        assert_true(edit_holds(to, ops));
        assert_int_equal(edit_holds(from, ops), json_array_size(ops) == 0);
        json_decref(ops);
        json_decref(from);
        json_decref(to);
    }
    json_t *ops = parse("[{'op':'test','path':'/metadata/uid','value':'u'},{'op':'replace','path':'/metadata/resourceVersion',"
                        "'value':'1'},{'op':'add','path':'/l','value':[{'p':1}]}]");
    json_t *with_defaults = parse("{'metadata':{'uid':'u','resourceVersion':'2'},'l':[{'p':1,'protocol':'TCP'}]}");
    json_t *another = parse("{'metadata':{'uid':'v'},'l':[{'p':1}]}");
    assert_true(edit_holds(with_defaults, ops));
    assert_false(edit_holds(another, ops));
    json_decref(ops);
    json_decref(with_defaults);
    json_decref(another);
}

// ---- the plan

static void plan(void **state)
{
    static const char object[] = "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'s','uid':'u','resourceVersion':'9'},"
                                 "'data':{'a':'b2xk','keep':'eA=='}}";
    json_t *o = parse(object), *base = edit_clean(o), *edited = json_deep_copy(base), *theirs;
    struct act_target t = { .gvr = { "", "v1", "secrets", true }, .api_kind = (char *)"Secret", .ns = (char *)"n",
        .name = (char *)"s", .uid = (char *)"u" };
    struct act_in in = { .act = act_find("edit"), .t = &t, .context = "c", .object = o, .base = base, .edited = edited,
        .args = "", .salt = "" };
    struct act_plan p;
    struct err err = { 0 };
    (void)state;
    assert_true(act_plan(&in, &p, &err));
    assert_true(p.nothing);
    act_plan_release(&p);
    json_object_set_new(json_object_get(edited, "data"), "a", json_string("bmV3"));
    json_object_set_new(json_object_get(edited, "metadata"), "labels", parse("{'l':'1'}"));
    assert_true(act_plan(&in, &p, &err));
    assert_doc(p.body, "[{'op':'test','path':'/metadata/uid','value':'u'},{'op':'replace','path':'/metadata/resourceVersion',"
                       "'value':'9'},{'op':'add','path':'/metadata/labels','value':{'l':'1'}},"
                       "{'op':'replace','path':'/data/a','value':'bmV3'}]");
    assert_null(strstr(p.does.s, "bmV3")); // of a Secret the keys alone
    assert_null(strstr(p.before.s, "b2xk"));
    assert_null(strstr(p.after.s, "bmV3"));
    assert_non_null(strstr(p.does.s, "data.a: another value"));
    assert_string_equal(p.undo.s, "edit"); // with the two documents the other way round
    act_plan_release(&p);
    // Somebody else changed another key: mine goes on top. The same one: not before the person has seen it.
    theirs = parse("{'apiVersion':'v1','kind':'Secret','metadata':{'name':'s','uid':'u','resourceVersion':'10'},"
                   "'data':{'a':'b2xk','keep':'eQ=='}}");
    in.object = theirs;
    assert_true(act_plan(&in, &p, &err));
    assert_doc(json_array_get(p.body, 3), "{'op':'replace','path':'/data/a','value':'bmV3'}");
    assert_int_equal(json_array_size(p.body), 4);
    act_plan_release(&p);
    json_object_set_new(json_object_get(theirs, "data"), "a", json_string("dGhlaXJz"));
    assert_false(act_plan(&in, &p, &err));
    assert_string_equal(err.msg, "data.a was changed by somebody else meanwhile");
    json_decref(theirs);
    json_decref(o);
    json_decref(base);
    json_decref(edited);
}

// ---- comments

static void faults(void **state)
{
    static const struct {
        const char *status, *msg, *want;
    } c[] = {
        { "{'message':'all','details':{'causes':[{'field':'spec.replicas','message':'Invalid value: -1: must be more'},"
          "{'field':'<nil>','message':'by a policy'}]}}",
            "", "[{'field':'spec.replicas','message':'Invalid value: -1: must be more','line':0},"
                "{'field':'','message':'by a policy','line':0}]" },
        { "{'message':'admission webhook denied the request'}", "",
            "[{'field':'','message':'admission webhook denied the request','line':0}]" },
        { "cut off", "what http made of it", "[{'field':'','message':'what http made of it','line':0}]" },
        { "{'message':'one\\n# two'}", "", "[{'field':'','message':'one # two','line':0}]" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
        struct err err = { 0 };
        snprintf(err.msg, sizeof(err.msg), "%s", c[i].msg);
        char *text = xstrdup(c[i].status);
        for (char *p = text; *p; p++)
            if (*p == '\'')
                *p = '"';
        json_t *f = edit_faults(text, strlen(text), &err);
        assert_doc(f, c[i].want);
        json_decref(f);
        free(text);
    }
}

// The server quotes the whole object where a field is unknown.
static void strict(void **state)
{
    struct buf body = BUF_INIT, line = BUF_INIT;
    struct err err = { 0 };
    (void)state;
    buf_puts(&body, "{\"details\":{\"causes\":[{\"field\":\"patch\",\"message\":\"Invalid value: \\\"{");
    for (int i = 0; i < 100; i++)
        buf_puts(&body, "\\\\\\\"secret\\\\\\\": 1,");
    buf_puts(&body, "}\\\": strict decoding error: unknown field \\\"spec.a[0].b\\\", unknown field \\\"spec.c\\\"\"}]}}");
    json_t *f = edit_faults(body.s, body.n, &err);
    assert_doc(f, "[{'field':'spec.a[0].b','message':'its kind has no such field','line':0},"
                  "{'field':'spec.c','message':'its kind has no such field','line':0}]");
    json_t *where = parse("{'/spec':'3:1','/spec/a/0/b':'7:3'}");
    edit_find_lines(f, where);
    assert_int_equal(json_i64(json_array_get(f, 0), "line", NULL), 7);
    assert_int_equal(json_i64(json_array_get(f, 1), "line", NULL), 3); // that is where it would be
    edit_faults_line(f, true, &line);
    assert_string_equal(line.s, "spec.a[0].b: its kind has no such field; spec.c: its kind has no such field");
    json_decref(f);
    json_decref(where);
    f = parse("[{'field':'data.x','message':'Invalid value: \\'hush\\': no'},{'field':'','message':'it is hush'}]");
    buf_clear(&line);
    json_decref(f);
    f = json_pack("[{s:s,s:s},{s:s,s:s}]", "field", "data.x", "message", "Invalid value: \"hush\": no", "field", "", "message",
        "it is hush");
    edit_faults_line(f, true, &line);
    assert_string_equal(line.s, "data.x: no; the server refuses it");
    json_decref(f);
    buf_release(&line);
    buf_release(&body);
}

static void heads(void **state)
{
    struct edit_head h = { .kind = "Deployment", .ns = "shop", .name = "web", .context = "prod" };
    struct buf out = BUF_INIT;
    struct err err = { 0 };
    (void)state;
    edit_put_head(&h, &out);
    assert_string_equal(out.s, "# Deployment web, namespace shop, context prod\n"
                               "# What you save is checked, and what it changes is shown before it is sent.\n"
                               "# An empty file, or one that is not changed, cancels.\n#\n");
    buf_puts(&out, "a: 1\n# mine\n");
    assert_string_equal(out.s + edit_body_at(out.s), "a: 1\n# mine\n");
    assert_int_equal(edit_body_at("# only\n#"), 8);
    assert_int_equal(edit_body_at(""), 0);
    // The line of a fault is the line of the file that it stands in
    static const char bad[] = "a: 1\nb: [1\nc: 2\n";
    assert_null(yaml_load(bad, strlen(bad), "edit", &err));
    json_t *f = edit_fault(&err);
    size_t line = (size_t)json_i64(json_array_get(f, 0), "line", NULL);
    assert_true(line > 0);
    h.faults = f;
    buf_clear(&out);
    edit_put_head(&h, &out);
    size_t lines = 0;
    for (const char *p = out.s; *p; p++)
        lines += *p == '\n';
    char want[40];
    snprintf(want, sizeof(want), "#   line %zu: ", lines + line);
    assert_non_null(strstr(out.s, want));
    json_decref(f);
    h.faults = NULL;
    json_t *clashes = parse("[{'path':'spec.replicas','mine':5,'theirs':4},{'path':'data.k','mine':'bmV3'}]");
    h.clashes = clashes;
    h.secret = true;
    buf_clear(&out);
    edit_put_head(&h, &out);
    assert_non_null(strstr(out.s, "#   spec.replicas: yours 5, now 4\n#   data.k: yours \"new\", now unset\n#\n"));
    json_decref(clashes);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(cleaned), cmocka_unit_test(secrets), cmocka_unit_test(identity),
        cmocka_unit_test(merges), cmocka_unit_test(patches), cmocka_unit_test(plan), cmocka_unit_test(faults),
        cmocka_unit_test(strict), cmocka_unit_test(heads) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
