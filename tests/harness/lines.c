#include "tests/harness/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define KIND(name) #name,
static const char *const kinds[] = {
#include "kinds/kinds.def"
};
#undef KIND

static void add(struct lines *l, char *text, int number)
{
    struct line_of line = { text, number };
    arr_push(&l->v, line);
}

// Every $name of the text with the word.
static char *replaced(const char *text, const char *name, const char *word)
{
    struct buf out = BUF_INIT;
    for (const char *p = text; *p;) {
        if (*p == '$' && str_starts(p + 1, name)) {
            buf_puts(&out, word);
            p += 1 + strlen(name);
        } else {
            buf_putc(&out, *p++);
        }
    }
    return buf_take(&out);
}

static void unroll(struct lines *out, const struct lines *body, const char *name, const char *word)
{
    for (size_t i = 0; i < body->v.n; i++)
        add(out, replaced(body->v.v[i].text, name, word), body->v.v[i].number);
}

// head: "foreach NAME in WORD..."
static bool unroll_all(struct lines *out, const struct lines *body, char *head, struct err *err)
{
    char *save = NULL;
    strtok_r(head, " ", &save);
    char *name = strtok_r(NULL, " ", &save), *in = strtok_r(NULL, " ", &save);
    if (!name || !str_eq(in, "in"))
        return err_set(err, "foreach NAME in WORD...");
    for (char *w; (w = strtok_r(NULL, " ", &save)) != NULL;) {
        for (size_t i = 0; str_eq(w, "kinds") && i < ARRAY_SIZE(kinds); i++)
            unroll(out, body, name, kinds[i]);
        if (!str_eq(w, "kinds"))
            unroll(out, body, name, w);
    }
    return true;
}

void lines_release(struct lines *l)
{
    for (size_t i = 0; i < l->v.n; i++)
        free(l->v.v[i].text);
    arr_release(&l->v);
}

bool lines_read(struct lines *l, const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    struct lines body = { 0 };
    char *head = NULL;
    int number = 0;
    bool ok = file_read(path, 1 << 20, &text, err);
    for (char *p = ok ? text.s : NULL, *next; p && ok; p = next) {
        next = strchr(p, '\n');
        if (next)
            *next++ = '\0';
        number++;
        char *s = str_trim(p);
        if (!*s || *s == '#')
            continue;
        if (str_starts(s, "foreach ")) {
            free(head);
            head = xstrdup(s);
        } else if (str_eq(s, "end") && head) {
            ok = unroll_all(l, &body, head, err);
            lines_release(&body);
            free(head);
            head = NULL;
        } else {
            add(head ? &body : l, xstrdup(s), number);
        }
    }
    if (ok && head)
        ok = err_set(err, "foreach without end");
    free(head);
    lines_release(&body);
    buf_release(&text);
    return ok;
}
