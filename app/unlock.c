#include "app/unlock.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"

enum { DEFAULT_MINUTES = 10, MAX_MINUTES = 120 };

struct unlock {
    struct ctx *cx; // lives as long as the program
    int64_t minutes;
};

int unlock_left(const struct ctx *cx)
{
    int64_t left = cx->unlocked_until - time_boot_ms();
    return left > 0 ? (int)((left + 999) / 1000) : 0;
}

static void lock(struct ctx *cx)
{
    cx->readonly = true;
    cx->unlocked_until = 0;
}

bool unlock_tick(struct app *app)
{
    bool open = false;
    for (size_t i = 0; i < app->ctxs.n; i++) {
        struct ctx *cx = app->ctxs.v[i];
        if (!cx->unlocked_until)
            continue;
        open = true;
        if (unlock_left(cx))
            continue;
        lock(cx);
        app_flash(app, ROLE_INFO, "%s is read-only again", cx->target.context->name);
    }
    return open;
}

static void confirmed(struct app *app, void *arg)
{
    const struct unlock *u = arg;
    u->cx->readonly = false;
    u->cx->unlocked_until = time_boot_ms() + u->minutes * 60000;
    app_flash(app, ROLE_WARN, "%s can be changed for %lld minutes; `:lock` ends that", u->cx->target.context->name,
        (long long)u->minutes);
}

bool unlock_command(struct app *app, const char *args, struct err *err)
{
    struct ctx *cx = app_ctx(app);
    int64_t minutes = DEFAULT_MINUTES;
    if (!cx)
        return err_set(err, "there is no cluster yet");
    if (*args && (!str_to_i64(args, &minutes) || minutes < 1 || minutes > MAX_MINUTES))
        return err_set(err, "unlock takes minutes, 1 to %d: unlock 30", MAX_MINUTES);
    if (cx->strict) {
        err_set(err, "kview was started with --readonly: nothing unlocks it");
        return err_hint(err, "start it without");
    }
    if (!cx->readonly && !cx->unlocked_until)
        return err_set(err, "%s is not read-only", cx->target.context->name);
    struct unlock *u = xcalloc(1, sizeof(*u));
    *u = (struct unlock) { cx, minutes };
    const char *server = str_or(client_info(cx->client)->server, "?"), *name = cx->target.context->name;
    char *body = xasprintf("For %lld minutes kview will change what it is told to in this cluster.\n\n"
                           "  context    %s\n  server     %s\n",
        (long long)minutes, name, server);
    app_confirm(app, &(struct question) { .text = { .title = "Unlock this context?", .body = body, .yes = "unlock",
                            .no = "leave", .word = name, .danger = true },
        .yes = confirmed, .arg = u, .free_arg = free });
    free(body);
    return true;
}

bool lock_command(struct app *app, const char *args, struct err *err)
{
    struct ctx *cx = app_ctx(app);
    (void)args;
    if (!cx)
        return err_set(err, "there is no cluster yet");
    lock(cx);
    app_flash(app, ROLE_INFO, "%s is read-only now", cx->target.context->name);
    return true;
}
