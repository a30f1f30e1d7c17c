#include "app/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/actions.h"
#include "app/app.h"
#include "app/config.h"
#include "app/custom.h"
#include "app/debug.h"
#include "app/open.h"
#include "app/peek.h"
#include "app/save.h"
#include "app/status.h"
#include "app/tab_command.h"
#include "app/unlock.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/str.h"
#include "list/spec.h"
#include "views/copies.h"
#include "views/forwards.h"

static bool open_spec(struct app *app, const char *spec, struct err *err)
{
    return app_open(app, spec, err);
}

static bool cmd_back(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    (void)args;
    if (actions_stop(app->actions))
        return true;
    if (v && v->working)
        return v->ops->command(v, &(struct call) { "cancel", "" }, err);
    if (v && v->filter_text) { // first the filter, then the view
        struct call clear = { "filter", "" };
        return v->ops->command(v, &clear, err);
    }
    if (v && v->faults_only)
        return v->ops->command(v, &(struct call) { "errors-only", "" }, err);
    tabs_step_view(app, -1);
    return true;
}

// Through the views as they were left, filter and all.
static bool cmd_history_back(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    tabs_step_view(app, -1);
    return true;
}

static bool cmd_forward(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    tabs_step_view(app, 1);
    return true;
}

static bool cmd_prompt(struct app *app, const char *args, struct err *err)
{
    (void)err;
    app_prompt(app, ":", args, NULL);
    return true;
}

static bool cmd_filter_prompt(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    (void)args, (void)err;
    app_prompt(app, "/", v && v->filter_text ? v->filter_text : "", "filter");
    return true;
}

static bool cmd_help(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return open_spec(app, "help", err);
}

static bool cmd_kinds(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return open_spec(app, "kinds", err);
}

static bool half_page(struct app *app, const char *way, struct err *err)
{
    struct view *v = app_view(app);
    struct call step = { way, "" };
    for (int i = (app->host.rows - 5) / 2; v && i > 0 && !err_is(err); i--)
        v->ops->command(v, &step, err);
    return true;
}

static bool cmd_half_down(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return half_page(app, "down", err);
}

static bool cmd_half_up(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return half_page(app, "up", err);
}

static bool cmd_info(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return open_spec(app, "info", err);
}

static bool cmd_journal(struct app *app, const char *args, struct err *err)
{
    (void)args;
    return open_spec(app, "journal", err);
}

static bool cmd_suspend(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    screen_leave(app->screen);
    raise(SIGSTOP); // SIGCONT takes the screen again
    return true;
}

static bool cmd_redraw(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    app_redraw(app);
    return true;
}

static bool cmd_compact(struct app *app, const char *args, struct err *err)
{
    (void)args, (void)err;
    app->host.compact = !app->host.compact;
    return true;
}

static bool set_theme(struct app *app, const char *name, struct err *err)
{
    const struct theme *t = config_theme(app->config, name, &app->skin, err);
    if (!t)
        return false;
    app->theme = t;
    app_redraw(app);
    return true;
}

// Seen at once, kept when chosen.
static void theme_shown(struct app *app, const struct choice *c)
{
    struct err err = { 0 };
    if (!set_theme(app, c->text, &err))
        app_flash_err(app, &err);
}

static void theme_picked(struct app *app, const struct choice *c)
{
    theme_shown(app, c);
    state_set(app->state, "look", "theme", app->theme->name); // a skin with a fault is not kept
}

static bool cmd_theme(struct app *app, const char *args, struct err *err)
{
    struct choices all = { 0 };
    if (*args)
        return set_theme(app, args, err);
    choices_add(&all, app->theme->name, "now");
    for (size_t i = 0; theme_all()[i]; i++)
        if (theme_all()[i] != app->theme)
            choices_add(&all, theme_all()[i]->name, NULL);
    config_skins(app->theme->name, &all);
    app_pick(app, "Theme", &all, theme_picked);
    app->pick_shown = theme_shown;
    return true;
}

// ---- contexts and namespaces

static void context_picked(struct app *app, const struct choice *c)
{
    app_switch_context(app, c->text);
}

static bool cmd_context_pick(struct app *app, const char *args, struct err *err)
{
    struct choices all = { 0 };
    (void)err;
    if (*args) {
        app_switch_context(app, args);
        return true;
    }
    for (size_t i = 0; i < app->kc->contexts.n; i++) {
        const struct ctx *here = app_ctx(app);
        char note[310] = "";
        if (here && str_eq(here->target.context->name, app->kc->contexts.v[i].name))
            snprintf(note, sizeof(note), "● "); // one is there
        status_context_note(app, app->kc->contexts.v[i].name, note + strlen(note), 300);
        choices_add(&all, app->kc->contexts.v[i].name, note);
    }
    app_pick(app, "Contexts", &all, context_picked);
    return true;
}

static bool cmd_context_slot(struct app *app, const char *args, struct err *err)
{
    size_t slot = (size_t)strtol(args, NULL, 10);
    if (slot < 1 || slot > app->kc->contexts.n)
        return err_set(err, "the kubeconfig has only %zu contexts", app->kc->contexts.n);
    app_switch_context(app, app->kc->contexts.v[slot - 1].name);
    return true;
}

static bool cmd_context_toggle(struct app *app, const char *args, struct err *err)
{
    (void)args;
    const struct ctx *here = app_ctx(app);
    if (app->previous_ctx) {
        app_switch_context(app, app->previous_ctx->target.context->name);
        return true;
    }
    if (!here || app->kc->contexts.n != 2) // of two, the other is meant
        return err_set(err, "no other context was visited yet: C chooses one");
    bool first = str_eq(app->kc->contexts.v[0].name, here->target.context->name);
    app_switch_context(app, app->kc->contexts.v[first].name);
    return true;
}

static void set_namespace(struct app *app, const char *ns)
{
    struct ctx *cx = app_ctx(app);
    struct view *v = app_view(app);
    struct err err = { 0 };
    if (!cx)
        return;
    free(cx->ns);
    cx->ns = xstrdup(ns);
    state_set(app->state, "namespace", cx->target.context->name, ns);
    for (int i = 1; *ns && i <= 9; i++) { // the first free slot keeps it
        const char *have = app_favourite(app, i);
        char fav[16];
        if (str_eq(have, ns))
            break;
        if (!have) {
            snprintf(fav, sizeof(fav), "%d", i);
            state_set(app->state, "favourites", fav, ns);
            break;
        }
    }
    char view[64];
    snprintf(view, sizeof(view), "%.*s", (int)strcspn(v ? v->spec : "pods", " "), v ? v->spec : "pods");
    if (!app_open(app, str_eq(view, "namespaces") ? "pods" : view, &err))
        app_flash_err(app, &err);
}

static bool cmd_favourite(struct app *app, const char *args, struct err *err)
{
    struct ctx *cx = app_ctx(app);
    const char *ns = str_eq(args, "0") ? "" : app_favourite(app, (int)strtol(args, NULL, 10));
    if (!ns)
        return err_set(err, "favourite %s is free: `:ns NAME` fills the next one", args);
    if (str_eq(args, "0") && cx && !*cx->ns) // 0 again: back to where one was
        ns = *cx->last_ns ? cx->last_ns : cx->target.ns;
    if (cx && *cx->ns) {
        free(cx->last_ns);
        cx->last_ns = xstrdup(cx->ns);
    }
    char *copy = xstrdup(ns);
    set_namespace(app, copy);
    free(copy);
    return true;
}

static bool cmd_ns(struct app *app, const char *args, struct err *err)
{
    if (!*args)
        return open_spec(app, "namespaces", err);
    set_namespace(app, str_ieq(args, "all") || str_eq(args, "*") ? "" : args);
    return true;
}

// ---- bookmarks, files

static bool cmd_bookmark_add(struct app *app, const char *args, struct err *err)
{
    struct view *v = app_view(app);
    (void)args, (void)err;
    if (!v)
        return true;
    char *text = open_text(v);
    state_list_add(app->state, "bookmarks", text, 100);
    app_flash(app, ROLE_OK, "bookmarked: %s   (' lists them)", text);
    free(text);
    return true;
}

static void bookmark_picked(struct app *app, const struct choice *c)
{
    app_run_line(app, c->text);
}

static bool cmd_bookmarks(struct app *app, const char *args, struct err *err)
{
    struct choices all = { 0 };
    (void)args;
    for (size_t i = state_list_count(app->state, "bookmarks"); i-- > 0;)
        choices_add(&all, state_list_at(app->state, "bookmarks", i), NULL);
    if (!all.items.n)
        return err_set(err, "no bookmarks yet: B keeps the view that is shown");
    app_pick(app, "Bookmarks", &all, bookmark_picked);
    return true;
}

static void on_piped(void *arg, int status, const struct buf *out, const struct buf *err_out, const struct err *err)
{
    struct app *app = arg;
    (void)out, (void)err_out;
    app->piped = NULL;
    if (err)
        app_flash(app, ROLE_BAD, "/bin/sh: %s", err->msg);
    else if (status)
        app_flash(app, ROLE_WARN, "it ended with status %d", status);
}

// What the view would save is the command's stdin; it has the terminal until Enter.
static bool cmd_pipe(struct app *app, const char *args, struct err *err)
{
    static const char script[] = "eval \"$1\"; s=$?; printf '\\n[status %s: Enter leads back to kview] ' $s; "
                                 "read -r _ </dev/tty; exit $s";
    struct view *v = app_view(app);
    if (!v || !v->ops->save)
        return err_set(err, "there is nothing here that could be given to a command");
    if (!*args) {
        app_prompt(app, "pipe to: ", "", "pipe");
        return true;
    }
    struct buf text = BUF_INIT;
    v->ops->save(v, "text", &text);
    int fd = memfd_create("kview-pipe", MFD_CLOEXEC);
    bool ok = fd >= 0;
    for (size_t at = 0; ok && at < text.n;) {
        ssize_t n = write(fd, text.s + at, text.n - at);
        ok = n > 0;
        at += ok ? (size_t)n : 0;
    }
    ok = ok && lseek(fd, 0, SEEK_SET) == 0;
    buf_release(&text);
    if (ok) {
        const char *argv[] = { "/bin/sh", "-c", script, "kview", args, NULL };
        struct loop_child_opts o = { .argv = (char *const *)argv, .inherit_tty = true, .whole_tty = true, .stdin_fd = fd };
        app->piped = loop_child_start(app->loop, &o, on_piped, app);
    } else {
        err_set(err, "no room for what the command would read: %s", strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool cmd_copy_files(struct app *app, const char *args, struct err *err)
{
    return copies_cmd_cp(&app->host, args, err);
}

static bool cmd_forward_port(struct app *app, const char *args, struct err *err)
{
    return forwards_command(&app->host, args, err);
}

static bool cmd_forwards_save(struct app *app, const char *args, struct err *err)
{
    return forwards_save(&app->host, args, err);
}

static bool cmd_forwards_restore(struct app *app, const char *args, struct err *err)
{
    return forwards_restore(&app->host, args, err);
}

#define OF_VIEW NULL
#define AN_ACTION NULL, CMD_ACTION | CMD_MUTATES // of acts/act.c

static const struct command commands[] = { // sorted by name
    { "annotate", "KEY=VALUE KEY-", "set or take away annotations", AN_ACTION },
    { "approve", "", "let the certificate be issued that was asked for", AN_ACTION },
    { "at", "[TIME]", "to a time of the log: 14:05, -10m", OF_VIEW },
    { "attach", "[POD]", "the terminal of what runs in it", OF_VIEW, CMD_MUTATES,
        "a shell, which could change what runs in it," },
    { "autoscale", "MIN MAX", "change the bounds of an autoscaler", AN_ACTION },
    { "back", "", "clear the filter; then the view before", cmd_back },
    { "bookmark-add", "", "keep this view as a bookmark", cmd_bookmark_add },
    { "bookmarks", "", "choose a bookmark", cmd_bookmarks },
    { "bottom", "", "to the last row", OF_VIEW },
    { "browse", "", "open the address in a browser", OF_VIEW },
    { "cancel", "", "end what runs here", OF_VIEW },
    { "columns-pick", "", "choose which columns are shown", OF_VIEW },
    { "command-prompt", "[TEXT]", "type a view or a command", cmd_prompt },
    { "compact", "", "less space between columns", cmd_compact },
    { "context-pick", "[CONTEXT]", "choose another cluster context", cmd_context_pick },
    { "context-slot", "N", "to context N of the kubeconfig", cmd_context_slot },
    { "context-toggle", "", "to the context used before", cmd_context_toggle },
    { "contexts", "[CONTEXT]", "choose another cluster context", cmd_context_pick },
    { "copy", "", "copy a field or the text (OSC 52)", OF_VIEW },
    { "cordon", "", "let no more Pods start on this node", AN_ACTION },
    { "cp", "POD:PATH HERE", "copy from a container, or HERE POD:PATH into it", cmd_copy_files },
    { "ctx", "[CONTEXT]", "choose another cluster context", cmd_context_pick },
    { "debug", "[POD]", "a debug container beside what runs there", debug_cmd, CMD_MUTATES },
    { "delete", "[--force] [--grace S] [--cascade HOW]", "delete it; asks first", AN_ACTION },
    { "delete-stuck", "", "delete the Pod that holds a rollout up; asks", OF_VIEW, CMD_MUTATES },
    { "deny", "", "refuse the certificate that was asked for", AN_ACTION },
    { "describe", "[KIND NAME]", "the object in full, with its events", OF_VIEW },
    { "diff", "", "compare with an earlier state", OF_VIEW },
    { "down", "", "one row down", OF_VIEW },
    { "edit", "", "in $EDITOR; what changed is asked about", AN_ACTION },
    { "errors-only", "", "only rows with something wrong", OF_VIEW },
    { "events-of", "", "events of this object", OF_VIEW },
    { "evict", "[--grace S]", "delete this Pod if its budget allows it", AN_ACTION },
    { "explain", "[KIND.FIELD]", "what the fields of a kind mean", OF_VIEW },
    { "favourite", "N", "to favourite namespace N; 0: all of them", cmd_favourite },
    { "filter", "TEXT", "show only what matches", OF_VIEW },
    { "filter-prompt", "", "filter the rows, or search the text", cmd_filter_prompt },
    { "finalize", "FINALIZER", "take a finalizer of what does not go", AN_ACTION },
    { "fold", "", "fold or unfold", OF_VIEW },
    { "fold-all", "", "fold or unfold everything", OF_VIEW },
    { "forward", "TARGET [LOCAL:PORT]", "a port of this machine leads to one of a Pod", cmd_forward_port },
    { "forward-to", "", "forward a port to what is selected", OF_VIEW },
    { "forwards-restore", "NAME", "start the forwards kept by that name", cmd_forwards_restore },
    { "forwards-save", "NAME", "keep the forwards that run", cmd_forwards_save },
    { "half-down", "", "half a page down", cmd_half_down },
    { "half-up", "", "half a page up", cmd_half_up },
    { "help", "", "keys and commands that apply now", cmd_help },
    { "history-back", "", "the view before in this tab", cmd_history_back },
    { "history-forward", "", "the view after, when one went back", cmd_forward },
    { "info", "", "the cluster, the server, and who you are there", cmd_info },
    { "journal", "", "what was changed, and what came of it", cmd_journal },
    { "kinds", "", "all resources of this server", cmd_kinds },
    { "label", "KEY=VALUE KEY-", "set or take away labels", AN_ACTION },
    { "last-view", "", "the view before in this tab", cmd_history_back },
    { "left", "", "scroll left", OF_VIEW },
    { "lock", "", "make the context read-only again", lock_command },
    { "log-error-next", "", "the next error, from the newest on upwards", OF_VIEW },
    { "log-error-prev", "", "back down to the error before", OF_VIEW },
    { "log-events", "", "events of the same Pods among the lines", OF_VIEW },
    { "log-fields", "[NAMES]", "of JSON and logfmt lines show these fields", OF_VIEW },
    { "log-fields-prompt", "", "type which fields to show", OF_VIEW },
    { "log-filter", "[TERMS]", "show only lines with these; !TERM, level>=warn", OF_VIEW },
    { "log-filter-prompt", "", "type which lines to show", OF_VIEW },
    { "log-follow", "", "stay at the end, or pause (nothing is lost)", OF_VIEW },
    { "log-histogram", "", "how many lines came when, by level", OF_VIEW },
    { "log-level", "[LEVEL]", "least level shown: all, info, warn, error", OF_VIEW },
    { "log-mark-next", "", "to the next marked line", OF_VIEW },
    { "log-mark-prev", "", "to the marked line before", OF_VIEW },
    { "log-names", "", "show or hide where lines come from", OF_VIEW },
    { "log-range", "all|head|N|10m|TIME|previous", "read again from there", OF_VIEW },
    { "log-record", "", "JSON, logfmt, klog as level, message, fields", OF_VIEW },
    { "log-times", "", "times of lines: off, local, UTC, ages", OF_VIEW },
    { "logs", "[POD]", "its output, followed; -c, --tail, --since", OF_VIEW },
    { "logs-previous", "[POD]", "the output of the instance before", OF_VIEW },
    { "managed-fields", "", "show or hide managedFields", OF_VIEW },
    { "mark", "", "mark this row", OF_VIEW },
    { "mark-all", "", "mark every row", OF_VIEW },
    { "mark-range", "", "mark from the last mark to here", OF_VIEW },
    { "node-shell", "[NODE]", "a shell on a node, as root; asks first", node_shell_cmd, CMD_MUTATES },
    { "ns", "[NAMESPACE]", "choose the namespace; all is every one", cmd_ns },
    { "open", "", "what is inside: Pods, containers, rows …", OF_VIEW },
    { "owner", "", "the object that owns this one", OF_VIEW },
    { "page-down", "", "one page down", OF_VIEW },
    { "page-up", "", "one page up", OF_VIEW },
    { "pane-close", "", "close this pane, the tab with the last", tab_cmd_pane_close },
    { "pane-next", "", "to the next pane", tab_cmd_pane_next },
    { "pane-resize", "CELLS", "move the border; 0: to the middle", tab_cmd_pane_resize },
    { "pane-swap", "", "exchange this pane and the next", tab_cmd_pane_swap },
    { "pane-tab", "", "make this pane a tab of its own", tab_cmd_pane_tab },
    { "pane-turn", "", "put two panes the other way: beside or below", tab_cmd_pane_turn },
    { "pane-zoom", "", "this pane on the whole screen, and back", tab_cmd_pane_zoom },
    { "parent", "", "to the field above", OF_VIEW },
    { "pause", "", "pause a rollout, suspend a CronJob or Job", AN_ACTION },
    { "peek", "[logs|describe|yaml|events]", "a pane that follows the cursor, and away", peek_cmd },
    { "pipe", "[COMMAND]", "what is shown here into a command", cmd_pipe },
    { "q", "", "quit", tab_cmd_quit },
    { "q!", "", "quit", tab_cmd_quit },
    { "qa", "", "quit", tab_cmd_quit },
    { "quarantine", "", "no traffic to this Pod, but it keeps running", AN_ACTION },
    { "quit", "", "quit; asks when something ends with it", tab_cmd_quit },
    { "reconcile", "", "let Flux reconcile this now", AN_ACTION },
    { "redraw", "", "paint the screen anew", cmd_redraw },
    { "refresh", "", "read everything again", OF_VIEW },
    { "refresh-app", "[hard]", "let Argo CD compare this application again", AN_ACTION },
    { "reopen", "", "start what has ended anew", OF_VIEW },
    { "rerun", "", "a new Job from the spec of this one", AN_ACTION },
    { "resize", "SIZE", "make a volume claim larger", AN_ACTION },
    { "restart", "", "replace its Pods, as rollout restart", AN_ACTION },
    { "restore", "", "open the tabs of the last session", tab_cmd_restore },
    { "resume", "", "resume a rollout, a CronJob or a Job", AN_ACTION },
    { "reveal", "", "show or hide Secret values", OF_VIEW },
    { "right", "", "scroll right", OF_VIEW },
    { "rollback", "[KIND/NAME]", "the revisions of a workload, and back to one", OF_VIEW },
    { "rollback-to", "[REVISION]", "its template of then; none: the one before", AN_ACTION },
    { "run", "[NAME]", "a command of the configuration, for this", custom_cmd_run },
    { "save", "[FILE]", "save as FILE.csv, .json or text", save_cmd },
    { "scale", "N|+N|-N", "change the number of replicas", AN_ACTION },
    { "search-next", "", "the next hit", OF_VIEW },
    { "search-prev", "", "the hit before", OF_VIEW },
    { "set-env", "CONTAINER KEY=VALUE KEY-", "change the environment of a container", AN_ACTION },
    { "set-image", "CONTAINER=IMAGE", "change the images of its containers", AN_ACTION },
    { "set-resources", "CONTAINER cpu=REQUEST/LIMIT", "change requests and limits", AN_ACTION },
    { "shell", "[POD]", "a shell in it; -c CONTAINER, -- COMMAND", OF_VIEW, CMD_MUTATES,
        "a shell, which could change what runs in it," },
    { "snapshot", "FILE", "the screen as a picture (.svg) or text", save_cmd_snapshot },
    { "sort-by", "[-]COLUMN", "sort by a column, -: greatest first; again: the other way", OF_VIEW },
    { "sort-invert", "", "turn the order round", OF_VIEW },
    { "sort-next", "", "sort by the next column", OF_VIEW },
    { "sort-pick", "", "choose the column to sort by", OF_VIEW },
    { "sort-prev", "", "sort by the column before", OF_VIEW },
    { "split", "[VIEW]", "one more pane to the right, for VIEW", tab_cmd_split },
    { "split-below", "[VIEW]", "one more pane below, for VIEW", tab_cmd_split_below },
    { "stop", "", "end this forward", OF_VIEW },
    { "suspend", "", "stop kview; fg in the shell returns", cmd_suspend },
    { "sync", "[REVISION] [--prune]", "let Argo CD deploy this application", AN_ACTION },
    { "tab-close", "", "close this tab", tab_cmd_close },
    { "tab-new", "[VIEW]", "a new tab", tab_cmd_new },
    { "tab-next", "", "the next tab", tab_cmd_next },
    { "tab-prev", "", "the tab before", tab_cmd_prev },
    { "taint", "KEY=VALUE:EFFECT KEY:EFFECT-", "keep Pods off this node, or no more", AN_ACTION },
    { "theme", "[THEME]", "choose the colours", cmd_theme },
    { "theme-pick", "", "choose the colours", cmd_theme },
    { "top", "", "to the first row", OF_VIEW },
    { "tree", "", "this object with all that belongs to it", OF_VIEW },
    { "trigger", "", "start a Job of this CronJob now", AN_ACTION },
    { "uncordon", "", "let Pods start on this node again", AN_ACTION },
    { "undo", "", "take back the last action in this context", actions_undo, CMD_MUTATES },
    { "unlock", "[MINUTES]", "let a read-only context be changed for a while", unlock_command },
    { "unmark-all", "", "clear all marks", OF_VIEW },
    { "unquarantine", "", "put a Pod's labels back: traffic again", AN_ACTION },
    { "up", "", "one row up", OF_VIEW },
    { "used-by", "", "what uses this object", OF_VIEW },
    { "wide", "", "more columns", OF_VIEW },
    { "wrap", "", "wrap long lines", OF_VIEW },
    { "yaml", "[KIND NAME]", "the object as YAML", OF_VIEW },
};

const struct command *command_all(size_t *n)
{
    *n = ARRAY_SIZE(commands);
    return commands;
}

bool command_is_own(const char *line)
{
    char *name = xstrndup(line, strcspn(line, " "));
    const struct command *c = open_is_view(name) || kind_find(name) ? NULL : command_find(name);
    free(name);
    return c && (c->fn || c->flags & CMD_ACTION);
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (str_eq(commands[i].name, name))
            return &commands[i];
    return NULL;
}

bool command_known(const char *name, char *suggestion, size_t n)
{
    struct str_near near = { name, 3, NULL };
    if (command_find(name))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        str_near(&near, commands[i].name);
    if (near.name)
        snprintf(suggestion, n, "%s", near.name);
    return false;
}

// ---- running a line

struct line {
    char *text; // all of it
    char *name;
    const char *args; // in text
};

static struct line line_parse(struct app *app, const char *typed)
{
    struct line l;
    char *copy = xstrdup(typed), *text = str_trim(copy);
    size_t word = strcspn(text, " ");
    char *first = xstrndup(text, word);
    const char *whole = config_alias(app->config, text), *alias = config_alias(app->config, first);
    if (whole || !alias)
        l.text = xstrdup(str_or(whole, text));
    else
        l.text = xasprintf("%s%s", alias, text + word); // `kp /web`
    free(first);
    free(copy);
    size_t n = strcspn(l.text, " ");
    l.name = xstrndup(l.text, n);
    l.args = l.text + n + strspn(l.text + n, " ");
    return l;
}

static void line_release(struct line *l)
{
    free(l->text);
    free(l->name);
}

static void run_in_view(struct app *app, const struct line *l, const struct command *cmd, struct err *err)
{
    struct view *v = app_view(app);
    struct call call = { l->name, l->args };
    if (!cmd || cmd->fn || (*l->args && open_is_view(l->name)))
        app_open(app, l->text, err);
    else if (!v || !v->ops->command(v, &call, err))
        err_set(err, "%s does nothing in this view", l->name);
}

// The first of two doors: what changes something does not even begin where the context is read-only.
static bool allowed(struct app *app, const struct command *cmd, struct err *err)
{
    const struct ctx *cx = app_ctx(app);
    if (!cx || !(cmd->flags & CMD_MUTATES))
        return true;
    struct write_gate gate = ctx_gate(cx);
    return verbs_allowed(&gate, cmd->refused ? cmd->refused : cmd->name, err);
}

bool app_do(struct app *app, const char *line, struct err *err)
{
    struct line l = line_parse(app, line);
    const struct command *cmd = command_find(l.name);
    const struct custom *own = cmd ? NULL : custom_find(config_customs(app->config), l.name);
    if (own)
        custom_run(app, own, l.args, err);
    else if (cmd && !allowed(app, cmd, err))
        ;
    else if (cmd && (cmd->flags & CMD_ACTION))
        actions_command(app, cmd->name, l.args, err);
    else if (cmd && cmd->fn)
        cmd->fn(app, l.args, err);
    else if (*l.name)
        run_in_view(app, &l, cmd, err);
    line_release(&l);
    return !err_is(err);
}

void app_run_line(struct app *app, const char *line)
{
    struct err err = { 0 };
    if (!app_do(app, line, &err))
        app_flash_err(app, &err);
    app_dirty(app);
}

bool app_open_into(struct app *app, struct pane *into, const char *line, struct err *err)
{
    struct line l = line_parse(app, line);
    struct view *before = pane_view(into);
    struct pane *outer = app->into;
    app->into = into;
    run_in_view(app, &l, command_find(l.name), err);
    app->into = outer;
    bool opened = pane_view(into) != before || into->waiting;
    if (!opened && !err_is(err))
        err_set(err, "%s opens nothing", l.name);
    line_release(&l);
    return opened;
}
