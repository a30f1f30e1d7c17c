// kview-democluster: three simulated clusters behind HTTPS on loopback; see demo/README.md.
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timeutil.h"
#include "demo/api.h"
#include "demo/control.h"
#include "demo/scenario.h"
#include "demo/tls.h"

enum { CLUSTERS = 3 };

struct options {
    const char *kubeconfig, *scenario;
    int64_t seed, port, fixed, pods, ready_fd, hostile;
    bool frozen; // nothing happens by itself until the admin path says how far time goes
};

struct demo {
    struct loop *loop;
    struct loop_timer *timer;
    struct loop_signal *term, *intr;
    struct server *server;
    struct api *api;
    struct cluster *cl[CLUSTERS];
    int port[CLUSTERS];
    int64_t skew_ms; // cluster time - wall time: 0 unless the time is fixed
};

static const struct {
    const char *name, *prefix;
} sites[CLUSTERS] = { { "prod", "" }, { "staging", "/k8s/clusters/c-m-7xq2h" },
    { "dev", "/k8s/clusters/c-m-vb94k" } };

static void usage(FILE *out)
{
    fprintf(out, "usage: kview-democluster --kubeconfig FILE [--scenario NAME] [--seed N]\n"
                 "       [--port N] [--fixed-time T [--frozen]] [--pods N] [--ready-fd FD] [--hostile 1|2]\n");
}

static bool number(const char *name, const char *text, int64_t *out)
{
    int64_t sec;
    if (str_to_i64(text, out))
        return true;
    if (str_eq(name, "fixed-time") && time_parse_rfc3339(text, &sec, NULL)) {
        *out = sec;
        return true;
    }
    fprintf(stderr, "kview-democluster: --%s: not a number: %s\n", name, text);
    return false;
}

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = { { "kubeconfig", 1, NULL, 'k' },
        { "scenario", 1, NULL, 's' }, { "seed", 1, NULL, 'r' }, { "port", 1, NULL, 'p' },
        { "fixed-time", 1, NULL, 't' }, { "pods", 1, NULL, 'n' }, { "ready-fd", 1, NULL, 'f' },
        { "frozen", 0, NULL, 'z' }, { "hostile", 1, NULL, 'e' }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
    int c, at = 0;
    while ((c = getopt_long(argc, argv, "", longs, &at)) != -1) {
        int64_t *n = c == 'r' ? &o->seed
            : c == 'p'        ? &o->port
            : c == 't'        ? &o->fixed
            : c == 'n'        ? &o->pods
            : c == 'f'        ? &o->ready_fd
            : c == 'e'        ? &o->hostile
                              : NULL;
        if (c == 'h') {
            usage(stdout);
            exit(0);
        }
        if (c == 'k')
            o->kubeconfig = optarg;
        else if (c == 's')
            o->scenario = optarg;
        else if (c == 'z')
            o->frozen = true;
        else if (!n || !number(longs[at].name, optarg, n))
            return false;
    }
    return o->kubeconfig && optind == argc && (o->fixed || !o->frozen);
}

static char *random_token(void)
{
    unsigned char raw[24];
    struct buf b = BUF_INIT;
    BUG_ON(getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw));
    for (size_t i = 0; i < sizeof(raw); i++)
        buf_printf(&b, "%02x", raw[i]);
    return buf_take(&b);
}

static void tick(void *arg)
{
    struct demo *d = arg;
    int64_t now = time_now_ms() + d->skew_ms, next = -1;
    for (int i = 0; i < CLUSTERS; i++) {
        if (!d->cl[i])
            continue;
        sim_run_until(d->cl[i]->sim, now);
        int64_t due = sim_next_due(d->cl[i]->sim);
        if (due >= 0 && (next < 0 || due < next))
            next = due;
    }
    if (next >= 0)
        loop_timer_start(d->timer, next > now ? next - now : 0, 0);
    else
        loop_timer_stop(d->timer);
}

static void on_timer(void *arg)
{
    (void)arg; // the end of the turn does the work
}

static void on_signal(void *arg)
{
    struct demo *d = arg;
    loop_stop(d->loop);
}

static bool start_cluster(struct demo *d, int i, const struct options *o, struct err *err)
{
    int64_t now = (o->fixed ? o->fixed * 1000 : time_now_ms());
    int64_t start = now - (int64_t)400 * 86400 * 1000;
    struct cluster *cl
        = cluster_new(sites[i].name, sites[i].prefix, (uint64_t)o->seed * 31 + (uint64_t)i, start);
    d->cl[i] = cl;
    cl->loop = d->loop;
    cl->token = random_token();
    cl->limited_token = random_token();
    control_start(cl);
    if (!scenario_load(cl, o->scenario, now, err))
        return err_prefix(err, "%s", cl->name);
    if (o->fixed)
        sim_freeze(cl->sim, o->fixed);
    if (i == 0 && o->pods > 0)
        control_scale_pods(cl, o->pods);
    db_compact(cl->db);
    control_live(cl);
    api_add_cluster(d->api, cl, d->port[i]);
    if (o->hostile)
        api_add_fault(d->api, cl, "hostile", o->hostile);
    return true;
}

static void put_user(struct buf *b, const char *name, const char *token)
{
    buf_printf(b, "- name: %s\n  user:\n    token: %s\n", name, token);
}

static bool write_kubeconfig(struct demo *d, const char *path, const struct buf *ca,
    struct err *err)
{
    struct buf b = BUF_INIT, ca64 = BUF_INIT;
    b64_encode(ca->s, ca->n, &ca64);
    buf_puts(&b, "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters:\n");
    for (int i = 0; i < CLUSTERS; i++)
        buf_printf(&b,
            "- name: %s\n  cluster:\n    server: https://127.0.0.1:%d%s\n"
            "    certificate-authority-data: %s\n",
            sites[i].name, d->port[i], sites[i].prefix, ca64.s);
    buf_puts(&b, "contexts:\n");
    for (int i = 0; i < CLUSTERS; i++)
        buf_printf(&b,
            "- name: %s\n  context:\n    cluster: %s\n    user: demo-%s\n    namespace: shop\n",
            sites[i].name, sites[i].name, sites[i].name);
    buf_puts(&b, "- name: limited\n  context:\n    cluster: prod\n    user: viewer-limited\n"
                 "    namespace: shop\n");
    buf_puts(&b, "users:\n");
    char name[64];
    for (int i = 0; i < CLUSTERS; i++) {
        snprintf(name, sizeof(name), "demo-%s", sites[i].name);
        put_user(&b, name, d->cl[i]->token);
    }
    put_user(&b, "viewer-limited", d->cl[0]->limited_token);
    bool ok = file_write(path, b.s, b.n, err);
    buf_wipe(&b);
    buf_release(&ca64);
    return ok;
}

static bool start(struct demo *d, const struct options *o, struct err *err)
{
    struct tls_files tls = { BUF_INIT, BUF_INIT, BUF_INIT };
    if (!tls_make(&tls, err))
        return false;
    d->server = server_new(d->loop, tls.key.s, tls.cert.s);
    d->api = api_new(d->server);
    d->skew_ms = o->fixed ? o->fixed * 1000 - time_now_ms() : 0;
    bool ok = true;
    for (int i = 0; i < CLUSTERS && ok; i++) { // staging and dev share the second port
        d->port[i] = i < 2 ? server_listen(d->server, i == 0 ? (int)o->port : 0, err) : d->port[1];
        ok = d->port[i] > 0;
    }
    for (int i = 0; i < CLUSTERS && ok; i++)
        ok = start_cluster(d, i, o, err);
    ok = ok && write_kubeconfig(d, o->kubeconfig, &tls.ca, err);
    tls_release(&tls);
    return ok;
}

static void stop(struct demo *d)
{
    server_free(d->server);
    api_free(d->api);
    for (int i = 0; i < CLUSTERS; i++) {
        if (d->cl[i])
            control_stop(d->cl[i]);
        cluster_free(d->cl[i]);
    }
    loop_timer_free(d->timer);
    loop_signal_free(d->term);
    loop_signal_free(d->intr);
    loop_free(d->loop);
}

int main(int argc, char **argv)
{
    struct options o = { .scenario = "healthy", .seed = 1, .ready_fd = -1 };
    struct demo d = { 0 };
    struct err err = { 0 };
    if (!parse(argc, argv, &o)) {
        usage(stderr);
        return 2;
    }
    if (!scenario_known(o.scenario)) {
        struct buf names = BUF_INIT;
        scenario_names(&names);
        fprintf(stderr, "kview-democluster: no scenario \"%s\"; there are: %s\n", o.scenario,
            names.s);
        buf_release(&names);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    d.loop = loop_new();
    d.timer = loop_timer_new(d.loop, on_timer, &d);
    d.term = loop_signal_new(d.loop, SIGTERM, on_signal, &d);
    d.intr = loop_signal_new(d.loop, SIGINT, on_signal, &d);
    bool ok = start(&d, &o, &err);
    if (ok) {
        if (!o.frozen)
            loop_on_turn_end(d.loop, tick, &d);
        if (o.ready_fd >= 0 && write((int)o.ready_fd, "\n", 1) < 0)
            fprintf(stderr, "kview-democluster: --ready-fd: %s\n", strerror(errno));
        loop_run(d.loop);
    } else {
        fprintf(stderr, "kview-democluster: %s\n", err.msg);
    }
    stop(&d);
    return ok ? 0 : 1;
}
