#include "demo/hostile.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

// A title, the clipboard, a colour by C1, a bell, the other direction; escaped, as JSON has it.
static const char evil[] = "\\u001b]0;EVIL\\u0007\\u001b]52;c;RVZJTA==\\u0007\\u009b31m\\u001b[2J\\u202e\\u2066";

enum { MAX_NEST = 100 };
struct walk {
    char in[MAX_NEST]; // '{' or '['
    int depth;
    bool is_key;
    char key[64]; // the last
};

// Without them nothing is what it was asked for, and no time is one.
static bool is_kept(const char *key, enum hostile how)
{
    static const char *const always[] = { "apiVersion", "kind", "groupVersion", "version", "group", "resource", "scope", "verbs",
        "continue", "resourceVersion", "uid", "namespace", "serverRelativeURL", "$ref", "type", "format", "status", "phase",
        "preferredVersion", "selfLink", "x-kubernetes-group-version-kind", "k8s.io/initial-events-end" };
    for (size_t i = 0; i < ARRAY_SIZE(always); i++)
        if (str_eq(always[i], key))
            return true;
    return str_ends(key, "Time") || str_ends(key, "Timestamp") || str_ends(key, "At") ||
           (how == HOSTILE_TEXTS && (str_eq(key, "name") || str_eq(key, "nodeName") || str_eq(key, "plural")));
}

static void nest(struct walk *w, char c)
{
    if (c == '}' || c == ']')
        w->depth -= w->depth > 0;
    else if (w->depth < MAX_NEST)
        w->in[w->depth++] = c;
    w->is_key = w->depth && w->in[w->depth - 1] == '{' && c != '}' && c != ']';
}

// From the quote at p; returns the byte after the closing one.
static const char *string(struct walk *w, const char *p, const char *end, enum hostile how, struct buf *out)
{
    const char *at = p + 1;
    while (at < end && *at != '"')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    buf_add(out, p, (size_t)(at - p));
    if (w->is_key) {
        size_t n = (size_t)(at - p - 1) < sizeof(w->key) - 1 ? (size_t)(at - p - 1) : sizeof(w->key) - 1;
        memcpy(w->key, p + 1, n);
        w->key[n] = '\0';
    } else if (!is_kept(w->key, how)) {
        buf_puts(out, evil);
    }
    buf_putc(out, '"');
    return at < end ? at + 1 : end;
}

void hostile_rewrite(struct buf *body, enum hostile how)
{
    struct walk w = { 0 };
    struct buf out = BUF_INIT;
    const char *p = body->s, *end = p + body->n;
    while (p < end) {
        if (*p == '"') {
            p = string(&w, p, end, how, &out);
            continue;
        }
        if (strchr("{}[]", *p))
            nest(&w, *p);
        else if (*p == ',' || *p == ':')
            w.is_key = *p == ',' && w.depth && w.in[w.depth - 1] == '{';
        buf_putc(&out, *p++);
    }
    buf_clear(body);
    buf_add(body, out.s, out.n);
    buf_release(&out);
}
