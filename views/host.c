#include "views/host.h"

#include <stdarg.h>
#include <stdio.h>

#include "ui/style.h"

bool host_open(struct host *host, const char *spec, struct err *err)
{
    return host->ops->open(host, spec, err);
}

bool host_run(struct host *host, const char *line, struct err *err)
{
    return host->ops->run(host, line, err);
}

void host_push(struct host *host, struct view *v)
{
    host->ops->push(host, v);
}

void host_flash(struct host *host, style_t style, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    host->ops->flash(host, style, text);
}

void host_flash_err(struct host *host, const struct err *err)
{
    host_flash(host, ROLE_BAD, "%s%s%s", err->msg, *err->hint ? " — " : "", err->hint);
}

void host_prompt(struct host *host, const char *label, const char *initial, const char *command)
{
    host->ops->prompt(host, label, initial, command);
}

void host_pick(struct host *host, const char *title, struct choices *all, host_pick_fn *fn)
{
    host->ops->pick(host, title, all, fn);
}

void host_confirm(struct host *host, const struct host_question *q)
{
    host->ops->confirm(host, q);
}

void host_dirty(struct host *host)
{
    host->ops->dirty(host);
}

void host_copy(struct host *host, const char *text, size_t n)
{
    host->ops->copy(host, text, n);
}

struct view *host_focus(struct host *host)
{
    return host->ops->focus(host);
}

bool host_busy(struct host *host)
{
    return host->ops->busy(host);
}

struct ctx *host_context(struct host *host, const char *name, struct err *err)
{
    return host->ops->context(host, name, err);
}
