// Quarantine from documents: which labels are taken off, what that means for Services and the controller, what is kept, and
// the way back; and what EndpointSlices say of it.
#include "tests/unit/unit.h"

#include <string.h>

#include "acts/act.h"
#include "acts/traffic.h"
#include "base/json.h"
#include "base/str.h"
#include "kinds/kind.h"

static json_t *parse(const char *quoted)
{
    char *copy = xstrdup(quoted);
    json_error_t why;
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *v = json_loads(copy, 0, &why);
    if (!v)
        fail_msg("%s: %s", why.text, copy);
    free(copy);
    return v;
}

#define POD(labels, ref)                                                                                                  \
    "{'metadata':{'name':'web-1','uid':'u1','resourceVersion':'7','labels':{" labels "}" ref "},'status':{'podIPs':[{'ip':'10.0.0.7'}]}}"
#define REF(api, kind, name) ",'ownerReferences':[{'apiVersion':'" api "','kind':'" kind "','name':'" name "','uid':'o1','controller':true}]"
#define SERVICE(name, spec) "{'metadata':{'name':'" name "'},'spec':{" spec "}}"
#define OWNER(selector, more) "{'metadata':{'uid':'o1'},'spec':{'selector':{" selector "}" more "}"
#define WEB SERVICE("web", "'selector':{'app':'web'}")
#define WEB_LABELS "'app':'web','pod-template-hash':'h','keep':'me'"
#define WEB_OWNER OWNER("'matchLabels':{'app':'web','pod-template-hash':'h'}", ",'replicas':2},'status':{'replicas':2}")

static const struct {
    const char *pod, *services, *owner; // owner NULL: it could not be read
    const char *taken;                  // the labels of the patch
    const char *does, *notes[3];
    const char *kubectl;
    size_t awaits;
    bool nothing;
} cases[] = {
    { POD(WEB_LABELS, REF("apps/v1", "ReplicaSet", "web-h")), WEB, WEB_OWNER, "{'app':null,'pod-template-hash':null}",
        "out of Service web and ReplicaSet web-h; it keeps running\nlabels taken off: app, pod-template-hash",
        { "Service web stops sending to it", "ReplicaSet web-h lets it go and makes another Pod at once", "nothing deletes it" },
        "kubectl --context dev -n shop label pod/web-1 app- pod-template-hash-", 1 },
    // Two Services, one headless, of different labels; one of each other, of none, and by a name elsewhere
    { POD(WEB_LABELS ",'tier':'front'", REF("apps/v1", "ReplicaSet", "web-h")),
        WEB "," SERVICE("all", "'clusterIP':'None','selector':{'tier':'front'}") "," SERVICE("other", "'selector':{'app':'x'}") ","
            SERVICE("manual", "'ports':[]") "," SERVICE("far", "'type':'ExternalName','selector':{'keep':'me'}"),
        WEB_OWNER, "{'app':null,'pod-template-hash':null,'tier':null}", NULL,
        { "Services web, all stop sending to it" }, NULL, 2 },
    // Nothing but labels that the Service has: of a Pod whose owner cannot be read, or that nobody owns
    { POD(WEB_LABELS, REF("apps/v1", "ReplicaSet", "web-h")), WEB, NULL, "{'app':null}",
        "out of Service web; it keeps running\nlabels taken off: app", { "could not be read: whether it makes another Pod is not known" }, NULL, 1 },
    { POD(WEB_LABELS, ""), WEB, NULL, "{'app':null}", "out of Service web; it keeps running\nlabels taken off: app",
        { "nothing owns it: no other Pod is made" }, NULL, 1 },
    { POD(WEB_LABELS, REF("example.com/v1", "Game", "chess")), WEB, NULL, "{'app':null}", NULL,
        { "Game chess keeps it, as far as kview knows, and may set this back" }, NULL, 1 },
    // No Service: its controller alone; nor one: nothing
    { POD(WEB_LABELS, REF("apps/v1", "ReplicaSet", "web-h")), "", WEB_OWNER, "{'app':null,'pod-template-hash':null}",
        "out of ReplicaSet web-h; it keeps running\nlabels taken off: app, pod-template-hash", { "no Service selects it" }, NULL, 0 },
    { POD(WEB_LABELS, ""), SERVICE("other", "'selector':{'app':'x'}"), NULL, "{}",
        "nothing to take off: no Service selects it, no controller counts its labels", { NULL }, NULL, 0, true },
    // A StatefulSet's keeps who it is, but where a Service goes by that alone; it is let go only when that cannot be helped
    { POD("'app':'db','role':'main','statefulset.kubernetes.io/pod-name':'db-0','apps.kubernetes.io/pod-index':'0'", REF("apps/v1", "StatefulSet", "db")),
        SERVICE("db", "'clusterIP':'None','selector':{'app':'db','statefulset.kubernetes.io/pod-name':'db-0'}"),
        OWNER("'matchLabels':{'app':'db'}", "}"), "{'app':null}", "out of Service db and StatefulSet db; it keeps running\nlabels taken off: app",
        { "StatefulSet db lets it go, and cannot make another one while this one has the name" }, NULL, 1 },
    { POD("'app':'db','role':'main','statefulset.kubernetes.io/pod-name':'db-0'", REF("apps/v1", "StatefulSet", "db")),
        SERVICE("one", "'selector':{'statefulset.kubernetes.io/pod-name':'db-0'}") "," SERVICE("main", "'selector':{'role':'main'}"),
        OWNER("'matchLabels':{'app':'db'}", "}"), "{'statefulset.kubernetes.io/pod-name':null,'role':null}", NULL,
        { "StatefulSet db keeps it: no other Pod is made" }, NULL, 2 },
    { POD("'k8s-app':'log','x':'y'", REF("apps/v1", "DaemonSet", "log")), SERVICE("log", "'selector':{'k8s-app':'log'}"),
        OWNER("'matchExpressions':[{'key':'k8s-app','operator':'In','values':['log']},{'key':'z','operator':'DoesNotExist'}]", "}"),
        "{'k8s-app':null}", "out of Service log and DaemonSet log; it keeps running\nlabels taken off: k8s-app",
        { "DaemonSet log lets it go and makes another Pod on its node" }, NULL, 1 },
    { POD("'app':'old'", REF("v1", "ReplicationController", "old")), "", OWNER("'app':'old'", ",'replicas':1}"), "{'app':null}",
        "out of ReplicationController old; it keeps running\nlabels taken off: app", { "makes another Pod at once" }, NULL, 0 },
};

static struct act_target target(void)
{
    const struct kind *k = kind_find("pods");
    return (struct act_target) { k, k->gvr, (char *)k->api_kind, (char *)"shop", (char *)"web-1", (char *)"u1" };
}

static json_t *list_of(const char *items)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "{'items':[%s]}", items);
    json_t *v = parse(text.s);
    buf_release(&text);
    return v;
}

static void same_json(const json_t *have, const char *want, const char *of)
{
    json_t *w = parse(want);
    char *text = json_dumps(have, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (!json_equal((json_t *)have, w))
        fail_msg("%s: %s", of, text);
    free(text);
    json_decref(w);
}

static void has_note(const struct act_plan *p, const char *note)
{
    if (note && !strstr(p->note.s, note))
        fail_msg("no \"%s\" in:\n%s", note, p->note.s);
}

// RFC 7386, as the server does it.
static void merge(json_t *to, const json_t *patch)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)patch, key, v)
    {
        if (json_is_null(v)) {
            json_object_del(to, key);
        } else if (json_is_object(v)) {
            if (!json_object_get(to, key))
                json_object_set_new(to, key, json_object());
            merge(json_object_get(to, key), v);
        } else {
            json_object_set(to, key, v);
        }
    }
}

static void one(size_t i)
{
    json_t *pod = parse(cases[i].pod), *services = list_of(cases[i].services);
    json_t *owner = cases[i].owner ? parse(cases[i].owner) : NULL, *before = json_deep_copy(json_at(pod, "metadata", "labels", NULL));
    struct act_target t = target();
    struct act_in in = { .act = act_find("quarantine"), .t = &t, .context = "dev", .object = pod, .args = "", .now = 1767323045,
        .services = services, .owner = owner, .who = "me" };
    struct act_plan p, back;
    struct err err = { 0 };
    assert_true(act_plan(&in, &p, &err));
    same_json(json_at(p.body, "metadata", "labels", NULL), cases[i].taken, p.does.s);
    assert_string_equal(json_str(p.body, "metadata", "uid", NULL), "u1");
    assert_string_equal(json_str(p.body, "metadata", "resourceVersion", NULL), "7");
    if (cases[i].does)
        assert_string_equal(p.does.s, cases[i].does);
    for (size_t k = 0; k < ARRAY_SIZE(cases[i].notes); k++)
        has_note(&p, cases[i].notes[k]);
    if (cases[i].kubectl)
        assert_string_equal(p.kubectl.s, cases[i].kubectl);
    assert_int_equal(json_array_size(p.awaits), cases[i].awaits);
    assert_int_equal(p.nothing, cases[i].nothing);
    assert_string_equal(p.undo.s, p.nothing ? "" : "unquarantine");
    if (!p.nothing) { // what is kept is what there was
        merge(pod, p.body);
        in.act = act_find("unquarantine");
        assert_true(act_plan(&in, &back, &err));
        assert_int_equal(json_array_size(back.awaits), cases[i].awaits);
        assert_string_equal(back.undo.s, "quarantine");
        merge(pod, back.body);
        assert_true(json_equal(before, json_at(pod, "metadata", "labels", NULL)));
        assert_int_equal(json_object_size(json_at(pod, "metadata", "annotations", NULL)), 0);
        act_plan_release(&back);
    }
    act_plan_release(&p);
    json_decref(pod);
    json_decref(services);
    json_decref(owner);
    json_decref(before);
}

static void there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        one(i);
}

#define MARKED(mark, ref) "{'metadata':{'name':'web-1','uid':'u1','resourceVersion':'8','annotations':{'kview.dev/quarantined':'" mark "'}" ref "}}"

// The pod's annotation is JSON in JSON: its quotes are written as |.
static json_t *marked(const char *pod)
{
    struct buf text = BUF_INIT;
    for (const char *p = pod; *p; p++)
        buf_puts(&text, *p == '|' ? "\\'" : (char[]) { *p, '\0' });
    json_t *v = parse(text.s);
    buf_release(&text);
    return v;
}

#define MARK(kind) "{|by|:|ann|,|labels|:{|app|:|web|},|owner|:{|apiVersion|:|apps/v1|,|kind|:|" kind "|,|name|:|web-h|},|time|:|2026-01-01T00:00:00Z|}"

static void the_way_back(void **state)
{
    static const struct {
        const char *pod, *owner, *says; // says: a note, or the refusal where it begins with !
    } backs[] = {
        { MARKED(MARK("ReplicaSet"), ""), OWNER("'matchLabels':{'app':'web'}", ",'replicas':3},'status':{'replicas':3}"),
            "ReplicaSet web-h takes it back; it has 3 of 3 Pods now: one is too many then, and it DELETES one, maybe this one" },
        { MARKED(MARK("ReplicaSet"), ""), OWNER("'matchLabels':{'app':'web'}", ",'replicas':3},'status':{'replicas':2}"),
            "ReplicaSet web-h takes it back: it has 2 of 3 Pods now" },
        { MARKED(MARK("ReplicaSet"), ""), OWNER("'matchLabels':{'app':'web'}", ",'replicas':0},'status':{}"), "it takes it back and DELETES it" },
        { MARKED(MARK("ReplicaSet"), ""), OWNER("'matchLabels':{'app':'other'}", ",'replicas':1}"), "does not select these labels" },
        { MARKED(MARK("DaemonSet"), ""), OWNER("'matchLabels':{'app':'web'}", "}"), "one Pod too many on this node then" },
        { MARKED(MARK("ReplicaSet"), ""), NULL, "is gone or cannot be read" },
        { MARKED(MARK("ReplicaSet"), ""), NULL, "in quarantine since 2026-01-01T00:00:00Z, by ann" },
        { POD("'app':'web'", ""), NULL, "!web-1 is not in quarantine: it has no annotation kview.dev/quarantined" },
        { MARKED("not json", ""), NULL, "!the annotation kview.dev/quarantined of web-1 holds no labels: somebody changed it" },
        { MARKED("[]", ""), NULL, "!the annotation kview.dev/quarantined of web-1 holds no labels: somebody changed it" },
        { MARKED("{|labels|:{|a|:1}}", ""), NULL, "!the annotation kview.dev/quarantined of web-1 holds what are no labels: somebody changed it" },
        { MARKED("{|labels|:{|a b|:|x|}}", ""), NULL, "!the annotation kview.dev/quarantined of web-1 holds what are no labels: somebody changed it" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(backs); i++) {
        json_t *pod = marked(backs[i].pod), *owner = backs[i].owner ? parse(backs[i].owner) : NULL, *services = list_of(WEB);
        struct act_target t = target();
        struct act_in in = { .act = act_find("unquarantine"), .t = &t, .context = "dev", .object = pod, .args = "", .now = 1767323045,
            .services = services, .owner = owner, .who = "me" };
        struct act_plan p;
        struct err err = { 0 };
        if (backs[i].says[0] == '!') {
            assert_false(act_plan(&in, &p, &err));
            assert_string_equal(err.msg, backs[i].says + 1);
        } else {
            assert_true(act_plan(&in, &p, &err));
            has_note(&p, backs[i].says);
            has_note(&p, "Service web sends to it again when it is ready");
            act_plan_release(&p);
        }
        json_decref(pod);
        json_decref(owner);
        json_decref(services);
    }
}

// Whom to read beside the Pod: no path of somebody else's making.
static void owners(void **state)
{
    static const struct {
        const char *pod, *resource, *name;
    } all[] = {
        { POD("", REF("apps/v1", "ReplicaSet", "web-h")), "replicasets", "web-h" },
        { MARKED(MARK("StatefulSet"), ""), "statefulsets", "web-h" },
        { MARKED(MARK("DaemonSet"), REF("apps/v1", "ReplicaSet", "web-j")), "replicasets", "web-j" },
        { POD("", REF("example.com/v1", "ReplicaSet", "web-h")), NULL, NULL },
        { POD("", REF("batch/v1", "Job", "web-h")), NULL, NULL },
        { POD("", REF("apps/v1", "ReplicaSet", "../x")), NULL, NULL },
        { POD("", REF("apps/v1", "ReplicaSet", "")), NULL, NULL },
        { POD("", ""), NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        json_t *pod = marked(all[i].pod);
        struct gvr gvr;
        char *name = NULL;
        bool known = act_owner(pod, &gvr, &name);
        assert_int_equal(known, all[i].resource != NULL);
        if (known) {
            assert_string_equal(gvr.resource, all[i].resource);
            assert_string_equal(name, all[i].name);
            free(name);
        }
        json_decref(pod);
    }
}

#define SLICE(name, service, endpoints) "{'metadata':{'name':'" name "','labels':{'kubernetes.io/service-name':'" service "'}},'endpoints':[" endpoints "]}"
#define ENDPOINT(uid, ready) "{'addresses':['10.0.0.7'],'conditions':{'ready':" ready "},'targetRef':{'kind':'Pod','uid':'" uid "'}}"

static void slices(void **state)
{
    static const struct {
        const char *slices, *services;
        bool away;
        enum progress want;
        const char *says;
    } all[] = {
        { "", "'web'", true, PROGRESS_DONE, "out of Service web" },
        { "", "'web','all'", true, PROGRESS_DONE, "out of 2 Services" },
        { "", "", true, PROGRESS_DONE, "in no EndpointSlice" },
        { SLICE("web-a", "web", ENDPOINT("u2", "true")) "," SLICE("web-b", "web", ENDPOINT("u1", "false")), "'web'", true,
            PROGRESS_WAITING, "still in EndpointSlice web-b" },
        { SLICE("web-a", "web", ENDPOINT("u2", "true")), "'web'", true, PROGRESS_DONE, "out of Service web" }, // its address, another's now
        { SLICE("hand", "x", "{'addresses':['10.0.0.9','10.0.0.7']}"), "'web'", true, PROGRESS_WAITING, "still in EndpointSlice hand" },
        { SLICE("hand", "x", "{'addresses':['10.0.0.8']}"), "'web'", true, PROGRESS_DONE, "out of Service web" },
        { "", "'web'", false, PROGRESS_WAITING, "not yet in Service web" },
        { SLICE("web-a", "web", ENDPOINT("u1", "false")), "'web'", false, PROGRESS_WAITING, "in Service web, but not ready" },
        { SLICE("web-a", "web", ENDPOINT("u1", "null")), "'web'", false, PROGRESS_DONE, "back in Service web" },
        { SLICE("web-a", "web", ENDPOINT("u1", "true")), "'web','all'", false, PROGRESS_WAITING, "not yet in Service all" },
        { SLICE("web-a", "web", ENDPOINT("u1", "false")) "," SLICE("web-6", "web", ENDPOINT("u1", "true")), "'web'", false,
            PROGRESS_DONE, "back in Service web" },
        { "", "", false, PROGRESS_DONE, "no Service selects it" },
    };
    json_t *pod = parse(POD("", ""));
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        struct buf out = BUF_INIT, names = BUF_INIT;
        buf_printf(&names, "[%s]", all[i].services);
        json_t *list = list_of(all[i].slices), *services = parse(names.s);
        assert_int_equal(traffic_progress(list, pod, services, all[i].away, &out), all[i].want);
        assert_string_equal(out.s, all[i].says);
        json_decref(list);
        json_decref(services);
        buf_release(&out);
        buf_release(&names);
    }
    json_decref(pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(the_way_back),
        cmocka_unit_test(owners),
        cmocka_unit_test(slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
