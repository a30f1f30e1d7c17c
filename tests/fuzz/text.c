// What a user types (filters, view texts, searches, numbers) and how foreign text reaches the screen.
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/key.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "client/quantity.h"
#include "list/ctx.h"
#include "list/filter.h"
#include "list/spec.h"
#include "tests/fuzz/clean.h"
#include "ui/canvas.h"
#include "ui/snapshot.h"
#include "ui/text.h"

// ---- filter: its text on the first line, the cells of a row on the others

struct cells {
    const char *text;
};

static const char *column_name(void *arg, size_t col)
{
    static const char *const names[] = { "NAME", "STATUS", "RESTARTS", "AGE", "CPU", "MEM" };
    (void)arg;
    return names[col];
}

static void cell_text(void *arg, size_t col, struct buf *out)
{
    const char *s = ((struct cells *)arg)->text;
    for (; col && *s; col--) {
        s += strcspn(s, "\n");
        s += *s == '\n';
    }
    buf_add(out, s, strcspn(s, "\n"));
}

static bool cell_number(void *arg, size_t col, double *out)
{
    (void)arg;
    *out = (double)col * 100;
    return col >= 2;
}

static const char *cell_label(void *arg, const char *key)
{
    (void)arg;
    return str_eq(key, "app") ? "web" : NULL;
}

void fuzz_filter(const char *data, size_t n)
{
    char head[400], inverse[420];
    struct cells cells = { data + fuzz_head(data, n, head, sizeof(head)) };
    struct filter_columns cols = { .n = 6, .shown = 5, .name = column_name };
    struct filter_row row = { &cells, cell_text, cell_number, cell_label };
    struct err err = { 0 };
    struct filter *f = filter_new(head, &cols, &err);
    FUZZ_CHECK((f != NULL) != err_is(&err));
    if (!f)
        return;
    bool pass = filter_match(f, &row);
    FUZZ_CHECK(pass == filter_match(f, &row));
    snprintf(inverse, sizeof(inverse), "not ( %s )", head);
    struct filter *not = filter_new(inverse, &cols, &err);
    if (not && head[strspn(head, " \t\r\v\f")] && !strpbrk(head, "\"\\")) // a quote left open takes the parenthesis
        FUZZ_CHECK(filter_match(not, &row) == !pass);
    filter_free(not);
    filter_free(f);
}

// ---- view texts: written back they parse to the same

static bool same_spec(const struct spec *a, const struct spec *b)
{
    return str_eq(a->view, b->view) && str_eq(a->ns, b->ns) && str_eq(a->labels, b->labels) &&
           str_eq(a->fields, b->fields) && str_eq(a->context, b->context) && str_eq(a->name, b->name) &&
           str_eq(a->owner_uid, b->owner_uid) && str_eq(a->uses, b->uses) && str_eq(a->rest, b->rest) &&
           str_eq(str_or(a->filter, NULL), str_or(b->filter, NULL));
}

void fuzz_spec(const char *data, size_t n)
{
    struct spec a, b;
    struct err err = { 0 };
    struct buf text = BUF_INIT, again = BUF_INIT;
    char identity[256];
    (void)n;
    ctx_split_name(data, identity, sizeof(identity));
    if (!spec_parse(&a, data, &err)) {
        FUZZ_CHECK(err_is(&err));
        return;
    }
    spec_text(&a, &text);
    FUZZ_CHECK(spec_parse(&b, text.s, &err));
    FUZZ_CHECK(same_spec(&a, &b));
    spec_release(&a);
    spec_release(&b);
    buf_release(&text);
    buf_release(&again);
}

// ---- numbers and times

void fuzz_number(const char *data, size_t n)
{
    int64_t v, back;
    int32_t nsec;
    char out[64];
    if (quantity_milli(data, &v))
        quantity_format_cpu(v, out);
    if (quantity_bytes(data, &v))
        quantity_format_mem(v, out);
    if (time_parse_rfc3339(data, &v, &nsec)) {
        FUZZ_CHECK(nsec >= 0 && nsec < 1000000000);
        human_age(1700000000, v, out);
        time_format_rfc3339(v, out);
        if (v > -60000000000 && v < 250000000000) // four digits of year
            FUZZ_CHECK(time_parse_rfc3339(out, &back, NULL) && back == v);
    }
    if (duration_parse(data, &v)) {
        FUZZ_CHECK(v >= 0);
        human_duration(v, out);
    }
    if (str_to_i64(data, &v))
        human_duration(v, out);
    struct key k, again;
    if (key_parse(data, n, &k)) {
        key_format(k, out, sizeof(out));
        FUZZ_CHECK(key_parse(out, strlen(out), &again) && key_eq(k, again));
    }
}

// ---- helpers on strings: two of them, one a line

void fuzz_strings(const char *data, size_t n)
{
    char a[200];
    const char *b = data + fuzz_head(data, n, a, sizeof(a));
    struct buf bin = BUF_INIT, text = BUF_INIT, back = BUF_INIT;
    int ab = str_natural_cmp(a, b), ba = str_natural_cmp(b, a);
    FUZZ_CHECK((ab > 0) == (ba < 0) && (ab == 0) == (ba == 0));
    FUZZ_CHECK(str_distance(a, b, 3) == str_distance(b, a, 3));
    FUZZ_CHECK(str_fuzzy(a, a) >= 0);
    str_fuzzy(a, b);
    if (b64_decode(b, strlen(b), &bin)) {
        b64_encode(bin.s, bin.n, &text);
        FUZZ_CHECK(b64_decode(text.s, text.n, &back) && back.n == bin.n && !memcmp(back.s, bin.s, bin.n));
    }
    buf_clear(&text);
    str_url_escape(&text, b);
    for (const char *p = text.s; *p; p++)
        FUZZ_CHECK(*p > ' ' && *p < 0x7f && !strchr("/?#&=+\"", *p));
    char *copy = xstrdup(b), *with = str_replace_first(a, "%s", b);
    str_trim(copy);
    free(copy);
    free(with);
    buf_release(&bin);
    buf_release(&text);
    buf_release(&back);
}

// ---- the screen: nothing foreign acts on the terminal, nothing shifts a column

void fuzz_screen(const char *data, size_t n)
{
    struct buf clean = BUF_INIT, shot = BUF_INIT;
    utf8_sanitise(&clean, data, n);
    check_clean(clean.s, clean.n);
    for (int cols = 0; cols < 9; cols++) {
        size_t fit = utf8_fit(clean.s, clean.n, cols);
        char *part = xstrndup(clean.s, fit);
        FUZZ_CHECK(fit <= clean.n && utf8_width(part) <= cols);
        free(part);
    }
    struct canvas *c = canvas_new(6, 23);
    for (int ascii = 0; ascii < 2; ascii++) {
        c->ascii = ascii;
        canvas_clear(c);
        for (int y = 0; y < c->h; y++) { // over what is there already, at every offset and width
            int used = canvas_putn(c, y, y * 3 - 4, 5 + y * 4, ROLE_TEXT, data, n);
            FUZZ_CHECK(used >= 0 && used <= 5 + y * 4);
            canvas_put_right(c, y, 9, y * 2, ROLE_BAD, data);
        }
        canvas_box(c, (struct rect) { 1, (int)(n % 20), 4, 12 }, ROLE_BORDER, data);
        check_canvas(c);
    }
    snapshot_text(c, &shot);
    snapshot_svg(c, theme_find("dark"), clean.s, &shot);
    canvas_free(c);
    buf_release(&clean);
    buf_release(&shot);
}

// ---- the pager: a search on the first line, the text after it

void fuzz_pager(const char *data, size_t n)
{
    char pattern[64];
    struct text t, old;
    struct err err = { 0 };
    const char *p = data + fuzz_head(data, n, pattern, sizeof(pattern));
    text_init(&t);
    text_init(&old);
    text_add(&old, "kept");
    for (const char *end = data + n; p < end; p++) {
        char *line = xstrndup(p, strcspn(p, "\n"));
        text_span(text_add(&t, line), 2, 4, ROLE_KEY);
        p += strlen(line);
        free(line);
    }
    text_replace(&old, &t);
    struct canvas *c = canvas_new(9, 30);
    FUZZ_CHECK(text_search(&old, pattern, &err) || err_is(&err));
    size_t at, hits = text_search_count(&old, &at);
    FUZZ_CHECK(at <= hits);
    FUZZ_CHECK(text_search_next(&old, 1) == (hits > 0));
    for (int step = 0; step < 8; step++) {
        text_fold_all(&old, step % 4 - 1);
        text_move(&old, step * 3 - 8);
        text_goto(&old, (size_t)step * 2);
        text_fold(&old, (size_t)step);
        text_scroll_cols(&old, step - 3);
        text_search_next(&old, -1);
        old.wrap = step & 1;
        text_paint(&old, c, (struct rect) { 1, 2, 7, 25 }, step & 2);
        FUZZ_CHECK(old.cursor == 0 || old.cursor < old.lines.n);
        check_canvas(c);
    }
    canvas_free(c);
    text_release(&old);
    text_release(&t);
}
