#include "app/leave.h"

#include <stdlib.h>

#include "app/actions.h"
#include "app/app.h"
#include "base/mem.h"
#include "views/copies.h"
#include "views/forwards.h"
#include "views/programs.h"

static void list_stakes(const struct buf *stakes, struct buf *out)
{
    buf_puts(out, "This ends for good:\n\n");
    for (const char *p = stakes->s; *p;) {
        size_t n = 0;
        while (p[n] && p[n] != '\n')
            n++;
        if (n)
            buf_printf(out, "  %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
}

struct leave {
    leave_fn *then;
};

static void confirmed(struct app *app, void *arg)
{
    const struct leave *l = arg;
    l->then(app);
}

void leave_ask(struct app *app, const char *what, const char *verb, struct buf *stakes, leave_fn *then)
{
    struct buf body = BUF_INIT;
    if (!stakes->n) {
        then(app);
    } else {
        struct leave *l = xcalloc(1, sizeof(*l));
        l->then = then;
        list_stakes(stakes, &body);
        app_confirm(app, &(struct question) { .text = { .title = what, .body = body.s, .yes = verb,
                             .no = "stay" },
            .yes = confirmed, .arg = l, .free_arg = free });
    }
    buf_release(stakes);
    buf_release(&body);
}

void leave_all_stakes(const struct app *app, struct buf *out)
{
    for (size_t i = 0; i < app->tabs.n; i++)
        tab_stakes(app->tabs.v[i], out);
    forwards_stakes(app->host.forwards, out);
    copies_at_stake(app->host.copies, out);
    programs_at_stake(app->host.programs, out);
    actions_at_stake(app->actions, out);
}
