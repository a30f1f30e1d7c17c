#define PCRE2_CODE_UNIT_WIDTH 8
#include "logs/filter.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/arr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "logs/text.h"

enum { MATCH_LIMIT = 100000, CONTEXT_MAX = 1000, FUZZY_MAX = 64 };

struct logpattern {
    pcre2_code *re;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};
enum op { OP_NONE, OP_EQ, OP_NE, OP_GE, OP_LE, OP_GT, OP_LT, OP_LIKE };
struct term {
    bool exclude;
    enum op op;
    char *field, *value;
    struct logpattern *pattern; // of the whole line, or of OP_LIKE's value
};
struct logfilter {
    ARR(struct term) terms;
    size_t context;
    struct buf tmp;
    struct logtext clean;
};

// ---- patterns

struct logpattern *logpattern_new(const char *pattern, struct err *err)
{
    int code;
    PCRE2_SIZE where;
    bool caseless = true;
    for (const char *p = pattern; *p; p++)
        caseless &= !isupper((unsigned char)*p);
    // MATCH_INVALID_UTF: what containers write need not be UTF-8
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | (caseless ? PCRE2_CASELESS : 0), &code, &where, NULL);
    if (!re) {
        char why[160];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
        err_set(err, "%s: %s (at character %zu)", pattern, why, where + 1);
        return NULL;
    }
    pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
    struct logpattern *p = xcalloc(1, sizeof(*p));
    p->re = re;
    p->match = pcre2_match_data_create(1, NULL);
    p->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(
        p->limits, MATCH_LIMIT); // a pattern that backtracks for ever finds nothing
    return p;
}

void logpattern_free(struct logpattern *p)
{
    if (!p)
        return;
    pcre2_code_free(p->re);
    pcre2_match_data_free(p->match);
    pcre2_match_context_free(p->limits);
    free(p);
}

bool logpattern_find(
    struct logpattern *p, const char *s, size_t n, size_t from, size_t *at, size_t *len)
{
    if (from > n || pcre2_match(p->re, (PCRE2_SPTR)s, n, from, 0, p->match, p->limits) < 0)
        return false;
    PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->match);
    *at = v[0];
    *len = v[1] - v[0];
    return true;
}

// ---- terms

static const struct {
    const char *text;
    enum op op;
} ops[] = { { "=~", OP_LIKE }, { "!=", OP_NE }, { ">=", OP_GE }, { "<=", OP_LE }, { "=", OP_EQ },
    { ">", OP_GT }, { "<", OP_LT } };

// name OP value: the name is of letters, digits, _ . - @
static bool split_field(const char *word, struct term *t)
{
    size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@");
    for (size_t i = 0; n && i < ARRAY_SIZE(ops); i++)
        if (str_starts(word + n, ops[i].text) && word[n + strlen(ops[i].text)]) {
            t->op = ops[i].op;
            t->field = xstrndup(word, n);
            t->value = xstrdup(word + n + strlen(ops[i].text));
            return true;
        }
    return false;
}

// Its letters in this order within one word of the line: recs finds recommendations.
static struct logpattern *fuzzy_pattern(const char *word, struct err *err)
{
    struct buf re = BUF_INIT;
    size_t n = strlen(word);
    if (n > FUZZY_MAX) {
        err_set(err, "~%.20s…: at most %d letters", word, FUZZY_MAX);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) { // whole characters: bytes of UTF-8 stay together
        bool first = ((unsigned char)word[i] & 0xc0) != 0x80;
        if (first && i)
            buf_puts(&re, "[^\\s]*?"); // no capital: it would mind case
        if ((unsigned char)word[i] < 0x80 && !isalnum((unsigned char)word[i]))
            buf_putc(&re, '\\');
        buf_putc(&re, word[i]);
    }
    struct logpattern *p = logpattern_new(re.s, err);
    buf_release(&re);
    return p;
}

static bool add_term(struct logfilter *f, const char *word, bool quoted, struct err *err)
{
    struct term t = { 0 };
    if (!quoted && word[0] == '!' && word[1]) {
        t.exclude = true;
        word++;
    }
    if (!quoted && word[0] == '~' && word[1]) {
        t.pattern = fuzzy_pattern(word + 1, err);
        arr_push(&f->terms, t);
        return t.pattern != NULL;
    }
    if (!quoted && split_field(word, &t) && t.op != OP_LIKE) {
        arr_push(&f->terms, t);
        return true;
    }
    t.pattern = logpattern_new(t.field ? t.value : word, err);
    arr_push(&f->terms, t);
    return t.pattern != NULL;
}

static bool take_context(struct logfilter *f, const char *word, struct err *err)
{
    int64_t n;
    if (!str_to_i64(word, &n) || n < 0 || n > CONTEXT_MAX)
        return err_set(err, "-C wants a number of lines around, up to %d: -C 3", CONTEXT_MAX);
    f->context = (size_t)n;
    return true;
}

struct logfilter *logfilter_new(const char *text, struct err *err)
{
    struct logfilter *f = xcalloc(1, sizeof(*f));
    struct buf word = BUF_INIT;
    bool ok = true, around = false;
    buf_init(&f->tmp);
    logtext_init(&f->clean);
    for (const char *p = text; ok;) {
        while (*p == ' ')
            p++;
        if (!*p)
            break;
        char quote = *p == '"' || *p == '\'' ? *p : 0;
        buf_clear(&word);
        for (p += quote != 0; *p && *p != (quote ? quote : ' '); p++)
            buf_putc(&word, *p);
        if (quote && !*p)
            ok = err_set(err, "the %c that begins %s has no end", quote, str_or(word.s, "it"));
        p += *p != '\0';
        if (!ok)
            break;
        if (around)
            ok = take_context(f, word.s, err);
        else if (word.n && (quote || !str_eq(word.s, "-C")))
            ok = add_term(f, word.s, quote != 0, err);
        around = !around && !quote && str_eq(word.s, "-C");
    }
    if (ok && around)
        ok = take_context(f, "", err);
    buf_release(&word);
    if (ok)
        return f;
    logfilter_free(f);
    return NULL;
}

void logfilter_free(struct logfilter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->terms.n; i++) {
        logpattern_free(f->terms.v[i].pattern);
        free(f->terms.v[i].field);
        free(f->terms.v[i].value);
    }
    arr_release(&f->terms);
    buf_release(&f->tmp);
    logtext_release(&f->clean);
    free(f);
}

size_t logfilter_context(const struct logfilter *f)
{
    return f->context;
}

static bool holds(enum op op, double d)
{
    return op == OP_EQ   ? d == 0
           : op == OP_NE ? d != 0
           : op == OP_GE ? d >= 0
           : op == OP_LE ? d <= 0
           : op == OP_GT ? d > 0
                         : d < 0;
}

static bool field_holds(
    struct logfilter *f, const struct term *t, const struct logline *line, const char *s, size_t n)
{
    size_t at, len;
    enum log_level level =
        str_ieq(t->field, "level") ? logtext_level_named(t->value, strlen(t->value)) : LEVEL_NONE;
    if (level && t->op != OP_LIKE)
        return line->level && holds(t->op, (double)line->level - (double)level);
    buf_clear(&f->tmp);
    if (!logtext_field(s, n, t->field, &f->tmp))
        return t->op == OP_NE;
    if (t->op == OP_LIKE)
        return logpattern_find(t->pattern, f->tmp.s, f->tmp.n, 0, &at, &len);
    char *end, *wanted_end;
    double have = strtod(f->tmp.s, &end), want = strtod(t->value, &wanted_end);
    if (f->tmp.n && !*end && !*wanted_end)
        return holds(t->op, have - want);
    return holds(t->op, strcmp(f->tmp.s, t->value));
}

bool logfilter_match(struct logfilter *f, const struct logline *line)
{
    const char *s = line->text;
    size_t n = line->n, at, len;
    if (memchr(s, '\033', n)) { // colours stand between letters
        logtext_set(&f->clean, s, n);
        s = f->clean.text.s;
        n = f->clean.text.n;
    }
    for (size_t i = 0; i < f->terms.n; i++) {
        const struct term *t = &f->terms.v[i];
        bool hit = t->field ? field_holds(f, t, line, s, n)
                            : logpattern_find(t->pattern, s, n, 0, &at, &len);
        if (hit == t->exclude)
            return false;
    }
    return true;
}
