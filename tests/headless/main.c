// kview-headless: prints any list of a cluster as kubectl does, and proves by linking that the list engine needs neither
// frame, keymaps, views nor a screen. kview-headless [-o text|csv|json] pods -A
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "list/text.h"

enum { TIMEOUT_MS = 60000, POLL_MS = 5 };

struct headless {
    struct loop *loop;
    struct ctx *cx;
    struct spec spec;
    struct list list;
    struct err err;
    int64_t deadline;
    bool listing;
};

// True: it is there, or err says why not.
static bool loaded(struct headless *h)
{
    if (h->listing)
        return list_loaded(&h->list, &h->err);
    bool unknown_yet = false;
    const struct client_info *in = client_info(h->cx->client);
    if (!list_composite(h->spec.view) && !ctx_kind(h->cx, h->spec.view, &unknown_yet, &h->err)) {
        if (unknown_yet && in->state == CLIENT_DOWN && in->err)
            h->err = *in->err;
        else if (unknown_yet)
            err_clear(&h->err); // the server's list of resources is on its way
        return err_is(&h->err);
    }
    err_clear(&h->err);
    if (!list_init(&h->list, h->cx, &h->spec, &h->err))
        return true;
    h->listing = true;
    list_use_kubectl_columns(&h->list, false);
    list_open(&h->list);
    return false;
}

static void on_poll(void *arg)
{
    struct headless *h = arg;
    if (loop_now_ms(h->loop) > h->deadline)
        err_set(&h->err, "nothing was loaded within %d s", TIMEOUT_MS / 1000);
    if (err_is(&h->err) || loaded(h))
        loop_stop(h->loop);
}

int main(int argc, char **argv)
{
    struct headless h = { .loop = loop_new() };
    struct buf words = BUF_INIT, out = BUF_INIT;
    const char *format = "text";
    int at = 1;
    if (argc > 2 && str_eq(argv[1], "-o")) {
        format = argv[2];
        at = 3;
    }
    for (; at < argc; at++)
        buf_printf(&words, "%s%s", words.n ? " " : "", argv[at]);
    struct kubeconfig *kc = kubeconfig_load(NULL, &h.err);
    if (kc && spec_parse(&h.spec, words.n ? words.s : "pods", &h.err))
        h.cx = ctx_open(NULL, h.loop, kc, h.spec.context, &h.err);
    if (h.cx) {
        struct loop_timer *poll = loop_timer_new(h.loop, on_poll, &h);
        h.deadline = loop_now_ms(h.loop) + TIMEOUT_MS;
        loop_timer_start(poll, 0, POLL_MS);
        loop_run(h.loop);
        loop_timer_free(poll);
    }
    if (h.listing && !err_is(&h.err))
        list_print(&h.list, format, &out);
    fwrite(out.s, 1, out.n, stdout);
    if (err_is(&h.err))
        fprintf(stderr, "kview-headless: %s\n", h.err.msg);
    if (h.listing)
        list_release(&h.list);
    ctx_free(h.cx);
    kubeconfig_free(kc);
    spec_release(&h.spec);
    buf_release(&words);
    buf_release(&out);
    loop_free(h.loop);
    return err_is(&h.err);
}
