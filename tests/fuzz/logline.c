// A line of a container's log: cleaned, its level, its fields, its record; and a filter typed over it.
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "logs/filter.h"
#include "logs/record.h"
#include "logs/text.h"
#include "tests/fuzz/clean.h"

static void check_text(const struct logtext *t)
{
    check_clean(t->text.s, t->text.n);
    for (size_t i = 0; i < t->inks.n; i++)
        FUZZ_CHECK(t->inks.v[i].at <= t->text.n && (!i || t->inks.v[i - 1].at <= t->inks.v[i].at));
}

// The filter on the first line, the log's line after it.
void fuzz_logline(const char *data, size_t n)
{
    char head[200];
    size_t at = fuzz_head(data, n, head, sizeof(head)), name_n;
    const char *s = data + at, *name;
    struct logline line = { .text = s, .n = (uint32_t)(n - at) };
    struct logtext t;
    struct buf out = BUF_INIT;
    struct err err = { 0 };
    n -= at;
    logtext_init(&t);
    logtext_set(&t, s, n);
    check_text(&t);
    line.level = (uint8_t)logtext_level(s, n);
    FUZZ_CHECK(*logtext_level_name((enum log_level)line.level) || !line.level);
    logtext_goes_on(s, n);
    if (logrecord_put(s, n, (enum log_level)line.level, &out)) {
        logtext_set(&t, out.s, out.n);
        check_text(&t);
    } else {
        FUZZ_CHECK(out.n == 0);
    }
    for (size_t pos = 0, before = 0; logtext_logfmt(s, n, &pos, &name, &name_n, &out); before = pos)
        FUZZ_CHECK(pos > before && name >= s && name + name_n <= s + n);
    struct logfilter *f = logfilter_new(head, &err);
    if (f)
        logfilter_match(f, &line);
    else
        FUZZ_CHECK(err_is(&err));
    logfilter_free(f);
    logtext_release(&t);
    buf_release(&out);
}
