// The table's layout: widths of all rows, which columns leave on a narrow screen, in what order, and how names are cut.
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "ui/table.h"

enum { NAME, READY, STATUS, RESTARTS, CPU, IP, AGE, NCOLS, NROWS = 40 };

static const struct table_col cols[NCOLS] = {
    { "NAME", .key = true },
    { "READY", .rank = 1 },
    { "STATUS", .state = true },
    { "RESTARTS", .rank = 5 },
    { "CPU", .right = true },
    { "IP" },
    { "AGE", .right = true, .rank = 2 },
};
static const char *cells[NCOLS] = { "broken-export-29928375-x2k4q", "0/1", "CrashLoopBackOff", "7", "12m",
    "10.244.11.24", "9m" };

static size_t count(void *arg)
{
    (void)arg;
    return NROWS;
}

static style_t cell(void *arg, size_t row, size_t col, struct buf *out)
{
    (void)arg;
    if (col == IP && row == NROWS - 1) // below what is seen
        buf_printf(out, "2001:db8:85a3:8d3:1319:8a2e:370:7348");
    else
        buf_printf(out, "%s", cells[col]);
    return ROLE_TEXT;
}

// The lines of the screen as text, without trailing blanks.
static void line(const struct canvas *c, int y, char *out, size_t n)
{
    size_t used = 0;
    for (int x = 0; x < c->w; x++)
        used += (size_t)snprintf(out + used, n - used, "%s", *c->cells[y * c->w + x].text ? c->cells[y * c->w + x].text : " ");
    while (used && out[used - 1] == ' ')
        out[--used] = '\0';
}

static void paint(struct table *t, int width, char *head, char *row, size_t n)
{
    struct canvas *c = canvas_new(10, width);
    struct table_source src = { NULL, count, cell, NULL };
    t->cursor = 1;
    table_paint(t, &src, c, (struct rect) { 0, 0, 10, width }, true);
    line(c, 0, head, n);
    line(c, 1, row, n);
    canvas_free(c);
}

static void leaving(void **state)
{
    static const struct {
        int width;
        const char *head, *row;
    } want[] = {
        { 140, "  NAME                          READY  STATUS            RESTARTS  CPU  IP                                    AGE",
            "  broken-export-29928375-x2k4q  0/1    CrashLoopBackOff  7         12m  10.244.11.24                           9m" },
        { 104, "  NAME                          READY  STATUS            RESTARTS  CPU  IP                           AGE",
            "  broken-export-29928375-x2k4q  0/1    CrashLoopBackOff  7         12m  10.244.11.24                  9m" },
        { 80, "  NAME                         READY STATUS           RESTARTS CPU AGE      +1 →",
            "  broken-export-29928375-x2k4q 0/1   CrashLoopBackOff 7        12m  9m" },
        { 60, "  NAME                         READY STATUS             +4 →",
            "  broken-export-29928375-x2k4q 0/1   CrashLoopBackOff" },
        { 40, "  NAME                  STATUS      +5 →", "  broken-exp…8375-x2k4q CrashLoopBackOff" },
        { 24, "  NAME         STAT +5 →", "  broken…x2k4q Crash…" },
    };
    struct table t;
    char head[1024], row[1024];
    (void)state;
    table_init(&t);
    table_set_cols(&t, cols, NCOLS);
    t.more_key = "→";
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
        paint(&t, want[i].width, head, row, sizeof(head));
        assert_string_equal(head, want[i].head);
        assert_string_equal(row, want[i].row);
    }
    table_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(leaving) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
