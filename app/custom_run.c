// Running the commands of the configuration: for which objects, what is asked first, and where what they print goes.
#include "app/custom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/config.h"
#include "app/vars.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "client/verbs.h"
#include "list/columns.h"
#include "views/list.h"
#include "views/programs.h"

enum { MAX_OBJECTS = 500, SHOWN = 20 };

// What was asked for, until it has run; in the terminal one job after the other.
struct subject { // one object as it was when the key was pressed
    struct vars vars;
    char *title; // "": nothing is selected
};
struct run {
    struct app *app;
    struct ctx *ctx;
    const struct custom *c; // of the configuration, which stays as long as the program
    ARR(struct subject) subjects;
    struct program_jobs jobs;
    size_t at;
    struct loop_child *child;
};
struct custom_runs {
    struct run *terminal; // NULL: none has it
};

static void run_free(void *arg)
{
    struct run *r = arg;
    if (!r)
        return;
    loop_child_free(r->child);
    program_jobs_release(&r->jobs);
    for (size_t i = 0; i < r->subjects.n; i++) {
        vars_release(&r->subjects.v[i].vars);
        free(r->subjects.v[i].title);
    }
    arr_release(&r->subjects);
    free(r);
}

void custom_free(struct app *app)
{
    if (app->customs)
        run_free(app->customs->terminal);
    free(app->customs);
    app->customs = NULL;
}

// ---- variables

static void set_context(struct app *app, const struct ctx *cx, struct vars *v)
{
    const struct kube_context *kc = cx->target.context;
    struct buf files = BUF_INIT;
    vars_set(v, "CONTEXT", kc->name);
    vars_set(v, "CLUSTER", kc->cluster);
    vars_set(v, "USER", kc->user);
    for (size_t i = 0; i < app->kc->files.n; i++)
        buf_printf(&files, "%s%s", i ? ":" : "", app->kc->files.v[i]);
    vars_set(v, "KUBECONFIG", files.n ? files.s : NULL);
    buf_release(&files);
    const struct view *shown = app_view(app);
    vars_set(v, "FILTER", shown && shown->filter_text ? shown->filter_text : "");
}

static void set_columns(const struct list *l, const struct selection *sel, struct vars *v)
{
    struct cell_env env = list_env(l);
    for (const struct column *col = sel->kind && sel->row ? sel->kind->columns : NULL; col && col->name; col++) {
        struct buf text = BUF_INIT;
        char *name = xasprintf("COL-%s", col->name);
        column_text(col, sel->row, &env, &text);
        vars_set(v, name, text.s);
        free(name);
        buf_release(&text);
    }
}

static const char *column_value(const struct vars *v, const char *name)
{
    for (size_t i = 0; i < v->v.n; i++)
        if (str_eq(v->v.v[i].name, name) && !str_eq(v->v.v[i].value, "<none>"))
            return str_or(v->v.v[i].value, NULL);
    return NULL;
}

static void set_object(const struct list *l, const struct selection *sel, struct vars *v)
{
    bool container = sel->kind && sel->kind->object_per_rows && sel->row;
    bool pod = str_eq(sel->gvr.resource, "pods") && !*sel->gvr.group;
    const char *uid = str_or(sel->uid, NULL);
    char *of = uid ? xstrndup(uid, strcspn(uid, "/")) : NULL; // a row's is that of its object and the row
    vars_set(v, "NAME", container ? sel->row->name : sel->name);
    vars_set(v, "NAMESPACE", str_or(sel->ns, ""));
    vars_set(v, "KIND", sel->api_kind);
    vars_set(v, "RESOURCE", sel->gvr.resource);
    vars_set(v, "GROUP", sel->gvr.group);
    vars_set(v, "VERSION", sel->gvr.version);
    vars_set(v, "UID", of);
    vars_set(v, "POD", container ? sel->name : NULL);
    vars_set(v, "CONTAINER", container ? sel->row->name : NULL);
    if (l)
        set_columns(l, sel, v);
    bool node = str_eq(sel->gvr.resource, "nodes") && !*sel->gvr.group;
    vars_set(v, "NODE", node ? sel->name : pod ? column_value(v, "COL-NODE") : NULL);
    free(of);
}

static void set_nothing(struct vars *v)
{
    static const char *const names[] = { "NAME", "NAMESPACE", "KIND", "RESOURCE", "GROUP", "VERSION", "UID", "POD",
        "CONTAINER", "NODE" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        vars_set(v, names[i], NULL);
}

// ---- jobs

// What sel is now; NULL: nothing is selected.
static void add_subject(struct run *r, const struct list *l, const struct selection *sel)
{
    struct subject s = { 0 };
    set_context(r->app, r->ctx, &s.vars);
    if (sel)
        set_object(l, sel, &s.vars);
    else
        set_nothing(&s.vars);
    s.title = sel ? xasprintf("%s%s%s", str_or(sel->ns, ""), *str_or(sel->ns, "") ? "/" : "", sel->name) : xstrdup("");
    arr_push(&r->subjects, s);
}

static bool add_selected(struct run *r, const struct list *l, const struct selection *sel, struct err *err)
{
    if (!custom_applies(r->c, sel))
        return err_set(err, "%s is not for %s", r->c->name, sel->kind ? sel->kind->name : sel->gvr.resource);
    if (!selection_named(sel, err))
        return false;
    add_subject(r, l, sel);
    return true;
}

// Of a list the marked rows, else what is selected, else nothing.
static bool add_subjects(struct run *r, struct view *v, struct err *err)
{
    struct selection one;
    struct list_view *w = list_of(v);
    size_t n = w ? list_targets(w, NULL, 0) : 0;
    if (n > MAX_OBJECTS)
        return err_set(err, "%zu objects are marked: at most %d at once", n, MAX_OBJECTS);
    if (!n && !w && v->ops->selection && v->ops->selection(v, &one) && one.gvr.resource)
        return add_selected(r, NULL, &one, err);
    if (!n && !r->c->all)
        return err_set(err, "nothing is selected");
    if (!n)
        add_subject(r, NULL, NULL);
    struct selection *all = xcalloc(n, sizeof(*all));
    bool ok = true;
    list_targets(w, all, n);
    for (size_t i = 0; ok && i < n; i++)
        ok = add_selected(r, &w->l, &all[i], err);
    free(all);
    return ok;
}

// The command once, for s with what was asked for.
static bool add_job(struct run *r, const struct subject *s, struct err *err)
{
    const json_t *words = r->c->words;
    const struct vars *v = &s->vars;
    struct program_job j = { 0 };
    struct buf line = BUF_INIT;
    if (!vars_argv(v, words, &j.argv, err))
        return *s->title ? false : err_hint(err, "nothing is selected");
    j.title = xstrdup(s->title);
    j.env = vars_env(v, words);
    vars_put_read(v, words, &line);
    buf_puts(&line, line.n ? " " : "");
    vars_put_quoted(&line, j.argv);
    j.line = buf_take(&line);
    arr_push(&r->jobs.v, j);
    return true;
}

// given NULL: to see beforehand whether anything else is missing.
static bool make_jobs(struct run *r, const struct answers *given, struct err *err)
{
    bool ok = true;
    program_jobs_release(&r->jobs);
    for (size_t i = 0; ok && i < r->subjects.n; i++) {
        struct subject *s = &r->subjects.v[i];
        size_t n = s->vars.v.n;
        for (size_t k = 0; k < r->c->inputs.v.n; k++)
            vars_set(&s->vars, r->c->inputs.v.v[k].var, given ? given->v[k] : "true");
        ok = add_job(r, s, err);
        vars_cut(&s->vars, n);
    }
    return ok;
}

// ---- in the terminal

static void next_in_terminal(struct run *r);

static void on_terminal_end(void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *err)
{
    struct run *r = arg;
    struct app *app = r->app;
    struct buf said = BUF_INIT;
    (void)out, (void)err_out;
    r->child = NULL;
    buf_printf(&said, "%s ", r->c->name);
    if (err)
        buf_printf(&said, "could not be started: %s", err->msg);
    else
        program_put_end(&said, status);
    if (++r->at < r->jobs.v.n && !err && status == 0) {
        next_in_terminal(r);
    } else {
        if (r->at < r->jobs.v.n)
            buf_printf(&said, "; %zu of %zu were not run", r->jobs.v.n - r->at, r->jobs.v.n);
        app_flash(app, status ? ROLE_WARN : ROLE_OK, "%s", said.s);
        app->customs->terminal = NULL;
        run_free(r);
    }
    buf_release(&said);
}

// "$@" is run as it is, no text is read by a shell. What failed has said why, so it is left on the screen.
static void next_in_terminal(struct run *r)
{
    static const char script[] = "\"$@\"; s=$?; [ $s = 0 ] || { printf '\\n[status %s: Enter leads back to kview] ' $s; "
                                 "read -r _ </dev/tty; }; exit $s";
    const struct program_job *j = &r->jobs.v.v[r->at];
    ARR(const char *) argv = { 0 };
    const char *const before[] = { "/bin/sh", "-c", script, "kview" };
    for (size_t i = 0; i < ARRAY_SIZE(before); i++)
        arr_push(&argv, before[i]);
    for (size_t i = 0; j->argv[i]; i++)
        arr_push(&argv, j->argv[i]);
    arr_push(&argv, NULL);
    struct loop_child_opts o = { .argv = (char *const *)argv.v, .env = j->env, .inherit_tty = true, .whole_tty = true,
        .stdin_fd = 0 };
    r->child = loop_child_start(r->app->loop, &o, on_terminal_end, r);
    arr_release(&argv);
}

static void start_in_terminal(struct app *app, struct run *r) // takes r
{
    if (!app->customs)
        app->customs = xcalloc(1, sizeof(*app->customs));
    if (app->customs->terminal) {
        app_flash(app, ROLE_BAD, "%s has the terminal", app->customs->terminal->c->name);
        run_free(r);
        return;
    }
    app->customs->terminal = r;
    next_in_terminal(r);
}

// ---- the question

static bool may(const struct run *r, struct err *err)
{
    struct write_gate gate = ctx_gate(r->ctx);
    if (!r->c->mutates)
        return true;
    char *what = xasprintf("the program of %s", r->c->name);
    bool ok = verbs_allowed(&gate, what, err);
    free(what);
    return ok;
}

static void start(struct app *app, struct run *r, struct err *err) // takes r
{
    const char *name = r->c->name;
    if (!may(r, err)) {
        run_free(r);
    } else if (r->c->output == CUSTOM_TERMINAL) {
        start_in_terminal(app, r);
    } else {
        bool pane = r->c->output == CUSTOM_PANE;
        size_t n = r->jobs.v.n;
        unsigned id = programs_start(&app->host, name, &r->jobs, pane);
        char *open = xasprintf("output %u", id);
        if (pane)
            app_open(app, open, err);
        else
            app_flash(app, ROLE_INFO, n > 1 ? "%s runs for %zu objects …" : "%s runs …", name, n);
        free(open);
        run_free(r);
    }
}

static struct run *take_run(void *arg) // arg keeps nothing
{
    struct run *from = arg, *r = xcalloc(1, sizeof(*r));
    *r = *from;
    memset(from, 0, sizeof(*from));
    return r;
}

static void confirmed(struct app *app, void *arg)
{
    struct err err = { 0 };
    start(app, take_run(arg), &err);
    if (err_is(&err))
        app_flash_err(app, &err);
}

static void put_line(struct buf *out, const char *line)
{
    buf_puts(out, "  $ ");
    utf8_sanitise(out, line, strlen(line));
    buf_putc(out, '\n');
}

static void ask(struct app *app, struct run *r) // takes r
{
    const struct custom *c = r->c;
    struct buf body = BUF_INIT;
    char *title = r->jobs.v.n > 1 ? xasprintf("Run %s for %zu objects?", c->name, r->jobs.v.n)
                                  : xasprintf("Run %s?", c->name);
    buf_printf(&body, "%s\n\n  context    %s\n", c->help, r->ctx->target.context->name);
    if (r->jobs.v.n == 1 && *r->jobs.v.v[0].title)
        buf_printf(&body, "  object     %s\n", r->jobs.v.v[0].title);
    buf_printf(&body, "\n%s\n", c->mutates ? "A program of this machine runs, which may change the cluster: kview can neither "
                                             "check it nor take it back."
                                           : "A program of this machine runs:");
    for (size_t i = 0; i < r->jobs.v.n && i < SHOWN; i++)
        put_line(&body, r->jobs.v.v[i].line);
    if (r->jobs.v.n > SHOWN)
        buf_printf(&body, "  … and %zu more\n", r->jobs.v.n - SHOWN);
    app_confirm(app, &(struct question) { .text = { .title = title, .body = body.s, .yes = "run", .no = "leave" },
        .yes = confirmed, .arg = r, .free_arg = run_free });
    free(title);
    buf_release(&body);
}

static void inputs_are_given(struct app *app, void *arg, const struct answers *given)
{
    struct run *r = take_run(arg);
    struct err err = { 0 };
    if (!make_jobs(r, given, &err))
        run_free(r);
    else if (r->c->confirm)
        ask(app, r);
    else
        start(app, r, &err);
    if (err_is(&err))
        app_flash_err(app, &err);
}

bool custom_run(struct app *app, const struct custom *c, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    if (!v)
        return err_set(err, "there is no cluster yet");
    struct answers given = { 0 };
    if (*args && !c->inputs.v.n)
        return err_set(err, "%s takes nothing more: it is for what is selected", c->name);
    struct run *r = xcalloc(1, sizeof(*r));
    *r = (struct run) { .app = app, .ctx = v->ctx, .c = c };
    if (!may(r, err) || !inputs_given(&c->inputs, args, &given, err) || !add_subjects(r, v, err) || !make_jobs(r, NULL, err)) {
        answers_release(&given);
        run_free(r);
        return false;
    }
    inputs_ask(app, &c->inputs, &given, &(struct inputs_then) { inputs_are_given, r, run_free });
    return true;
}

// ---- by key, and :run

const struct custom *custom_by_key(struct app *app, struct key k)
{
    const struct customs *all = config_customs(app->config);
    struct view *v = app_view(app);
    struct selection sel, *is = NULL;
    if (!all->v.n || !v || str_eq(v->ops->mode, "shell"))
        return NULL;
    if (v->ops->selection && v->ops->selection(v, &sel))
        is = &sel;
    for (size_t i = 0; i < all->v.n; i++) {
        const struct custom *c = &all->v.v[i];
        if (c->has_key && key_eq(c->key, k) && custom_applies(c, is))
            return c;
    }
    return NULL;
}

static void picked(struct app *app, const struct choice *choice)
{
    app_run_line(app, choice->text);
}

bool custom_cmd_run(struct app *app, const char *args, struct err *err)
{
    const struct customs *all = config_customs(app->config);
    struct view *v = app_view(app);
    struct selection sel, *is = NULL;
    struct choices choices = { 0 };
    const struct custom *named = *args ? custom_find(all, args) : NULL;
    if (named)
        return custom_run(app, named, "", err);
    if (*args || !all->v.n) {
        err_set(err, *args ? "there is no command \"%s\" in the configuration" : "the configuration has no commands", args);
        return err_hint(err, "`commands:` in config.yaml, see kview-config(5)");
    }
    if (v && v->ops->selection && v->ops->selection(v, &sel))
        is = &sel;
    for (size_t i = 0; i < all->v.n; i++)
        if (custom_applies(&all->v.v[i], is))
            choices_add(&choices, all->v.v[i].name, all->v.v[i].help);
    if (!choices.items.n)
        return err_set(err, is ? "no command of the configuration is for %s" : "nothing is selected",
            is && is->gvr.resource ? is->gvr.resource : "this");
    app_pick(app, "Run", &choices, picked);
    return true;
}
