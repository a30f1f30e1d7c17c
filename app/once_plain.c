#include "app/once_plain.h"

#include "app/command.h"
#include "app/open.h"
#include "base/str.h"
#include "client/kubeconfig.h"
#include "views/describe/writer.h"

// The columns of `kubectl config get-contexts`.
static void put_contexts(const struct kubeconfig *kc, const char *current, struct buf *out)
{
    buf_puts(out, "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    for (size_t i = 0; i < kc->contexts.n; i++) {
        const struct kube_context *c = &kc->contexts.v[i];
        buf_printf(out, "%s\t%s\t%s\t%s\t%s\n", str_eq(c->name, current) ? "*" : "", c->name, str_or(c->cluster, ""),
            str_or(c->user, ""), str_or(c->ns, ""));
    }
}

static void put_help(struct buf *out)
{
    size_t n;
    const struct open_row *views = open_all(&n);
    buf_puts(out, "Views: any resource of the server by name (`pods -n shop`), and\n");
    for (size_t i = 0; i < n; i++) {
        const char *args, *help;
        if (open_help(&views[i], &args, &help))
            buf_printf(out, "  %s\t%s\t%s\n", views[i].name, args, help);
    }
    const struct command *all = command_all(&n);
    buf_puts(out, "\nCommands, each with its object where it is not under the cursor (`scale deploy/web 5 -n shop`):\n");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "  %s\t%s\t%s\n", all[i].name, all[i].args, all[i].help);
}

bool once_plain(const char *view, const struct kubeconfig *kc, const char *current, struct buf *out)
{
    struct buf tabs = BUF_INIT;
    bool contexts = str_eq(view, "contexts") || str_eq(view, "ctx");
    if (contexts)
        put_contexts(kc, current, &tabs);
    else if (str_eq(view, "help"))
        put_help(&tabs);
    if (tabs.n)
        dw_plain(tabs.s, out);
    buf_release(&tabs);
    return out->n > 0;
}
