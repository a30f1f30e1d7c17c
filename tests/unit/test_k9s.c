// What k9s writes in kview's words: keys, kinds, lines of the prompt, the code of its plugins.
#include "tests/unit/unit.h"

#include <string.h>

#include "app/command.h"
#include "app/custom.h"
#include "app/k9s.h"
#include "base/str.h"
#include "keymaps/keymap.h"

static void keys(void **state)
{
    static const char *const cases[][2] = { { "Shift-R", "R" }, { "Ctrl-L", "C-l" }, { "F5", "F5" }, { "g", "g" },
        { "Shift-1", "!" }, { "Shift-0", ")" }, { "Ctrl-Space", "C-Space" }, { "Delete", "Del" }, { "Alt-x", "M-x" },
        { "Shift-F3", "S-F3" }, { "Ctrl-M", NULL }, { "Ctrl-I", NULL }, { "Ctrl-H", NULL }, { "Ctrl-J", NULL },
        { "F13", NULL }, { "Hyper-A", NULL }, { "", NULL } };
    char out[32];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool ok = k9s_key(cases[i][0], out, sizeof(out));
        if (!str_eq(ok ? out : NULL, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], ok ? out : "none");
    }
}

static void lines(void **state)
{
    static const char *const cases[][2] = { { "pods", "pods" }, { "v1/pods", "pods" }, { "pods kube-system", "pods -n kube-system" },
        { "apps/v1/deployments", "deployments" }, { "acme.io/v1/gadgets shop", "gadgets.acme.io -n shop" },
        { "po /crash loop", "po /crash loop" }, { "deploy shop app=web,x=y @prod", "deploy -n shop -l app=web,x=y @prod" },
        { "pf", "forwards" }, { "ctx prod", "ctx prod" }, { "xray deploy", NULL }, { "pulses", NULL }, { "", NULL },
        { "pods $NAMESPACE", NULL } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *why;
        char *out = k9s_line(cases[i][0], &why);
        if (!str_eq(out, cases[i][1]) || (!out && !why))
            fail_msg("%s: %s", cases[i][0], out ? out : why);
        free(out);
    }
}

static void code(void **state)
{
    static const struct {
        const char *from, *want; // NULL: it cannot be taken
        bool changed;
    } cases[] = {
        { "echo hello", "echo hello", false },
        { "echo \"$NAME\"", "echo \"${NAME}\"", false },
        { "echo $NAME | less", "echo \"${NAME}\" | less", true },
        { "jq '.x==\"$NAME\"'", "jq '.x==\"'\"${NAME}\"'\"'", true },
        { "a=$(get $NAME \"$(x '$NAME')\")", "a=$(get \"${NAME}\" \"$(x ''\"${NAME}\"'')\")", true },
        { "echo $COL-READY/x", "echo \"${COL_READY_x}\"", true },
        { "echo \"$COL-STATUS\"", "echo \"${COL_STATUS}\"", true },
        { "verb=x; echo $verb ${NAME} $HOME $1", "verb=x; echo $verb ${NAME} $HOME $1", false },
        { "cut -d$'\\t' # it's $NAME\necho $NAME", "cut -d$'\\t' # it's $NAME\necho \"${NAME}\"", true },
        { "echo it\\'s $NAME", "echo it\\'s \"${NAME}\"", true },
        { "cat <<E\n$NAME\nE", "cat <<E\n${NAME}\nE", true },
        { "echo $!COL-SUSPEND", NULL, false },
        { "echo $INPUT_SIZE", "echo \"${INPUT_SIZE}\"", true },
        // After a here-document quotes are needed again
        { "{ cat <<-E\nit's $NAME \\$NAME\n\tE\n} | x $NAME", "{ cat <<-E\nit's ${NAME} \\$NAME\n\tE\n} | x \"${NAME}\"", true },
        { "cat <<E | x $NAME\n$NAME", "cat <<E | x \"${NAME}\"\n${NAME}", true },
        { "cat <<'E'\n$HOME 'x\nE\necho '$NAME'", "cat <<'E'\n$HOME 'x\nE\necho ''\"${NAME}\"''", true },
        { "cat <<'E'\n$NAME\nE", NULL, false },
        { "cat <<A <<B\n", NULL, false },
        { "cat <<<\"$NAME\" $NAME", "cat <<<\"${NAME}\" \"${NAME}\"", true },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf out = BUF_INIT;
        const char *why;
        bool changed, ok = k9s_code(cases[i].from, &out, &changed, &why);
        if (!str_eq(ok ? out.s : NULL, cases[i].want))
            fail_msg("%s: %s", cases[i].from, ok ? out.s : why);
        buf_release(&out);
    }
}

// Some of the community's (fixtures/k9s/README): what is said of each, and that kview takes what was made of it.
static void plugins(void **state)
{
    static const char want[] =
        "left plugins/argo-rollouts-powershell.yaml:8: plugin argo-rollouts-get: PowerShell reads its arguments as code, in which a name could say anything\n"
        "left plugins/argo-rollouts-powershell.yaml:28: plugin argo-rollouts-watch: PowerShell reads its arguments as code, in which a name could say anything\n"
        "left plugins/argo-rollouts-powershell.yaml:49: plugin argo-rollouts-promote: PowerShell reads its arguments as code, in which a name could say anything\n"
        "left plugins/argo-rollouts-powershell.yaml:68: plugin argo-rollouts-restart: PowerShell reads its arguments as code, in which a name could say anything\n"
        "changed plugins/debug-container.yaml:4: plugin debug: its name is k9s-debug; its code reads the variables from the environment, in quotes: no name can add to it; in its lists D is no longer `debug`\n"
        "changed plugins/dive.yaml:2: plugin dive: in its lists d is no longer `describe`\n"
        "left plugins/helm-values.yaml:4: plugin helm-values: kview has no list \"helm\" that it could be for\n"
        "changed plugins/job-suspend.yaml:3: plugin toggleCronjob: its name is togglecronjob; in its lists C-s is no longer `save`\n"
        "changed plugins/keda-toggle.yaml:2: plugin toggle-keda: its code reads the variables from the environment, in quotes: no name can add to it; what it prints is kept for :output\n"
        "changed plugins/log-jq.yaml:3: plugin jqlogs: no key: Ctrl-J is none that a terminal tells apart\n"
        "taken plugins/log-stern.yaml:3: plugin stern\n"
        "changed plugins/pvc-debug-container.yaml:2: plugin pvc-shell: its code reads the variables from the environment, in quotes: no name can add to it; in its lists s is no longer `shell`\n"
        "changed plugins/pvc-resize.yaml:2: plugin resize-pvc: in its lists r is no longer `reveal`\n"
        "changed plugins/remove-finalizers.yaml:11: plugin remove_finalizers: its name is remove-finalizers; no key: C-f is kview's for `page-down` (a key: line gives it one)\n";
    static const char *const verdicts[] = { [K9S_TAKEN] = "taken", [K9S_CHANGED] = "changed", [K9S_LEFT] = "left" };
    struct k9s k = { .dir = "tests/unit/fixtures/k9s", .out = json_object(), .skins = json_object(),
        .keys = keymap_new(command_known) };
    struct buf said = BUF_INIT, problems = BUF_INIT;
    struct customs all = { 0 };
    (void)state;
    keymap_load_builtin(k.keys, "default", &problems);
    k9s_read(&k);
    for (size_t i = 0; i < k.notes.n; i++)
        buf_printf(&said, "%s %s: %s\n", verdicts[k.notes.v[i].verdict], k.notes.v[i].at, k.notes.v[i].text);
    assert_string_equal(said.s, want);
    custom_parse(&all, json_object_get(k.out, "commands"), NULL, "made", &problems);
    assert_string_equal(problems.s, "");
    const struct custom *debug = custom_find(&all, "k9s-debug"), *resize = custom_find(&all, "resize-pvc");
    assert_non_null(debug);
    assert_int_equal(debug->inputs.v.n, 3);
    assert_int_equal(debug->inputs.v.v[0].type, INPUT_DROPDOWN);
    assert_int_equal(json_array_size(debug->inputs.v.v[0].options), 4);
    assert_string_equal(debug->inputs.v.v[2].fallback, "true");
    assert_non_null(strstr(json_string_value(json_array_get(debug->words, 2)), "--image=\"${INPUT_IMAGE}\""));
    assert_non_null(resize);
    assert_true(resize->confirm && resize->mutates && resize->inputs.v.v[0].required);
    assert_string_equal(resize->inputs.v.v[0].label, "New size (e.g. 10Gi)");
    buf_release(&said);
    buf_release(&problems);
    custom_release(&all);
    k9s_release(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(keys), cmocka_unit_test(lines), cmocka_unit_test(code),
        cmocka_unit_test(plugins) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
