// A row without metadata.name: every command of a row says so, and none opens anything (they opened each other without end).
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "views/rowlink.h"

static const char *name;

static bool selection(struct view *v, struct selection *out)
{
    (void)v;
    *out = (struct selection) { .gvr = { "", "v1", "pods", true }, .api_kind = "Pod", .ns = "shop", .name = name, .uid = "" };
    return true;
}

static void nameless(void **state)
{
    static const char *const commands[] = { "describe", "yaml", "tree", "rollback", "owner", "used-by", "events-of", "logs",
        "logs-previous", "shell", "attach", "forward-to" };
    static const struct view_ops ops = { .selection = selection };
    struct view v = { .ops = &ops };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(commands) * 2; i++) {
        struct call call = { commands[i / 2], "" };
        struct err err = { 0 };
        name = i % 2 ? "" : NULL;
        assert_true(rowlink_open(&v, &call, &err));
        if (!strstr(err.msg, "no metadata.name"))
            fail_msg("%s says: %s", call.name, err.msg);
    }
}

static void nothing(void **state)
{
    static const struct view_ops ops = { .selection = NULL };
    struct view v = { .ops = &ops };
    struct call call = { "describe", "" };
    struct err err = { 0 };
    (void)state;
    assert_true(rowlink_open(&v, &call, &err));
    assert_string_equal(err.msg, "nothing is selected");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nameless), cmocka_unit_test(nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
