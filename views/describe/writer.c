#include "views/describe/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "base/utf8.h"
#include "kinds/common.h"
#include "kinds/kind.h"

enum { MAX_ANNOTATION = 140, PADDING = 2, MAX_COLUMNS = 16, EVENT_CELLS = 5 };

void dw(struct dw *w, int level, const char *fmt, ...)
{
    va_list ap;
    for (int i = 0; i < level + w->nest; i++)
        buf_puts(&w->b, "  ");
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    buf_reserve(&w->b, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(w->b.s + w->b.n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    w->b.n += (size_t)n;
}

// ---- layout: text/tabwriter

struct tab_cell {
    const char *s;
    size_t n;
    int width;
};
struct tab_row {
    ARR(struct tab_cell) cells; // the last one is not ended by a tab and belongs to no column
};
struct tab_table {
    ARR(struct tab_row) rows;
    int widths[MAX_COLUMNS];
    int nwidths;
    struct text *out;
};

static const struct {
    const char *word;
    style_t style;
} words[] = { { "Running", ROLE_OK }, { "Bound", ROLE_OK }, { "Active", ROLE_OK },
    { "True", ROLE_OK }, { "Succeeded", ROLE_OK }, { "Available", ROLE_OK },
    { "Waiting", ROLE_WARN }, { "Terminating", ROLE_BAD }, { "Pending", ROLE_WARN }, { "Unknown", ROLE_WARN },
    { "Released", ROLE_WARN }, { "Failed", ROLE_BAD }, { "Lost", ROLE_BAD }, { "Error", ROLE_BAD },
    { "OOMKilled", ROLE_BAD }, { "CrashLoopBackOff", ROLE_BAD }, { "ImagePullBackOff", ROLE_BAD },
    { "ErrImagePull", ROLE_BAD }, { "ErrImageNeverPull", ROLE_BAD },
    { "InvalidImageName", ROLE_BAD }, { "CreateContainerConfigError", ROLE_BAD },
    { "CreateContainerError", ROLE_BAD }, { "RunContainerError", ROLE_BAD },
    { "Evicted", ROLE_BAD }, { "<error>", ROLE_BAD }, { "<none>", ROLE_DIM },
    { "<unset>", ROLE_DIM }, { "…", ROLE_INFO } };

static bool is_dashes(const struct tab_row *r)
{
    const char *s = r->cells.v[0].s + strspn(r->cells.v[0].s, " ");
    return strncmp(s, "---", 3) == 0 && r->cells.n > 1;
}

static void colour_cell(struct text_line *l, size_t at, const struct tab_cell *c)
{
    size_t lead = 0, n = c->n;
    while (lead < n && c->s[lead] == ' ')
        lead++;
    while (n > lead && c->s[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        size_t len = strlen(words[i].word);
        if (n - lead >= len && memcmp(c->s + lead, words[i].word, len) == 0 &&
            (n - lead == len || strncmp(c->s + lead + len, " (lasts ", 8) == 0))
            text_span(l, at + lead, len, words[i].style);
    }
}

static void colour(struct tab_table *t, size_t row, struct text_line *l, const size_t *starts)
{
    const struct tab_row *r = &t->rows.v[row];
    const struct tab_cell *first = &r->cells.v[0];
    size_t lead = strspn(l->s, " "), n = strlen(l->s);
    const char *colon = memchr(first->s, ':', first->n);
    if (is_dashes(r)) {
        text_span(l, 0, n, ROLE_DIM);
    } else if (row + 1 < t->rows.n && is_dashes(&t->rows.v[row + 1])) {
        text_span(l, 0, n, ROLE_HEADER);
    } else if (strncmp(l->s + lead, "Warning ", 8) == 0 && r->cells.n >= 4) {
        text_span(l, 0, n, ROLE_WARN);
    } else {
        // A key: the first cell when it ends with a colon, or the words before ": " where there is one cell
        size_t key = first->n;
        while (key && first->s[key - 1] == ' ')
            key--;
        bool whole = key && first->s[key - 1] == ':';
        if (whole && (r->cells.n > 1 || lead < 8))
            text_span(l, lead, key - lead, ROLE_KEY);
        else if (!whole && colon && colon[1] == ' ' && r->cells.n == 1 && lead < 6)
            text_span(l, lead, (size_t)(colon - first->s) + 1 - lead, ROLE_KEY);
        for (size_t i = 1; i < r->cells.n; i++)
            colour_cell(l, starts[i], &r->cells.v[i]);
    }
}

static void write_row(struct tab_table *t, size_t row)
{
    const struct tab_row *r = &t->rows.v[row];
    struct buf b = BUF_INIT;
    size_t *starts = xcalloc(r->cells.n, sizeof(*starts));
    for (size_t i = 0; i < r->cells.n; i++) {
        starts[i] = b.n;
        buf_add(&b, r->cells.v[i].s, r->cells.v[i].n);
        if (i + 1 < r->cells.n && (int)i < t->nwidths)
            for (int pad = t->widths[i] - r->cells.v[i].width; pad > 0; pad--)
                buf_putc(&b, ' ');
    }
    while (b.n && b.s[b.n - 1] == ' ')
        buf_truncate(&b, b.n - 1);
    struct text_line *l = text_add(t->out, b.s);
    const struct tab_cell *end = &r->cells.v[r->cells.n - 1];
    if (r->cells.n >= EVENT_CELLS && starts[r->cells.n - 1] <= UINT16_MAX && memchr(end->s, ' ', end->n)) // its message is prose
        l->hang = (uint16_t)starts[r->cells.n - 1];
    colour(t, row, l, starts);
    free(starts);
    buf_release(&b);
}

// A column is a block of consecutive lines that have a cell in it; within the block are the next columns.
static void format(struct tab_table *t, size_t from, size_t to)
{
    int column = t->nwidths;
    for (size_t i = from; i < to; i++) {
        if (column >= MAX_COLUMNS || (size_t)column + 1 >= t->rows.v[i].cells.n) {
            write_row(t, i);
            continue;
        }
        size_t end = i;
        int width = 0;
        for (; end < to && (size_t)column + 1 < t->rows.v[end].cells.n; end++) {
            int w = t->rows.v[end].cells.v[column].width + PADDING;
            width = w > width ? w : width;
        }
        t->widths[t->nwidths++] = width;
        format(t, i, end);
        t->nwidths--;
        i = end - 1;
    }
}

// As kubectl's printers.WriteEscaped: what `--once` prints is read by a terminal
static void escape(const char *s, struct buf *out)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '\r')
            buf_puts(out, "\\r");
        else if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
            buf_printf(out, "^%c", c ^ 0x40);
        else if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0) // C1
            buf_printf(out, "^[%c", (unsigned char)*++s - 0x40);
        else
            buf_putc(out, *s);
    }
}

void dw_layout(const char *text, struct text *out)
{
    struct tab_table t = { .out = out };
    struct buf clean = BUF_INIT;
    escape(text, &clean);
    const char *s = clean.s;
    while (*s) {
        size_t n = strcspn(s, "\n");
        struct tab_row r = { 0 };
        const char *p = s, *end = s + n;
        for (;;) {
            const char *tab = memchr(p, '\t', (size_t)(end - p));
            struct tab_cell c = { p, (size_t)((tab ? tab : end) - p), 0 };
            char *copy = xstrndup(p, c.n);
            c.width = utf8_width(copy);
            free(copy);
            arr_push(&r.cells, c);
            if (!tab)
                break;
            p = tab + 1;
        }
        arr_push(&t.rows, r);
        s += n + (s[n] == '\n');
    }
    format(&t, 0, t.rows.n);
    for (size_t i = 0; i < t.rows.n; i++)
        arr_release(&t.rows.v[i].cells);
    arr_release(&t.rows);
    buf_wipe(&clean); // may hold a Secret's values
}

void dw_plain(const char *text, struct buf *out)
{
    struct text lines;
    text_init(&lines);
    dw_layout(text, &lines);
    text_plain(&lines, out);
    text_release(&lines);
}

// ---- words

const json_t *dw_need(const struct dw *w, enum describe_need need, const char **why)
{
    const struct describe_answer *a = w->opts->answers ? &w->opts->answers[need] : NULL;
    if (a && a->doc)
        return a->doc;
    *why = a && err_is(&a->err) ? a->err.msg : "…";
    return NULL;
}

const char **dw_keys(const json_t *map, size_t *n)
{
    const char **keys = xcalloc(json_object_size(map) + 1, sizeof(*keys)), *key;
    json_t *v;
    *n = 0;
    json_object_foreach((json_t *)map, key, v)
    {
        keys[(*n)++] = key;
    }
    qsort(keys, *n, sizeof(*keys), str_order);
    return keys;
}

json_t **dw_sorted(const json_t *array, const char *key, size_t *n)
{
    json_t **items = xcalloc(json_array_size(array) + 1, sizeof(*items));
    *n = json_array_size(array);
    for (size_t i = 0; i < *n; i++) { // stable, as the lists are short
        json_t *v = json_array_get(array, i);
        size_t at = i;
        for (; at > 0 && strcmp(json_str(items[at - 1], key, NULL), json_str(v, key, NULL)) > 0;
             at--)
            items[at] = items[at - 1];
        items[at] = v;
    }
    return items;
}

const char *dw_map(const json_t *map, struct buf *tmp)
{
    size_t n;
    const char **keys = dw_keys(map, &n);
    char num[32];
    buf_clear(tmp);
    for (size_t i = 0; i < n; i++)
        buf_printf(
            tmp, "%s%s=%s", i ? "," : "", keys[i], json_scalar(json_object_get(map, keys[i]), num));
    free(keys);
    return tmp->n ? tmp->s : "<none>";
}

const char *dw_selector(const json_t *selector, char tmp[1024])
{
    kind_selector(selector, tmp, 1024);
    return tmp;
}

const char *dw_selector_raw(const json_t *selector, char tmp[1024])
{
    kind_selector(selector, tmp, 1024);
    return str_eq(tmp, "<none>") ? "" : tmp;
}

const char *dw_join(const json_t *array, const char *sep, struct buf *tmp)
{
    size_t i;
    json_t *v;
    char num[32];
    buf_clear(tmp);
    json_array_foreach((json_t *)array, i, v)
    {
        buf_printf(tmp, "%s%s", i ? sep : "", json_scalar(v, num));
    }
    return tmp->s;
}

const char *dw_brackets(const json_t *array, struct buf *tmp)
{
    size_t i;
    json_t *v;
    char num[32];
    buf_clear(tmp);
    buf_putc(tmp, '[');
    json_array_foreach((json_t *)array, i, v)
    {
        buf_printf(tmp, "%s%s", i ? " " : "", json_scalar(v, num));
    }
    buf_putc(tmp, ']');
    return tmp->s;
}

const char *dw_time(const json_t *when, char tmp[64])
{
    time_t t = (time_t)json_time(when, NULL);
    struct tm tm;
    if (!t && !json_is_string(when)) // Go's zero time
        return "Mon, 01 Jan 0001 00:00:00 +0000";
    localtime_r(&t, &tm);
    strftime(tmp, 64, "%a, %d %b %Y %H:%M:%S %z", &tm);
    return tmp;
}

const char *dw_since(const struct dw *w, const json_t *when, char tmp[16])
{
    human_age(w->opts->now, json_time(when, NULL), tmp);
    return tmp;
}

const char *dw_intstr(const json_t *v, char tmp[32])
{
    return v ? json_scalar(v, tmp) : "<nil>";
}

const char *dw_bool(const json_t *v)
{
    return json_is_true(v) ? "true" : "false";
}

const char *dw_Bool(const json_t *v)
{
    return json_is_true(v) ? "True" : json_is_false(v) ? "False" : "<unset>";
}

// ---- parts of many kinds

void dw_labels(struct dw *w, const char *title, const json_t *map)
{
    size_t n;
    const char **keys = dw_keys(map, &n);
    dw(w, 0, "%s:\t", title);
    if (!n)
        dw(w, 0, "<none>\n");
    for (size_t i = 0; i < n; i++)
        dw(w, 0, "%s%s=%s\n", i ? "\t" : "", keys[i], json_str(map, keys[i], NULL));
    free(keys);
}

static void annotation(struct dw *w, bool first, const char *key, const char *value)
{
    size_t n = strlen(value);
    if (n && value[n - 1] == '\n')
        n--;
    if (!first)
        buf_putc(&w->b, '\t');
    if (strlen(key) + n + 2 <= MAX_ANNOTATION && !memchr(value, '\n', n)) {
        buf_printf(&w->b, "%s: %.*s\n", key, (int)n, value);
        return;
    }
    buf_printf(&w->b, "%s:\n", key);
    for (const char *s = value, *end = value + n; s <= end;) {
        size_t len = strcspn(s, "\n");
        len = len > (size_t)(end - s) ? (size_t)(end - s) : len;
        bool cut = len > MAX_ANNOTATION - 2;
        buf_printf(
            &w->b, "\t  %.*s%s\n", (int)(cut ? MAX_ANNOTATION - 2 : len), s, cut ? "..." : "");
        s += len + 1;
    }
}

void dw_annotations(struct dw *w, const char *title, const json_t *map)
{
    size_t n;
    const char **keys = dw_keys(map, &n);
    bool first = true;
    dw(w, 0, "%s:\t", title);
    for (size_t i = 0; i < n; i++) {
        if (str_eq(keys[i], "kubectl.kubernetes.io/last-applied-configuration"))
            continue;
        annotation(w, first, keys[i], json_str(map, keys[i], NULL));
        first = false;
    }
    if (first)
        dw(w, 0, "<none>\n");
    free(keys);
}

void dw_name(struct dw *w, const json_t *doc, bool ns)
{
    dw(w, 0, "Name:\t%s\n", json_str(doc, "metadata", "name", NULL));
    if (ns)
        dw(w, 0, "Namespace:\t%s\n", json_str(doc, "metadata", "namespace", NULL));
}

void dw_controller(struct dw *w, const json_t *doc)
{
    const json_t *o = controller_of(doc);
    if (o)
        dw(w, 0, "Controlled By:\t%s/%s\n", json_str(o, "kind", NULL), json_str(o, "name", NULL));
}

void dw_status(struct dw *w, const json_t *doc)
{
    char age[HUMAN_DURATION_MAX];
    const json_t *gone = json_at(doc, "metadata", "deletionTimestamp", NULL);
    if (gone)
        dw(w, 0, "Status:\tTerminating (lasts %s)\n", dw_since(w, gone, age));
    else
        dw(w, 0, "Status:\t%s\n", json_str(doc, "status", "phase", NULL));
}

void dw_conditions(struct dw *w, const json_t *doc)
{
    size_t i;
    json_t *c;
    const json_t *all = json_at(doc, "status", "conditions", NULL);
    if (!json_array_size(all))
        return;
    dw(w, 0, "Conditions:\n  Type\tStatus\tReason\n");
    dw(w, 1, "----\t------\t------\n");
    json_array_foreach((json_t *)all, i, c)
    {
        dw(w, 1, "%s \t%s\t%s\n", json_str(c, "type", NULL), json_str(c, "status", NULL),
            json_str(c, "reason", NULL));
    }
}
