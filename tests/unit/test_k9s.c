// What k9s writes in kview's words: keys, kinds, lines of the prompt, the code of its plugins.
#include "tests/unit/unit.h"

#include <string.h>

#include "app/k9s.h"
#include "base/str.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(keys), cmocka_unit_test(lines), cmocka_unit_test(code) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
