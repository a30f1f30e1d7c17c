#include "app/input.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/args.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

enum { MAX_NAME = 30, MAX_LABEL = 40 }; // of the label in columns

static const char PREFIX[] = "INPUT_";
static const char *const types[] = { [INPUT_STRING] = "string", [INPUT_NUMBER] = "number", [INPUT_BOOL] = "bool",
    [INPUT_DROPDOWN] = "dropdown" };

// ---- what they are

static void release_one(struct input *in)
{
    free(in->name);
    free(in->var);
    free(in->label);
    free(in->fallback);
    json_decref(in->options);
}

void inputs_release(struct inputs *all)
{
    for (size_t i = 0; i < all->v.n; i++)
        release_one(&all->v.v[i]);
    arr_release(&all->v);
}

static bool read_name(const struct inputs *all, struct input *in, const json_t *from, struct err *err)
{
    const char *name = json_str(from, "name", NULL);
    struct buf var = BUF_INIT;
    if (!json_is_string(json_object_get(from, "name")))
        return err_set(err, "the name of an input must be a text; yes, no, on, n in quotes");
    if (!isalpha((unsigned char)*name) || strlen(name) > MAX_NAME)
        return err_set(err, "\"%.60s\" is no name of an input: a letter, then at most %d of a-z, 0-9 and _", name, MAX_NAME - 1);
    buf_puts(&var, PREFIX);
    for (const char *s = name; *s; s++)
        buf_putc(&var, (char)toupper((unsigned char)*s));
    in->name = xstrdup(name);
    in->var = buf_take(&var);
    for (const char *s = name; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_')
            return err_set(err, "\"%s\" is no name of an input: a-z, 0-9 and _", name);
    for (size_t i = 0; i < all->v.n; i++)
        if (str_eq(all->v.v[i].var, in->var))
            return err_set(err, "there are two inputs \"%s\"", name);
    return true;
}

static bool read_type(struct input *in, const json_t *from, struct err *err)
{
    const char *type = str_or(json_str(from, "type", NULL), json_object_get(from, "options") ? "dropdown" : "string");
    const json_t *options = json_object_get(from, "options");
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (str_eq(types[i], type))
            in->type = (enum input_type)i;
    if (!str_eq(types[in->type], type))
        return err_set(err, "the type of %s must be string, number, bool or dropdown", in->name);
    if (in->type != INPUT_DROPDOWN)
        return !options || err_set(err, "%s has options, which only a dropdown has", in->name);
    bool ok = json_array_size(options) > 0;
    in->options = json_array();
    for (size_t i = 0; ok && i < json_array_size(options); i++) {
        char tmp[32];
        const char *text = json_scalar(json_array_get(options, i), tmp);
        ok = *text != '\0';
        json_array_append_new(in->options, json_string(text));
    }
    return ok || err_set(err, "the options of %s must be a list of texts", in->name);
}

static bool read_rest(struct input *in, const json_t *from, struct err *err)
{
    char tmp[32];
    const json_t *required = json_object_get(from, "required"), *fallback = json_object_get(from, "default");
    struct buf label = BUF_INIT;
    const char *text = str_or(json_str(from, "label", NULL), in->name);
    utf8_sanitise(&label, text, strlen(text));
    in->label = buf_take(&label);
    in->required = json_is_true(required);
    in->fallback = xstrdup(json_scalar(fallback, tmp));
    if (required && !json_is_boolean(required))
        return err_set(err, "required of %s must be true or false", in->name);
    if (json_is_array(fallback) || json_is_object(fallback))
        return err_set(err, "the default of %s must be a text", in->name);
    return !*in->fallback || input_check(in, in->fallback, err) || err_prefix(err, "the default of %s", in->name);
}

static bool known_keys(const json_t *from, struct err *err)
{
    static const char *const keys[] = { "name", "label", "type", "required", "default", "options", NULL };
    const char *key = json_unknown_key(from, keys);
    return !key || err_set(err, "an input has no \"%.40s\": it has name, label, type, required, default, options", key);
}

bool inputs_add(struct inputs *all, const json_t *from, struct err *err)
{
    struct input in = { 0 };
    bool ok = json_is_object(from) || err_set(err, "an input must be a mapping: {name: …, type: string}");
    ok = ok && (all->v.n < MAX_INPUTS || err_set(err, "a command asks for at most %d inputs", MAX_INPUTS));
    ok = ok && known_keys(from, err) && read_name(all, &in, from, err) && read_type(&in, from, err) && read_rest(&in, from, err);
    if (ok)
        arr_push(&all->v, in);
    else
        release_one(&in);
    return ok;
}

char *inputs_unknown(const struct inputs *all, const char *text)
{
    for (const char *p = strchr(text, '$'); p; p = strchr(p + 1, '$')) {
        const char *at = p + 1 + (p[1] == '!');
        size_t n = 0;
        at += *at == '{';
        while (isupper((unsigned char)at[n]) || isdigit((unsigned char)at[n]) || at[n] == '_')
            n++;
        bool known = strncmp(at, PREFIX, strlen(PREFIX)) != 0 || n == strlen(PREFIX);
        for (size_t i = 0; !known && i < all->v.n; i++)
            known = strlen(all->v.v[i].var) == n && strncmp(all->v.v[i].var, at, n) == 0;
        if (!known)
            return xstrndup(at, n);
    }
    return NULL;
}

// ---- their values

static bool is_number(const char *text)
{
    char *end;
    if (text[strspn(text, "+-.0123456789eE")]) // "inf", "nan", "0x1", blanks
        return false;
    strtod(text, &end);
    return end != text && !*end;
}

static bool is_option(const struct input *in, const char *text)
{
    for (size_t i = 0; i < json_array_size(in->options); i++)
        if (str_eq(json_string_value(json_array_get(in->options, i)), text))
            return true;
    return false;
}

bool input_check(const struct input *in, const char *text, struct err *err)
{
    if (!*text)
        return !in->required || err_set(err, "%s must be given", in->name);
    if (in->type == INPUT_NUMBER && !is_number(text))
        return err_set(err, "\"%.60s\" is no number", text);
    if (in->type == INPUT_BOOL && !str_eq(text, "true") && !str_eq(text, "false"))
        return err_set(err, "\"%.60s\" is neither true nor false", text);
    if (in->type == INPUT_DROPDOWN && !is_option(in, text))
        return err_set(err, "\"%.60s\" is none of those offered", text);
    return true;
}

static void put_names(const struct inputs *all, struct buf *out)
{
    for (size_t i = 0; i < all->v.n; i++)
        buf_printf(out, "%s%s", i ? ", " : "", all->v.v[i].name);
}

static bool take_word(const struct inputs *all, const char *word, struct answers *out, struct err *err)
{
    size_t n = strcspn(word, "=");
    for (size_t i = 0; word[n] && i < all->v.n; i++) {
        const struct input *in = &all->v.v[i];
        if (strlen(in->name) != n || strncmp(in->name, word, n) != 0)
            continue;
        free(out->v[i]);
        out->v[i] = xstrdup(word + n + 1);
        return input_check(in, out->v[i], err) || err_prefix(err, "%s", in->name);
    }
    struct buf names = BUF_INIT;
    put_names(all, &names);
    err_set(err, "%.100s: INPUT=VALUE is what it takes; its inputs: %s", word, names.s);
    buf_release(&names);
    return false;
}

bool inputs_given(const struct inputs *all, const char *line, struct answers *out, struct err *err)
{
    struct args a;
    bool ok = true;
    args_parse(&a, line);
    for (size_t i = 0; ok && i < a.words.n; i++)
        ok = take_word(all, a.words.v[i], out, err);
    args_release(&a);
    return ok;
}

void answers_release(struct answers *a)
{
    for (size_t i = 0; i < MAX_INPUTS; i++)
        free(a->v[i]);
    *a = (struct answers) { 0 };
}

// ---- asking

struct form { // while one is asked for; its prompt holds it
    const struct inputs *all; // of the configuration, which stays as long as the program
    struct answers given;
    struct inputs_then then;
    size_t at;
    bool handed_on;
};

static void form_free(void *arg)
{
    struct form *f = arg;
    if (!f->handed_on) {
        answers_release(&f->given);
        if (f->then.free_arg)
            f->then.free_arg(f->then.arg);
    }
    free(f);
}

// What begins as typed comes first.
static void offer(const json_t *options, const char *text, struct choices *out)
{
    for (int begins = 1; begins >= 0; begins--)
        for (size_t i = 0; i < json_array_size(options); i++) {
            const char *option = json_string_value(json_array_get(options, i));
            if (str_starts(option, text) == (bool)begins && str_icontains(option, text))
                choices_add(out, option, NULL);
        }
}

// What is there already as a whole narrows nothing: the others are what one would change it to.
static void complete_option(void *arg, const char *text, struct choices *out)
{
    const struct app *app = arg;
    const struct form *f = app->asking.arg;
    const struct input *in = &f->all->v.v[f->at];
    struct err err = { 0 };
    json_t *flags = json_pack("[s,s]", "true", "false");
    offer(in->type == INPUT_BOOL ? flags : in->options, input_check(in, text, &err) ? "" : text, out);
    json_decref(flags);
}

static bool check_typed(void *arg, const char *text, struct err *err)
{
    const struct form *f = arg;
    return input_check(&f->all->v.v[f->at], text, err);
}

static void typed(struct app *app, void *arg, const char *text)
{
    struct form *f = arg;
    f->handed_on = true;
    f->given.v[f->at] = xstrdup(text);
    inputs_ask(app, f->all, &f->given, &f->then);
}

static void ask_one(struct app *app, struct form *f) // takes f
{
    const struct input *in = &f->all->v.v[f->at];
    char *label = xstrdup(in->label), *counted;
    size_t fits = utf8_fit(label, strlen(label), MAX_LABEL);
    const char *cut = label[fits] ? "…" : "";
    label[fits] = '\0';
    counted = f->all->v.n > 1 ? xasprintf("%s%s (%zu/%zu): ", label, cut, f->at + 1, f->all->v.n) : xasprintf("%s%s: ", label, cut);
    static const char *const hints[][2] = { [INPUT_STRING] = { "may be left empty", "must be given" },
        [INPUT_NUMBER] = { "a number, may be left empty", "a number, must be given" },
        [INPUT_BOOL] = { "true or false, may be left empty", "true or false" },
        [INPUT_DROPDOWN] = { "one of these, may be left empty: Tab goes through them", "one of these: Tab goes through them" } };
    app_ask(app, &(struct asking) { .label = counted, .initial = in->fallback, .hint = hints[in->type][in->required], .done = typed,
        .check = check_typed, .complete = complete_option, .arg = f, .free_arg = form_free });
    free(counted);
    free(label);
}

void inputs_ask(struct app *app, const struct inputs *all, const struct answers *given, const struct inputs_then *then)
{
    struct form *f = xcalloc(1, sizeof(*f));
    *f = (struct form) { .all = all, .given = *given, .then = *then };
    while (f->at < all->v.n && f->given.v[f->at])
        f->at++;
    if (f->at < all->v.n) {
        ask_one(app, f);
        return;
    }
    then->done(app, then->arg, &f->given);
    form_free(f);
}
