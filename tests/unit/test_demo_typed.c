// What the demo server accepts as an object: protobuf, quantities, types, schemas of custom resources.
#include "tests/unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "demo/protobuf.h"
#include "demo/quantity.h"
#include "demo/status.h"
#include "demo/typed.h"

static struct kinds *kinds;

static int setup(void **state)
{
    (void)state;
    kinds = kinds_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kinds_free(kinds);
    return 0;
}

static json_t *parse(const char *text)
{
    char *quoted = xstrdup(text);
    for (char *p = quoted; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *v = json_loads(quoted, 0, NULL);
    if (!v)
        fail_msg("%s", text);
    free(quoted);
    return v;
}

static void test_quantities(void **state)
{
    static const char *const cases[][2] = { { "0.5", "500m" }, { "500m", "500m" }, { "1000m", "1" },
        { "1500m", "1500m" }, { "1024Mi", "1Gi" }, { "1.5Gi", "1536Mi" }, { "0.5Gi", "512Mi" },
        { "1000k", "1M" }, { "100k", "100k" }, { "1", "1" }, { "0", "0" }, { "1024", "1024" },
        { "2000Mi", "2000Mi" }, { "-1", "-1" }, { "1.0", "1" }, { "0.1", "100m" }, { "10", "10" },
        { "1000", "1k" }, { "64Ki", "64Ki" }, { "nonsense", NULL }, { "", NULL }, { "1Xi", NULL },
        { "12345678901234567890", NULL } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char out[40];
        bool ok = quantity_canonical(cases[i][0], out, sizeof(out));
        if (ok != (cases[i][1] != NULL) || (ok && !str_eq(out, cases[i][1])))
            fail_msg("%s: %s", cases[i][0], ok ? out : "refused");
    }
}

static void test_types(void **state)
{
    static const struct {
        const char *group, *plural, *doc, *error, *unknown;
    } cases[] = {
        { "", "configmaps", "{'kind':'ConfigMap','metadata':{'name':'a'},'data':{'k':'v'}}", "",
            "" },
        { "", "configmaps", "{'data':{'k':5}}",
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
            "" },
        { "", "configmaps", "{'data':'x'}",
            "json: cannot unmarshal string into Go struct field ConfigMap.data of type "
            "map[string]string",
            "" },
        { "", "configmaps", "{'binaryData':{'k':'!'}}", "illegal base64 data at input byte 0", "" },
        { "", "configmaps", "{'dat':1,'metadata':{'nam':2}}", "", "dat" },
        { "apps", "deployments", "{'spec':{'replicas':1.5}}",
            "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas "
            "of type int32",
            "" },
        { "apps", "deployments", "{'spec':{'template':{'spec':{'containers':[{'image':1}]}}}}",
            "json: cannot unmarshal number into Go struct field "
            "Container.spec.template.spec.containers.image of "
            "type string",
            "" },
        { "apps", "deployments",
            "{'spec':{'template':{'spec':{'volumes':[{'name':'a','emptyDir':{}}]}}},'status':{}}",
            "", "" }, // a volume's source is inline
        { "apps", "deployments",
            "{'spec':{'template':{'spec':{'containers':[{'name':'a','imag':'x'}]}}}}", "",
            "spec.template.spec.containers[0].imag" },
        { "", "services",
            "{'spec':{'ports':[{'port':80,'targetPort':'http'},{'port':81,'targetPort':1}]}}", "",
            "" },
        { "", "nodes", "{'spec':{'whatever':1}}", "", "" }, // not in the data: let pass
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *doc = parse(cases[i].doc), *unknown = json_array();
        struct err err = { 0 };
        bool ok =
            typed_check(kinds_plural(kinds, cases[i].group, cases[i].plural), doc, unknown, &err);
        if (ok == (*cases[i].error != '\0') || !str_eq(err.msg, cases[i].error))
            fail_msg("%s: %s", cases[i].doc, err.msg);
        const char *first = json_string_value(json_array_get(unknown, 0));
        if (!str_eq(first ? first : "", cases[i].unknown))
            fail_msg("%s: unknown %s", cases[i].doc, first);
        json_decref(unknown);
        json_decref(doc);
    }
}

static void test_schema(void **state)
{
    static const char crd[] =
        "{'spec':{'group':'x.y','scope':'Namespaced','names':{'plural':'toys','kind':'Toy'},'"
        "versions':[{'name':'v1',"
        "'served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object','properties':{'"
        "spec':{"
        "'type':'object','required':['size'],'properties':{'size':{'type':'integer','minimum':1,'"
        "maximum':9},"
        "'tags':{'type':'array','items':{'type':'string','enum':['a','b']}},'any':{'type':'object',"
        "'x-kubernetes-preserve-unknown-fields':true}}}}}}}]}}";
    static const char *const cases[][2] = {
        // the object, what is said
        { "{'spec':{'size':3,'tags':['a','b']}}", "" },
        { "{'spec':{'size':0}}", "spec.size in body should be greater than or equal to 1" },
        { "{'spec':{'size':10}}", "spec.size in body should be less than or equal to 9" },
        { "{'spec':{'size':'x'}}", "spec.size in body must be of type integer" },
        { "{'spec':{}}", "spec.size: Required value" },
        { "{'spec':{'size':1,'tags':['a','c']}}", "spec.tags[1]: Unsupported value: \"c\"" },
        { "{'spec':[]}", "spec in body must be of type object" },
    };
    (void)state;
    json_t *def = parse(crd);
    kinds_add_crd(kinds, def);
    const struct rtype *rt = kinds_find(kinds, "x.y", "v1", "toys");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *doc = parse(cases[i][0]), *s = schema_validate(rt, doc, "t");
        if (*cases[i][1] ? !s || !strstr(json_str(s, "message", NULL), cases[i][1]) : s != NULL)
            fail_msg("%s: %s", cases[i][0], json_str(s, "message", NULL));
        json_decref(s);
        json_decref(doc);
    }
    json_t *doc =
        parse("{'metadata':{'name':'n'},'spec':{'size':1,'odd':2,'any':{'kept':1}},'more':1}");
    json_t *unknown = json_array(),
           *want = parse("{'metadata':{'name':'n'},'spec':{'size':1,'any':{'kept':1}}}");
    schema_prune(rt, doc, unknown);
    assert_true(json_equal(doc, want));
    assert_int_equal(json_array_size(unknown), 2);
    json_decref(want);
    json_decref(unknown);
    json_decref(doc);
    json_decref(def);
}

// ConfigMap {metadata: {name: a, labels: {l: m}}, data: {k: ""}} as client-go
// marshals it: the empty generateName and generation are there too.
static const char config_map[] = "k8s\0"
                                 "\x0a\x0f"
                                 "\x0a\x02v1"
                                 "\x12\x09"
                                 "ConfigMap"
                                 "\x12\x18"
                                 "\x0a\x0f"
                                 "\x0a\x01"
                                 "a"
                                 "\x12\x00"
                                 "\x38\x00"
                                 "\x5a\x06"
                                 "\x0a\x01l"
                                 "\x12\x01m"
                                 "\x12\x05"
                                 "\x0a\x01k"
                                 "\x12\x00"
                                 "\x1a\x00\x22\x00";

static void test_protobuf(void **state)
{
    (void)state;
    char bytes[sizeof(config_map)];
    size_t n = sizeof(config_map) - 1;
    struct err err = { 0 };
    memcpy(bytes, config_map, n);
    json_t *doc = protobuf_decode(bytes, n, &err);
    if (!doc)
        fail_msg("%s", err.msg);
    json_t *want =
        parse("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a','labels':{'l':'m'}},"
              "'data':{'k':''}}");
    char *text = json_dumps(doc, JSON_COMPACT);
    if (!json_equal(doc, want))
        fail_msg("%s", text);
    free(text);
    json_decref(want);
    json_decref(doc);
    for (size_t cut = 0; cut < n; cut++) // damaged: never more than a refusal
        json_decref(protobuf_decode(bytes, cut, &err));
    for (size_t i = 4; i < n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (char)(bytes[i] ^ (1 << bit));
            json_decref(protobuf_decode(bytes, n, &err));
            bytes[i] = (char)(bytes[i] ^ (1 << bit));
        }
    }
    assert_false(protobuf_is("{}", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_types), cmocka_unit_test(test_schema),
        cmocka_unit_test(test_protobuf) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
