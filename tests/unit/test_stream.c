// What a feed asks for after each thing a server can say: the requests are caught, the answers made up here.
// client/feed.c is included, with the client's streams replaced.
#include "tests/unit/unit.h"

#include <string.h>

#define client_stream_open test_stream_open
#define client_stream_close test_stream_close
#define client_loop test_loop
#define client_discovery test_discovery
#include "client/feed.c"
#undef client_loop
#undef client_discovery

#include "base/timeutil.h"
#include "kinds/kind.h"

struct client_stream {
    const struct http_handlers *handlers;
    void *arg;
};

static struct {
    struct loop *loop;
    struct client_stream stream;
    char path[400];
    int opened;
    const struct discovery *discovery; // NULL: not known yet
} net;

struct loop *test_loop(struct client *c)
{
    (void)c;
    return net.loop;
}

const struct discovery *test_discovery(struct client *c)
{
    (void)c;
    return net.discovery;
}

struct client_stream *test_stream_open(
    struct client *c, const struct http_opts *opts, const struct http_handlers *handlers, void *arg)
{
    (void)c;
    snprintf(net.path, sizeof(net.path), "%s", opts->path);
    net.stream = (struct client_stream) { handlers, arg };
    net.opened++;
    return &net.stream;
}

void test_stream_close(struct client_stream *s)
{
    (void)s;
}

static void say(const char *text)
{
    struct http_head head = { .status = 200, .content_type = "application/json", .etag = "", .warning = "" };
    net.stream.handlers->on_head(net.stream.arg, &head);
    if (!net.stream.handlers->on_data(net.stream.arg, text, strlen(text)))
        net.stream.handlers->on_done(net.stream.arg, &(struct http_result) { .status = 200, .retry_after = -1 });
}

static void end(int status, const char *reason, int retry_after)
{
    struct http_result res = { .status = status, .ok = status == 200, .retry_after = retry_after };
    if (!res.ok)
        err_set(&res.err, "made up");
    res.err.code = status;
    snprintf(res.err.reason, sizeof(res.err.reason), "%s", reason);
    net.stream.handlers->on_done(net.stream.arg, &res);
}

static bool asked(const char *what)
{
    return strstr(net.path, what) != NULL;
}

static void ignore(void *arg)
{
    (void)arg;
}

static void ignore_columns(void *arg, json_t *columns)
{
    (void)arg;
    (void)columns;
}

struct watched {
    struct feed f;
    struct feed_env env;
    struct store store;
    struct store_sub sub;
    struct prune_paths *paths;
};

static int setup(void **state)
{
    struct watched *w = xcalloc(1, sizeof(*w));
    const struct kind *pods = kind_find("pods");
    *state = w;
    net.loop = loop_new();
    net.opened = 0;
    net.discovery = NULL;
    store_init(&w->store);
    store_subscribe(&w->store, &w->sub);
    w->paths = prune_paths_new(pods->decoder.paths);
    w->f = (struct feed) { .env = &w->env, .key = { .gvr = pods->gvr, .decoder = &pods->decoder },
        .store = &w->store, .paths = w->paths, .changed = ignore };
    feed_start(&w->f);
    return 0;
}

static int teardown(void **state)
{
    struct watched *w = *state;
    feed_stop(&w->f);
    prune_paths_free(w->paths);
    store_unsubscribe(&w->store, &w->sub);
    store_release(&w->store);
    loop_free(net.loop);
    free(w);
    return 0;
}

#define KIND "\"kind\":\"Pod\",\"apiVersion\":\"v1\","
#define LIST "{\"kind\":\"PodList\",\"apiVersion\":\"v1\","
#define TABLE "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\","
#define POD(type, name, rv)                                                                        \
    "{\"type\":\"" type "\",\"object\":{" KIND "\"metadata\":{\"uid\":\"u-" name "\",\"name\":\"" name    \
    "\",\"namespace\":\"n\",\"resourceVersion\":\"" rv "\"}}}\n"
#define BOOKMARK(rv, more)                                                                         \
    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"" rv "\"" more "}}}\n"
#define LIST_END ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}"

static void list_two(struct watched *w)
{
    assert_true(asked("sendInitialEvents=true"));
    say(POD("ADDED", "a", "5") POD("ADDED", "b", "7") BOOKMARK("10", LIST_END));
    assert_true(w->f.synced && w->f.live);
    assert_int_equal(w->store.count, 2);
}

static void test_events(void **state)
{
    struct watched *w = *state;
    list_two(w);
    say(POD("ADDED", "c", "11") POD("MODIFIED", "a", "12") POD("DELETED", "b", "13"));
    assert_int_equal(w->store.count, 2);
    assert_null(store_find(&w->store, "u-b"));
    assert_string_equal(store_find(&w->store, "u-a")->row->rv, "12");
    assert_int_equal(net.opened, 1);
}

// The end of a stream goes on from the last version that was heard of, without a list.
static void test_resumes(void **state)
{
    struct watched *w = *state;
    list_two(w);
    say(POD("MODIFIED", "a", "12"));
    end(200, "", -1);
    assert_true(asked("&resourceVersion=12") && !asked("sendInitialEvents"));
    say(BOOKMARK("40", ""));
    end(200, "", -1); // at once, but something had come before: a bookmark counts for nothing else
    if (w->f.phase == FEED_WAIT)
        feed_wake(&w->f);
    assert_true(asked("&resourceVersion=40"));
    assert_int_equal(w->f.relists, 1);
    assert_int_equal(w->store.count, 2);
}

static void relists_after(struct watched *w)
{
    assert_true(asked("sendInitialEvents=true") && !asked("&resourceVersion="));
    assert_int_equal(w->store.count, 2); // rows stay while the new list comes
    say(POD("ADDED", "a", "50") BOOKMARK("60", LIST_END));
    assert_int_equal(w->store.count, 1); // what the list does not mention has gone
    assert_int_equal(w->f.relists, 2);
}

static void test_gone_at_start(void **state)
{
    struct watched *w = *state;
    list_two(w);
    w->f.opened_ms -= WORKED_MS + 1;
    end(200, "", -1);
    end(410, "Expired", -1);
    relists_after(w);
}

static void test_gone_in_stream(void **state)
{
    struct watched *w = *state;
    list_two(w);
    say("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"old\"}}\n");
    relists_after(w);
}

static void test_no_streaming(void **state)
{
    struct watched *w = *state;
    end(422, "Invalid", -1);
    assert_true(w->env.no_streaming);
    assert_true(asked("?limit=250") && !asked("watch=1"));
    say(LIST "\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"next/page\"},\"items\":[{\"metadata\":{\"uid\":\"1\","
        "\"name\":\"a\",\"resourceVersion\":\"3\"}}]}");
    end(200, "", -1);
    assert_true(asked("&continue=next%2Fpage"));
    say(LIST "\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[]}");
    end(200, "", -1);
    assert_true(asked("watch=1") && asked("&resourceVersion=9"));
    assert_int_equal(w->store.count, 1);
}

// A server that does not answer: nothing is given up, however long it takes, and the watch goes on as it is.
static void test_hangs_and_goes_on(void **state)
{
    struct watched *w = *state;
    list_two(w);
    w->env.lost_ms = loop_now_ms(net.loop);
    feed_lost(&w->f);
    w->f.last_ms -= 10 * SILENCE_MS;
    on_silence_check(&w->f);
    assert_int_equal(net.opened, 1);
    w->env.lost_ms = 0;
    feed_found(&w->f, false);
    on_silence_check(&w->f);
    assert_int_equal(net.opened, 1);
    say(POD("ADDED", "c", "11"));
    assert_int_equal(w->store.count, 3);
}

// Its connection died without a word: the watch goes on from its version on another, once at once.
static void test_hangs_and_died(void **state)
{
    struct watched *w = *state;
    list_two(w);
    say(POD("MODIFIED", "a", "12"));
    w->env.lost_ms = loop_now_ms(net.loop);
    feed_lost(&w->f);
    w->env.lost_ms = 0;
    feed_found(&w->f, true);
    assert_int_equal(net.opened, 2);
    assert_true(asked("&resourceVersion=12") && !asked("sendInitialEvents"));
    feed_found(&w->f, true);
    assert_int_equal(w->f.phase, FEED_WAIT);
    assert_int_equal(w->f.relists, 1);
    feed_found(&w->f, false); // what waits has its turn
    assert_true(asked("&resourceVersion=12"));
    assert_int_equal(net.opened, 3);
}

static void test_overload(void **state)
{
    struct watched *w = *state;
    list_two(w);
    end(429, "TooManyRequests", 7);
    assert_int_equal(w->f.phase, FEED_WAIT);
    assert_true(w->f.retry_at_ms - loop_now_ms(net.loop) > 5000); // some of the seven seconds may be over
    assert_int_equal(w->store.count, 2);
    feed_wake(&w->f);
    assert_true(asked("&resourceVersion=10"));
}

static void test_broken_stream(void **state)
{
    struct watched *w = *state;
    list_two(w);
    say(POD("MODIFIED", "a", "12") "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"uid\":\"u-b\",\"na");
    end(200, "", -1); // half an event is no event
    assert_string_equal(store_find(&w->store, "u-b")->row->rv, "7");
    assert_true(asked("&resourceVersion=12"));
    say("{broken\n");
    assert_int_equal(w->f.phase, FEED_WAIT);
    assert_non_null(strstr(w->f.err.msg, "broken JSON"));
    assert_int_equal(w->store.count, 2);
}

// Objects that cannot be named are no rows: a path without a name is that of all objects.
static void test_nameless(void **state)
{
    struct watched *w = *state;
#define NAMELESS(rest) "{\"type\":\"ADDED\",\"object\":{" KIND rest "}}\n"
    say(NAMELESS("\"spec\":{}") NAMELESS("\"metadata\":{}") NAMELESS("\"metadata\":[1]")
            NAMELESS("\"metadata\":{\"name\":7,\"uid\":\"x\"}") NAMELESS("\"metadata\":{\"name\":\"\",\"uid\":\"y\"}")
                NAMELESS("\"metadata\":{\"name\":{},\"uid\":[]}"));
    list_two(w);
    say(NAMELESS("\"metadata\":{\"name\":\"same\",\"namespace\":\"n\",\"resourceVersion\":\"1\"}")
            NAMELESS("\"metadata\":{\"name\":\"same\",\"namespace\":\"m\",\"resourceVersion\":\"1\"}"));
    say("{\"type\":\"DELETED\",\"object\":{" KIND "\"metadata\":{\"uid\":\"u-a\"}}}\n");
    assert_int_equal(w->store.count, 4);
    assert_non_null(store_find(&w->store, "n/same")); // without a uid the name is what it is known by
    assert_non_null(store_find(&w->store, "m/same"));
    assert_non_null(store_find(&w->store, "u-a"));
}

// The feed once more, as a kind without columns of its own is read: in pages of Tables.
static void ask_for_tables(struct watched *w)
{
    static const struct decoder tables = { .table = true };
    feed_stop(&w->f);
    w->env.no_streaming = true;
    w->f = (struct feed) { .env = &w->env, .key = { .gvr = w->f.key.gvr, .decoder = &tables }, .store = &w->store,
        .paths = w->paths, .changed = ignore, .columns = ignore_columns };
    feed_start(&w->f);
}

#define ROW(object) "{\"cells\":[\"c\",1]" object "}"

static void test_nameless_rows(void **state)
{
    struct watched *w = *state;
    ask_for_tables(w);
    say(TABLE "\"metadata\":{\"resourceVersion\":\"9\"},\"columnDefinitions\":[{\"name\":\"Name\"}],\"rows\":["
        ROW("") "," ROW("") "," ROW(",\"object\":null") "," ROW(",\"object\":{\"metadata\":{}}") ","
        ROW(",\"object\":{\"metadata\":{\"name\":\"a\"}}") "]}");
    end(200, "", -1);
    assert_true(w->f.synced);
    assert_int_equal(w->store.count, 1);
    assert_non_null(store_find(&w->store, "/a"));
}

// ---- what is no list and no event: rows stay as they were, and it is said

static void end_if_open(struct watched *w)
{
    if (w->f.stream)
        end(200, "", -1);
}

static void test_lies_for_a_list(void **state)
{
    static const struct {
        const char *body, *says;
    } cases[] = {
        { "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"no \\u001b[31mway\",\"code\":500}", "way" },
        { "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Success\"}", "names no error" },
        { "{}", "neither kind nor apiVersion" },
        { "[]", "an array instead" },
        { "\"x\"", "a string instead" },
        { "null", "null instead" },
        { "", "is empty" },
        { "<html>", "web page" },
        { LIST "\"metadata\":{}}", "no items" },
        { "{\"apiVersion\":\"v1\",\"items\":[]}", "names no kind" },
        { "{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"name\":\"x\",\"uid\":\"x\"}}]}", "names no apiVersion" },
        { "{\"kind\":\"SecretList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"x\",\"uid\":\"x\"}}]}", "sent SecretList" },
        { "{\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"x\",\"uid\":\"x\"}}],\"kind\":\"SecretList\"}", "sent SecretList" },
        { "{\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\",\"uid\":\"x\"}}],"
          "\"kind\":\"List\"}", "sent Secret" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (i) {
            teardown(state);
            setup(state);
        }
        struct watched *w = *state;
        list_two(w);
        w->env.no_streaming = true;
        feed_restart(&w->f);
        assert_true(asked("?limit=250"));
        say(cases[i].body);
        end_if_open(w);
        if (!strstr(w->f.err.msg, cases[i].says) || strchr(w->f.err.msg, 27))
            fail_msg("%s: said \"%s\"", cases[i].body, w->f.err.msg);
        assert_int_equal(w->f.phase, FEED_WAIT);
        assert_int_equal(w->f.relists, 1);
        assert_int_equal(w->store.count, 2);
        assert_null(store_find(&w->store, "x"));
    }
}

static void test_lies_in_a_watch(void **state)
{
    static const struct {
        const char *text, *says, *reason;
    } cases[] = {
        { "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\",\"uid\":\"x\"}}}\n", "sent Secret", "" },
        { "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\",\"uid\":\"u-a\"}}}\n", "neither kind nor apiVersion", "" },
        { "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\",\"message\":\"etcd \\u001bis away\"}}\n",
            "is away", "InternalError" },
        { "{\"type\":\"ERROR\",\"object\":{}}\n", "names no error", "" },
        { "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":503,\"message\":\"going down\",\"reason\":\"R\"}\n", "going down", "R" },
        { "{\"type\":\"ADDED\"}\n", "has no object", "" },
        { "<html>", "broken JSON", "" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (i) {
            teardown(state);
            setup(state);
        }
        struct watched *w = *state;
        list_two(w);
        say(cases[i].text);
        if (!strstr(w->f.err.msg, cases[i].says) || strchr(w->f.err.msg, 27) || strcmp(w->f.err.reason, cases[i].reason) != 0)
            fail_msg("%s: said \"%s\" (%s)", cases[i].text, w->f.err.msg, w->f.err.reason);
        assert_int_equal(w->f.phase, FEED_WAIT);
        assert_false(w->f.live);
        assert_int_equal(w->store.count, 2);
        assert_non_null(store_find(&w->store, "u-a"));
    }
}

// An answer of success that is none to a question for a list.
static void test_other_success(void **state)
{
    struct watched *w = *state;
    list_two(w);
    w->env.no_streaming = true;
    static const int statuses[] = { 204, 304, 202 };
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
        char number[8];
        snprintf(number, sizeof(number), "%d", statuses[i]);
        feed_restart(&w->f);
        net.stream.handlers->on_done(net.stream.arg, &(struct http_result) { .ok = true, .status = statuses[i], .retry_after = -1 });
        assert_int_equal(w->f.phase, FEED_WAIT);
        assert_non_null(strstr(w->f.err.msg, number));
        assert_int_equal(w->store.count, 2);
    }
}

// Versions and tokens are the server's to choose: they are escaped, whole, or refused.
static void test_versions(void **state)
{
    struct watched *w = *state;
    struct buf text = BUF_INIT;
    list_two(w);
    say(BOOKMARK("5&labelSelector=app%3Dx#", ""));
    end(200, "", -1);
    assert_true(asked("&resourceVersion=5%26labelSelector%3Dapp%253Dx%23"));
    assert_false(asked("&labelSelector"));
    buf_puts(&text, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"");
    for (int i = 0; i < 50; i++)
        buf_puts(&text, "0123");
    buf_puts(&text, "end\"}}}\n");
    say(text.s);
    w->f.hurried = false;
    end(200, "", -1);
    assert_true(asked("01230123end"));
    buf_clear(&text);
    buf_puts(&text, LIST "\"metadata\":{\"continue\":\"");
    for (int i = 0; i < 5 << 20; i++)
        buf_putc(&text, 't');
    buf_puts(&text, "\"},\"items\":[]}");
    w->env.no_streaming = true;
    feed_restart(&w->f);
    say(text.s);
    assert_non_null(strstr(w->f.err.msg, "continue token has 5242880 characters"));
    buf_release(&text);
}

// Custom resources may be called as they like: discovery knows how.
static void test_kind_by_discovery(void **state)
{
    struct watched *w = *state;
    struct discovery *d = discovery_new();
    struct err err;
    json_t *list = json_loads("{\"groupVersion\":\"v1\",\"resources\":[{\"name\":\"pods\",\"kind\":\"Legume\",\"namespaced\":true}]}", 0, NULL);
    assert_true(discovery_add_legacy(d, list, true, &err));
    net.discovery = d;
    w->env.no_streaming = true;
    feed_restart(&w->f);
    say("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}");
    assert_non_null(strstr(w->f.err.msg, "sent PodList"));
    feed_restart(&w->f);
    say("{\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"Legume\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"pea\"}}],\"kind\":\"LegumeList\"}");
    end(200, "", -1);
    assert_true(w->f.synced);
    assert_int_equal(w->store.count, 1);
    net.discovery = NULL;
    discovery_free(d);
    json_decref(list);
}

static void test_row_without_cells(void **state)
{
    struct watched *w = *state;
    ask_for_tables(w);
    say(TABLE "\"rows\":[{\"object\":{\"metadata\":{\"name\":\"a\"}}}]}");
    assert_non_null(strstr(w->f.err.msg, "no cells"));
    feed_restart(&w->f);
    say(TABLE "\"columnDefinitions\":[{\"name\":\"N\"}],\"rows\":[{\"cells\":[\"a\",1e999,\"c\"],\"object\":{\"metadata\":{\"name\":\"a\"}}}]}");
    end(200, "", -1);
    assert_string_equal(store_find(&w->store, "/a")->row->f[1].s, "1e999");
    assert_string_equal(store_find(&w->store, "/a")->row->f[2].s, "c");
    feed_restart(&w->f);
    say("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}");
    assert_non_null(strstr(w->f.err.msg, "asked for a Table of pods"));
    assert_int_equal(w->store.count, 1);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_events),
        CASE(test_resumes),
        CASE(test_gone_at_start),
        CASE(test_gone_in_stream),
        CASE(test_no_streaming),
        CASE(test_hangs_and_goes_on),
        CASE(test_hangs_and_died),
        CASE(test_overload),
        CASE(test_broken_stream),
        CASE(test_nameless),
        CASE(test_nameless_rows),
        CASE(test_lies_for_a_list),
        CASE(test_lies_in_a_watch),
        CASE(test_other_success),
        CASE(test_versions),
        CASE(test_kind_by_discovery),
        CASE(test_row_without_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
