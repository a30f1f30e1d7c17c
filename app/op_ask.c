// The words of an action's question: what it would do to each object, and what one should know first.
#include "app/op.h"

#include <stdio.h>
#include <string.h>

#include "acts/facts.h"
#include "app/app.h"
#include "app/edit.h"
#include "base/str.h"

static const char *where(const struct item *it, char out[400])
{
    snprintf(out, 400, "%s %s%s%s", it->t.api_kind, it->t.ns, *it->t.ns ? "/" : "", it->t.name);
    return out;
}

static void put_indented(struct buf *out, const char *indent, const char *first, const char *lines)
{
    for (const char *p = lines; *p;) {
        size_t n = strcspn(p, "\n");
        buf_printf(out, "%s%.*s\n", p == lines ? first : indent, (int)n, p);
        p += n + (p[n] == '\n');
    }
}

static struct act_around around_of(const struct item *it)
{
    const struct around *a = op_around(it->op, it->t.ns);
    if (!a)
        return (struct act_around) { 0 };
    return (struct act_around) { a->lists[AROUND_HPAS].list, a->lists[AROUND_BUDGETS].list };
}

static void put_facts(const struct item *it, struct buf *out)
{
    struct op *op = it->op;
    struct act_in in = { .act = op->act, .t = &it->t, .object = it->object, .scale = it->scale, .args = item_args(it) };
    struct act_around around = around_of(it);
    act_facts(&in, &around, out);
    put_indented(out, "             ", "  note       ", it->plan.note.s);
}

static void put_dry(const struct item *it, struct buf *out)
{
    if (it->dry_refused)
        put_indented(out, "             ", "  REFUSED    ", it->dry.s);
    else if (it->dry.n)
        put_indented(out, "             ", "  dry run    ", it->dry.s);
    else
        buf_puts(out, "  dry run    the server accepts it\n");
}

static void put_place(const struct op *op, const struct act_target *t, struct buf *out)
{
    const struct client_info *in = client_info(op->cx->client);
    buf_printf(out, "  context    %s\n  cluster    %s\n", op->cx->target.context->name, str_or(in->server, "?"));
    if (t && *t->ns)
        buf_printf(out, "  namespace  %s\n", t->ns);
    if (t)
        buf_printf(out, "  %-10s %s\n", t->api_kind, t->name);
}

static void put_one(const struct item *it, struct buf *out)
{
    put_place(it->op, &it->t, out);
    buf_putc(out, '\n');
    put_indented(out, "  ", "  ", it->plan.does.s);
    buf_putc(out, '\n');
    put_facts(it, out);
    put_dry(it, out);
    put_indented(out, "  ", "  by hand    ", it->plan.kubectl.s);
}

static void put_several(const struct op *op, struct buf *out)
{
    put_place(op, NULL, out);
    if (op->items.n > OP_SAMPLE)
        buf_printf(out, "\nThe first %d of %zu were tried out. Each of the others is read when its turn comes, and left alone "
                        "if another object has its name by then.\n", OP_SAMPLE, op->items.n);
    for (size_t i = 0; i < op->items.n; i++) {
        const struct item *it = op->items.v[i];
        char name[400];
        buf_printf(out, "%s%s\n", it->late && i > OP_SAMPLE ? "" : "\n", where(it, name));
        if (it->fate == FATE_FAILED) {
            buf_printf(out, "  left out   %s\n", it->err.msg);
            continue;
        }
        if (it->late)
            continue;
        put_indented(out, "  ", "  ", it->plan.does.s);
        if (it->fate == FATE_NOTHING)
            continue;
        put_facts(it, out);
        put_dry(it, out);
    }
    for (size_t i = 0; i < op->items.n; i++)
        if (op->items.v[i]->fate == FATE_NONE && op->items.v[i]->planned) {
            put_indented(out, "  ", "\nThe first of them as ", op->items.v[i]->plan.kubectl.s);
            break;
        }
}

void op_title(const struct op *op, char out[96])
{
    if (op->items.n == 1)
        snprintf(out, 96, "%s %s %.60s?", op->act->title, op->items.v[0]->t.api_kind, op->items.v[0]->t.name);
    else
        snprintf(out, 96, "%s %zu objects?", op->act->title, op->items.n);
}

void op_ask_busy(const struct op *op, struct buf *out)
{
    if (op->lead)
        buf_printf(out, "%s\n\n", op->lead);
    put_place(op, op->items.n == 1 ? &op->items.v[0]->t : NULL, out);
    buf_puts(out, "\nasking the server …\n");
}

void op_ask_text(const struct op *op, struct buf *out)
{
    if (op->lead)
        buf_printf(out, "%s\n\n", op->lead);
    if (op->items.n == 1)
        put_one(op->items.v[0], out);
    else
        put_several(op, out);
}

void op_ask_failures(const struct op *op, struct buf *out)
{
    for (size_t i = 0; i < op->items.n; i++) {
        const struct item *it = op->items.v[i];
        char name[400];
        if (it->fate != FATE_FAILED && it->fate != FATE_CHANGED)
            continue;
        buf_printf(out, "%s\n  %s\n", where(it, name), it->err.msg);
        if (*it->err.hint && it->fate == FATE_FAILED)
            buf_printf(out, "  %s\n", it->err.hint);
    }
    if (op->edit)
        buf_printf(out, "\nWhat you edited is kept in %s\n", edit_path(op->edit));
}
