// Which columns a list shows: the usual ones, those of the configuration, those chosen; the chooser's keys;
// and filters that name a column which is not shown.
#include "tests/unit/unit.h"

#include <string.h>

#include "app/app.h"
#include "app/host.h"
#include "app/config.h"
#include "base/state.h"
#include "base/str.h"
#include "base/xdg.h"
#include "list/columns.h"
#include "list/text.h"

static const char kubeconfig[] =
    "{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: "
    "\"https://127.0.0.1:1\"}}], users: [{name: u, user: {token: t}}], contexts: [{name: c, context: "
    "{cluster: c, user: u}}]}";

struct fixture {
    char dir[64];
    struct app app;
    struct ctx *cx;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct err err = { 0 };
    struct buf problems = BUF_INIT;
    snprintf(f->dir, sizeof(f->dir), "/tmp/kview-columns-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    setenv("XDG_CONFIG_HOME", f->dir, 1);
    char *kc = xasprintf("%s/kc", f->dir), *config = xdg_config("config.yaml");
    static const char text[] = "columns: {deploy: [AGE, NAME]}\nsort: {deploy: -AGE}\n";
    assert_true(file_write(kc, kubeconfig, sizeof(kubeconfig) - 1, &err));
    assert_true(file_write(config, text, sizeof(text) - 1, &err));
    f->app.loop = loop_new();
    f->app.config = config_load(&problems);
    f->app.state = state_open(NULL, &problems);
    assert_string_equal(problems.s, "");
    f->app.kc = kubeconfig_load(kc, &err);
    app_host_init(&f->app);
    f->cx = ctx_open(NULL, f->app.loop, f->app.kc, NULL, &err);
    if (!f->cx)
        fail_msg("%s", err.msg);
    free(kc);
    free(config);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char *cmd = xasprintf("rm -rf '%s'", f->dir);
    ctx_free(f->cx);
    kubeconfig_free(f->app.kc);
    state_close(f->app.state);
    config_free(f->app.config);
    loop_free(f->app.loop);
    int rc = system(cmd);
    free(cmd);
    free(f);
    return rc;
}

static struct list_view *view_of(const struct list *l)
{
    return (struct list_view *)((char *)l - offsetof(struct list_view, l));
}

static struct list *open_list(struct fixture *f, const char *text)
{
    struct spec s;
    struct err err = { 0 };
    assert_true(spec_parse(&s, text, &err));
    struct list_view *w = list_of(list_new(&f->app.host, f->cx, &s, &err));
    if (!w)
        fail_msg("%s", err.msg);
    spec_release(&s);
    return &w->l;
}

static void close_list(struct list *l)
{
    view_of(l)->v.ops->free(&view_of(l)->v);
}

static void check_columns(const struct list *l, const char *want)
{
    struct buf got = BUF_INIT;
    for (size_t i = 0; i < l->cols.n; i++)
        buf_printf(&got, "%s%s", i ? "," : "", l->cols.v[i].name);
    assert_string_equal(got.s, want);
    assert_int_equal(view_of(l)->table.ncols, l->cols.n);
    buf_release(&got);
}

static void usual(void **state)
{
    struct list *l = open_list(*state, "pods -n shop");
    check_columns(l, "NAME,READY,STATUS,RESTARTS,IP,NODE,AGE"); // without metrics
    close_list(l);
    l = open_list(*state, "pods -A");
    check_columns(l, "NAMESPACE,NAME,READY,STATUS,RESTARTS,IP,NODE,AGE");
    close_list(l);
    l = open_list(*state, "workloads -n shop");
    check_columns(l, "KIND,NAME,READY,STATUS,RESTARTS,AGE");
    close_list(l);
}

static void configured(void **state)
{
    struct list *l = open_list(*state, "deployments -n shop");
    check_columns(l, "AGE,NAME");
    assert_string_equal(l->sort_name, "AGE");
    assert_true(l->sort_desc);
    list_choose_layout(view_of(l), "NAME,READY"); // a choice made here is worth more
    check_columns(l, "NAME,READY");
    list_choose_layout(view_of(l), NULL);
    check_columns(l, "AGE,NAME");
    close_list(l);
}

static void chosen(void **state)
{
    struct fixture *f = *state;
    struct list *l = open_list(f, "pods -A");
    list_choose_layout(view_of(l), "name, STATUS,label:app.kubernetes.io/name,NOSUCH,STATUS,QOS");
    check_columns(l, "NAMESPACE,NAME,STATUS,NAME,QOS"); // a label is headed as kubectl -L does
    assert_string_equal(l->cols.v[3].label, "app.kubernetes.io/name");
    close_list(l);
    assert_string_equal(state_get(f->app.state, "columns", "c/pods"),
        "name, STATUS,label:app.kubernetes.io/name,NOSUCH,STATUS,QOS");
    l = open_list(f, "pods -n shop"); // remembered
    check_columns(l, "NAME,STATUS,NAME,QOS");
    l->wide = true; // and the rest
    columns_apply(l);
    assert_true(l->cols.n > 8);
    list_choose_layout(view_of(l), NULL);
    close_list(l);
}

static void press(struct chooser *ch, struct list *l, const char *keys)
{
    char copy[128], *save = NULL;
    snprintf(copy, sizeof(copy), "%s", keys);
    for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
        struct key k;
        assert_true(key_parse(p, strlen(p), &k));
        assert_true(chooser_key(ch, view_of(l), k));
    }
}

static void choosing(void **state)
{
    struct chooser ch = { 0 };
    struct list *l = open_list(*state, "pods -n shop");
    chooser_open(&ch, view_of(l));
    press(&ch, l, "Down Space"); // READY goes
    check_columns(l, "NAME,STATUS,RESTARTS,IP,NODE,AGE");
    assert_string_equal(state_get(((struct fixture *)*state)->app.state, "columns", "c/pods"),
        "NAME,STATUS,RESTARTS,CPU,MEM,IP,NODE,AGE"); // those that wait for metrics are not lost
    press(&ch, l, "Down Right"); // STATUS behind RESTARTS
    check_columns(l, "NAME,RESTARTS,STATUS,IP,NODE,AGE");
    press(&ch, l, "Left Left Left Left Left"); // and to the front, where it ends
    check_columns(l, "STATUS,NAME,RESTARTS,IP,NODE,AGE");
    press(&ch, l, "Down Space"); // the name stays
    check_columns(l, "STATUS,NAME,RESTARTS,IP,NODE,AGE");
    press(&ch, l, "r");
    check_columns(l, "NAME,READY,STATUS,RESTARTS,IP,NODE,AGE");
    assert_false(chooser_key(&ch, view_of(l), (struct key) { .code = K_ENTER }));
    chooser_close(&ch);
    close_list(l);
}

static void filters(void **state)
{
    struct list *l = open_list(*state, "pods -n shop");
    struct err err = { 0 };
    struct view *v = &view_of(l)->v;
    v->ops->command(v, &(struct call) { "filter", "qos=Burstable" }, &err); // not shown, but known
    assert_false(err_is(&err));
    assert_non_null(l->filter);
    const struct filter *before = l->filter;
    v->ops->command(v, &(struct call) { "filter", "age<<" }, &err);
    assert_true(err_is(&err));
    assert_ptr_equal(l->filter, before); // the rows stay
    assert_string_equal(v->filter_text, "qos=Burstable"); // as the frame sees it
    assert_string_equal(l->filter_text, "qos=Burstable");
    list_choose_layout(view_of(l), "NAME,QOS");
    assert_non_null(l->filter); // and goes on with other columns
    list_choose_layout(view_of(l), NULL);
    close_list(l);
}

// By a column that is not shown, too; and by the same one when the columns change.
static void sorting(void **state)
{
    struct list *l = open_list(*state, "pods -n shop");
    struct err err = { 0 };
    struct call by = { "sort-by", "qos" }, none = { "sort-by", "nosuch" };
    assert_true(view_of(l)->v.ops->command(&view_of(l)->v, &by, &err));
    assert_false(err_is(&err));
    assert_string_equal(l->sort_name, "QOS");
    assert_true(view_of(l)->table.sort_col >= (int)l->cols.n);
    assert_string_equal(columns_name(l, (size_t)view_of(l)->table.sort_col), "QOS");
    list_choose_layout(view_of(l), "NAME,QOS");
    assert_int_equal(view_of(l)->table.sort_col, 1);
    assert_true(view_of(l)->v.ops->command(&view_of(l)->v, &by, &err)); // again: the other way
    assert_true(l->sort_desc);
    view_of(l)->v.ops->command(&view_of(l)->v, &none, &err);
    assert_string_equal(err.msg, "there is no column nosuch here");
    list_choose_layout(view_of(l), NULL);
    close_list(l);
}

static void names(void **state)
{
    char near[64];
    const struct kind *pods = kind_find("pods");
    (void)state;
    assert_true(columns_valid(pods, "status", near, sizeof(near)));
    assert_true(columns_valid(pods, "label:app", near, sizeof(near)));
    assert_true(columns_valid(pods, "QOS", near, sizeof(near)));
    assert_false(columns_valid(pods, "STATS", near, sizeof(near)));
    assert_string_equal(near, "STATUS");
    assert_false(columns_valid(pods, "entirely-else", near, sizeof(near)));
    assert_string_equal(near, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usual, setup, teardown),
        cmocka_unit_test_setup_teardown(configured, setup, teardown),
        cmocka_unit_test_setup_teardown(chosen, setup, teardown),
        cmocka_unit_test_setup_teardown(choosing, setup, teardown),
        cmocka_unit_test_setup_teardown(filters, setup, teardown),
        cmocka_unit_test_setup_teardown(sorting, setup, teardown),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
