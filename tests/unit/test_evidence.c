// What is kept of an object before it is ended: without secrets, in folders that only their owner reads, within bounds.
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acts/evidence.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

static char root[64];

static int setup(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/kview-evidence-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
    char cmd[100];
    (void)state;
    snprintf(cmd, sizeof(cmd), "rm -r %s", root);
    return system(cmd);
}

static size_t folders(void)
{
    size_t n = 0;
    DIR *d = opendir(root);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void named(void **state)
{
    char *want = xasprintf("%s/20260102T030405Z-prod-shop-Pod-web-0", root);
    char *path = evidence_folder(root, 1767323045, "prod", "shop", "Pod", "web-0");
    struct buf text = BUF_INIT;
    struct stat st;
    struct err err;
    (void)state;
    assert_string_equal(path, want);
    buf_puts(&text, "x");
    assert_true(evidence_put(path, "../../a b.log", &text, &err));
    DIR *d = opendir(path);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(d));)
        n += !str_eq(e->d_name, ".") && !str_eq(e->d_name, "..");
    closedir(d);
    assert_int_equal(n, 1); // inside, whatever its name
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    // the same once more gets a name of its own; a cluster's names are no path
    char *other = evidence_folder(root, 1767323045, "prod", "shop", "Pod", "web-0");
    assert_true(str_ends(other, "web-0-2"));
    char *long_name = xmalloc(300);
    memset(long_name, 'x', 299);
    long_name[299] = '\0';
    char *hostile = evidence_folder(root, 0, "../..", "", "Pod\n", long_name);
    assert_null(strstr(hostile + strlen(root) + 1, "/"));
    assert_true(strlen(hostile) < strlen(root) + 200);
    free(hostile);
    free(long_name);
    free(other);
    free(path);
    free(want);
    buf_release(&text);
}

static void trimmed(void **state)
{
    struct buf text = BUF_INIT;
    struct err err;
    struct stat st;
    (void)state;
    buf_reserve(&text, 1000);
    for (int i = 0; i < 1000; i++)
        buf_putc(&text, 'x');
    char *first = evidence_folder(root, 1000, "c", "n", "Pod", "a"), *last = NULL;
    size_t before = folders();
    for (int i = 0; i < 10; i++) {
        free(last);
        last = evidence_folder(root, 1000 + i, "c", "n", "Pod", "a");
        assert_true(evidence_put(last, "object.yaml", &text, &err));
    }
    evidence_trim(root, 100, 1 << 20);
    assert_int_equal(folders(), before + 10); // within both bounds
    evidence_trim(root, 8, 1 << 20);
    assert_int_equal(folders(), 8);
    assert_int_not_equal(stat(first, &st), 0); // the oldest first
    assert_int_equal(stat(last, &st), 0);
    evidence_trim(root, 100, 3500);
    assert_int_equal(folders(), 4); // one of a byte is of the test before
    evidence_trim(root, 100, 10);
    assert_int_equal(folders(), 1); // the newest stays
    free(first);
    free(last);
    buf_release(&text);
}

static void no_secrets(void **state)
{
    json_t *s = json_pack("{s:s, s:{s:s}, s:{s:{s:s, s:s}}}", "kind", "Secret", "data", "pw", "aHVzaA==", "metadata",
        "annotations", "kubectl.kubernetes.io/last-applied-configuration", "{\"data\":{\"pw\":\"aHVzaA==\"}}", "a", "b");
    json_t *kept = evidence_of(s);
    char *text = json_dumps(kept, 0);
    (void)state;
    assert_null(strstr(text, "aHVzaA"));
    assert_string_equal(json_str(kept, "data", "pw", NULL), "(not kept)");
    assert_string_equal(json_str(kept, "metadata", "annotations", "a", NULL), "b");
    assert_string_equal(json_str(s, "data", "pw", NULL), "aHVzaA=="); // it was a copy
    free(text);
    json_decref(kept);
    json_decref(s);
    json_t *map = json_pack("{s:s, s:{s:s}}", "kind", "ConfigMap", "data", "k", "v");
    kept = evidence_of(map);
    assert_true(json_equal(map, kept));
    json_decref(kept);
    json_decref(map);
}

static void told(void *arg, const char *name, bool previous)
{
    buf_printf(arg, "%s%s ", name, previous ? "!" : "");
}

static void texts(void **state)
{
    static const char list[] =
        "{\"items\":[{\"lastTimestamp\":\"2026-01-02T00:00:02Z\",\"type\":\"Warning\",\"reason\":\"BackOff\",\"count\":3,"
        "\"message\":\"again\\u001b[2J\"},{\"eventTime\":\"2026-01-02T00:00:01.5Z\",\"lastTimestamp\":null,\"type\":\"Normal\","
        "\"reason\":\"Scheduled\",\"message\":\"to n1\"}]}";
    static const char pod[] =
        "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"initContainers\":[{\"name\":\"i\"}]},"
        "\"status\":{\"containerStatuses\":[{\"name\":\"b\",\"restartCount\":2},{\"name\":\"a\",\"restartCount\":0}]}}";
    json_t *l = json_loads(list, 0, NULL), *p = json_loads(pod, 0, NULL);
    struct buf out = BUF_INIT;
    (void)state;
    evidence_events(l, &out);
    assert_true(str_starts(out.s, "2026-01-02T00:00:01.5Z Normal  Scheduled: to n1\n2026-01-02T00:00:02Z Warning BackOff (x3): again"));
    assert_null(strchr(out.s, '\x1b'));
    buf_clear(&out);
    evidence_containers(p, told, &out);
    assert_string_equal(out.s, "a b b! i ");
    buf_release(&out);
    json_decref(l);
    json_decref(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(named), cmocka_unit_test(trimmed), cmocka_unit_test(no_secrets),
        cmocka_unit_test(texts) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
