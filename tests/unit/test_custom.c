// Commands of the configuration: what is said of a wrong one, and that no value leaves the argument it is put into.
#include "tests/unit/unit.h"

#include <string.h>

#include "app/custom.h"
#include "app/vars.h"
#include "base/str.h"
#include "base/yaml.h"
#include "kinds/kinds.h"

static void parse(const char *text, struct customs *out, struct buf *problems)
{
    struct err err = { 0 };
    json_t *where = NULL, *doc = yaml_load_where(text, strlen(text), "c", &where, &err);
    if (!doc)
        fail_msg("%s", err.msg);
    custom_parse(out, json_object_get(doc, "commands"), where, "c", problems);
    json_decref(doc);
    json_decref(where);
}

static void faults(void **state)
{
    static const char *const cases[][2] = {
        { "{command: [a]}", "c:2:3: a command needs a name" },
        { "{name: A b, command: [a]}", "c:2:4: \"A b\" is no name of a command" },
        { "{name: delete, command: [a]}", "\"delete\" is a command of kview: give it another name" },
        { "{name: pods, command: [a]}", "\"pods\" is a kind" },
        { "{name: logs, command: [a]}", "\"logs\" is a command of kview" },
        { "{name: x}", "c:2:3: the command of x must be a list of texts" },
        { "{name: x, command: []}", "the command of x must be a list" },
        { "{name: x, command: kubectl get}", "c:2:13: the command of x must be a list" },
        { "{name: x, command: [a, 5]}", "numbers, yes and no in quotes" },
        { "{name: x, command: [a, $NAEM]}", "c:2:26: there is no variable $NAEM: did you mean $NAME?" },
        { "{name: x, command: [a], mutates: maybe}", "mutates must be true or false" },
        { "{name: x, command: [a], output: window}", "output must be pane, background or terminal" },
        { "{name: x, command: [a], key: Hyper-x}", "\"Hyper-x\" is no key" },
        { "{name: x, command: [a], key: Esc}", "Esc stays as it is" },
        { "{name: x, command: [a], kinds: pods}", "the kinds of x must be all or a list" },
        { "{name: x, command: [a], shortCut: R}", "a command has no \"shortCut\": it has name, help, key" },
        { "{name: x, command: [kubectl, exec, $NAME, --, sh, -c, echo $NAME]}", "this code does not run here" },
        { "{name: x, command: [a, $INPUT_SIZE]}", "c:2:26: x has no input for $INPUT_SIZE" },
        { "{name: x, command: [a, '${INPUT_SIZ}'], inputs: [{name: size}]}", "x has no input for $INPUT_SIZ" },
        { "{name: x, command: [a], inputs: {name: size}}", "the inputs of x must be a list of mappings" },
        { "{name: x, command: [a], inputs: [size]}", "an input must be a mapping" },
        { "{name: x, command: [a], inputs: [{name: on}]}", "the name of an input must be a text" },
        { "{name: x, command: [a], inputs: [{name: 1st}]}", "\"1st\" is no name of an input" },
        { "{name: x, command: [a], inputs: [{name: a-b}]}", "\"a-b\" is no name of an input" },
        { "{name: x, command: [a], inputs: [{name: a}, {name: A}]}", "there are two inputs \"A\"" },
        { "{name: x, command: [a], inputs: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}, {name: f}]}",
            "a command asks for at most 5 inputs" },
        { "{name: x, command: [a], inputs: [{name: a, type: date}]}", "the type of a must be string, number, bool or dropdown" },
        { "{name: x, command: [a], inputs: [{name: a, type: dropdown}]}", "the options of a must be a list of texts" },
        { "{name: x, command: [a], inputs: [{name: a, type: bool, options: [b]}]}", "a has options, which only a dropdown has" },
        { "{name: x, command: [a], inputs: [{name: a, options: [b], default: c}]}", "the default of a: \"c\" is none of those" },
        { "{name: x, command: [a], inputs: [{name: a, type: number, default: 1x}]}", "the default of a: \"1x\" is no number" },
        { "{name: x, command: [a], inputs: [{name: a, type: bool, default: 1}]}", "\"1\" is neither true nor false" },
        { "{name: x, command: [a], inputs: [{name: a, required: 1}]}", "required of a must be true or false" },
        { "{name: x, command: [a], inputs: [{name: a, hint: b}]}", "an input has no \"hint\"" },
        { "{name: x, command: [kubectl, exec, p, --, sh, -c, echo $INPUT_A], inputs: [{name: a}]}",
            "this code does not run here, so it cannot read $INPUT_A" },
        { "7", "a command must be a mapping" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct customs all = { 0 };
        struct buf problems = BUF_INIT;
        char *text = xasprintf("commands:\n- %s\n- {name: good, command: [a]}\n", cases[i][0]);
        parse(text, &all, &problems);
        if (!strstr(problems.s, cases[i][1]))
            fail_msg("of %s it is said: %s", cases[i][0], problems.s);
        assert_int_equal(all.v.n, 1); // the rest applies
        assert_string_equal(all.v.v[0].name, "good");
        free(text);
        custom_release(&all);
        buf_release(&problems);
    }
}

// What is not said errs on the safe side.
static void defaults(void **state)
{
    struct customs all = { 0 };
    struct buf problems = BUF_INIT;
    (void)state;
    parse("commands:\n- {name: a, command: [x]}\n- {name: b, command: [x], mutates: false}\n- {name: a, command: [y]}\n", &all,
        &problems);
    assert_string_equal(problems.s, "c:4:4: there are two commands \"a\": the first one counts\n");
    assert_true(all.v.v[0].mutates && all.v.v[0].confirm && all.v.v[0].all);
    assert_false(all.v.v[1].mutates || all.v.v[1].confirm);
    assert_int_equal(all.v.v[0].output, CUSTOM_PANE);
    custom_release(&all);
    buf_release(&problems);
}

static void kinds(void **state)
{
    static const struct {
        const char *word;
        const struct kind *kind;
        bool applies;
    } cases[] = {
        { "pods", &kind_pods, true }, { "po", &kind_pods, true }, { "Pod", &kind_pods, true },
        { "deployments", &kind_pods, false }, { "deployments.apps", &kind_deployments, true },
        { "deployments.extensions", &kind_deployments, false }, { "deploy", &kind_deployments, true },
        { "pods", &kind_containers, false }, { "containers", &kind_containers, true }, { "containers", &kind_pods, false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct customs all = { 0 };
        struct buf problems = BUF_INIT;
        char *text = xasprintf("commands: [{name: x, command: [a], kinds: [%s]}]", cases[i].word);
        parse(text, &all, &problems);
        struct selection sel = { .kind = cases[i].kind, .gvr = cases[i].kind->gvr, .api_kind = cases[i].kind->api_kind };
        if (custom_applies(&all.v.v[0], &sel) != cases[i].applies)
            fail_msg("%s and %s", cases[i].word, cases[i].kind->name);
        assert_false(custom_applies(&all.v.v[0], NULL));
        free(text);
        custom_release(&all);
        buf_release(&problems);
    }
}

// ---- variables

static struct vars example(const char *name)
{
    struct vars v = { 0 };
    vars_set(&v, "NAME", name);
    vars_set(&v, "NAMESPACE", "shop");
    vars_set(&v, "GROUP", "");
    vars_set(&v, "RESOURCE", "pods");
    vars_set(&v, "POD", NULL);
    vars_set(&v, "USER", "admin");
    vars_set(&v, "COL-STATUS", "Running");
    vars_set(&v, "COL-LAST SEEN", "5m");
    vars_set(&v, "COL-CPU/R", "10m");
    vars_set(&v, "COL-SUSPEND", "False");
    return v;
}

static void check_words(const char *name, const char *words, const char *want)
{
    struct vars v = example(name);
    struct err err = { 0 };
    struct buf out = BUF_INIT;
    char **argv;
    json_t *doc = yaml_load(words, strlen(words), "w", &err);
    assert_non_null(doc);
    if (vars_argv(&v, doc, &argv, &err))
        for (size_t i = 0; argv[i]; i++)
            buf_printf(&out, "[%s]", argv[i]);
    else
        buf_puts(&out, err.msg);
    if (!str_eq(out.s, want))
        fail_msg("%s with %s: %s, not %s", words, name, out.s, want);
    vars_free_list(argv);
    json_decref(doc);
    buf_release(&out);
    vars_release(&v);
}

static void substitution(void **state)
{
    static const char evil[] = "a; $(reboot) 'b\" $NAMESPACE";
    (void)state;
    check_words("web", "[echo, $NAME, '$NAMESPACE/$NAME', '${NAME}x']", "[echo][web][shop/web][webx]");
    check_words("web", "[echo, '$$NAME', '$HOME', '$1', '$', 'a$']", "[echo][$NAME][$HOME][$1][$][a$]");
    check_words("web", "[echo, '$RESOURCE_NAME.$GROUP', '$RESOURCE']", "[echo][pods.][pods]");
    check_words("web", "[echo, '$COL-STATUS', '$COL-status.txt', '${COL-LAST SEEN}', '$COL-CPU/R']",
        "[echo][Running][Running.txt][5m][10m]");
    check_words("web", "[echo, '{\"suspend\": $!COL-SUSPEND}']", "[echo][{\"suspend\": true}]");
    check_words("web", "[echo, $!NAME]", "$!NAME: \"web\" is neither true nor false");
    check_words("web", "[echo, $COL-NOPE]", "there is no column NOPE here");
    check_words("web", "[echo, $POD]", "what is selected has no $POD");
    // One argument stays one, whatever is in it, and is not looked at again
    check_words(evil, "[echo, $NAME]", "[echo][a; $(reboot) 'b\" $NAMESPACE]");
    // Code is left alone
    check_words(evil, "[sh, -c, 'echo $NAME']", "[sh][-c][echo $NAME]");
    check_words(evil, "[/bin/bash, --norc, -o, pipefail, -ec, 'echo $NAME', x, $NAME]",
        "[/bin/bash][--norc][-o][pipefail][-ec][echo $NAME][x][a; $(reboot) 'b\" $NAMESPACE]");
    check_words(evil, "[env, A=$NAMESPACE, python3.12, -c, 'print(\"$NAME\")']",
        "[env][A=shop][python3.12][-c][print(\"$NAME\")]");
    check_words("web", "[sh, -c, 'echo $POD']", "what is selected has no $POD");
    check_words("web", "[sh, -c, 'echo ${POD:-none}']", "[sh][-c][echo ${POD:-none}]");
    check_words("web", "[sh, -c, '[ -n \"$POD\" ] && echo $POD']", "[sh][-c][[ -n \"$POD\" ] && echo $POD]");
    // Nothing becomes an option, and nothing reaches a shell behind a program that starts one
    check_words("--all", "[kubectl, delete, pod, $NAME]", "$NAME is \"--all\" here, which a program takes for an option");
    check_words("--all", "[kubectl, delete, pod, --name=$NAME]", "[kubectl][delete][pod][--name=--all]");
    check_words("web", "[ssh, host, 'ls $NAME']", "[ssh][host][ls web]");
    check_words("a;reboot", "[ssh, host, 'ls $NAME']", "$NAME holds what a shell would read as more than a name: \"a;reboot\"");
    check_words("a;reboot", "[sh, -c, 'watch \"ls $NAME\"']",
        "$NAME holds what a shell would read as more than a name: \"a;reboot\"");
}

// What was typed stays one argument, may begin with a -, and is no argument where it is empty.
static void inputs(void **state)
{
    static const char words[] = "[kubectl, $INPUT_TAIL, '--x=$INPUT_NOTE', $INPUT_NOTE, $!INPUT_ON]";
    static const char *const cases[][2] = {
        { "-5|a b;$(c) $NAME|true", "[kubectl][-5][--x=a b;$(c) $NAME][a b;$(c) $NAME][false]" },
        { "1||false", "[kubectl][1][--x=][true]" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const char *const names[] = { "INPUT_TAIL", "INPUT_NOTE", "INPUT_ON" };
        struct vars v = { 0 };
        struct err err = { 0 };
        struct buf out = BUF_INIT;
        const char *p = cases[i][0];
        for (size_t k = 0; k < ARRAY_SIZE(names); k++, p += strcspn(p, "|"), p += *p == '|') {
            char *value = xstrndup(p, strcspn(p, "|"));
            vars_set(&v, names[k], value);
            free(value);
        }
        json_t *doc = yaml_load(words, strlen(words), "w", &err);
        char **argv;
        assert_true(vars_argv(&v, doc, &argv, &err));
        for (size_t k = 0; argv[k]; k++)
            buf_printf(&out, "[%s]", argv[k]);
        assert_string_equal(out.s, cases[i][1]);
        vars_free_list(argv);
        json_decref(doc);
        buf_release(&out);
        vars_release(&v);
    }
}

// Of a command's line.
static void given(void **state)
{
    static const char text[] =
        "commands: [{name: x, command: [a], inputs: [{name: size, required: true}, {name: num, type: number}, {name: flag, type: bool}, "
        "{name: how, options: [a, b]}]}]";
    static const struct {
        const char *line, *said, *size;
    } cases[] = { { "", "", NULL }, { "size=10Gi", "", "10Gi" }, { "\"size=a b\" num=-1.5e3 flag=true how=b", "", "a b" },
        { "size=", "size: size must be given", "" }, { "num=ten", "num: \"ten\" is no number", NULL },
        { "num=inf", "num: \"inf\" is no number", NULL }, { "num=0x1", "num: \"0x1\" is no number", NULL },
        { "flag=yes", "flag: \"yes\" is neither true nor false", NULL }, { "how=c", "how: \"c\" is none of those offered", NULL },
        { "sise=1", "sise=1: INPUT=VALUE is what it takes; its inputs: size, num, flag, how", NULL },
        { "size", "size: INPUT=VALUE is what it takes; its inputs: size, num, flag, how", NULL } };
    struct customs all = { 0 };
    struct buf problems = BUF_INIT;
    (void)state;
    parse(text, &all, &problems);
    assert_string_equal(problems.s, "");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct answers a = { 0 };
        struct err err = { 0 };
        inputs_given(&all.v.v[0].inputs, cases[i].line, &a, &err);
        assert_string_equal(err.msg, cases[i].said);
        assert_true(str_eq(a.v[0], cases[i].size));
        answers_release(&a);
    }
    custom_release(&all);
    buf_release(&problems);
}

static const char *env_of(char **env, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; env[i]; i++)
        if (strncmp(env[i], name, n) == 0 && env[i][n] == '=')
            return env[i] + n + 1;
    return NULL;
}

static void environment(void **state)
{
    struct vars v = example("web");
    json_t *plain = json_pack("[s,s]", "echo", "$USER"), *code = json_pack("[s,s,s]", "sh", "-c", "echo $USER");
    (void)state;
    setenv("USER", "me", 1);
    setenv("POD", "not this one", 1);
    setenv("NAME", "nor this", 1);
    char **env = vars_env(&v, plain), **with = vars_env(&v, code);
    assert_string_equal(env_of(env, "NAME"), "web");
    assert_string_equal(env_of(env, "COL_CPU_R"), "10m");
    assert_string_equal(env_of(env, "COL_LAST_SEEN"), "5m");
    assert_string_equal(env_of(env, "USER"), "me"); // other programs are meant by it
    assert_string_equal(env_of(with, "USER"), "admin");
    assert_null(env_of(env, "POD")); // of what is around kview
    vars_free_list(env);
    vars_free_list(with);
    json_decref(plain);
    json_decref(code);
    vars_release(&v);
}

static void quoting(void **state)
{
    struct buf out = BUF_INIT;
    const char *argv[] = { "echo", "a b", "it's", "", "x", NULL };
    (void)state;
    vars_put_quoted(&out, (char *const *)argv);
    assert_string_equal(out.s, "echo 'a b' 'it'\\''s' '' x");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(faults), cmocka_unit_test(defaults), cmocka_unit_test(kinds),
        cmocka_unit_test(substitution), cmocka_unit_test(inputs), cmocka_unit_test(given), cmocka_unit_test(environment), cmocka_unit_test(quoting) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
