#include "base/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

void args_parse(struct args *a, const char *text)
{
    memset(a, 0, sizeof(*a));
    while (*text) {
        struct buf word = BUF_INIT;
        char quote = 0;
        text += strspn(text, " \t");
        if (!*text)
            return;
        for (; *text && (quote || (*text != ' ' && *text != '\t')); text++) {
            if (quote ? *text == quote : (*text == '"' || *text == '\''))
                quote = quote ? 0 : *text;
            else
                buf_putc(&word, *text);
        }
        arr_push(&a->words, word.n ? buf_take(&word) : xstrdup(""));
    }
}

void args_release(struct args *a)
{
    for (size_t i = 0; i < a->words.n; i++)
        free(a->words.v[i]);
    arr_release(&a->words);
}

static void take_out(struct args *a, size_t i)
{
    free(a->words.v[i]);
    arr_remove(&a->words, i);
}

bool args_flag(struct args *a, const char *name)
{
    for (size_t i = 0; i < a->words.n; i++)
        if (str_eq(a->words.v[i], name)) {
            take_out(a, i);
            return true;
        }
    return false;
}

char *args_option(struct args *a, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < a->words.n; i++) {
        char *value = NULL;
        if (str_starts(a->words.v[i], name) && a->words.v[i][n] == '=') {
            value = xstrdup(a->words.v[i] + n + 1);
        } else if (str_eq(a->words.v[i], name) && i + 1 < a->words.n) {
            value = xstrdup(a->words.v[i + 1]);
            take_out(a, i + 1);
        }
        if (value) {
            take_out(a, i);
            return value;
        }
    }
    return NULL;
}

bool args_no_more(const struct args *a, const char *usage, struct err *err)
{
    for (size_t i = 0; i < a->words.n; i++)
        if (a->words.v[i][0] == '-' && a->words.v[i][1]) {
            err_set(err, "%s is no option here, or it wants a value", a->words.v[i]);
            return err_hint(err, "%s", usage);
        }
    return true;
}
