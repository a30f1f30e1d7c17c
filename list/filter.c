#define PCRE2_CODE_UNIT_WIDTH 8
#include "list/filter.h"

#include <ctype.h>
#include <math.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "client/quantity.h"

enum node_type { N_AND, N_OR, N_NOT, N_TEXT, N_FIELD, N_LABEL, N_FUZZY, N_TRUE };
enum op { OP_EQ, OP_NE, OP_RE, OP_NRE, OP_LT, OP_LE, OP_GT, OP_GE, OP_IN, OP_NOTIN, OP_EXISTS, OP_MISSING };

struct node {
    enum node_type type;
    enum op op;
    struct node *a, *b;
    pcre2_code *re;
    size_t col;
    char *value, *key;
    ARR(char *) set;
    double number;
    bool has_number;
};
struct filter {
    struct node *root;
    size_t ncols;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    struct buf *scratch; // one joined line at a time
    char *no_column;
};
struct parser {
    const char *text, *p;
    const struct filter_columns *cols;
    struct err *err;
    int depth;
    char *no_column; // the first word that would be a column's name if there were such a column
};

enum { MAX_DEPTH = 50, MATCH_LIMIT = 100000 };

static void node_free(struct node *n)
{
    if (!n)
        return;
    node_free(n->a);
    node_free(n->b);
    pcre2_code_free(n->re);
    free(n->value);
    free(n->key);
    for (size_t i = 0; i < n->set.n; i++)
        free(n->set.v[i]);
    arr_release(&n->set);
    free(n);
}

static struct node *node_new(enum node_type type, struct node *a, struct node *b)
{
    struct node *n = xcalloc(1, sizeof(*n));
    n->type = type;
    n->a = a;
    n->b = b;
    return n;
}

static struct node *fail(struct parser *ps, const char *at, const char *what)
{
    err_set(ps->err, "%s (at character %d)", what, (int)(at - ps->text) + 1);
    return NULL;
}

// Lower case matches any case; a capital letter asks for exactness (outside of escapes such as \S).
static bool has_capital(const char *s)
{
    for (; *s; s++) {
        if (*s == '\\' && s[1])
            s++;
        else if (isupper((unsigned char)*s))
            return true;
    }
    return false;
}

static pcre2_code *compile(struct parser *ps, const char *at, const char *pattern, bool literal)
{
    int code;
    PCRE2_SIZE where;
    uint32_t flags = PCRE2_UTF | PCRE2_NO_UTF_CHECK | (has_capital(pattern) ? 0 : PCRE2_CASELESS) |
                     (literal ? PCRE2_LITERAL : 0);
    if (literal)
        flags &= ~(uint32_t)PCRE2_NO_UTF_CHECK;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
        flags & ~(uint32_t)PCRE2_NO_UTF_CHECK, &code, &where, NULL);
    if (!re) {
        char why[160];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
        fail(ps, at + where, why);
        return NULL;
    }
    pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
    return re;
}

static void skip_blanks(struct parser *ps)
{
    while (isspace((unsigned char)*ps->p))
        ps->p++;
}

static bool keyword(struct parser *ps, const char *word)
{
    size_t n = strlen(word);
    if (strncasecmp(ps->p, word, n) != 0 || (ps->p[n] && !isspace((unsigned char)ps->p[n]) && ps->p[n] != '('))
        return false;
    ps->p += n;
    return true;
}

// A word ends at a blank, or at a parenthesis that it did not open itself.
static char *take_word(struct parser *ps, bool *quoted)
{
    struct buf w = BUF_INIT;
    int open = 0;
    *quoted = *ps->p == '"';
    if (*quoted) {
        for (ps->p++; *ps->p && *ps->p != '"'; ps->p++)
            buf_putc(&w, *ps->p);
        ps->p += *ps->p == '"';
        return buf_take(&w);
    }
    for (; *ps->p && !isspace((unsigned char)*ps->p); ps->p++) {
        if (*ps->p == '\\' && ps->p[1] && !isspace((unsigned char)ps->p[1])) {
            buf_putc(&w, *ps->p++);
        } else if (*ps->p == '(') {
            open++;
        } else if (*ps->p == ')' && open-- == 0) {
            break;
        }
        buf_putc(&w, *ps->p);
    }
    return buf_take(&w);
}

static long find_column(const struct parser *ps, const char *name, size_t n)
{
    long prefix = -1;
    bool several = false;
    for (size_t i = 0; i < ps->cols->n; i++) {
        const char *c = ps->cols->name(ps->cols->arg, i);
        if (strlen(c) == n && strncasecmp(c, name, n) == 0)
            return (long)i;
        if (n >= 2 && strncasecmp(c, name, n) == 0) {
            several |= prefix >= 0 && strcasecmp(ps->cols->name(ps->cols->arg, (size_t)prefix), c) != 0;
            prefix = prefix >= 0 ? prefix : (long)i;
        }
    }
    return several ? -1 : prefix;
}

static const struct {
    const char *text;
    enum op op;
} ops[] = { { "!=", OP_NE }, { "=~", OP_RE }, { "!~", OP_NRE }, { ">=", OP_GE }, { "<=", OP_LE },
    { "==", OP_EQ }, { "=", OP_EQ }, { "~", OP_RE }, { ">", OP_GT }, { "<", OP_LT } };

static bool parse_number(const char *column, const char *s, double *out)
{
    int64_t v;
    char *end;
    bool cpu = strncasecmp(column, "CPU", 3) == 0, time = str_icontains(column, "AGE") ||
               str_icontains(column, "SEEN") || str_icontains(column, "DURATION");
    double plain = strtod(s, &end);
    if (time && duration_parse(s, &v))
        *out = (double)v;
    else if (cpu && quantity_milli(s, &v))
        *out = (double)v;
    else if (end != s && !*end)
        *out = plain;
    else if (quantity_bytes(s, &v))
        *out = (double)v;
    else
        return false;
    return true;
}

// status!=Running, when a column of that name exists; else the word is a regular expression.
static struct node *parse_field(struct parser *ps, const char *at, const char *word, bool *is_field)
{
    size_t n = 0;
    *is_field = false;
    while (isalnum((unsigned char)word[n]) || (n && strchr("-_/%.", word[n]) && word[n]))
        n++;
    if (!n)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        if (!str_starts(word + n, ops[i].text))
            continue;
        long col = find_column(ps, word, n);
        if (col < 0) {
            ps->no_column = ps->no_column ? ps->no_column : xstrndup(word, n);
            return NULL;
        }
        *is_field = true;
        struct node *node = node_new(N_FIELD, NULL, NULL);
        node->op = ops[i].op;
        node->col = (size_t)col;
        node->value = xstrdup(word + n + strlen(ops[i].text));
        const char *name = ps->cols->name(ps->cols->arg, node->col);
        node->has_number = parse_number(name, node->value, &node->number);
        if (node->op == OP_RE || node->op == OP_NRE) {
            node->re = compile(ps, at + n + strlen(ops[i].text), node->value, false);
            if (!node->re) {
                node_free(node);
                return NULL;
            }
        } else if (node->op >= OP_LT && node->op <= OP_GE && !node->has_number) {
            fail(ps, at + n, "a number, an age (10m) or a quantity (1Gi) must follow < and >");
            node_free(node);
            return NULL;
        }
        return node;
    }
    return NULL;
}

// One requirement of a label selector, up to a comma outside parentheses.
static struct node *parse_requirement(struct parser *ps, char *s)
{
    struct node *n = node_new(N_LABEL, NULL, NULL);
    char *p = str_trim(s), *par = strchr(p, '(');
    if (par && (strstr(p, " in ") || strstr(p, " in(") || strstr(p, " notin"))) {
        n->op = strstr(p, " notin") && strstr(p, " notin") < par ? OP_NOTIN : OP_IN;
        n->key = xstrndup(p, strcspn(p, " "));
        char *list = xstrdup(par + 1), *save = NULL;
        list[strcspn(list, ")")] = '\0';
        for (char *v = strtok_r(list, ",", &save); v; v = strtok_r(NULL, ",", &save))
            arr_push(&n->set, xstrdup(str_trim(v)));
        free(list);
        return n;
    }
    char *eq = strchr(p, '=');
    if (*p == '!') {
        n->op = OP_MISSING;
        n->key = xstrdup(str_trim(p + 1));
    } else if (!eq) {
        n->op = OP_EXISTS;
        n->key = xstrdup(p);
    } else {
        n->op = eq > p && eq[-1] == '!' ? OP_NE : OP_EQ;
        n->key = xstrndup(p, (size_t)(eq - p) - (n->op == OP_NE));
        n->value = xstrdup(str_trim(eq + (eq[1] == '=' ? 2 : 1)));
    }
    if (!*n->key) {
        fail(ps, ps->p, "a label selector looks like app=web,tier!=x,env in (a,b),!gone");
        node_free(n);
        return NULL;
    }
    return n;
}

// At the blank of "key in (a,b)" or "key notin (a,b)": where the parenthesis opens; NULL: it is no set.
static const char *set_opens(const char *p, const char **word)
{
    p += strspn(p, " \t");
    *word = strncmp(p, "notin", 5) == 0 ? " notin " : strncmp(p, "in", 2) == 0 ? " in " : NULL;
    if (!*word)
        return NULL;
    p += strlen(*word) - 2;
    p += strspn(p, " \t");
    return *p == '(' ? p : NULL;
}

static struct node *parse_labels(struct parser *ps)
{
    skip_blanks(ps);
    struct buf text = BUF_INIT;
    int open = 0;
    for (; *ps->p; ps->p++) { // to a blank that does not belong to "key in (…)"
        if (*ps->p == '(')
            open++;
        if (*ps->p == ')' && --open < 0)
            break;
        if (isspace((unsigned char)*ps->p) && !open) {
            const char *word, *opens = set_opens(ps->p, &word);
            if (!opens || !text.n || text.s[text.n - 1] == ',')
                break;
            buf_puts(&text, word);
            ps->p = opens;
            open++;
        }
        buf_putc(&text, *ps->p);
    }
    struct node *all = NULL;
    char *start = text.s;
    open = 0;
    for (char *p = text.s;; p++) {
        open += *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (*p && (*p != ',' || open > 0))
            continue;
        bool last = !*p;
        *p = '\0';
        struct node *one = parse_requirement(ps, start);
        if (!one) {
            node_free(all);
            all = NULL;
            break;
        }
        all = all ? node_new(N_AND, all, one) : one;
        if (last)
            break;
        start = p + 1;
    }
    buf_release(&text);
    return all;
}

static struct node *parse_or(struct parser *ps);

static struct node *parse_word(struct parser *ps)
{
    const char *at = ps->p;
    bool quoted, is_field = false;
    char *word = take_word(ps, &quoted);
    struct node *n = quoted ? NULL : parse_field(ps, at, word, &is_field);
    if (!n && !is_field) {
        pcre2_code *re = compile(ps, at, word, quoted);
        if (re) {
            n = node_new(N_TEXT, NULL, NULL);
            n->re = re;
        }
    }
    free(word);
    return n;
}

static struct node *parse_primary(struct parser *ps)
{
    bool quoted;
    skip_blanks(ps);
    if (++ps->depth > MAX_DEPTH)
        return fail(ps, ps->p, "nested too deeply");
    struct node *n;
    if (*ps->p == '!' && ps->p[1] && !isspace((unsigned char)ps->p[1])) {
        ps->p++;
        n = parse_primary(ps);
        n = n ? node_new(N_NOT, n, NULL) : NULL;
    } else if (keyword(ps, "not")) {
        n = parse_primary(ps);
        n = n ? node_new(N_NOT, n, NULL) : NULL;
    } else if (keyword(ps, "-l")) {
        n = parse_labels(ps);
    } else if (keyword(ps, "-f")) {
        skip_blanks(ps);
        n = node_new(N_FUZZY, NULL, NULL);
        n->value = take_word(ps, &quoted);
    } else if (*ps->p == '(') {
        const char *at = ps->p++;
        n = parse_or(ps);
        skip_blanks(ps);
        if (n && *ps->p != ')') {
            node_free(n);
            n = fail(ps, at, "this parenthesis is not closed");
        } else if (n) {
            ps->p++;
        }
    } else if (!*ps->p || *ps->p == ')') {
        n = fail(ps, ps->p, "something to look for is missing");
    } else {
        n = parse_word(ps);
    }
    ps->depth--;
    return n;
}

static bool at_or(struct parser *ps)
{
    skip_blanks(ps);
    if (strncmp(ps->p, "||", 2) == 0) {
        ps->p += 2;
        return true;
    }
    return keyword(ps, "or");
}

static struct node *parse_and(struct parser *ps)
{
    struct node *n = parse_primary(ps);
    for (;;) {
        skip_blanks(ps);
        const char *back = ps->p;
        if (!n || !*ps->p || *ps->p == ')')
            return n;
        if (at_or(ps)) {
            ps->p = back;
            return n;
        }
        if (strncmp(ps->p, "&&", 2) == 0)
            ps->p += 2;
        else
            keyword(ps, "and");
        struct node *b = parse_primary(ps);
        if (!b) {
            node_free(n);
            return NULL;
        }
        n = node_new(N_AND, n, b);
    }
}

static struct node *parse_or(struct parser *ps)
{
    struct node *n = parse_and(ps);
    while (n && at_or(ps)) {
        struct node *b = parse_and(ps);
        if (!b) {
            node_free(n);
            return NULL;
        }
        n = node_new(N_OR, n, b);
    }
    return n;
}

struct filter *filter_new(const char *text, const struct filter_columns *cols, struct err *err)
{
    struct parser ps = { text, text, cols, err, 0, NULL };
    err_clear(err);
    skip_blanks(&ps);
    struct node *root = *ps.p ? parse_or(&ps) : node_new(N_TRUE, NULL, NULL);
    skip_blanks(&ps);
    if (root && *ps.p) {
        node_free(root);
        root = fail(&ps, ps.p, "a parenthesis too many");
    }
    if (!root) {
        free(ps.no_column);
        return NULL;
    }
    struct filter *f = xcalloc(1, sizeof(*f));
    f->root = root;
    f->no_column = ps.no_column;
    f->ncols = cols->shown;
    f->match = pcre2_match_data_create(1, NULL);
    f->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(f->limits, MATCH_LIMIT); // no pattern may hang the screen
    f->scratch = xcalloc(1, sizeof(*f->scratch));
    buf_init(f->scratch);
    return f;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    node_free(f->root);
    pcre2_match_data_free(f->match);
    pcre2_match_context_free(f->limits);
    buf_release(f->scratch);
    free(f->scratch);
    free(f->no_column);
    free(f);
}

const char *filter_no_column(const struct filter *f)
{
    return f->no_column;
}

static bool re_matches(const struct filter *f, const pcre2_code *re, const struct buf *s)
{
    return pcre2_match(re, (PCRE2_SPTR)s->s, s->n, 0, 0, f->match, f->limits) >= 0;
}

static void joined(const struct filter *f, const struct filter_row *row)
{
    buf_clear(f->scratch);
    for (size_t i = 0; i < f->ncols; i++) {
        if (i)
            buf_putc(f->scratch, ' ');
        row->text(row->arg, i, f->scratch);
    }
}

static bool field_matches(const struct filter *f, const struct node *n, const struct filter_row *row)
{
    double v;
    if (n->op >= OP_LT && n->op <= OP_GE) {
        if (!row->number(row->arg, n->col, &v)) {
            char *end;
            buf_clear(f->scratch);
            row->text(row->arg, n->col, f->scratch);
            v = strtod(f->scratch->s, &end);
            if (end == f->scratch->s)
                return false;
        }
        return n->op == OP_LT ? v < n->number : n->op == OP_LE ? v <= n->number
               : n->op == OP_GT ? v > n->number : v >= n->number;
    }
    buf_clear(f->scratch);
    row->text(row->arg, n->col, f->scratch);
    if (n->op == OP_RE || n->op == OP_NRE)
        return re_matches(f, n->re, f->scratch) == (n->op == OP_RE);
    bool equal = str_ieq(f->scratch->s, n->value) ||
                 (n->has_number && row->number(row->arg, n->col, &v) && fabs(v - n->number) < 1e-9);
    return equal == (n->op == OP_EQ);
}

static bool label_matches(const struct node *n, const struct filter_row *row)
{
    const char *v = row->label(row->arg, n->key);
    bool in = false;
    for (size_t i = 0; v && i < n->set.n; i++)
        in |= str_eq(v, n->set.v[i]);
    switch (n->op) {
    case OP_EXISTS:
        return v != NULL;
    case OP_MISSING:
        return v == NULL;
    case OP_IN:
        return in;
    case OP_NOTIN:
        return !in;
    case OP_NE:
        return !v || !str_eq(v, n->value);
    case OP_EQ:
    case OP_RE:
    case OP_NRE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        break;
    }
    return v && str_eq(v, n->value);
}

static bool matches(const struct filter *f, const struct node *n, const struct filter_row *row)
{
    switch (n->type) {
    case N_AND:
        return matches(f, n->a, row) && matches(f, n->b, row);
    case N_OR:
        return matches(f, n->a, row) || matches(f, n->b, row);
    case N_NOT:
        return !matches(f, n->a, row);
    case N_FIELD:
        return field_matches(f, n, row);
    case N_LABEL:
        return label_matches(n, row);
    case N_TEXT:
        joined(f, row);
        return re_matches(f, n->re, f->scratch);
    case N_FUZZY:
        joined(f, row);
        return str_fuzzy(n->value, f->scratch->s) >= 0;
    case N_TRUE:
        break;
    }
    return true;
}

bool filter_match(const struct filter *f, const struct filter_row *row)
{
    return matches(f, f->root, row);
}
