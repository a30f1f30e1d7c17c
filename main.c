// kview: argument parsing and wiring, nothing else.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/check.h"
#include "app/config.h"
#include "app/demo.h"
#include "app/k9s.h"
#include "app/once.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "base/xdg.h"
#include "list/spec.h"

struct args {
    struct app_opts app;
    const char *format, *demo;
    bool once, check;
};

static const char usage[] =
    "usage: kview [-n NS | -A] [--context NAME] [--kubeconfig FILE] [--readonly | --write]\n"
    "             [--keymap NAME|FILE] [--theme NAME] [--restore] [--demo[=SCENARIO]] [VIEW]\n"
    "       kview --once [-o text|wide|json|csv] VIEW\n"
    "       kview --once logs TARGET [-c CONTAINER] [-p] [--follow] [--since 10m] [--tail N] [-l LABELS] [-o json]\n"
    "       kview --check\n"
    "       kview import k9s [--dry-run] [--replace] [DIR]\n"
    "       kview --version | --help\n"
    "\n"
    "VIEW is what `:` takes inside kview: pods, deploy -n shop, 'po -A /crash', workloads …\n"
    "Inside kview, ? shows the keys that apply. See kview(1).\n";

enum { OPT_CONTEXT = 256, OPT_KUBECONFIG, OPT_READONLY, OPT_WRITE, OPT_KEYMAP, OPT_THEME, OPT_RESTORE, OPT_DEMO,
    OPT_ONCE, OPT_CHECK, OPT_VERSION };

static const struct option options[] = {
    { "namespace", required_argument, NULL, 'n' },
    { "all-namespaces", no_argument, NULL, 'A' },
    { "context", required_argument, NULL, OPT_CONTEXT },
    { "kubeconfig", required_argument, NULL, OPT_KUBECONFIG },
    { "readonly", no_argument, NULL, OPT_READONLY },
    { "write", no_argument, NULL, OPT_WRITE },
    { "keymap", required_argument, NULL, OPT_KEYMAP },
    { "theme", required_argument, NULL, OPT_THEME },
    { "restore", no_argument, NULL, OPT_RESTORE },
    { "demo", optional_argument, NULL, OPT_DEMO },
    { "once", no_argument, NULL, OPT_ONCE },
    { "check", no_argument, NULL, OPT_CHECK },
    { "version", no_argument, NULL, OPT_VERSION },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

// -1: go on; else the exit status.
static int parse_args(int argc, char **argv, struct args *a)
{
    int c;
    a->format = "text";
    while ((c = getopt_long(argc, argv, "+n:Ao:h", options, NULL)) != -1) {
        switch (c) {
        case 'n': a->app.ns = optarg; break;
        case 'A': a->app.all_ns = true; break;
        case 'o': a->format = optarg; break;
        case OPT_CONTEXT: a->app.context = optarg; break;
        case OPT_KUBECONFIG: a->app.kubeconfig = optarg; break;
        case OPT_READONLY: a->app.readonly = true; break;
        case OPT_WRITE: a->app.write = true; break;
        case OPT_KEYMAP: a->app.keymap = optarg; break;
        case OPT_THEME: a->app.theme = optarg; break;
        case OPT_RESTORE: a->app.restore = true; break;
        case OPT_DEMO: a->demo = optarg ? optarg : "healthy"; break;
        case OPT_ONCE: a->once = true; break;
        case OPT_CHECK: a->check = true; break;
        case OPT_VERSION: puts("kview " KVIEW_VERSION); return 0;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    static const char *const formats[] = { "text", "wide", "json", "csv" };
    bool known = false;
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        known |= str_eq(a->format, formats[i]);
    if (!known || (a->app.readonly && a->app.write) || (a->app.ns && a->app.all_ns)) {
        fprintf(stderr, "kview: %s\n", !known ? "-o wants text, wide, json or csv"
                : a->app.ns && a->app.all_ns  ? "-n and -A exclude each other"
                                              : "--readonly and --write exclude each other");
        return 2;
    }
    return -1;
}

// The words after the options are one view: `kview deploy -n shop`. A first word with spaces is a whole view
// already, and a filter ends it; others keep their spaces: -l 'app in (a, b)'.
static char *join_view(int argc, char **argv)
{
    struct buf view = BUF_INIT;
    for (int i = optind; i < argc; i++) {
        bool quote = i > optind && argv[i][0] != '/' && (strpbrk(argv[i], " \t\n\v\f\r\"'") || !*argv[i]);
        buf_puts(&view, i > optind ? " " : "");
        if (quote)
            spec_put_word(&view, argv[i]);
        else
            buf_puts(&view, argv[i]);
    }
    return view.n ? buf_take(&view) : NULL;
}

static int run(struct loop *loop, struct args *a)
{
    struct err err = { 0 };
    if (a->check)
        return check_view_run(loop, &a->app);
    if (a->once || !isatty(STDOUT_FILENO))
        return once_run(loop, &(struct once_opts) { &a->app, a->format });
    struct app *app = app_new(loop, &a->app, &err);
    if (!app) {
        say_err(&err);
        return 1;
    }
    int rc = app_run(app);
    app_free(app);
    return rc;
}

int main(int argc, char **argv)
{
    struct args a = { 0 };
    mem_setup();
    json_setup();
    mem_drop_code(); // what loading and relocating touched
    int rc = parse_args(argc, argv, &a);
    if (rc >= 0)
        return rc;
    if (optind < argc && str_eq(argv[optind], "import"))
        return k9s_import_main(argc - optind - 1, argv + optind + 1);
    signal(SIGPIPE, SIG_IGN);
    srand((unsigned)(getpid() ^ (int)time(NULL)));
    char *log = xdg_state("kview.log");
    log_open(log, getenv("KVIEW_DEBUG") ? LOG_DEBUG : LOG_INFO);
    free(log);
    char *view = join_view(argc, argv);
    a.app.view = view;
    struct err err = { 0 };
    struct demo *demo = a.demo ? demo_start(a.demo, &err) : NULL;
    if (a.demo && !demo) {
        say_err(&err);
        rc = 1;
    } else {
        if (demo)
            a.app.kubeconfig = demo_kubeconfig(demo);
        struct loop *loop = loop_new();
        rc = run(loop, &a);
        loop_free(loop);
    }
    demo_stop(demo);
    free(view);
    log_close();
    return rc;
}

// GnuTLS comes with the libcurl of Debian (for RTMP) and would set itself up before main(), for a megabyte and
// two milliseconds; this is its own way to say no (GNUTLS_SKIP_GLOBAL_INIT in gnutls.h).
int _gnutls_global_init_skip(void);
int _gnutls_global_init_skip(void)
{
    return 1;
}
