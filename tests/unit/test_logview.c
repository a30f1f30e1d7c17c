// What the logs view says of what it shows: how far it is complete, and what a typed time means.
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/timeutil.h"
#include "views/logview.h"

static void completeness(void **state)
{
    static const int64_t at = INT64_C(1773324131) * NS_PER_S; // 2026-03-12T14:02:11Z
    struct logset_status st = { .finding = true };
    struct buf out = BUF_INIT;
    (void)state;
    assert_int_equal(logs_put_complete(&st, true, &out), ROLE_DIM);
    assert_string_equal(out.s, "reading …");
    buf_clear(&out);
    st = (struct logset_status) { .complete_to = at };
    assert_int_equal(logs_put_complete(&st, true, &out), ROLE_OK);
    assert_string_equal(out.s, "complete to 14:02:11Z ✓");
    buf_clear(&out);
    st.gaps = 3;
    st.gap_from = at - 9 * NS_PER_S;
    st.gap_to = at;
    assert_int_equal(logs_put_complete(&st, true, &out), ROLE_BAD);
    assert_string_equal(out.s, "missing: 14:02:02Z–14:02:11Z and 2 before");
    buf_release(&out);
}

static void times(void **state)
{
    int64_t when, now = time_now();
    (void)state;
    assert_true(logs_parse_when("2026-03-12T14:02:11Z", false, &when));
    assert_int_equal(when, 1773324131);
    static const char *const clocks[] = { "00:00", "23:59:59", "12:30" };
    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) { // the last time it was that late
        assert_true(logs_parse_when(clocks[i], true, &when));
        assert_true(when <= now && when > now - 86400);
    }
    static const char *const wrong[] = { "", "x", "25", "12:", ":30" };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_false(logs_parse_when(wrong[i], true, &when));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completeness),
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
